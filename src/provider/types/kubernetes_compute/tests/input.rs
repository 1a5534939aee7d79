//! What users write, good and bad.

use serde_json::{Value as Json, json};

use super::{ARC, compute, config, create_object, healthy_azure, id, merge, minimal_compute};
use crate::tests::{Core, Memory, unknown};

/// What is refused of a name or an instance type is a matter of `aml`: here it has a place.
#[tokio::test]
async fn bad_input_is_told_on_its_attribute_all_at_once() {
    let cases: [(Json, &str); 16] = [
        (json!({ "name": "e" }), "error name"),
        (json!({ "namespace": "Up" }), "error namespace"),
        (json!({ "workspace_id": "ws" }), "error workspace_id"),
        (json!({ "workspace_id": id(ARC) }), "error workspace_id"),
        (json!({ "cluster_id": "/subscriptions//x" }), "error cluster_id"),
        (json!({ "cluster_id": id("Microsoft.Compute/virtualMachines/vm") }), "error cluster_id"),
        (
            json!({ "cluster_id": "/subscriptions/other/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c" }),
            "error cluster_id: Cluster in another subscription",
        ),
        (json!({ "extension_id": id(ARC) }), "error extension_id"),
        (
            json!({ "extension_id": id("Microsoft.Kubernetes/connectedClusters/other/providers/Microsoft.KubernetesConfiguration/extensions/aml") }),
            "error extension_id",
        ),
        (
            json!({ "instance_types": { "a": {} }, "default_instance_type": "b" }),
            "error default_instance_type",
        ),
        (
            json!({ "default_instance_type": "a", "instance_types": { "a": { "resources": { "requests": { "cpu": "1,5" } } } } }),
            "error instance_types[\"a\"].resources.requests[\"cpu\"]",
        ),
        (
            json!({ "default_instance_type": "a", "instance_types": { "a": { "node_selector": { "-x": "y" } } } }),
            "error instance_types[\"a\"].node_selector[\"-x\"]",
        ),
        (json!({ "identity": { "type": "Sytem" } }), "error identity.type"),
        (json!({ "identity": { "type": "UserAssigned" } }), "error identity.identity_ids"),
        (
            json!({ "identity": { "type": "UserAssigned", "identity_ids": ["x"] } }),
            "error identity.identity_ids[0]",
        ),
        (
            json!({ "identity": { "type": "None", "identity_ids": ["/subscriptions/s"] } }),
            "error identity.identity_ids",
        ),
    ];
    let core = Core::new("kubernetes_compute", &Memory::default());
    assert_eq!(core.validate(&minimal_compute()).await, [""; 0]);
    for (more, expected) in cases {
        let told = core.validate(&config(more.clone())).await;
        assert!(told.len() == 1 && told[0].starts_with(expected), "{more}: {told:#?}");
    }
    let all = json!({
        "name": "e", "workspace_id": "ws", "cluster_id": "c", "namespace": "Up",
        "instance_types": { "a": { "resources": { "limits": { "cpu": "x", "memory": "y" } } } },
    });
    let told = core.validate(&config(all)).await;
    assert_eq!(told.len(), 7, "{told:#?}");
}

#[tokio::test]
async fn unknown_values_pass_validation_and_plan_everywhere() {
    let core = Core::new("kubernetes_compute", &Memory::default());
    let full = config(json!({
        "extension_id": unknown(), "namespace": unknown(), "default_instance_type": unknown(),
        "description": unknown(), "tags": { "a": unknown() }, "disable_local_auth": unknown(),
        "instance_types": { "a": {
            "node_selector": { "x": unknown() },
            "resources": { "requests": unknown(), "limits": { "cpu": unknown() } },
        } },
        "identity": { "type": unknown(), "identity_ids": [unknown()] },
    }));
    let mut cases = vec![full.clone()];
    for name in full.as_object().expect("an object").keys().filter(|name| *name != "identity") {
        cases.push(merge(full.clone(), json!({ name: unknown() })));
    }
    cases.push(config(
        json!({ "default_instance_type": "a", "instance_types": { "a": unknown() } }),
    ));
    for case in cases {
        assert_eq!(core.validate(&case).await, [""; 0], "{case}");
        let plan = core.plan(&case).await;
        assert!(!plan.found.has_errors(), "{case}: {:?}", plan.found);
    }
}

#[tokio::test]
async fn an_import_id_that_is_none_shows_the_expected_shape() {
    let mut core = Core::new("kubernetes_compute", &Memory::default());
    for wrong in ["edge", "/subscriptions/s", &id(ARC)] {
        let told = core.import(wrong).await.join("\n");
        assert!(told.contains("workspaces/<workspace>/computes/<compute>"), "{told}");
    }
}

#[tokio::test]
async fn a_key_that_changes_replaces_and_says_why() {
    let core = create_object(&healthy_azure(), &compute("1", "1Gi", &Json::Null)).await;
    let cases = [
        ("name", json!("other"), "cannot be renamed"),
        ("cluster_id", json!(id("Microsoft.Kubernetes/connectedClusters/d")), "detached"),
        ("namespace", json!("elsewhere"), "the namespace of an attached cluster"),
        ("disable_local_auth", json!(true), "local authentication"),
    ];
    for (name, value, why) in cases {
        let changed = merge(compute("1", "1Gi", &Json::Null), json!({ name: value }));
        let plan = core.plan(&changed).await;
        assert_eq!(plan.replaces, [name]);
        let told = core.plan_diagnostics(&changed).await.join("\n");
        assert!(told.contains(why), "{told}");
    }
    let same =
        merge(compute("1", "1Gi", &Json::Null), json!({ "cluster_id": id(ARC).to_uppercase() }));
    assert!(core.plans_nothing(&same).await);
}
