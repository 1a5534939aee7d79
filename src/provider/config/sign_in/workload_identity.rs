//! The identity of a pod on AKS: the token that Kubernetes gives to its service account.
//!
//! <https://azure.github.io/azure-workload-identity/docs/topics/self-managed-clusters.html>

use std::path::PathBuf;
use std::sync::Arc;

use azure::credential::federated_identity::IdTokenFile;
use azure::credential::{FederatedIdentity, Principal, TokenSource};
use framework::{Attr, Diagnostic};

use super::messages::{NO_POD, NOT_CLEAR};
use super::{Chosen, Method, SignInContext, SignInMethod, client_id, unless_cli_is_asked_for};
use crate::config::Config;
use crate::config::environment::{Resolved, Source, variables};

pub(super) const METHOD: Method = Method {
    name: "workload identity",
    usage: "use_aks_workload_identity = true (ARM_USE_AKS_WORKLOAD_IDENTITY), in a pod with a workload \
            identity",
    choose,
};

#[derive(Debug)]
pub(crate) struct WorkloadIdentity {
    pub(crate) principal: Principal,
    token_file: PathBuf,
}

fn choose(config: &Config, source: &Source<'_>) -> Chosen {
    let is_on = source.flag("use_aks_workload_identity", config.use_aks_workload_identity)?;
    if !is_on.unwrap_or_default() {
        return Ok(None);
    }
    let client = client_id(config, source)?.map(|client| client.value.expose().clone());
    let tenant = source.text("tenant_id", &config.tenant_id)?;
    let file = source.text("oidc_token_file_path", &config.oidc_token_file_path)?;
    let parts = [
        ("client_id", "workload_identity.client_id", client),
        ("tenant_id", "workload_identity.tenant_id", tenant),
        ("oidc_token_file_path", "workload_identity.token_file", file),
    ];
    let mut found = Vec::new();
    for (argument, injected, given) in parts {
        let Some(value) = agreed(argument, injected, given, source)? else {
            let missing = missing_error(argument, injected);
            return unless_cli_is_asked_for(config, source, missing);
        };
        found.push(value);
    }
    let [client, tenant, file] = found.try_into().unwrap_or_default();
    let principal = Principal { tenant, client };
    Ok(Some(Arc::new(WorkloadIdentity { principal, token_file: PathBuf::from(file) })))
}

/// What the argument says, or else the variable that Kubernetes injects. Where both are there, they
/// say the same, as azurerm has it: the token is for the one that was injected.
fn agreed(
    argument: &'static str, injected: &'static str, given: Option<String>, source: &Source<'_>,
) -> Resolved<Option<String>> {
    let injected_value = source.text(injected, &Attr::Null)?;
    if let (Some(given), Some(other)) = (&given, &injected_value)
        && given != other
    {
        let variable = variables(injected).join(" or ");
        let (given, other) = (format!("{given:?}"), format!("{other:?}"));
        let values = [
            ("argument", argument),
            ("given", &given),
            ("other", &other),
            ("variables", &variable),
        ];
        return Err(NOT_CLEAR.error(&values).at(argument));
    }
    Ok(given.or(injected_value))
}

fn missing_error(argument: &'static str, injected: &'static str) -> Diagnostic {
    let variable = variables(injected).join(" or ");
    NO_POD
        .error(&[("argument", argument), ("variables", &variable)])
        .at("use_aks_workload_identity")
}

impl SignInMethod for WorkloadIdentity {
    fn token_source(&self, context: &SignInContext<'_>) -> Box<dyn TokenSource> {
        Box::new(FederatedIdentity::new(
            "workload identity",
            context.cloud,
            self.principal.clone(),
            Box::new(IdTokenFile::new(self.token_file.clone())),
            context.transport.clone(),
        ))
    }
}
