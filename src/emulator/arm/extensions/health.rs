//! Whether the installation of an extension succeeds: the health check of Azure Machine Learning.

use serde_json::Value;

use super::helm;
use crate::arm::generic::SECRETS;
use crate::faults::Failure;
use crate::names::{AZUREML_EXTENSION, error_code, property, resource_type, state};
use crate::store::Store;

/// Why the installation with these properties fails on this cluster; `None`: it succeeds.
pub(super) fn installation_failure(
    properties: &Value, cluster: Option<&Value>, has_chart: bool, running_state: &str,
) -> Option<Failure> {
    if !is_connected(cluster) {
        return Some(failure(
            error_code::EXTENSION_CREATION_FAILED,
            "Unable to get the status from the local CRD: the status is not populated. Check that \
             the cluster is connected and its agents run.",
        ));
    }
    if !has_chart {
        let requested =
            properties["version"].as_str().or(properties[property::RELEASE_TRAIN].as_str());
        return Some(helm_failure(&format!(
            "Helm installation failed: Chart path not found for version {}.",
            requested.unwrap_or_default()
        )));
    }
    // Only the needs of this one are known; every other one installs.
    if properties[property::EXTENSION_TYPE] != AZUREML_EXTENSION {
        return None;
    }
    if let Some(problem) = helm::check_settings(properties) {
        return Some(installation_error(&problem, running_state, ""));
    }
    let line = failed_check(&ExtensionSettings(properties), cluster)?;
    Some(failed_hook(&format!("Status: Failed {line}"), running_state))
}

/// Why the installation fails when the health check reports this line.
pub(super) fn failed_hook(line: &str, running_state: &str) -> Failure {
    let hook = if running_state == state::CREATING { "pre-install" } else { "pre-upgrade" };
    let problem = format!("failed {hook}: pod healthcheck failed: {line}");
    installation_error(&problem, running_state, " See https://aka.ms/arcmltsg")
}

fn installation_error(problem: &str, running_state: &str, hint: &str) -> Failure {
    helm_failure(&format!(
        "Error: [ InnerError: [Helm installation failed: {problem}]] occurred while doing the \
         operation: [{running_state}] on the config.{hint}"
    ))
}

fn helm_failure(message: &str) -> Failure {
    failure(error_code::EXTENSION_OPERATION_FAILED, message)
}

/// The line of the health report about the first check that failed.
fn failed_check(settings: &ExtensionSettings<'_>, cluster: Option<&Value>) -> Option<String> {
    find_missing_setting(settings, cluster).or_else(|| check_inference_router(settings, cluster))
}

/// Whether the extension can be reached: on Arc only through its relay.
pub(in crate::arm) fn has_relay(properties: &Value, cluster: &Value) -> bool {
    !is_arc(Some(cluster)) || ExtensionSettings(properties).relay_connection_string().is_some()
}

/// Whether the key of the extension was rotated at its relay. A relay that is not emulated accepts
/// any key.
pub(in crate::arm) fn relay_rejects_key(properties: &Value, store: &Store) -> bool {
    let settings = ExtensionSettings(properties);
    let Some(string) = settings.relay_connection_string() else { return false };
    let part = |name: &str| string.split(';').find_map(|part| part.strip_prefix(name));
    let host = part("Endpoint=sb://").and_then(|host| host.split('.').next()).unwrap_or_default();
    let mut namespaces = store.descendants("", resource_type::RELAY_NAMESPACE);
    let is = |it: &&Value| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(host));
    let Some(namespace) = namespaces.find(is).and_then(|it| it["id"].as_str()) else {
        return false;
    };
    let rules = [resource_type::RELAY_NAMESPACE_RULE, resource_type::HYBRID_CONNECTION_RULE];
    let key = part("SharedAccessKey=");
    let mut rules = rules.into_iter().flat_map(|rules| store.descendants(namespace, rules));
    !rules.any(|rule| {
        ["primary", "secondary"].iter().any(|which| rule[SECRETS][which].as_str() == key)
    })
}

/// Whether the agents of an Arc cluster are connected, or an AKS cluster is not stopped.
pub(in crate::arm) fn is_connected(cluster: Option<&Value>) -> bool {
    let Some(properties) = cluster.map(|it| &it["properties"]) else { return true };
    let state = properties["connectivityStatus"].as_str();
    let stopped = properties["powerState"]["code"] == "Stopped";
    state.is_none_or(|state| state == "Connected") && !stopped
}

