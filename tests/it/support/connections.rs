//! Relay, Service Bus and Log Analytics objects beside the extension on the Arc cluster.

use hyper::Method;
use serde_json::{Value, json};

use super::azure::{Azure, GROUP};
use crate::arc_extension::resource;

const BUS_RULE: &str = "RootManageSharedAccessKey";

pub(crate) const RELAY: &str = "Microsoft.Relay/namespaces";
pub(crate) const BUS: &str = "Microsoft.ServiceBus/namespaces";
pub(crate) const LOGS: &str = "Microsoft.OperationalInsights/workspaces";
/// The names that the CLI gives them for this cluster.
pub(crate) const NAMES: [(&str, &str); 3] = [
    (RELAY, "amlarccluster000000000000000000000000000000089c931"),
    (BUS, "amlarccluster00000000000000000000000000000002aa5c3"),
    (LOGS, "amlarccluster00000000000000000000000000000001rgarc"),
];

pub(crate) fn object_id(kind: &str, name: &str) -> String {
    format!("{GROUP}/providers/{kind}/{name}")
}

/// What there is beside the cluster, by kind.
pub(crate) fn existing(azure: &Azure) -> Vec<(&'static str, String)> {
    let objects = azure.objects();
    let mut found = Vec::new();
    for kind in [RELAY, BUS, LOGS] {
        let start = object_id(kind, "");
        for id in objects.keys() {
            let inside = id.get(..start.len()).filter(|begin| begin.eq_ignore_ascii_case(&start));
            if inside.is_some() && !id[start.len()..].contains('/') {
                found.push((kind, id[start.len()..].to_owned()));
            }
        }
    }
    found
}

/// Three that somebody made: a relay with its rule, a bus, a workspace.
pub(crate) fn create_three(azure: &Azure) -> [String; 3] {
    let body = json!({ "location": "eastus" });
    let ids =
        [(RELAY, "edge-relay"), (BUS, "edge-bus"), (LOGS, "edge-logs")].map(|(kind, name)| {
            let id = object_id(kind, name);
            azure.send(Method::PUT, &id, Some(&body));
            id
        });
    azure.ends_operations();
    let connection = format!("{}/hybridConnections/edge", ids[0]);
    let rights = json!({ "properties": { "rights": ["Manage", "Send", "Listen"] } });
    azure.send(Method::PUT, &connection, Some(&json!({})));
    let rule = format!("{connection}/authorizationRules/azureml_rw");
    azure.send(Method::PUT, &rule, Some(&rights));
    [connection, ids[1].clone(), ids[2].clone()]
}

/// The secrets of a hybrid connection, a bus and a workspace, as they are now.
pub(crate) fn secrets(azure: &Azure, ids: &[String; 3]) -> [Value; 3] {
    let keys = |id: &str, rule: &str| {
        let id = format!("{id}/authorizationRules/{rule}/listKeys");
        azure.send(Method::POST, &id, None)["primaryConnectionString"].clone()
    };
    let shared = format!("{}/sharedKeys", ids[2]);
    [
        keys(&ids[0], "azureml_rw"),
        keys(&ids[1], BUS_RULE),
        azure.send(Method::POST, &shared, None)["primarySharedKey"].clone(),
    ]
}

pub(crate) fn rotate(azure: &Azure, ids: &[String; 3]) {
    let primary = json!({ "keyType": "PrimaryKey" });
    for (id, rule) in [(&ids[0], "azureml_rw"), (&ids[1], BUS_RULE)] {
        let id = format!("{id}/authorizationRules/{rule}/regenerateKeys");
        azure.send(Method::POST, &id, Some(&primary));
    }
    let id = format!("{}/regenerateSharedKey", ids[2]);
    azure.send(Method::POST, &id, None);
}

/// The complete protected map with these secrets.
pub(crate) fn protected([relay, bus, logs]: &[Value; 3]) -> Value {
    json!({
        "relayServerConnectionString": relay,
        "relayserver.relayConnectionString": relay,
        "serviceBusConnectionString": bus,
        "servicebus.connectionString": bus,
        "azure_log_analytics.connection_string": logs,
    })
}

pub(crate) fn managed(keys_version: u32) -> String {
    resource(&format!(
        r#"
  enable_training = true
  relay           = {{ mode = "managed", keys_version = {keys_version} }}
  service_bus     = {{ mode = "managed", keys_version = {keys_version} }}
  log_analytics   = {{ mode = "managed", keys_version = {keys_version} }}
"#
    ))
}

/// The hybrid connection, the bus and the workspace that are named after the cluster.
pub(crate) fn managed_ids() -> [String; 3] {
    let [relay, bus, logs] = NAMES.map(|(kind, name)| object_id(kind, name));
    [format!("{relay}/hybridConnections/amlarc-cluster"), bus, logs]
}

/// A compute that hangs on the extension of `managed`.
pub(crate) fn compute() -> String {
    format!(
        r#"
resource "azureml_kubernetes_compute" "this" {{
  name         = "edge"
  workspace_id = "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
  cluster_id   = azureml_arc_extension.this.cluster_id
  extension_id = azureml_arc_extension.this.id
}}
"#
    )
}
