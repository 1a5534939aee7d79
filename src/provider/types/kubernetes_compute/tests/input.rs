//! What users write, good and bad.

use serde_json::{Value as Json, json};

use super::{ARC, bare, compute, config, id, made, merged, well};
use crate::tests::{Core, Memory, unknown};

#[tokio::test]
async fn bad_input_is_told_on_its_attribute_all_at_once() {
    let types = |resources: Json| json!({ "default_instance_type": "a", "instance_types": { "a": { "resources": resources } } });
    let amounts = "instance_types[\"a\"].resources";
    let cases: Vec<(Json, String)> = vec![
        (json!({ "name": "e" }), "error name".into()),
        (json!({ "name": "edge_1" }), "error name".into()),
        (json!({ "namespace": "Up" }), "error namespace".into()),
        (json!({ "workspace_id": "ws" }), "error workspace_id".into()),
        (json!({ "workspace_id": id(ARC) }), "error workspace_id".into()),
        (json!({ "cluster_id": "/subscriptions//x" }), "error cluster_id".into()),
        (
            json!({ "cluster_id": id("Microsoft.Compute/virtualMachines/vm") }),
            "error cluster_id".into(),
        ),
        (
            json!({ "cluster_id": "/subscriptions/other/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/c" }),
            "error cluster_id: Cluster in another subscription".into(),
        ),
        (json!({ "extension_id": id(ARC) }), "error extension_id".into()),
        (
            json!({ "extension_id": id("Microsoft.Kubernetes/connectedClusters/other/providers/Microsoft.KubernetesConfiguration/extensions/aml") }),
            "error extension_id".into(),
        ),
        (json!({ "instance_types": { "a": {} } }), "error default_instance_type".into()),
        (
            json!({ "instance_types": { "a": {} }, "default_instance_type": "b" }),
            "error default_instance_type".into(),
        ),
        (
            json!({ "instance_types": { "a": {}, "b": null }, "default_instance_type": "a" }),
            "error instance_types[\"b\"]".into(),
        ),
        (
            types(json!({ "requests": { "cpu": "1,5" } })),
            format!("error {amounts}.requests[\"cpu\"]"),
        ),
        (
            types(json!({ "limits": { "memory": "-1" } })),
            format!("error {amounts}.limits[\"memory\"]"),
        ),
        (
            types(json!({ "requests": { "cpu": "2" }, "limits": { "cpu": "1" } })),
            format!("error {amounts}.requests[\"cpu\"]"),
        ),
        (
            types(json!({ "limits": { "nvidia.com/gpu": "0.5" } })),
            format!("error {amounts}.limits[\"nvidia.com/gpu\"]"),
        ),
        (
            json!({ "default_instance_type": "a", "instance_types": { "a": { "node_selector": { "-x": "y" } } } }),
            "error instance_types[\"a\"].node_selector[\"-x\"]".into(),
        ),
        (json!({ "identity": { "type": "Sytem" } }), "error identity.type".into()),
        (json!({ "identity": { "type": "UserAssigned" } }), "error identity.identity_ids".into()),
        (
            json!({ "identity": { "type": "UserAssigned", "identity_ids": ["x"] } }),
            "error identity.identity_ids[0]".into(),
        ),
        (
            json!({ "identity": { "type": "None", "identity_ids": ["/subscriptions/s"] } }),
            "error identity.identity_ids".into(),
        ),
    ];
    let core = Core::new("kubernetes_compute", &Memory::default());
    assert_eq!(core.validate(&bare()).await, [""; 0]);
    for (more, expected) in &cases {
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
async fn every_illegal_quantity_of_kubernetes_is_refused_on_its_own_path() {
    let vectors = include_str!("../../../../aml/tests/fixtures/k8s-quantity.json");
    let vectors: Json = serde_json::from_str(vectors).expect("JSON");
    let rejected: Vec<_> =
        vectors["rejected"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    assert_eq!(rejected.len(), 12);
    let core = Core::new("kubernetes_compute", &Memory::default());
    for (text, side, name) in rejected.iter().flat_map(|text| {
        ["requests", "limits"].into_iter().zip(["cpu", "memory"]).map(|(s, n)| (*text, s, n))
    }) {
        let more = json!({
            "default_instance_type": "a",
            "instance_types": { "a": { "resources": { side: { name: text } } } },
        });
        let told = core.validate(&config(more)).await;
        let expected = format!(
            "error instance_types[\"a\"].resources.{side}[\"{name}\"]: Invalid instance_types | \
             {text:?} is not a Kubernetes quantity."
        );
        assert!(told.len() == 1 && told[0].starts_with(&expected), "{text:?}: {told:#?}");
        let fix = told[0].split("\n\n").nth(1).unwrap_or_default();
        assert!(fix.starts_with("Did you mean `") || fix.starts_with("Write a number"), "{fix}");
    }
}

#[tokio::test]
async fn what_was_meant_is_told_for_all_at_once() {
    let amounts = json!({
        "nvidia/gpu": "0", "gpu": "1", "mem": "4Gi", "memory": "16 Gi", "cpu": "1,5",
        "ephemeral-storage": "4gb",
    });
    let core = Core::new("kubernetes_compute", &Memory::default());
    let told = core
        .validate(&config(json!({
            "default_instance_type": "smal",
            "instance_types": { "small": {
                "node_selector": { "VM Sizes": "x", "kubernetes.io/hostnam": "x" },
                "resources": { "limits": amounts },
            } },
        })))
        .await;
    let limits = "instance_types[\"small\"].resources.limits";
    let labels = "instance_types[\"small\"].node_selector";
    let expected = [
        ("default_instance_type".to_owned(), "\"small\""),
        (format!("{labels}[\"VM Sizes\"]"), "`VM-Sizes`"),
        (format!("{labels}[\"kubernetes.io/hostnam\"]"), "`kubernetes.io/hostname`"),
        (format!("{limits}[\"nvidia/gpu\"]"), "`nvidia.com/gpu`"),
        (format!("{limits}[\"gpu\"]"), "`nvidia.com/gpu`"),
        (format!("{limits}[\"mem\"]"), "`memory`"),
        (format!("{limits}[\"memory\"]"), "`16Gi`"),
        (format!("{limits}[\"cpu\"]"), "`1.5`"),
        (format!("{limits}[\"ephemeral-storage\"]"), "`4G` or `4Gi`"),
    ];
    assert_eq!(told.len(), expected.len(), "{told:#?}");
    for (path, meant) in expected {
        let here = told.iter().find(|told| told.contains(&format!(" {path}: ")));
        let guess = format!("id you mean {meant}?");
        assert!(here.is_some_and(|here| here.contains(&guess)), "{path}: {meant}: {told:#?}");
    }
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
        cases.push(merged(full.clone(), json!({ name: unknown() })));
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
    let core = made(&well(), &compute("1", "1Gi", &Json::Null)).await;
    let cases = [
        ("name", json!("other"), "cannot be renamed"),
        ("cluster_id", json!(id("Microsoft.Kubernetes/connectedClusters/d")), "detached"),
        ("namespace", json!("elsewhere"), "old namespace"),
        ("disable_local_auth", json!(true), "local authentication"),
    ];
    for (name, value, why) in cases {
        let changed = merged(compute("1", "1Gi", &Json::Null), json!({ name: value }));
        let plan = core.plan(&changed).await;
        assert_eq!(plan.replaces, [name]);
        let told = core.says(&changed).await.join("\n");
        assert!(told.contains(why), "{told}");
    }
    let same =
        merged(compute("1", "1Gi", &Json::Null), json!({ "cluster_id": id(ARC).to_uppercase() }));
    assert!(core.is_settled(&same).await);
}
