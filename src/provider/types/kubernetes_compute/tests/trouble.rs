//! What is in the way: an object that exists, an extension that is not well, rights, a service that
//! keeps something else.

use std::time::Duration;

use azure::Method;
use serde_json::{Value as Json, json};

use super::ownership::foreign;
use super::{
    ARC, COMPUTE, config, create_object, healthy_azure, id, memory, merge, minimal_compute,
};
use crate::tests::{Core, Rule};

/// Longer than what was read of a parent is taken to be so.
const A_WHILE: Duration = Duration::from_mins(2);

#[tokio::test]
async fn a_compute_that_exists_is_to_be_imported() {
    let memory = healthy_azure();
    memory.set(&id(COMPUTE), foreign());
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&minimal_compute()).await.join("\n");
    let block = format!(
        "import {{\n  to = azureml_kubernetes_compute.NAME\n  id = \"{}\"\n}}",
        id(COMPUTE)
    );
    assert!(told.contains("already exists") && told.contains(&block), "{told}");
    assert!(told.contains("remove `create_before_destroy`"), "{told}");
    assert!(core.state().is_null());
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn a_compute_of_another_type_is_an_error_of_its_own() {
    let memory = healthy_azure();
    let other = json!({ "properties": { "computeType": "AmlCompute" } });
    memory.set(&id(COMPUTE), other);
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&minimal_compute()).await.join("\n");
    assert!(told.starts_with("error name: Compute has another type"), "{told}");
    core.import(&id(COMPUTE)).await;
    let told = core.read().await.join("\n");
    assert!(told.contains("its type is AmlCompute"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn the_extension_is_looked_at_first() {
    let cases = [
        ("Failed", "error cluster_id: Extension is not ready"),
        ("Canceled", "error cluster_id: Extension is not ready"),
        ("Deleting", "error cluster_id: Extension is not ready"),
    ];
    for (state, expected) in cases {
        let memory = memory(state);
        let mut core = Core::new("kubernetes_compute", &memory);
        let told = core.apply(&minimal_compute()).await.join("\n");
        assert!(told.starts_with(expected), "{state}: {told}");
        assert_eq!(memory.writes(), [""; 0], "{state}");
    }
    let memory = healthy_azure();
    let extension =
        id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    memory.remove(&extension);
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&minimal_compute()).await.join("\n");
    assert!(told.starts_with("error cluster_id: Extension is not installed"), "{told}");
    let named = config(json!({ "extension_id": extension }));
    let told = core.apply(&named).await.join("\n");
    assert!(told.starts_with("error extension_id: Extension is not installed"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_is_being_installed_is_waited_for() {
    let memory = memory("Creating");
    let mut core = Core::new("kubernetes_compute", &memory);
    let later = memory.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_mins(5)).await;
        let extension = format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml");
        later.finish(&id(&extension), "Succeeded");
    });
    core.run(&minimal_compute()).await;
    assert_eq!(memory.writes(), ["PUT edge"]);
}

#[tokio::test]
async fn an_extension_that_may_not_be_read_is_a_warning() {
    let memory = healthy_azure();
    memory.rule(Rule {
        method: Method::GET,
        path: "/extensions",
        status: 403,
        body: json!({ "error": { "code": "AuthorizationFailed", "message": "no" } }),
        times: 1,
    });
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&minimal_compute()).await.join("\n");
    assert!(told.starts_with("warning cluster_id: Extension was not looked at"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Succeeded");
}

/// The service would take over an hour to say so.
#[tokio::test]
async fn a_cluster_whose_agents_do_not_answer_is_not_attached() {
    for state in ["Offline", "Expired"] {
        let memory = healthy_azure();
        let cluster = json!({ "properties": { "connectivityStatus": state } });
        memory.set(&id(ARC), cluster);
        let mut core = Core::new("kubernetes_compute", &memory);
        let told = core.apply(&minimal_compute()).await.join("\n");
        assert!(told.starts_with("error cluster_id: Cluster is not connected"), "{told}");
        assert!(core.state().is_null());
        assert_eq!(memory.writes(), [""; 0]);
    }
}

#[tokio::test]
async fn who_may_not_look_at_the_cluster_may_attach_it() {
    let memory = healthy_azure();
    memory.rule(Rule {
        method: Method::GET,
        path: "/connectedClusters/c",
        status: 403,
        body: json!({ "error": { "code": "AuthorizationFailed", "message": "no" } }),
        times: 1,
    });
    create_object(&memory, &minimal_compute()).await;
}

const AKS: &str = "Microsoft.ContainerService/managedClusters/c";

#[tokio::test]
async fn a_stopped_aks_is_refused_before_anything_is_written() {
    let on_aks = json!({ "cluster_id": id(AKS) });
    for code in ["Stopped", "stopped"] {
        let memory = healthy_azure();
        memory.set(&id(AKS), json!({ "properties": { "powerState": { "code": code } } }));
        let mut core = Core::new("kubernetes_compute", &memory);
        let told = core.apply(&config(on_aks.clone())).await.join("\n");
        assert!(told.starts_with("error cluster_id: Cluster is stopped"), "{told}");
        assert!(told.contains("az aks start --name c --resource-group rg"), "{told}");
        assert!(core.state().is_null());
        assert_eq!(memory.writes(), [""; 0]);
    }
    let memory = healthy_azure().with(
        &id(&format!("{AKS}/providers/Microsoft.KubernetesConfiguration/extensions/aml")),
        json!({ "properties": {
            "extensionType": "microsoft.azureml.kubernetes", "provisioningState": "Succeeded" } }),
    );
    memory.set(&id(AKS), json!({ "properties": { "powerState": { "code": "Running" } } }));
    create_object(&memory, &config(on_aks)).await;
}

/// A compute and its extension that change in one apply, in whatever order.
#[tokio::test(start_paused = true)]
async fn an_update_waits_for_its_extension() {
    let extension =
        id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    for state in ["Updating", "Creating"] {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &minimal_compute()).await;
        tokio::time::advance(A_WHILE).await;
        memory.writes();
        memory.finish(&extension, state);
        let (later, extension) = (memory.clone(), extension.clone());
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_mins(5)).await;
            assert_eq!(later.writes(), [""; 0], "the extension is still at work");
            let mut object = later.get(&id(COMPUTE)).expect("it is there");
            object["tags"] = json!({ "by": "somebody" });
            later.set(&id(COMPUTE), object);
            later.finish(&extension, "Succeeded");
        });
        core.run(&config(json!({ "description": "x" }))).await;
        assert_eq!(memory.sent()["tags"], json!({ "by": "somebody" }), "what came meanwhile stays");
        assert_eq!(memory.writes(), ["PUT edge"], "{state}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_looks_at_its_extension_as_a_create_does() {
    let extension =
        id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    let changed = config(json!({ "description": "x" }));
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    tokio::time::advance(A_WHILE).await;
    memory.writes();
    memory.finish(&extension, "Failed");
    let told = core.apply(&changed).await.join("\n");
    assert!(told.starts_with("error cluster_id: Extension is not ready"), "{told}");
    memory.remove(&extension);
    let told = core.apply(&changed).await.join("\n");
    assert!(told.starts_with("error cluster_id: Extension is not installed"), "{told}");
    assert_eq!(memory.writes(), [""; 0]);
}

