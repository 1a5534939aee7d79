//! Settings become clients. Nothing here talks to anybody: a token comes at first use.

use std::sync::Arc;

use azure::credential::ReportingTransport;
use azure::{Arm, Client, Credential, SecretObserver, Transport};
use framework::Secrets;

use crate::clusters::{self, Clusters};
use crate::config::{self, Headers, Services, Settings};

/// What sends requests to Azure.
pub(crate) struct Transports {
    /// Through the proxy that the environment names.
    pub(crate) proxied: Arc<dyn Transport>,
    /// Through none.
    pub(crate) direct: Arc<dyn Transport>,
}

impl Transports {
    pub(crate) fn new(settings: &config::Cloud) -> Self {
        let ca_certificate = settings.ca_certificate.clone().map(String::into_bytes);
        Self {
            direct: Arc::new(Client::direct(ca_certificate.clone())),
            proxied: Arc::new(Client::new(ca_certificate, settings.proxy.clone())),
        }
    }

    /// The same for signing in: what is sent and comes back there is told to the observer.
    fn reporting(&self, on_secret: &SecretObserver) -> [Arc<dyn Transport>; 2] {
        [&self.proxied, &self.direct].map(|inner| -> Arc<dyn Transport> {
            Arc::new(ReportingTransport::new(Arc::clone(inner), Arc::clone(on_secret)))
        })
    }
}

/// Azure Resource Manager, and the way to clusters, as the settings say. `secrets` learns what comes
/// up.
pub(crate) fn clients(
    settings: Settings, transports: Transports, secrets: &Secrets,
) -> (Arm, Clusters) {
    let Settings { sign_in, cloud, headers, clusters } = settings;
    for secret in sign_in.method.iter().flat_map(|method| method.secrets()) {
        secrets.learn(secret.expose());
    }
    for secret in clusters.proxy.iter().flat_map(kubernetes::connection::Proxy::secrets) {
        secrets.learn(secret.expose());
    }
    let on_secret = secrets.observer();
    let [transport, direct_transport] = transports.reporting(&on_secret);
    let cloud = cloud.source(&transports.proxied);
    let services =
        Services { cloud: &cloud, transport: &transport, direct_transport: &direct_transport };
    let credential = Credential::of_cloud(cloud.clone(), sign_in.token_sources(&services))
        .with_auxiliary_tenants(&sign_in.auxiliary_tenant_ids);
    let user_agent = user_agent(&headers);
    // A credential of its own: a token is for one audience.
    let for_clusters = sign_in.cluster_token_sources(&services);
    let for_clusters = for_clusters.map(|sources| Credential::new(clusters::aks_scope(), sources));
    let clusters = Clusters::new(clusters, for_clusters, user_agent.clone(), secrets.clone());
    let correlation_id = correlation_id(headers);
    let transport = transports.proxied;
    let settings =
        azure::ArmConfig { cloud, credential, transport, user_agent, correlation_id, on_secret };
    (Arm::new(settings), clusters)
}

fn user_agent(headers: &Headers) -> String {
    let own = concat!("terraform-provider-azureml/", env!("CARGO_PKG_VERSION"));
    match &headers.partner {
        Some(partner) => format!("{own} pid-{partner}"),
        None => own.to_owned(),
    }
}

fn correlation_id(headers: Headers) -> Option<String> {
    match headers {
        Headers { without_correlation: true, .. } => None,
        Headers { correlation: Some(id), .. } => Some(id),
        Headers { .. } => Some(uuid::Uuid::new_v4().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_may_name_its_correlation_or_have_none() {
        assert!(correlation_id(Headers::default()).is_some());
        let named = Headers { correlation: Some("run".to_owned()), ..Headers::default() };
        assert_eq!(correlation_id(named.clone()).as_deref(), Some("run"));
        assert_eq!(correlation_id(Headers { without_correlation: true, ..named }), None);
    }
}
