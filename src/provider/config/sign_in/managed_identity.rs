//! The managed identity of the machine or the service where the provider runs.

use std::path::PathBuf;
use std::sync::Arc;

use azure::credential::{self, IdentityEndpoint, TokenSource};
use framework::{Attr, Diagnostic, Sensitive};
use url::Url;

use super::{Chosen, Method, SignInContext, SignInMethod, client_id};
use crate::config::Config;
use crate::config::environment::{Resolved, Source};

pub(super) const METHOD: Method = Method {
    name: "managed identity",
    usage: "use_msi = true (ARM_USE_MSI), on a machine or a service with a managed identity",
    choose,
};

#[derive(Debug)]
pub(crate) struct ManagedIdentity {
    /// Of a user-assigned identity.
    pub(crate) client_id: Option<String>,
    pub(crate) endpoint: Endpoint,
}

/// What gives the tokens.
#[derive(Debug, PartialEq)]
pub(crate) enum Endpoint {
    Imds(Url),
    AppService(Url, Sensitive<String>),
    ArcServer(Url, PathBuf),
}

fn choose(config: &Config, source: &Source<'_>) -> Chosen {
    if !source.flag("use_msi", config.use_msi)?.unwrap_or_default() {
        return Ok(None);
    }
    let client_id = client_id(config, source)?.map(|client| client.value.expose().clone());
    let endpoint = find_endpoint(config, source)?;
    Ok(Some(Arc::new(ManagedIdentity { client_id, endpoint })))
}

/// Told by the variables that the service or the agent sets; a virtual machine sets none. What
/// `msi_endpoint` says replaces the address alone.
fn find_endpoint(config: &Config, source: &Source<'_>) -> Resolved<Endpoint> {
    let exported = |name: &str| source.text(name, &Attr::Null);
    let written = source.text("msi_endpoint", &config.msi_endpoint)?;
    let written = written.map(|url| read_url("`msi_endpoint` (ARM_MSI_ENDPOINT)", &url));
    let written = written.transpose()?;
    if let Some(url) = exported("managed_identity.endpoint")? {
        let url = || written.clone().map_or_else(|| read_url("IDENTITY_ENDPOINT", &url), Ok);
        if let Some(header) = source.secret("managed_identity.header", &Attr::Null)? {
            return Ok(Endpoint::AppService(url()?, header));
        }
        if exported("managed_identity.imds")?.is_some() {
            return Ok(Endpoint::ArcServer(url()?, key_folder(source)?));
        }
    }
    let imds = || read_url("the address of the metadata service", IdentityEndpoint::IMDS);
    Ok(Endpoint::Imds(written.map_or_else(imds, Ok)?))
}

/// Where the agent of Azure Arc writes its keys.
fn key_folder(source: &Source<'_>) -> Resolved<PathBuf> {
    if !cfg!(windows) {
        return Ok(PathBuf::from("/var/opt/azcmagent/tokens"));
    }
    let data = source.text("managed_identity.program_data", &Attr::Null)?;
    let data = data.unwrap_or_else(|| "C:\\ProgramData".to_owned());
    Ok(PathBuf::from(data).join("AzureConnectedMachineAgent").join("Tokens"))
}

fn read_url(origin: &str, text: &str) -> Resolved<Url> {
    let url = Url::parse(text).ok().filter(|url| ["http", "https"].contains(&url.scheme()));
    let has_password = |url: &Url| !url.username().is_empty() || url.password().is_some();
    url.filter(|url| !has_password(url)).ok_or_else(|| {
        Diagnostic::error("Invalid endpoint of a managed identity")
            .detail(format!(
                "{origin} is not an http or https URL. Leave it out: the endpoint is found by itself."
            ))
            .at("msi_endpoint")
    })
}

impl SignInMethod for ManagedIdentity {
    fn secrets(&self) -> Vec<&Sensitive<String>> {
        match &self.endpoint {
            Endpoint::AppService(_, header) => vec![header],
            Endpoint::Imds(_) | Endpoint::ArcServer(..) => Vec::new(),
        }
    }

    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        let endpoint = match &self.endpoint {
            Endpoint::Imds(url) => IdentityEndpoint::Imds { url: url.clone() },
            Endpoint::AppService(url, header) => {
                IdentityEndpoint::AppService { url: url.clone(), header: header.clone() }
            }
            Endpoint::ArcServer(url, key_folder) => {
                let (url, key_folder) = (url.clone(), key_folder.clone());
                IdentityEndpoint::ArcServer { url, key_folder }
            }
        };
        let (client, transport) = (self.client_id.clone(), context.direct_transport.clone());
        Box::new(credential::ManagedIdentity::new(endpoint, client, transport))
    }

    fn has_tenants(&self) -> bool {
        false
    }
}
