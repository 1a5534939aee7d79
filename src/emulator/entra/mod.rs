//! Sign-in: the token endpoint, `OpenID` metadata and the description of the cloud.

mod assertion;
mod certificate;
mod signing;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::cluster::AKS_SERVER;
use crate::http::{Request, Response, parse_form};
use crate::names::error_code;
use crate::seed::{OTHER_TENANT, TENANT};
use crate::timestamp;
pub(crate) use assertion::{GITHUB_SUBJECT, SERVICE_CONNECTION_SUBJECT, TOKEN_EXCHANGE};
pub(crate) use certificate::ClientCertificate;
pub(crate) use signing::SigningKey;

use assertion::Verifier;

/// The application whose secret is accepted.
pub(crate) const CLIENT_ID: &str = "00000000-0000-0000-0000-00000000000c";
/// Its secret, as worthless as everything here.
pub(crate) const CLIENT_SECRET: &str = "emulator-client-secret";
/// The object ID of its service principal, by which a cluster knows it.
pub(crate) const SERVICE_PRINCIPAL: &str = "00000000-0000-0000-0000-0000000000e4";
/// Where a portal would be.
const PORTAL: &str = "https://portal.azure.localhost";
/// Lifetime of a token in seconds, as Entra's own.
const TOKEN_LIFETIME_SECONDS: u32 = 3_599;

/// What tokens are signed and assertions verified with.
pub(crate) struct Keys<'a> {
    pub(crate) own: &'a SigningKey,
    pub(crate) certificates: &'a [ClientCertificate],
}

/// Answers a sign-in path; `None` when it is none.
pub(crate) fn handle(
    request: &Request, origin: &str, keys: &Keys<'_>, tokens: &mut Vec<String>,
) -> Option<Response> {
    let path = request.path.to_ascii_lowercase();
    let segments: Vec<_> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    match segments[..] {
        ["metadata", "endpoints"] => Some(cloud_metadata(request, origin)),
        [tenant, "v2.0", ".well-known", "openid-configuration"]
        | [tenant, ".well-known", "openid-configuration"] => {
            Some(openid_configuration(tenant, origin))
        }
        [tenant, "discovery", "v2.0", "keys"] => Some(key_set(tenant, keys.own)),
        [tenant, "oauth2", "v2.0", "token"] if request.method == "POST" => {
            let request = TokenRequest::parse(request, TokenEndpoint::V2);
            Some(
                request.issue_token(tenant, origin, keys, tokens).unwrap_or_else(|refused| refused),
            )
        }
        [tenant, "oauth2", "token"] if request.method == "POST" => {
            let request = TokenRequest::parse(request, TokenEndpoint::V1);
            Some(
                request.issue_token(tenant, origin, keys, tokens).unwrap_or_else(|refused| refused),
            )
        }
        _ => None,
    }
}

/// The answer of `GET /metadata/endpoints`, whose shape depends on the version asked for. The
/// portal is a name that leads nowhere: clients make the audiences of other services of its end,
/// and none may be Azure's own.
fn cloud_metadata(request: &Request, origin: &str) -> Response {
    let audiences = json!([origin]);
    let cloud = json!({
        "name": "AzureEmulator",
        "portal": PORTAL,
        "resourceManager": origin,
        "authentication": {
            "loginEndpoint": origin,
            "audiences": audiences,
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graph": origin,
        "graphAudience": origin,
        "suffixes": {"storage": "core.windows.net", "keyVaultDns": "vault.azure.net"},
    });
    match request.parameter("api-version").as_deref() {
        Some("2022-09-01") => Response::json(200, cloud),
        Some("2019-05-01" | "2020-06-01") => Response::json(200, json!([cloud])),
        Some("2015-01-01") => Response::json(
            200,
            json!({
                "galleryEndpoint": PORTAL,
                "graphEndpoint": origin,
                "portalEndpoint": PORTAL,
                "authentication": {"loginEndpoint": origin, "audiences": audiences},
            }),
        ),
        other => {
            let message = format!("The api-version '{}' is invalid.", other.unwrap_or_default());
            let code = error_code::INVALID_API_VERSION_PARAMETER;
            Response::json(400, json!({"error": {"code": code, "message": message}}))
        }
    }
}

fn openid_configuration(tenant: &str, origin: &str) -> Response {
    if !is_known_tenant(tenant) {
        return tenant_not_found(tenant);
    }
    Response::json(
        200,
        json!({
            "issuer": issuer(origin, tenant),
            "authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/token"),
            "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported":
                ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        }),
    )
}

