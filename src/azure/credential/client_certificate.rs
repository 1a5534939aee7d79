//! A service principal with a certificate, by an assertion that its key signs.
//!
//! <https://learn.microsoft.com/entra/identity-platform/certificate-credentials>

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::RSA_PSS_SHA256;
use serde_json::{Value, json};
use uuid::Uuid;
use vocabulary::Sensitive;

use super::certificate_bundle::CertificateBundle;
use super::token_endpoint::{Principal, Proof, TokenEndpoint};
use super::{FetchedToken, TokenRequest, TokenSource, unix_seconds};
use crate::cloud::CloudSource;
use crate::transport::Transport;

/// How long an assertion is good for, in seconds: Microsoft advises five to ten minutes.
const ASSERTION_LIFETIME: u64 = 600;

/// A service principal's certificate with its private key. The authority must be https.
pub struct ClientCertificate {
    endpoint: TokenEndpoint,
    bundle: Arc<CertificateBundle>,
}

impl ClientCertificate {
    /// The certificate of a principal at the cloud's authority.
    pub fn new(
        cloud: impl Into<CloudSource>, principal: Principal, bundle: Arc<CertificateBundle>,
        transport: Arc<dyn Transport>,
    ) -> Self {
        Self { endpoint: TokenEndpoint::new(cloud.into(), principal, transport), bundle }
    }

    fn sign_assertion(&self, audience: &str) -> Result<Sensitive<String>, String> {
        let now = unix_seconds();
        let header = json!({
            "alg": "PS256",
            "typ": "JWT",
            "x5t#S256": URL_SAFE_NO_PAD.encode(digest(&SHA256, self.bundle.certificate())),
        });
        let claims = json!({
            "aud": audience,
            "exp": now + ASSERTION_LIFETIME,
            "iat": now,
            "iss": self.endpoint.client(),
            "jti": Uuid::new_v4().to_string(),
            "nbf": now,
            "sub": self.endpoint.client(),
        });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&header), part(&claims));
        let key = self.bundle.key();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| "the private key cannot sign".to_owned())?;
        Ok(Sensitive::from(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    }
}

#[async_trait::async_trait]
impl TokenSource for ClientCertificate {
    fn name(&self) -> &'static str {
        "client certificate"
    }

    async fn fetch_token(&self, request: &TokenRequest<'_>) -> Result<FetchedToken, String> {
        let assertion = self.sign_assertion(self.endpoint.url(request).await?.as_str())?;
        self.endpoint.exchange(Proof::Assertion(&assertion), request).await
    }

    fn waits_for(&self) -> Option<String> {
        self.endpoint.waits_for()
    }
}
