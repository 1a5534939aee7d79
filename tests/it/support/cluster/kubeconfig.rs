//! The files by which clients find a cluster.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::server::TOKEN;
use super::{Certificate, Cluster};

/// The name of everything in them.
const NAME: &str = "test";

impl Cluster {
    /// Of the administrator.
    pub(crate) fn kubeconfig(&self) -> String {
        self.kubeconfig_with_token(TOKEN)
    }

    pub(crate) fn kubeconfig_with_token(&self, token: &str) -> String {
        self.kubeconfig_with(&json!({"token": token}))
    }

    pub(crate) fn kubeconfig_with_certificate(&self, certificate: &Certificate) -> String {
        self.kubeconfig_with(&json!({
            "client-certificate-data": STANDARD.encode(&certificate.certificate),
            "client-key-data": STANDARD.encode(&certificate.key),
        }))
    }

    /// Whatever a `user` may be: an `exec` block, for one.
    pub(crate) fn kubeconfig_with(&self, user: &Value) -> String {
        let authority = STANDARD.encode(self.server.identities.authority());
        format!(
            "apiVersion: v1
kind: Config
clusters:
- name: {NAME}
  cluster:
    certificate-authority-data: {authority}
    server: {}
contexts:
- name: {NAME}
  context:
    cluster: {NAME}
    user: {NAME}
current-context: {NAME}
users:
- name: {NAME}
  user: {user}
",
            self.endpoint()
        )
    }
}