fn issuer(origin: &str, tenant: &str) -> String {
    format!("{origin}/{tenant}/v2.0")
}

fn key_set(tenant: &str, key: &SigningKey) -> Response {
    if is_known_tenant(tenant) {
        Response::json(200, key.key_set())
    } else {
        tenant_not_found(tenant)
    }
}

/// The two forms of the token endpoint: with a resource, or with scopes.
#[derive(Clone, Copy, PartialEq)]
enum TokenEndpoint {
    V1,
    V2,
}

/// Claims that a client asks for, null where it does not.
#[derive(Default)]
pub(crate) struct RequestedClaims {
    xms_cc: Value,
    acrs: Value,
}

/// A request for a token.
struct TokenRequest {
    endpoint: TokenEndpoint,
    fields: Vec<(String, String)>,
}

impl TokenRequest {
    fn parse(request: &Request, endpoint: TokenEndpoint) -> Self {
        Self { endpoint, fields: parse_form(&String::from_utf8_lossy(&request.body)) }
    }

    /// A field of the form; empty where there is none.
    fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    fn issue_token(
        &self, tenant: &str, origin: &str, keys: &Keys<'_>, tokens: &mut Vec<String>,
    ) -> Result<Response, Response> {
        if !is_known_tenant(tenant) {
            return Err(tenant_not_found(tenant));
        }
        check_grant_type(self.field("grant_type"))?;
        self.check_client(tenant, origin, keys)?;
        let resource = match self.endpoint {
            TokenEndpoint::V1 => self.field("resource"),
            TokenEndpoint::V2 => resource_of_scope(self.field("scope"))?,
        };
        let token = token_for(resource, origin, keys.own, &self.requested_claims()?, tokens)?;
        Ok(Response::json(200, self.token_body(&token)))
    }

    /// The claims that the client asks for in its token: what it can (`xms_cc`), and what a challenge has
    /// wanted (`acrs`). A token has the values.
    fn requested_claims(&self) -> Result<RequestedClaims, Response> {
        let claims = match self.field("claims") {
            "" => "{}",
            claims => claims,
        };
        let claims = serde_json::from_str::<Value>(claims).ok().filter(Value::is_object);
        let claims = claims.ok_or_else(|| {
            let text =
                "The authentication service request isn't valid: 'claims' is no JSON object.";
            error(400, "invalid_request", 90_023, text)
        })?;
        let of_token = &claims["access_token"];
        let (xms_cc, acrs) =
            (of_token["xms_cc"]["values"].clone(), of_token["acrs"]["value"].clone());
        Ok(RequestedClaims { xms_cc, acrs })
    }

    /// The older form gives its times as text.
    fn token_body(&self, token: &str) -> Value {
        match self.endpoint {
            TokenEndpoint::V2 => json!({
                "token_type": "Bearer",
                "expires_in": TOKEN_LIFETIME_SECONDS,
                "ext_expires_in": TOKEN_LIFETIME_SECONDS,
                "access_token": token,
            }),
            TokenEndpoint::V1 => {
                let now = timestamp::unix_seconds();
                json!({
                    "token_type": "Bearer",
                    "expires_in": TOKEN_LIFETIME_SECONDS.to_string(),
                    "ext_expires_in": TOKEN_LIFETIME_SECONDS.to_string(),
                    "expires_on": (now + u64::from(TOKEN_LIFETIME_SECONDS)).to_string(),
                    "not_before": now.to_string(),
                    "resource": self.field("resource"),
                    "access_token": token,
                })
            }
        }
    }

