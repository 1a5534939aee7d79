//! Whether installing the Azure Machine Learning extension would pass its own health check.

use serde_json::Value;

use super::super::generic::SECRETS;
use super::helm;
use crate::faults::Failure;
use crate::store::Store;

/// The extension whose needs are known here; every other one installs.
const AZUREML: &str = "microsoft.azureml.kubernetes";

/// Why the installation with these properties fails on this cluster; `None` if it does not. Its
/// version has a chart or is none of those that there are.
pub(super) fn check(
    properties: &Value, cluster: Option<&Value>, has_chart: bool, verb: &str,
) -> Option<Failure> {
    if !is_connected(cluster) {
        return Some(failure(
            "ExtensionCreationFailed",
            "Unable to get the status from the local CRD: the status is not populated. Check that \
             the cluster is connected and its agents run.",
        ));
    }
    if !has_chart {
        let asked = properties["version"].as_str().or(properties["releaseTrain"].as_str());
        let asked = asked.unwrap_or_default();
        let text = format!("Helm installation failed: Chart path not found for version {asked}.");
        return Some(failure("ExtensionOperationFailed", &text));
    }
    if properties["extensionType"] != AZUREML {
        return None;
    }
    if let Some(problem) = helm::check(properties) {
        let text = format!(
            "Error: [ InnerError: [Helm installation failed: {problem}]] occurred while doing the \
             operation: [{verb}] on the config."
        );
        return Some(failure("ExtensionOperationFailed", &text));
    }
    let hook = if verb == "Creating" { "pre-install" } else { "pre-upgrade" };
    let settings = Settings(properties);
    let found =
        missing_settings(&settings, cluster).or_else(|| unusable_router(&settings, cluster))?;
    let text = format!(
        "Error: [ InnerError: [Helm installation failed: failed {hook}: pod healthcheck failed: \
         Status: Failed {found}]] occurred while doing the operation: [{verb}] on the config. \
         See https://aka.ms/arcmltsg"
    );
    Some(failure("ExtensionOperationFailed", &text))
}

/// Whether an attach finds what it needs to reach the cluster: on Arc, the relay.
pub(in crate::arm) fn has_relay(properties: &Value, cluster: &Value) -> bool {
    !is_arc(Some(cluster)) || Settings(properties).relay().is_some()
}

/// Whether the relay takes the key of an extension no longer, because it was rotated. A relay that is
/// not here takes any.
pub(in crate::arm) fn is_shut_out(properties: &Value, store: &Store) -> bool {
    let settings = Settings(properties);
    let Some(string) = settings.relay() else { return false };
    let part = |name: &str| string.split(';').find_map(|part| part.strip_prefix(name));
    let host = part("Endpoint=sb://").and_then(|host| host.split('.').next()).unwrap_or_default();
    let mut namespaces = store.below("", "Microsoft.Relay/Namespaces");
    let is = |it: &&Value| it["name"].as_str().is_some_and(|it| it.eq_ignore_ascii_case(host));
    let Some(namespace) = namespaces.find(is).and_then(|it| it["id"].as_str()) else {
        return false;
    };
    let rules = [
        "Microsoft.Relay/Namespaces/AuthorizationRules",
        "Microsoft.Relay/Namespaces/Hybridconnections/AuthorizationRules",
    ];
    let key = part("SharedAccessKey=");
    let mut rules = rules.into_iter().flat_map(|rules| store.below(namespace, rules));
    !rules.any(|rule| {
        ["primary", "secondary"].iter().any(|which| rule[SECRETS][which].as_str() == key)
    })
}

/// Whether anything runs on the cluster and answers: its agents on Arc, itself on AKS, which can be stopped.
pub(in crate::arm) fn is_connected(cluster: Option<&Value>) -> bool {
    let Some(properties) = cluster.map(|it| &it["properties"]) else { return true };
    let state = properties["connectivityStatus"].as_str();
    let stopped = properties["powerState"]["code"] == "Stopped";
    state.is_none_or(|state| state == "Connected") && !stopped
}

