//! Where Entra ID exchanges the proof of a principal for a token.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
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

/// An error of Entra ID that is known.
#[derive(Debug)]
pub struct EntraError {
    /// Its codes, such as `AADSTS700016`.
    pub codes: &'static [&'static str],
    /// Why it comes: a sentence. Messages leave it out, since Entra ID says it in other words.
    pub cause: &'static str,
    /// What to do: a sentence, which messages have after what Entra ID says.
    pub fix: &'static str,
}

/// The errors of Entra ID that are known.
///
/// <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>
pub const ENTRA_ERRORS: &[EntraError] = &[
    EntraError {
        codes: &["AADSTS90002"],
        cause: "The cloud has no tenant of this ID or name.",
        fix: "Check `tenant_id` (ARM_TENANT_ID).",
    },
    EntraError {
        codes: &["AADSTS700016"],
        cause: "The tenant has no application of this ID.",
        fix: "Check `client_id` (ARM_CLIENT_ID) and whether it is of this tenant.",
    },
    EntraError {
        codes: &["AADSTS7000215"],
        cause: "The secret is none of the application's.",
        fix: "Give the secret's value, not its ID, as `client_secret`.",
    },
    EntraError {
        codes: &["AADSTS7000222"],
        cause: "The secret was the application's, and its time is over.",
        fix: "The secret has expired: make a new one for the application.",
    },
    EntraError {
        codes: &["AADSTS700027"],
        cause: "The application does not know the certificate.",
        fix: "Upload the certificate to the application, or use the one that is there.",
    },
    EntraError {
        codes: &["AADSTS700024"],
        cause: "The token that proves the application is not valid at this time.",
        fix: "The assertion has expired, or the clock of this machine is wrong.",
    },
    EntraError {
        codes: &["AADSTS700211", "AADSTS700212", "AADSTS700213", "AADSTS700214", "AADSTS70021"],
        cause: "No federated credential of the application has the issuer, the subject and the \
                audience of the token, which stand at the end of the message.",
        fix: "Add a federated credential to the application with exactly the issuer, the subject \
              and the audience of the token.",
    },
];

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
        form.append_pair("claims", &declare_capabilities(request.claims));
        form.finish()
    }

    /// What an exchange that is under way waits for.
    pub(super) fn waits_for(&self) -> Option<String> {
        self.cloud.waits_for().or_else(|| self.transport.waits_for())
    }
}

/// The claims that a service has asked for, with the word that a challenge for claims is answered:
/// services send none to a client that does not say so. As the Microsoft Authentication Libraries do,
/// it goes with the request for any token of Entra ID.
///
/// <https://learn.microsoft.com/entra/identity-platform/claims-challenge#client-capabilities>
fn declare_capabilities(claims: Option<&str>) -> String {
    let claims = claims.unwrap_or("{}");
    let Ok(Value::Object(mut merged)) = serde_json::from_str(claims) else {
        return claims.to_owned();
    };
    if let Value::Object(of_token) = merged.entry("access_token").or_insert_with(|| json!({})) {
        of_token.insert("xms_cc".to_owned(), json!({ "values": ["cp1"] }));
    }
    Value::Object(merged).to_string()
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
fn hint(number: u64) -> Option<&'static str> {
    let code = format!("AADSTS{number}");
    let known = ENTRA_ERRORS.iter().find(|known| known.codes.contains(&&*code))?;
    Some(known.fix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_stand_beside_the_claims_of_a_challenge() {
        let of_challenge =
            r#"{"access_token":{"nbf":{"essential":true,"value":"1"}},"id_token":{}}"#;
        for (claims, expected) in [
            (None, json!({ "access_token": { "xms_cc": { "values": ["cp1"] } } })),
            (
                Some(of_challenge),
                json!({
                    "access_token": {
                        "nbf": { "essential": true, "value": "1" },
                        "xms_cc": { "values": ["cp1"] },
                    },
                    "id_token": {},
                }),
            ),
            (Some(r#"{"access_token":null}"#), json!({ "access_token": null })),
        ] {
            let merged: Value = serde_json::from_str(&declare_capabilities(claims)).unwrap();
            assert_eq!(merged, expected, "{claims:?}");
        }
        assert_eq!(declare_capabilities(Some("nonsense")), "nonsense");
    }
}
