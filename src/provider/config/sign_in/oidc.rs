//! A service principal and a token of another issuer, such as a pipeline's.

use std::path::PathBuf;
use std::sync::Arc;

use azure::credential::federated_identity::{
    AzureDevOps, GitHub, IdToken, IdTokenFile, IdTokenSource, RequestUrl,
};
use azure::credential::{FederatedIdentity, Principal, TokenSource};
use framework::{Diagnostic, Sensitive};

use super::messages::{NO_OIDC_TOKEN, TOKEN_URL};
use super::{
    Chosen, Method, SignInContext, SignInMethod, named_principal, unless_cli_is_asked_for,
};
use crate::config::Config;
use crate::config::environment::{Resolved, Source};

pub(super) const METHOD: Method = Method {
    name: "OIDC",
    usage: "use_oidc = true, tenant_id and client_id (ARM_USE_OIDC, ARM_TENANT_ID, ARM_CLIENT_ID), with \
            the token of a pipeline",
    choose,
};

/// The variable that Azure DevOps sets, to whose URL a service connection belongs.
const AZURE_DEVOPS_URL: &str = "SYSTEM_OIDCREQUESTURI";

#[derive(Debug)]
pub(crate) struct Oidc {
    pub(crate) principal: Principal,
    pub(crate) issuer: Issuer,
}

/// Where the token comes from.
#[derive(Debug)]
pub(crate) enum Issuer {
    Token(Sensitive<String>),
    File(PathBuf),
    GitHub { url: RequestUrl, token: Sensitive<String> },
    AzureDevOps { url: RequestUrl, token: Sensitive<String>, service_connection: String },
}

fn choose(config: &Config, source: &Source<'_>) -> Chosen {
    if !source.flag("use_oidc", config.use_oidc)?.unwrap_or_default() {
        return Ok(None);
    }
    let Some(issuer) = find_issuer(config, source)? else {
        return unless_cli_is_asked_for(config, source, no_token_error());
    };
    match named_principal(config, source, "`use_oidc`")? {
        Ok(principal) => Ok(Some(Arc::new(Oidc { principal, issuer }))),
        Err(incomplete) => unless_cli_is_asked_for(config, source, incomplete),
    }
}

/// As azurerm: a token that is there comes before one that is asked for.
fn find_issuer(config: &Config, source: &Source<'_>) -> Resolved<Option<Issuer>> {
    let written = config.oidc_token.known().map(|token| token.expose().as_str());
    let path = config.oidc_token_file_path.known().map(String::as_str);
    let given = source.value_or_path(["oidc_token", "oidc_token_file_path"], [written, path])?;
    if let Some(given) = given {
        return Ok(Some(match given.argument {
            "oidc_token" => Issuer::Token(given.value),
            _ => Issuer::File(PathBuf::from(given.value.expose())),
        }));
    }
    let url = config.oidc_request_url.known().map(String::as_str);
    let Some(url) = source.value("oidc_request_url", url)? else { return Ok(None) };
    let token = source.secret("oidc_request_token", &config.oidc_request_token)?;
    let Some(token) = token else { return Ok(None) };
    let is_of_azure_devops = url.origin == AZURE_DEVOPS_URL;
    let url = read_url(url.value.expose(), &url.origin)?;
    let connection = source
        .text("ado_pipeline_service_connection_id", &config.ado_pipeline_service_connection_id)?;
    Ok(match connection {
        Some(service_connection) => Some(Issuer::AzureDevOps { url, token, service_connection }),
        None if is_of_azure_devops => None,
        None => Some(Issuer::GitHub { url, token }),
    })
}

/// The URL is not quoted: it may hold a token.
fn read_url(url: &str, origin: &str) -> Resolved<RequestUrl> {
    RequestUrl::parse(url).map_err(|error| {
        let why = error.to_string();
        TOKEN_URL.error(&[("given", origin), ("why", &why)]).at("oidc_request_url")
    })
}

fn no_token_error() -> Diagnostic {
    NO_OIDC_TOKEN.error(&[]).at("use_oidc")
}

impl SignInMethod for Oidc {
    fn secrets(&self) -> Vec<&Sensitive<String>> {
        match &self.issuer {
            Issuer::Token(token)
            | Issuer::GitHub { token, .. }
            | Issuer::AzureDevOps { token, .. } => vec![token],
            Issuer::File(_) => Vec::new(),
        }
    }

    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        Box::new(FederatedIdentity::new(
            "OIDC",
            context.cloud,
            self.principal.clone(),
            self.issuer.id_tokens(context),
            context.transport.clone(),
        ))
    }
}

impl Issuer {
    fn id_tokens(&self, context: &SignInContext<'_>) -> Box<dyn IdTokenSource> {
        let transport = context.transport.clone();
        match self {
            Self::Token(token) => Box::new(IdToken::new(token)),
            Self::File(path) => Box::new(IdTokenFile::new(path.clone())),
            Self::GitHub { url, token } => Box::new(GitHub::new(url.clone(), token, transport)),
            Self::AzureDevOps { url, token, service_connection } => Box::new(AzureDevOps::new(
                url.clone(),
                token,
                service_connection.clone(),
                transport,
            )),
        }
    }
}
