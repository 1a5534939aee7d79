//! Client assertions: a JWT in place of a client secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::timestamp;

/// The only type of assertion that Entra takes.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Audience of a federated credential's token.
const TOKEN_EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// Checks an assertion. The error is the number after `AADSTS` and the text of Entra's error.
///
/// A token of another issuer passes as a federated credential, and its signature is not checked. A
/// token that the application signed itself is refused: no application here has a certificate.
pub(super) fn check_assertion(
    kind: &str, assertion: &str, client: &str,
) -> Result<(), (u32, String)> {
    if kind != JWT_BEARER {
        let text =
            format!("Request parameter 'client_assertion_type' has an unsupported value '{kind}'.");
        return Err((50_027, text));
    }
    let claims = decode_claims(assertion)
        .ok_or_else(|| (50_027, "JWT token is invalid or malformed.".to_owned()))?;
    let claim = |name: &str| claims[name].as_str().unwrap_or_default();
    if claim("iss") == client {
        let text = "The certificate with identifier used to sign the client assertion is not registered on application.";
        return Err((700_027, text.to_owned()));
    }
    for (name, number) in [("iss", 700_214), ("sub", 700_213)] {
        if claim(name).is_empty() {
            let text = format!(
                "No matching federated identity record found: the assertion has no '{name}'."
            );
            return Err((number, text));
        }
    }
    if !is_for_token_exchange(&claims["aud"]) {
        let text = format!(
            "No matching federated identity record found for presented assertion audience '{}'.",
            claim("aud")
        );
        return Err((700_212, text));
    }
    let now = timestamp::unix_seconds();
    if claims["exp"].as_u64().is_none_or(|ends| ends <= now) {
        return Err((700_024, "Client assertion is not within its valid time range.".to_owned()));
    }
    Ok(())
}

fn is_for_token_exchange(audience: &Value) -> bool {
    match audience {
        Value::Array(all) => all.iter().any(|one| one == TOKEN_EXCHANGE_AUDIENCE),
        one => one == TOKEN_EXCHANGE_AUDIENCE,
    }
}

/// The claims of a JWT: header, claims and signature. `None`: it is malformed.
fn decode_claims(token: &str) -> Option<Value> {
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { return None };
    let read = |part: &str| -> Option<Value> {
        let bytes = URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?;
        serde_json::from_slice(&bytes).ok().filter(Value::is_object)
    };
    read(header)?;
    if signature.is_empty() {
        return None;
    }
    read(claims)
}