    fn check_client(&self, tenant: &str, origin: &str, keys: &Keys<'_>) -> Result<(), Response> {
        let (id, secret) = (self.field("client_id"), self.field("client_secret"));
        if id != CLIENT_ID {
            let text =
                format!("Application with identifier '{id}' was not found in the directory.");
            return Err(error(400, "unauthorized_client", 700_016, &text));
        }
        if !self.field("client_assertion").is_empty() {
            let (key, certificates) = (keys.own, keys.certificates);
            let verifier = Verifier { origin, tenant, client: id, key, certificates };
            return verifier
                .check(self.field("client_assertion_type"), self.field("client_assertion"))
                .map_err(|(number, text)| error(401, "invalid_client", number, &text));
        }
        if secret.is_empty() {
            let text = "The request body must contain the following parameter: \
                        'client_assertion' or 'client_secret'.";
            return Err(error(401, "invalid_client", 7_000_218, text));
        }
        if secret != CLIENT_SECRET {
            let text = format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the \
                 client secret value, not the client secret ID, for a secret added to app '{id}'."
            );
            return Err(error(401, "invalid_client", 7_000_215, &text));
        }
        Ok(())
    }
}

/// A token for this server, or for the API servers of AKS.
pub(crate) fn token_for(
    resource: &str, origin: &str, key: &SigningKey, claims: &RequestedClaims,
    tokens: &mut Vec<String>,
) -> Result<String, Response> {
    match resource.trim_end_matches('/') {
        AKS_SERVER => sign_cluster_token(origin, key, claims),
        it if it == origin => {
            let token = format!("emulator.{}", Uuid::new_v4().simple());
            tokens.push(token.clone());
            Ok(token)
        }
        _ => Err(unknown_resource(resource)),
    }
}

fn check_grant_type(grant: &str) -> Result<(), Response> {
    if grant == "client_credentials" {
        return Ok(());
    }
    let text = format!("The app requested an unsupported grant type '{grant}'.");
    Err(error(400, "unsupported_grant_type", 70003, &text))
}

/// One word names a resource; the others may only be those of `OpenID`.
fn resource_of_scope(scope: &str) -> Result<&str, Response> {
    let open_id = ["openid", "offline_access", "profile", "email"];
    let words: Vec<_> = scope.split_whitespace().filter(|word| !open_id.contains(word)).collect();
    let resource = match words[..] {
        [word] => word.strip_suffix("/.default"),
        _ => None,
    };
    resource.ok_or_else(|| {
        let text =
            format!("The provided value for the input parameter 'scope' is not valid: {scope}");
        error(400, "invalid_scope", 70011, &text)
    })
}

/// Tokens are given for this server, and for the API servers of AKS.
fn unknown_resource(resource: &str) -> Response {
    let text = format!("The resource principal named {resource} was not found in the tenant.");
    error(400, "invalid_resource", 500_011, &text)
}

/// A token of the service principal for the API servers of AKS, which verify it.
fn sign_cluster_token(
    origin: &str, key: &SigningKey, requested: &RequestedClaims,
) -> Result<String, Response> {
    let now = timestamp::unix_seconds();
    let claims = json!({
        "aud": AKS_SERVER,
        "iss": issuer(origin, TENANT),
        "iat": now,
        "nbf": now,
        "exp": now + u64::from(TOKEN_LIFETIME_SECONDS),
        "azp": CLIENT_ID,
        "oid": SERVICE_PRINCIPAL,
        "sub": SERVICE_PRINCIPAL,
        "tid": TENANT,
        "ver": "2.0",
        "xms_cc": requested.xms_cc,
        "acrs": requested.acrs,
    });
    key.sign(&claims).map_err(|failed| error(500, "server_error", 90_033, &failed.to_string()))
}

fn is_known_tenant(tenant: &str) -> bool {
    [TENANT, OTHER_TENANT].contains(&tenant) || tenant == "common" || tenant == "organizations"
}

fn tenant_not_found(tenant: &str) -> Response {
    error(400, "invalid_request", 90002, &format!("Tenant '{tenant}' not found."))
}

/// An error as Entra words it.
fn error(status: u16, error: &str, number: u32, text: &str) -> Response {
    let (trace, correlation) = (Uuid::new_v4(), Uuid::new_v4());
    let stamp = timestamp::now_for_entra();
    let body: Value = json!({
        "error": error,
        "error_description": format!(
            "AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} \
             Timestamp: {stamp}"
        ),
        "error_codes": [number],
        "timestamp": stamp,
        "trace_id": trace.to_string(),
        "correlation_id": correlation.to_string(),
        "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
    });
    Response::json(status, body)
}