/// A list lags behind what it lists.
#[tokio::test]
async fn what_a_list_omits_is_asked_for_by_its_id() {
    let memory = healthy_azure();
    let extension =
        id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    for path in ["/extensions", "/computes"] {
        let (method, body) = (Method::GET, json!({ "value": [] }));
        memory.rule(Rule { method, path, status: 200, body, times: usize::MAX });
    }
    let named = config(json!({ "extension_id": extension }));
    let mut core = create_object(&memory, &named).await;
    core.read().await;
    assert_eq!(core.state()["name"], "edge");
    assert!(core.plans_nothing(&named).await);
}

#[tokio::test(start_paused = true)]
async fn a_read_that_lags_behind_a_change_is_repeated() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    let old = memory.get(&id(COMPUTE)).expect("it was made");
    // The first look comes before the change.
    memory.rule(Rule { method: Method::GET, path: "/edge", status: 200, body: old, times: 4 });
    core.run(&config(json!({ "description": "new" }))).await;
    assert_eq!(core.state()["description"], "new");
}

/// Looking again is a kindness: what was read already is in the state, whatever comes of it.
#[tokio::test(start_paused = true)]
async fn a_repeated_read_that_fails_loses_nothing_of_the_first() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    let old = memory.get(&id(COMPUTE)).expect("it was made");
    let rule =
        |status, body, times| Rule { method: Method::GET, path: "/edge", status, body, times };
    // The first look comes before the change.
    memory.rule(rule(200, old, 2));
    memory.rule(rule(403, json!({ "error": { "code": "AuthorizationFailed" } }), 9));
    let told = core.apply(&config(json!({ "description": "new" }))).await.join("\n");
    assert!(told.starts_with("error description: Service did not take a change"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Succeeded");
    assert!(core.state()["description"].is_null());
}

#[tokio::test(start_paused = true)]
async fn what_the_service_does_not_take_is_an_error_that_offers_a_replacement() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    let ignored = memory.get(&id(COMPUTE)).expect("it was made");
    memory.rule(Rule { method: Method::PUT, path: "/edge", status: 200, body: ignored, times: 1 });
    let told = core.apply(&config(json!({ "description": "new" }))).await.join("\n");
    assert!(told.starts_with("error description: Service did not take a change"), "{told}");
    assert!(told.contains("-replace=ADDRESS"), "{told}");
    assert!(core.state()["description"].is_null());
}

