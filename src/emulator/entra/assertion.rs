//! Client assertions: a JWT in place of a client secret.
//!
//! - Of the application itself, by its certificate:
//!   <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>
//! - Of another issuer, by a federated credential:
//!   <https://learn.microsoft.com/entra/workload-id/workload-identity-federation>

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::Value;

use super::certificate::ClientCertificate;
use super::signing::SigningKey;
use crate::identity;
use crate::timestamp;

/// The only type of assertion that Entra takes.
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Audience of a federated credential's token.
pub(crate) const TOKEN_EXCHANGE: &str = "api://AzureADTokenExchange";
/// The subject of the job of GitHub Actions that the application trusts.
pub(crate) const GITHUB_SUBJECT: &str = "repo:contoso/ml:ref:refs/heads/main";
/// The subject of the service connection that it trusts.
pub(crate) const SERVICE_CONNECTION_SUBJECT: &str = "sc://contoso/ml/azure-apply";
/// All subjects that it trusts, of one issuer: the last is a service account of Kubernetes.
const SUBJECTS: [&str; 3] =
    [GITHUB_SUBJECT, SERVICE_CONNECTION_SUBJECT, "system:serviceaccount:ml:terraform"];
/// How far clocks may be apart, in seconds.
const CLOCK_SKEW_SECONDS: u64 = 300;

/// The number after `AADSTS` and the text of Entra's error.
type Refusal = (u32, String);

/// What an assertion is held to.
pub(super) struct Verifier<'a> {
    pub(super) origin: &'a str,
    pub(super) tenant: &'a str,
    pub(super) client: &'a str,
    pub(super) key: &'a SigningKey,
    pub(super) certificates: &'a [ClientCertificate],
}

/// A JWT taken apart.
struct Token<'a> {
    header: Value,
    claims: Value,
    signed: &'a str,
    signature: Vec<u8>,
}

impl Verifier<'_> {
    pub(super) fn check(&self, kind: &str, assertion: &str) -> Result<(), Refusal> {
        if kind != JWT_BEARER {
            let text = format!(
                "Request parameter 'client_assertion_type' has an unsupported value '{kind}'."
            );
            return Err((50_027, text));
        }
        let token = Token::read(assertion)
            .ok_or_else(|| (50_027, "JWT token is invalid or malformed.".to_owned()))?;
        if token.claim("iss") == self.client {
            self.check_own(&token)?;
        } else {
            self.check_federated(&token)?;
        }
        check_dates(&token)
    }

    /// Signed by the application with one of its certificates.
    fn check_own(&self, token: &Token<'_>) -> Result<(), Refusal> {
        let named = self.certificates.iter().find(|certificate| token.is_by(&certificate.der));
        let Some(certificate) = named else {
            let text = "The certificate with identifier used to sign the client assertion is not registered on application.";
            return Err((700_027, text.to_owned()));
        };
        if certificate.ends <= timestamp::unix_seconds() {
            return Err((700_027, "The certificate used to sign has expired.".to_owned()));
        }
        if !token.is_signed_by_rsa(&certificate.public_key) {
            let text = "Client assertion contains an invalid signature.";
            return Err((700_027, text.to_owned()));
        }
        let audience = format!("{}/{}/oauth2/v2.0/token", self.origin, self.tenant);
        if token.claim("aud") != audience {
            let text = "Client assertion audience claim does not match Realm issuer.";
            return Err((700_023, text.to_owned()));
        }
        for (name, is_so) in [
            ("sub", token.claim("sub") == self.client),
            ("jti", !token.claim("jti").is_empty()),
            ("nbf", token.claims["nbf"].is_u64()),
        ] {
            if !is_so {
                let text = format!("JWT token is invalid or malformed: its claim '{name}'.");
                return Err((50_027, text));
            }
        }
        Ok(())
    }

    /// Signed by an issuer that the application trusts.
    fn check_federated(&self, token: &Token<'_>) -> Result<(), Refusal> {
        let mismatch = |number, what, claim| {
            let text = format!(
                "No matching federated identity record found for presented assertion {what} '{}'.",
                token.claim(claim)
            );
            Err((number, text))
        };
        if token.claim("iss") != identity::issuer(self.origin) {
            return mismatch(700_211, "issuer", "iss");
        }
        if !SUBJECTS.contains(&token.claim("sub")) {
            return mismatch(700_213, "subject", "sub");
        }
        if !is_for_token_exchange(&token.claims["aud"]) {
            return mismatch(700_212, "audience", "aud");
        }
        if !self.key.has_signed(token.signed, &token.signature) {
            return Err((50_013, "Assertion failed signature validation.".to_owned()));
        }
        Ok(())
    }
}

impl<'a> Token<'a> {
    /// Header, claims and signature. `None`: it is malformed.
    fn read(text: &'a str) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok();
        let read = |part: &str| -> Option<Value> {
            serde_json::from_slice(&decode(part)?).ok().filter(Value::is_object)
        };
        let signature = decode(signature).filter(|signature| !signature.is_empty())?;
        Some(Self { header: read(header)?, claims: read(claims)?, signed, signature })
    }

    /// A claim that is a text; empty without it.
    fn claim(&self, name: &str) -> &str {
        self.claims[name].as_str().unwrap_or_default()
    }

    /// Whether the header names this certificate, by its new or its old thumbprint.
    fn is_by(&self, certificate: &[u8]) -> bool {
        let thumbprints = [("x5t#S256", &SHA256), ("x5t", &SHA1_FOR_LEGACY_USE_ONLY)];
        thumbprints.into_iter().any(|(name, algorithm)| {
            let thumbprint = URL_SAFE_NO_PAD.encode(digest(algorithm, certificate));
            self.header[name].as_str().map(|it| it.trim_end_matches('=')) == Some(&thumbprint)
        })
    }

    fn is_signed_by_rsa(&self, public_key: &[u8]) -> bool {
        let algorithm: &dyn VerificationAlgorithm = match self.header["alg"].as_str() {
            Some("PS256") => &RSA_PSS_2048_8192_SHA256,
            Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
            _ => return false,
        };
        let key = UnparsedPublicKey::new(algorithm, public_key);
        key.verify(self.signed.as_bytes(), &self.signature).is_ok()
    }
}

fn check_dates(token: &Token<'_>) -> Result<(), Refusal> {
    let now = timestamp::unix_seconds();
    let is_over = token.claims["exp"].as_u64().is_none_or(|ends| ends <= now);
    let begins = token.claims["nbf"].as_u64().unwrap_or_default();
    if is_over || begins > now + CLOCK_SKEW_SECONDS {
        return Err((700_024, "Client assertion is not within its valid time range.".to_owned()));
    }
    Ok(())
}

fn is_for_token_exchange(audience: &Value) -> bool {
    match audience {
        Value::Array(all) => all.iter().any(|one| one == TOKEN_EXCHANGE),
        one => one == TOKEN_EXCHANGE,
    }
}
