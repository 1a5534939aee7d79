//! Extensions against an ARM in memory.

mod absence;
mod catalogue;
mod connections;
mod imported;
mod interrupted;
mod life;
mod log_analytics;
mod move_state;
mod ownership;
mod prerequisites;
mod secrets;
mod service_bus;
mod settings;
mod side_resources;
mod tls;
mod trouble;
mod written;

use serde_json::{Value as Json, json};

use crate::tests::{Core, GROUP, Memory, any_contains};

const ARC: &str = "Microsoft.Kubernetes/connectedClusters/c";
const AKS: &str = "Microsoft.ContainerService/managedClusters/k";
const NAMESPACE: &str = "Microsoft.Relay/namespaces/csrgrelay";
const CONNECTION: &str = "Microsoft.Relay/namespaces/csrgrelay/hybridConnections/c";

fn id(below: &str) -> String {
    format!("{GROUP}/{below}")
}

/// The extension of this name on the Arc cluster.
fn extension(name: &str) -> String {
    id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/{name}"))
}

/// An Arc cluster in this state of connection, and an AKS cluster.
fn memory(connectivity: &str) -> Memory {
    let arc = json!({ "connectivityStatus": connectivity, "totalNodeCount": 3 });
    let aks = json!({ "agentPoolProfiles": [{ "count": 3 }] });
    Memory::default()
        .with(&id(ARC), json!({ "name": "c", "location": "EastUS", "properties": arc }))
        .with(&id(AKS), json!({ "name": "k", "location": "eastus", "properties": aks }))
}

fn healthy_azure() -> Memory {
    memory("Connected")
}

/// A training extension with these attributes beside.
fn config(more: Json) -> Json {
    let mut config = json!({ "name": "aml", "cluster_id": id(ARC), "enable_training": true });
    let (Some(fields), Json::Object(more)) = (config.as_object_mut(), more) else {
        panic!("objects")
    };
    fields.extend(more);
    config
}

/// The same without a relay.
fn alone(more: Json) -> Json {
    let mut config = config(more);
    config["relay"] = json!({ "mode": "none" });
    config
}

async fn create_object(memory: &Memory, config: &Json) -> Core {
    let mut core = Core::new("arc_extension", memory);
    core.run(config).await;
    core
}

/// The state of an extension that was made elsewhere and imported.
async fn imported(memory: &Memory) -> Core {
    let mut core = Core::new("arc_extension", memory);
    core.import(&extension("aml")).await;
    core.read().await;
    memory.writes();
    core
}

/// Changes an object as somebody else would.
fn drift(memory: &Memory, id: &str, change: impl FnOnce(&mut Json)) {
    let mut object = memory.get(id).expect("there is such an object");
    change(&mut object);
    memory.set(id, object);
}

/// Lets the service show these names of protected settings, or none.
fn return_protected_names(memory: &Memory, names: &[&str]) {
    let names: serde_json::Map<_, _> =
        names.iter().map(|name| ((*name).to_owned(), json!(""))).collect();
    drift(memory, &extension("aml"), |it| {
        it["properties"]["configurationProtectedSettings"] = Json::Object(names);
    });
}

/// What stands beside an extension by its state, and whether this extension made it.
fn kinds(core: &Core) -> Vec<(String, bool)> {
    let entries = core.state()["side_resources"].clone();
    let entries = entries.as_array().cloned().unwrap_or_default();
    let text = |it: &Json| it.as_str().unwrap_or_default().to_owned();
    entries.iter().map(|it| (text(&it["kind"]), it["created"] == true)).collect()
}

fn settings(memory: &Memory) -> Json {
    memory.sent()["properties"]["configurationSettings"].clone()
}
