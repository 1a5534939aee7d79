//! Where Entra ID exchanges the proof of a principal for a token.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use url::{Url, form_urlencoded};
use vocabulary::Sensitive;

use super::identity_transport::{IdentityTransport, Patience};
use super::{FetchedToken, TokenRequest, strike};
use crate::cloud::CloudSource;
use crate::error::clean_text;
use crate::transport::{Method, Request, Response, Transport};

/// The only type of assertion that Entra ID takes.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long a token lasts whose answer does not say.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);

/// The application that a token is asked for, and the tenant in which it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The tenant's ID, or one of its domains.
    pub tenant: String,
    /// The application (client) ID.
    pub client: String,
}

/// What proves a principal.
pub(super) enum Proof<'a> {
    /// Its secret.
    Secret(&'a Sensitive<String>),
    /// A token that itself, or an issuer that its application trusts, has signed.
    Assertion(&'a Sensitive<String>),
}

/// `{authority}/{tenant}/oauth2/v2.0/token` of one principal, for the grant of client credentials.
pub(super) struct TokenEndpoint {
    cloud: CloudSource,
    principal: Principal,
    transport: IdentityTransport,
}

impl TokenEndpoint {
    pub(super) fn new(
        cloud: CloudSource, principal: Principal, transport: Arc<dyn Transport>,
    ) -> Self {
        let transport = IdentityTransport::new(transport);
        Self { cloud, principal, transport }
    }

    pub(super) fn client(&self) -> &str {
        &self.principal.client
    }

    /// The endpoint in the tenant that the request names, or else in the principal's own. An
    /// assertion names it as its audience.
    pub(super) async fn url(&self, request: &TokenRequest<'_>) -> Result<Url, String> {
        let authority = self.cloud.cloud().await?.authority();
        if authority.scheme() != "https" {
            return Err(format!("a principal signs in by HTTPS, and {authority} is not"));
        }
        let tenant = request.tenant.unwrap_or(&self.principal.tenant);
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || ".-".contains(letter);
        if tenant.is_empty() || !tenant.chars().all(is_name) {
            return Err(format!("{tenant:?} is neither the ID nor a domain of a tenant"));
        }
        let base = authority.as_str().trim_end_matches('/');
        let url = format!("{base}/{tenant}/oauth2/v2.0/token");
        Url::parse(&url).map_err(|error| format!("{url}: {error}"))
    }

    /// Exchanges a proof for a token.
    pub(super) async fn exchange(
        &self, proof: Proof<'_>, request: &TokenRequest<'_>,
    ) -> Result<FetchedToken, String> {
        let mut sent = Request::new(Method::POST, self.url(request).await?);
        sent.set_header("content-type", "application/x-www-form-urlencoded");
        sent.set_header("accept", "application/json");
        sent.body = Some(self.write_form(&proof, request).into_bytes());
        let (Proof::Secret(secret) | Proof::Assertion(secret)) = proof;
        let answer = self.transport.send(&sent, Patience::ORDINARY).await?;
        read_token(&answer).map_err(|reason| strike(&reason, &[secret]))
    }

    fn write_form(&self, proof: &Proof<'_>, request: &TokenRequest<'_>) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("client_id", &self.principal.client);
        match proof {
            Proof::Secret(secret) => form.append_pair("client_secret", secret.expose()),
            Proof::Assertion(assertion) => form
                .append_pair("client_assertion", assertion.expose())
                .append_pair("client_assertion_type", JWT_BEARER),
        };
        form.append_pair("grant_type", "client_credentials").append_pair("scope", request.scope);
        if let Some(claims) = request.claims {
            form.append_pair("claims", claims);
        }
        form.finish()
    }

    /// What an exchange that is under way waits for.
    pub(super) fn waits_for(&self) -> Option<String> {
        self.cloud.waits_for().or_else(|| self.transport.waits_for())
    }
}

/// The token of an answer of OAuth 2.0 (RFC 6749, section 5), or the error that it tells.
pub(super) fn read_token(answer: &Response) -> Result<FetchedToken, String> {
    if !answer.is_success() {
        return Err(read_error(answer));
    }
    let nonsense = || {
        format!("{} brought no token; something between may have answered", answer.status_text())
    };
    let body = answer.json().map_err(|_| nonsense())?;
    let token = body["access_token"].as_str().filter(|token| !token.is_empty());
    let token = Sensitive::from(token.ok_or_else(nonsense)?.to_owned());
    let lifetime = seconds(&body["expires_in"]).unwrap_or(DEFAULT_LIFETIME);
    Ok(FetchedToken { token, lifetime: Some(lifetime), renew_after: seconds(&body["refresh_in"]) })
}

/// A number of seconds; some endpoints write it as a text.
pub(super) fn seconds(value: &Value) -> Option<Duration> {
    let number = value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())?;
    Some(Duration::from_secs(number))
}

fn read_error(answer: &Response) -> String {
    let body = answer.json().unwrap_or_default();
    let told = ["error_description", "error"].iter().find_map(|name| body[*name].as_str());
    let Some(told) = told.map(clean_text).filter(|told| !told.trim().is_empty()) else {
        return format!("{} without a reason", answer.status_text());
    };
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    let numbers = body["error_codes"].as_array().cloned().unwrap_or_default();
    let hint = numbers.iter().filter_map(Value::as_u64).find_map(hint);
    hint.map_or_else(|| told.clone(), |hint| format!("{told} {hint}"))
}

/// What to do about an error of Entra ID, by its number.
///
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
fn hint(number: u64) -> Option<&'static str> {
    Some(match number {
        90_002 => "Check `tenant_id` (ARM_TENANT_ID).",
        700_016 => "Check `client_id` (ARM_CLIENT_ID) and whether it is of this tenant.",
        7_000_215 => "Give the secret's value, not its ID, as `client_secret`.",
        7_000_222 => "The secret has expired: make a new one for the application.",
        700_027 => "Upload the certificate to the application, or use the one that is there.",
        700_024 => "The assertion has expired, or the clock of this machine is wrong.",
        700_211..=700_214 | 70_021 => {
            "Add a federated credential to the application with exactly the issuer, the subject \
             and the audience of the token."
        }
        _ => return None,
    })
}
