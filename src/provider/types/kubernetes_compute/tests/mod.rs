//! The life of a compute.

mod attachment;
mod input;
mod interrupted;
mod meant;
mod move_state;
mod ownership;
mod properties;
mod refreshes;
mod trouble;
mod warnings;

use serde_json::{Value as Json, json};

use crate::tests::{Case, Core, GROUP, Memory, lifecycle};

const ARC: &str = "Microsoft.Kubernetes/connectedClusters/c";
const COMPUTE: &str = "Microsoft.MachineLearningServices/workspaces/ws/computes/edge";

fn id(below: &str) -> String {
    format!("{GROUP}/{below}")
}

/// A workspace, and a cluster with its extension in this state.
fn memory(extension: &str) -> Memory {
    let extension = json!({
        "name": "aml",
        "properties": {
            "extensionType": "microsoft.azureml.kubernetes",
            "provisioningState": extension,
        },
    });
    Memory::default()
        .with(
            &id("Microsoft.MachineLearningServices/workspaces/ws"),
            json!({ "location": "eastus" }),
        )
        .with(
            &id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml")),
            extension,
        )
}

fn healthy_azure() -> Memory {
    memory("Succeeded")
}

fn minimal_compute() -> Json {
    json!({
        "name": "edge",
        "workspace_id": id("Microsoft.MachineLearningServices/workspaces/ws"),
        "cluster_id": id(ARC),
    })
}

/// A configuration with these attributes beside the required ones.
fn config(more: Json) -> Json {
    merge(minimal_compute(), more)
}

fn merge(mut base: Json, more: Json) -> Json {
    let (Some(fields), Json::Object(more)) = (base.as_object_mut(), more) else {
        panic!("objects")
    };
    fields.extend(more);
    base
}

fn compute(cpu: &str, memory: &str, gpu: &Json) -> Json {
    let amounts = json!({ "cpu": cpu, "memory": memory, "nvidia.com/gpu": gpu });
    config(json!({
        "default_instance_type": "small",
        "instance_types": { "small": { "resources": { "requests": amounts } } },
    }))
}

async fn create_object(memory: &Memory, config: &Json) -> Core {
    let mut core = Core::new("kubernetes_compute", memory);
    core.run(config).await;
    core
}

#[tokio::test]
async fn a_respelling_shows_nothing_and_a_change_shows_one_line() {
    lifecycle(Case {
        resource: "kubernetes_compute",
        memory: healthy_azure(),
        config: compute("1000m", "16384Mi", &json!("0")),
        same: compute("1", "16Gi", &Json::Null),
        changed: compute("2", "16384Mi", &json!("0")),
        planned_changes: &["instance_types.small.resources.requests.cpu"],
        import: id(COMPUTE).to_uppercase().replace("/WS/", "/ws/").replace("/EDGE", "/edge/"),
        import_ignores: &[
            "default_instance_type",
            "effective_instance_types.small",
            "instance_types",
        ],
    })
    .await;
}