fn is_arc(cluster: Option<&Value>) -> bool {
    let types = cluster.and_then(|it| it["type"].as_str());
    types.is_some_and(|it| it.eq_ignore_ascii_case("Microsoft.Kubernetes/connectedClusters"))
}

struct Settings<'a>(&'a Value);

impl Settings<'_> {
    fn plain(&self, key: &str) -> Option<&str> {
        self.0["configurationSettings"][key].as_str().filter(|it| !it.is_empty())
    }

    fn secret(&self, key: &str) -> Option<&str> {
        self.0["configurationProtectedSettings"][key].as_str().filter(|it| !it.is_empty())
    }

    fn is(&self, key: &str, word: &str) -> bool {
        self.plain(key).is_some_and(|it| it.eq_ignore_ascii_case(word))
    }

    /// Today's key, or that of 2021.
    fn relay(&self) -> Option<&str> {
        self.secret("relayserver.relayConnectionString")
            .or_else(|| self.secret("RelayConnectionString"))
    }
}

/// What a raw body lacks that the CLI derives.
fn missing_settings(settings: &Settings<'_>, cluster: Option<&Value>) -> Option<String> {
    let required = ["cluster_name", "domain", "location"];
    if let Some(key) = required.into_iter().find(|key| settings.plain(key).is_none()) {
        return Some(report("configuration", "E40000", &format!("the setting {key} is not given")));
    }
    // On Arc the relay is on unless it is turned off, elsewhere the other way round.
    let relay = if is_arc(cluster) {
        !settings.is("relayserver.enabled", "false")
    } else {
        settings.is("relayserver.enabled", "true")
    };
    if relay && settings.relay().is_none() {
        let text = "Relay resource id or connection string are not provided";
        return Some(report("relayserver", "E40000", text));
    }
    missing_strings(settings)
}

/// What Service Bus and Log Analytics lack where they are on.
fn missing_strings(settings: &Settings<'_>) -> Option<String> {
    let bus = settings.is("servicebus.enabled", "true");
    if bus && settings.secret("servicebus.connectionString").is_none() {
        let text = "the Service Bus connection string is not given";
        return Some(report("servicebus", "E40000", text));
    }
    let logs = settings.is("azure_log_analytics.enabled", "true");
    let key = settings.secret("azure_log_analytics.connection_string");
    if logs && (key.is_none() || settings.plain("azure_log_analytics.customer_id").is_none()) {
        let text = "the Log Analytics workspace or key is not given";
        return Some(report("fluent-bit", "E40000", text));
    }
    None
}

/// What the inference router needs.
fn unusable_router(settings: &Settings<'_>, cluster: Option<&Value>) -> Option<String> {
    if !settings.is("enableInference", "true") {
        return None;
    }
    let pair = settings.secret("scoringFe.sslCert").and(settings.secret("scoringFe.sslKey"));
    let tls = pair.or_else(|| settings.plain("scoringFe.sslSecret"));
    if !settings.is("allowInsecureConnections", "true") && tls.is_none() {
        return Some(report("azureml-fe", "E40007", "no certificate for the inference router"));
    }
    let nodes = cluster.and_then(nodes);
    if !settings.is("inferenceRouterHA", "false") && nodes.is_some_and(|nodes| nodes < 3) {
        let text = "high availability of the inference router needs three nodes";
        return Some(report("azureml-fe", "E40002", text));
    }
    None
}

/// The nodes of a connected cluster, or those of all pools of a managed one.
fn nodes(cluster: &Value) -> Option<u64> {
    let properties = &cluster["properties"];
    let pools = properties["agentPoolProfiles"].as_array();
    let counted = pools.map(|pools| pools.iter().filter_map(|pool| pool["count"].as_u64()).sum());
    properties["totalNodeCount"].as_u64().or(counted)
}

/// A line of the health report.
fn report(name: &str, code: &str, message: &str) -> String {
    format!("Name: {name} ErrorCode: {code} ErrorMessage: {message}")
}

fn failure(code: &str, message: &str) -> Failure {
    Failure { code: code.to_owned(), message: message.to_owned() }
}