#[tokio::test(start_paused = true)]
async fn what_was_not_taken_is_named_leaf_by_leaf_and_what_was_is_in_the_state() {
    let written = |cpu: &str, pool: &str, more: Json| {
        let resources = json!({ "limits": { "cpu": cpu, "memory": "4Gi" } });
        let one = json!({ "node_selector": { "pool": pool }, "resources": resources });
        let types = json!({ "default_instance_type": "a", "instance_types": { "a": one } });
        config(merge(types, more))
    };
    let before = written("1", "x", json!({ "description": "old", "tags": { "a": "1" } }));
    let after = written("2", "y", json!({ "description": "new", "tags": { "a": "2", "b": "3" } }));
    let leaves = [
        ("/properties/description", "description"),
        ("/tags/a", "tags[\"a\"]"),
        (
            "/properties/properties/instanceTypes/a/nodeSelector/pool",
            "instance_types[\"a\"].node_selector[\"pool\"]",
        ),
        (
            "/properties/properties/instanceTypes/a/resources/limits/cpu",
            "instance_types[\"a\"].resources.limits[\"cpu\"]",
        ),
    ];
    for (pointer, leaf) in leaves {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &before).await;
        memory.ignores(pointer);
        let told = core.apply(&after).await;
        let expected = format!("error {leaf}: Service did not take a change");
        assert!(told.len() == 1 && told[0].starts_with(&expected), "{told:#?}");
        assert!(told[0].contains(&format!("sent for {leaf}.")), "{told:#?}");
        assert!(told[0].contains("terraform apply -replace=ADDRESS"), "{told:#?}");
        assert_eq!(core.planned_changes(&after).await.len(), 1, "the rest is in the state");
    }
}

#[tokio::test]
async fn what_it_was_part_of_is_gone() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    memory.rule(Rule {
        method: Method::GET,
        path: "/edge",
        status: 404,
        body: json!({ "error": { "code": "ParentResourceNotFound", "message": "no workspace" } }),
        times: 1,
    });
    let told = core.read().await.join("\n");
    assert!(
        told.starts_with("warning : Compute is gone") && told.contains("workspaces/ws"),
        "{told}"
    );
    assert!(core.state().is_null());
}

#[tokio::test]
async fn what_may_not_be_read_stays_in_the_state() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    memory.rule(Rule {
        method: Method::GET,
        path: "/edge",
        status: 403,
        body: json!({ "error": { "code": "AuthorizationFailed", "message": "no read action" } }),
        times: 1,
    });
    let told = core.read().await.join("\n");
    assert!(told.starts_with("error : Compute cannot be read"), "{told}");
    assert!(told.contains("az role assignment create") && told.contains("\"Reader\""), "{told}");
    assert_eq!(core.state()["name"], "edge");
}

#[tokio::test]
async fn a_workspace_that_does_not_exist_is_named() {
    let memory = healthy_azure();
    memory.remove(&id("Microsoft.MachineLearningServices/workspaces/ws"));
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&minimal_compute()).await.join("\n");
    assert!(told.starts_with("error workspace_id: Workspace does not exist"), "{told}");
    assert!(told.contains("soft-deleted"), "{told}");
}