fn is_arc(cluster: Option<&Value>) -> bool {
    let types = cluster.and_then(|it| it["type"].as_str());
    types.is_some_and(|it| it.eq_ignore_ascii_case(resource_type::CONNECTED_CLUSTER))
}

struct ExtensionSettings<'a>(&'a Value);

impl ExtensionSettings<'_> {
    fn setting(&self, key: &str) -> Option<&str> {
        self.0[property::CONFIGURATION_SETTINGS][key].as_str().filter(|it| !it.is_empty())
    }

    fn protected_setting(&self, key: &str) -> Option<&str> {
        self.0[property::CONFIGURATION_PROTECTED_SETTINGS][key].as_str().filter(|it| !it.is_empty())
    }

    fn is_set_to(&self, key: &str, word: &str) -> bool {
        self.setting(key).is_some_and(|it| it.eq_ignore_ascii_case(word))
    }

    /// Under its present key, or that of 2021.
    fn relay_connection_string(&self) -> Option<&str> {
        self.protected_setting("relayserver.relayConnectionString")
            .or_else(|| self.protected_setting("RelayConnectionString"))
    }
}

/// A setting that the Azure CLI derives, and the body lacks.
fn find_missing_setting(
    settings: &ExtensionSettings<'_>, cluster: Option<&Value>,
) -> Option<String> {
    let required = ["cluster_name", "domain", "location"];
    if let Some(key) = required.into_iter().find(|key| settings.setting(key).is_none()) {
        return Some(report_line(
            "configuration",
            "E40000",
            &format!("the setting {key} is not given"),
        ));
    }
    // On Arc the relay is on unless it is turned off, elsewhere the other way round.
    let relay = if is_arc(cluster) {
        !settings.is_set_to("relayserver.enabled", "false")
    } else {
        settings.is_set_to("relayserver.enabled", "true")
    };
    if relay && settings.relay_connection_string().is_none() {
        let text = "Relay resource id or connection string are not provided";
        return Some(report_line("relayserver", "E40000", text));
    }
    find_missing_connection(settings)
}

fn find_missing_connection(settings: &ExtensionSettings<'_>) -> Option<String> {
    let bus = settings.is_set_to("servicebus.enabled", "true");
    if bus && settings.protected_setting("servicebus.connectionString").is_none() {
        let text = "the Service Bus connection string is not given";
        return Some(report_line("servicebus", "E40000", text));
    }
    let logs = settings.is_set_to("azure_log_analytics.enabled", "true");
    let key = settings.protected_setting("azure_log_analytics.connection_string");
    if logs && (key.is_none() || settings.setting("azure_log_analytics.customer_id").is_none()) {
        let text = "the Log Analytics workspace or key is not given";
        return Some(report_line("fluent-bit", "E40000", text));
    }
    None
}

fn check_inference_router(
    settings: &ExtensionSettings<'_>, cluster: Option<&Value>,
) -> Option<String> {
    if !settings.is_set_to("enableInference", "true") {
        return None;
    }
    let pair = settings
        .protected_setting("scoringFe.sslCert")
        .and(settings.protected_setting("scoringFe.sslKey"));
    let tls = pair.or_else(|| settings.setting("scoringFe.sslSecret"));
    if !settings.is_set_to("allowInsecureConnections", "true") && tls.is_none() {
        return Some(report_line(
            "azureml-fe",
            "E40007",
            "no certificate for the inference router",
        ));
    }
    let nodes = cluster.and_then(node_count);
    if !settings.is_set_to("inferenceRouterHA", "false") && nodes.is_some_and(|nodes| nodes < 3) {
        let text = "high availability of the inference router needs three nodes";
        return Some(report_line("azureml-fe", "E40002", text));
    }
    None
}

/// Of a managed cluster, the sum over its node pools.
fn node_count(cluster: &Value) -> Option<u64> {
    let properties = &cluster["properties"];
    let pools = properties["agentPoolProfiles"].as_array();
    let counted = pools.map(|pools| pools.iter().filter_map(|pool| pool["count"].as_u64()).sum());
    properties["totalNodeCount"].as_u64().or(counted)
}

fn report_line(name: &str, code: &str, message: &str) -> String {
    format!("Name: {name} ErrorCode: {code} ErrorMessage: {message}")
}

fn failure(code: &str, message: &str) -> Failure {
    Failure { code: code.to_owned(), message: message.to_owned() }
}
