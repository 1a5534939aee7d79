//! What validation and a plan allocate, counted: a binary of its own, since the count is of the whole
//! process. Plans of thousands of resources are as quick as this is low.

use allocation_counter::measure;
use framework::Server;
use provider::AzureMl;
use serde_json::{Value as Json, json};
use testing::Core;
use tokio::runtime::{Builder, Runtime};

const GROUP: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg/providers";

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

/// A compute with this many instance types, each with a selector, requests and limits.
fn compute(types: usize) -> Json {
    let one = |number: usize| {
        let amounts = json!({ "cpu": "1", "memory": "2Gi" });
        let limits = json!({ "cpu": "2", "memory": "4Gi", "nvidia.com/gpu": "1" });
        let resources = json!({ "requests": amounts, "limits": limits });
        (
            format!("type-{number}"),
            json!({ "node_selector": { "pool": "a" }, "resources": resources }),
        )
    };
    json!({
        "name": "edge",
        "workspace_id": format!("{GROUP}/Microsoft.MachineLearningServices/workspaces/ws"),
        "cluster_id": format!("{GROUP}/Microsoft.Kubernetes/connectedClusters/c"),
        "default_instance_type": "type-0",
        "instance_types": (0..types).map(one).collect::<serde_json::Map<_, _>>(),
    })
}

/// An extension with this many settings that the provider does not know.
fn extension(settings: usize) -> Json {
    let setting = |number: usize| (format!("relayserver.unknown{number}.x"), json!("1"));
    json!({
        "name": "aml",
        "cluster_id": format!("{GROUP}/Microsoft.Kubernetes/connectedClusters/c"),
        "enable_training": true,
        "configuration_settings": (0..settings).map(setting).collect::<serde_json::Map<_, _>>(),
    })
}

/// How many allocations it takes to validate and plan the creation of an object.
fn allocations(of: &str, config: &Json) -> u64 {
    let core = Core::new(of, Server::new::<AzureMl>());
    let runtime = runtime();
    let once = || {
        runtime.block_on(async {
            let found = core.validate(config).await;
            assert!(found.iter().all(|told| !told.starts_with("error")), "{found:?}");
            drop(core.plan(config).await);
        });
    };
    once();
    measure(once).count_total
}

#[test]
fn a_compute_is_planned_with_few_allocations() {
    let one = allocations("kubernetes_compute", &compute(1));
    let three = allocations("kubernetes_compute", &compute(3));
    assert!(three <= 2_500, "{three} with three instance types, {one} with one");
}

#[test]
fn a_setting_is_planned_with_few_allocations() {
    let few = allocations("arc_extension", &extension(10));
    let many = allocations("arc_extension", &extension(1_010));
    assert!(many - few <= 85 * 1_000, "{many} with a thousand settings more than {few}");
}
