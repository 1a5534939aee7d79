//! Settings become clients. Nothing here talks to anybody: a token comes at first use.

use std::sync::Arc;

use azure::{Arm, Client, Cloud, CloudError, Credential, Transport};
use framework::{Diagnostic, Path, Secrets};
use vocabulary::to_sentence;

use crate::clusters::{self, Clusters};
use crate::config::{self, Headers, Services, Settings};

/// Azure Resource Manager, and the way to clusters, as the settings say. `secrets` learns what comes
/// up.
pub(crate) fn clients(
    settings: Settings, secrets: &Secrets,
) -> Result<(Arm, Clusters), Diagnostic> {
    let Settings { sign_in, cloud, headers, clusters } = settings;
    for secret in sign_in.method.iter().flat_map(|method| method.secrets()) {
        secrets.learn(secret.expose());
    }
    let ca_certificate = cloud.ca_certificate.clone().map(String::into_bytes);
    let direct_transport: Arc<dyn Transport> = Arc::new(Client::direct(ca_certificate.clone()));
    let transport: Arc<dyn Transport> = Arc::new(Client::new(ca_certificate, cloud.proxy.clone()));
    let cloud = cloud_of(&cloud)?;
    let services =
        Services { cloud: &cloud, transport: &transport, direct_transport: &direct_transport };
    let credential = Credential::new(cloud.scope(), sign_in.token_sources(&services))
        .with_auxiliary_tenants(&sign_in.auxiliary_tenant_ids);
    let user_agent = user_agent(&headers);
    // A credential of its own: a token is for one audience.
    let for_clusters = sign_in.cluster_token_sources(&services);
    let for_clusters = for_clusters.map(|sources| Credential::new(clusters::aks_scope(), sources));
    let clusters = Clusters::new(clusters, for_clusters, user_agent.clone(), secrets.clone());
    let correlation_id = correlation_id(headers);
    let on_secret = secrets.observer();
    let settings =
        azure::ArmConfig { cloud, credential, transport, user_agent, correlation_id, on_secret };
    Ok((Arm::new(settings), clusters))
}

fn cloud_of(settings: &config::Cloud) -> Result<Cloud, Diagnostic> {
    let named = Cloud::from_name(settings.environment.as_deref().unwrap_or_default());
    let named = named.map_err(|error| {
        invalid_argument_error("environment", &error, Path::from("environment"))
    })?;
    let endpoint = named.with_endpoints(
        settings.resource_manager_endpoint.as_deref(),
        settings.resource_manager_audience.as_deref(),
        settings.active_directory_authority_host.as_deref(),
    );
    endpoint.map_err(|error| invalid_argument_error("endpoint", &error, Path::from("endpoint")))
}

fn invalid_argument_error(what: &str, error: &CloudError, path: Path) -> Diagnostic {
    let variables = match what {
        "environment" => "ARM_ENVIRONMENT",
        _ => {
            "ARM_RESOURCE_MANAGER_ENDPOINT, ARM_RESOURCE_MANAGER_AUDIENCE or \
             ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"
        }
    };
    let told = to_sentence(&error.to_string());
    Diagnostic::error(format!("Invalid {what}"))
        .detail(format!("{told}\n\nCheck `{what}` of the provider, or {variables}."))
        .at(path)
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
    use crate::config::SignIn;

    use super::*;

    fn settings() -> Settings {
        Settings {
            sign_in: SignIn::default(),
            cloud: config::Cloud::default(),
            headers: Headers::default(),
            clusters: config::ClusterSettings::default(),
        }
    }

    /// The attribute that a refusal stands on.
    fn refused_path(settings: Settings) -> Option<Path> {
        clients(settings, &Secrets::default()).map(drop).expect_err("it is wrong").path
    }

    #[test]
    fn a_cloud_that_is_none_is_told_on_its_attribute() {
        let mut wrong = settings();
        wrong.cloud.environment = Some("mars".to_owned());
        assert_eq!(refused_path(wrong), Some("environment".into()));
        for endpoint in ["http://arm.example", "arm.example", "https://user:hunter2@arm.example"] {
            let mut wrong = settings();
            wrong.cloud.resource_manager_endpoint = Some(endpoint.to_owned());
            let refused = clients(wrong, &Secrets::default()).map(drop).expect_err(endpoint);
            assert_eq!(refused.path, Some("endpoint".into()));
            assert!(!refused.detail.contains("hunter2"));
        }
    }

    #[test]
    fn a_run_may_name_its_correlation_or_have_none() {
        assert!(correlation_id(Headers::default()).is_some());
        let named = Headers { correlation: Some("run".to_owned()), ..Headers::default() };
        assert_eq!(correlation_id(named.clone()).as_deref(), Some("run"));
        assert_eq!(correlation_id(Headers { without_correlation: true, ..named }), None);
    }
}
