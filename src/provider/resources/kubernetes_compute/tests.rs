//! The life of a compute.

use std::time::Duration;

use azure::Method;
use serde_json::{Value as Json, json};

use crate::tests::{Case, Core, GROUP, Memory, Rule, lifecycle, unknown};

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

fn well() -> Memory {
    memory("Succeeded")
}

fn bare() -> Json {
    json!({
        "name": "edge",
        "workspace_id": id("Microsoft.MachineLearningServices/workspaces/ws"),
        "cluster_id": id(ARC),
    })
}

/// A configuration with these attributes beside the required ones.
fn config(more: Json) -> Json {
    merged(bare(), more)
}

fn merged(mut base: Json, more: Json) -> Json {
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

async fn made(memory: &Memory, config: &Json) -> Core {
    let mut core = Core::new("kubernetes_compute", memory);
    core.run(config).await;
    core
}

#[tokio::test]
async fn a_respelling_shows_nothing_and_a_change_shows_one_line() {
    lifecycle(Case {
        resource: "kubernetes_compute",
        memory: well(),
        config: compute("1000m", "16384Mi", &json!("0")),
        same: compute("1", "16Gi", &Json::Null),
        changed: compute("2", "16384Mi", &json!("0")),
        shows: &["instance_types.small.resources.requests.cpu"],
        import: id(COMPUTE).to_uppercase().replace("/WS/", "/ws/").replace("/EDGE", "/edge/"),
    })
    .await;
}

// === ownership ===

/// An object as somebody else left it, with everything that this resource may leave alone.
fn foreign() -> Json {
    json!({
        "name": "edge",
        "type": "Microsoft.MachineLearningServices/workspaces/computes",
        "location": "eastus",
        "tags": { "owner": "ops" },
        "sku": null,
        "identity": {
            "type": "SystemAssigned,UserAssigned", "principalId": "p", "tenantId": "t",
            "userAssignedIdentities": { "/subscriptions/s/resourceGroups/rg": { "clientId": "c" } },
        },
        "systemData": { "createdBy": "x" },
        "properties": {
            "computeType": "Kubernetes", "resourceId": id(ARC).to_lowercase(),
            "computeLocation": "eastus", "description": "theirs", "disableLocalAuth": true,
            "provisioningState": "Succeeded", "provisioningErrors": null,
            "createdOn": "2026-01-01T00:00:00Z", "modifiedOn": "2026-02-01T00:00:00Z",
            "isAttachedCompute": true, "unheardOf": [1.50, null],
            "properties": {
                "namespace": "default", "vcName": null, "extensionPrincipalId": null,
                "extensionInstanceReleaseTrain": "stable", "relayConnectionString": null,
                "defaultInstanceType": "small",
                "instanceTypes": {
                    "small": { "nodeSelector": null, "resources": { "requests": { "cpu": "1" } } },
                    "theirs": { "odd": 1, "resources": { "limits": { "cpu": 4 } } },
                },
            },
        },
    })
}

/// What a PUT of that object may hold: everything but what the service alone sets.
fn foreign_written() -> Json {
    let mut body = foreign();
    let members = body.as_object_mut().expect("an object");
    members.retain(|name, _| !["name", "type", "systemData"].contains(&name.as_str()));
    body["identity"] = json!({
        "type": "SystemAssigned,UserAssigned",
        "userAssignedIdentities": { "/subscriptions/s/resourceGroups/rg": {} },
    });
    let properties = body["properties"].as_object_mut().expect("an object");
    for name in
        ["provisioningState", "provisioningErrors", "createdOn", "modifiedOn", "isAttachedCompute"]
    {
        properties.remove(name);
    }
    let inner = body["properties"]["properties"].as_object_mut().expect("an object");
    inner.remove("relayConnectionString");
    body
}

async fn imported(memory: &Memory) -> Core {
    memory.set(&id(COMPUTE), foreign());
    let mut core = Core::new("kubernetes_compute", memory);
    assert_eq!(core.import(&id(COMPUTE)).await, [""; 0]);
    assert_eq!(core.read().await, [""; 0]);
    core
}

#[tokio::test]
async fn an_import_fills_every_argument_and_a_configuration_of_the_same_plans_nothing() {
    let core = imported(&well()).await;
    let same = config(json!({
        "description": "theirs",
        "tags": { "owner": "ops" },
        "disable_local_auth": true,
        "default_instance_type": "small",
        "identity": {
            "type": "SystemAssigned, UserAssigned",
            "identity_ids": ["/subscriptions/s/resourcegroups/RG"],
        },
        "instance_types": {
            "small": { "resources": { "requests": { "cpu": "1000m" } } },
            "theirs": { "resources": { "limits": { "cpu": "4" } } },
        },
    }));
    assert_eq!(core.shows(&same).await, [""; 0]);
    assert!(core.is_settled(&same).await);
    assert_eq!(core.state()["principal_id"], "p");
}

#[tokio::test]
async fn what_is_not_written_is_sent_back_as_it_was() {
    let memory = well();
    let mut core = imported(&memory).await;
    let one = config(json!({ "description": "ours" }));
    core.run(&one).await;
    let mut expected = foreign_written();
    expected["properties"]["description"] = json!("ours");
    assert_eq!(memory.sent(), {
        expected["id"] = Json::Null;
        without_id(expected)
    });
    assert!(core.state()["tags"].is_null() && core.state()["instance_types"].is_null());
    assert_eq!(
        core.state()["effective_instance_types"]["theirs"]["resources"]["limits"]["cpu"],
        "4"
    );
}

fn without_id(mut body: Json) -> Json {
    body.as_object_mut().expect("an object").remove("id");
    body
}

#[tokio::test]
async fn an_argument_that_is_no_longer_written_stays_and_calls_nothing() {
    let memory = well();
    let mut core = imported(&memory).await;
    let told = core.says(&bare()).await;
    for attribute in ["description", "tags", "identity", "default_instance_type"] {
        let warned =
            told.iter().any(|text| text.contains(&format!("{attribute} is no longer managed")));
        assert!(warned, "{attribute}: {told:#?}");
    }
    assert!(
        told.iter().any(|text| text.contains("instance types small, theirs are no longer managed"))
    );
    core.run(&bare()).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert_eq!(core.shows(&bare()).await, [""; 0]);
    core.read().await;
    assert!(core.is_settled(&bare()).await);
}

#[tokio::test]
async fn a_type_of_others_survives_and_one_that_is_taken_away_goes() {
    let memory = well();
    let types =
        |types: Json| config(json!({ "default_instance_type": "a", "instance_types": types }));
    let mut core = made(&memory, &types(json!({ "a": {}, "b": {} }))).await;
    let mut object = memory.get(&id(COMPUTE)).expect("it was made");
    object["properties"]["properties"]["instanceTypes"]["theirs"] = json!({ "odd": [1] });
    memory.set(&id(COMPUTE), object);
    core.read().await;
    assert_eq!(core.shows(&types(json!({ "a": {}, "b": {} }))).await, [""; 0]);
    let less = types(json!({ "a": {} }));
    assert_eq!(core.shows(&less).await, ["instance_types.b"]);
    let told = core.says(&less).await;
    assert!(told.iter().any(|text| text.contains("Compute edge: b is removed")), "{told:#?}");
    core.run(&less).await;
    let held = &memory.get(&id(COMPUTE)).expect("it is there")["properties"]["properties"];
    assert_eq!(held["instanceTypes"], json!({ "a": {}, "theirs": { "odd": [1] } }));
    core.run(&config(json!({ "instance_types": {} }))).await;
    let held = &memory.get(&id(COMPUTE)).expect("it is there")["properties"]["properties"];
    assert_eq!(held["instanceTypes"], json!({ "theirs": { "odd": [1] } }));
    assert_eq!(held.get("defaultInstanceType"), None);
}

#[tokio::test]
async fn a_partial_type_has_no_diff_with_what_the_service_fills_in() {
    let memory = well();
    let written = config(json!({
        "default_instance_type": "a",
        "instance_types": { "a": { "node_selector": { "pool": "gpu" } } },
    }));
    let mut core = made(&memory, &written).await;
    assert_eq!(
        memory.sent()["properties"]["properties"]["instanceTypes"],
        json!({
            "a": { "nodeSelector": { "pool": "gpu" } },
        })
    );
    let mut object = memory.get(&id(COMPUTE)).expect("it was made");
    object["properties"]["properties"]["instanceTypes"]["a"]["resources"] =
        json!({ "limits": { "cpu": "1", "memory": "4Gi" } });
    memory.set(&id(COMPUTE), object);
    core.read().await;
    assert!(core.is_settled(&written).await);
    let effective = &core.state()["effective_instance_types"]["a"]["resources"];
    assert_eq!(effective["limits"]["memory"], "4Gi");
}

#[tokio::test]
async fn nothing_written_sends_nothing() {
    let memory = well();
    let core = made(&memory, &bare()).await;
    assert_eq!(
        memory.sent(),
        json!({
            "location": "eastus",
            "properties": {
                "computeType": "Kubernetes", "resourceId": id(ARC),
                "properties": { "namespace": "default" },
            },
        })
    );
    assert!(core.is_settled(&bare()).await);
}

#[tokio::test]
async fn i19_drift_of_one_attribute_shows_as_that_attribute() {
    let cases: [(&str, Json, &str); 8] = [
        ("/properties/description", json!("drifted"), "description"),
        ("/tags/owner", json!("drifted"), "tags.owner"),
        ("/identity/type", json!("SystemAssigned"), "identity.type"),
        ("/properties/properties/defaultInstanceType", json!("other"), "default_instance_type"),
        (
            "/properties/properties/instanceTypes/a/nodeSelector/pool",
            json!("cpu"),
            "instance_types.a.node_selector.pool",
        ),
        (
            "/properties/properties/instanceTypes/a/resources/requests/cpu",
            json!("3"),
            "instance_types.a.resources.requests.cpu",
        ),
        (
            "/properties/properties/instanceTypes/a/resources/limits/cpu",
            json!("3"),
            "instance_types.a.resources.limits.cpu",
        ),
        ("/properties/properties/namespace", json!("elsewhere"), "namespace"),
    ];
    let written = config(json!({
        "description": "d", "tags": { "owner": "o" }, "default_instance_type": "a",
        "identity": { "type": "UserAssigned", "identity_ids": ["/subscriptions/s"] },
        "instance_types": { "a": {
            "node_selector": { "pool": "gpu" },
            "resources": { "requests": { "cpu": "1" }, "limits": { "cpu": "2" } },
        } },
    }));
    for (pointer, drifted, shows) in cases {
        let memory = well();
        let mut core = made(&memory, &written).await;
        let mut object = memory.get(&id(COMPUTE)).expect("it was made");
        *object.pointer_mut(pointer).expect(pointer) = drifted;
        memory.set(&id(COMPUTE), object);
        core.read().await;
        assert_eq!(core.shows(&written).await, [shows], "{pointer}");
        let replaced = core.plan(&written).await.replaces;
        assert_eq!(replaced.is_empty(), shows != "namespace", "{pointer}: {replaced:?}");
    }
}

#[tokio::test]
async fn a_change_of_extension_id_alone_calls_nothing() {
    let memory = well();
    let mut core = made(&memory, &bare()).await;
    memory.writes();
    let extension =
        id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    core.run(&config(json!({ "extension_id": extension }))).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert_eq!(core.state()["extension_id"], extension);
}

#[tokio::test]
async fn destroy_detaches() {
    let memory = well();
    let mut core = made(&memory, &bare()).await;
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE edge?underlyingResourceAction=Detach"]);
}

// === when things go wrong ===

#[tokio::test]
async fn i06_a_compute_that_exists_is_to_be_imported() {
    let memory = well();
    memory.set(&id(COMPUTE), foreign());
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&bare()).await.join("\n");
    let block = format!(
        "import {{\n  to = azureml_kubernetes_compute.NAME\n  id = \"{}\"\n}}",
        id(COMPUTE)
    );
    assert!(told.contains("already exists") && told.contains(&block), "{told}");
    assert!(core.state().is_null());
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn r22_a_compute_of_another_type_is_an_error_of_its_own() {
    let memory = well();
    let other = json!({ "properties": { "computeType": "AmlCompute" } });
    memory.set(&id(COMPUTE), other);
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&bare()).await.join("\n");
    assert!(told.starts_with("error name: Compute of another type"), "{told}");
    core.import(&id(COMPUTE)).await;
    let told = core.read().await.join("\n");
    assert!(told.contains("its type is AmlCompute"), "{told}");
}

#[tokio::test(start_paused = true)]
async fn r41_the_extension_is_looked_at_first() {
    let cases = [
        ("Failed", "error cluster_id: Extension is not well"),
        ("Canceled", "error cluster_id: Extension is not well"),
        ("Deleting", "error cluster_id: Extension is not well"),
    ];
    for (state, expected) in cases {
        let memory = memory(state);
        let mut core = Core::new("kubernetes_compute", &memory);
        let told = core.apply(&bare()).await.join("\n");
        assert!(told.starts_with(expected), "{state}: {told}");
        assert_eq!(memory.writes(), [""; 0], "{state}");
    }
    let memory = well();
    let extension =
        id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    memory.remove(&extension);
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&bare()).await.join("\n");
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
    core.run(&bare()).await;
    assert_eq!(memory.writes(), ["PUT edge"]);
}

#[tokio::test]
async fn an_extension_that_may_not_be_read_is_a_warning() {
    let memory = well();
    memory.rule(Rule {
        method: Method::GET,
        path: "/extensions",
        status: 403,
        body: json!({ "error": { "code": "AuthorizationFailed", "message": "no" } }),
        times: 1,
    });
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&bare()).await.join("\n");
    assert!(told.starts_with("warning cluster_id: Extension was not looked at"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn i02_an_interrupted_create_is_a_warning_with_state_and_the_next_apply_resumes() {
    let memory = well();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("kubernetes_compute", &memory);
    core.stop_after(Duration::from_secs(45));
    let told = core.apply(&bare()).await.join("\n");
    assert!(told.starts_with("warning : Compute is still being created"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Creating");
    assert!(!core.tainted);
    assert_eq!(memory.writes(), ["PUT edge"]);

    core.read().await;
    let warned = core.says(&bare()).await.join("\n");
    assert!(warned.contains("Compute edge is Creating"), "{warned}");
    memory.finish(&id(COMPUTE), "Succeeded");
    core.run(&bare()).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.is_settled(&bare()).await);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_update_is_an_error_and_the_next_apply_resumes() {
    let memory = well();
    let mut core = made(&memory, &bare()).await;
    memory.writes();
    memory.leaves(Some("Updating"));
    core.stop_after(Duration::from_secs(45));
    let changed = config(json!({ "description": "new" }));
    let told = core.apply(&changed).await.join("\n");
    assert!(told.starts_with("error : Compute is still being updated"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Updating");
    assert_eq!(memory.writes(), ["PUT edge"]);
    memory.finish(&id(COMPUTE), "Succeeded");
    core.run(&changed).await;
    assert_eq!(memory.writes(), [""; 0]);
    core.read().await;
    assert!(core.is_settled(&changed).await);
}

#[tokio::test(start_paused = true)]
async fn i02_a_create_that_takes_too_long_is_an_error_that_tells_how_to_keep_it() {
    let memory = well();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&config(json!({ "timeouts": { "create": "5m" } }))).await.join("\n");
    assert!(told.contains("terraform untaint ADDRESS"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Creating");
    assert!(core.tainted);
}

#[tokio::test(start_paused = true)]
async fn i05_a_compute_that_is_being_deleted_is_waited_for_and_attached_anew() {
    let memory = well();
    let mut core = made(&memory, &bare()).await;
    memory.writes();
    for from_nothing in [false, true] {
        memory.finish(&id(COMPUTE), "Deleting");
        core.read().await;
        if from_nothing {
            core = Core::new("kubernetes_compute", &memory);
        }
        let later = memory.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_mins(5)).await;
            later.remove(&id(COMPUTE));
        });
        core.run(&bare()).await;
        assert_eq!(memory.writes(), ["PUT edge"]);
        core.read().await;
        assert!(core.is_settled(&bare()).await);
    }
}

#[tokio::test(start_paused = true)]
async fn i04_a_failed_compute_is_in_the_state_and_is_sent_again() {
    let memory = well();
    memory.leaves(Some("Failed"));
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&bare()).await.join("\n");
    assert!(told.starts_with("error : Compute was not created"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Failed");
    assert!(core.tainted);

    core.tainted = false;
    memory.leaves(None);
    memory.writes();
    let warned = core.says(&bare()).await.join("\n");
    assert!(warned.contains("Compute edge is Failed") && warned.contains("-replace"), "{warned}");
    core.run(&bare()).await;
    assert_eq!(memory.writes(), ["PUT edge"]);
    assert!(core.is_settled(&bare()).await);
}

#[tokio::test]
async fn what_the_service_does_not_take_is_an_error_that_offers_a_replacement() {
    let memory = well();
    let mut core = made(&memory, &bare()).await;
    let ignored = memory.get(&id(COMPUTE)).expect("it was made");
    memory.rule(Rule { method: Method::PUT, path: "/edge", status: 200, body: ignored, times: 1 });
    let told = core.apply(&config(json!({ "description": "new" }))).await.join("\n");
    assert!(told.starts_with("error description: Service did not take a change"), "{told}");
    assert!(told.contains("-replace=ADDRESS"), "{told}");
    assert!(core.state()["description"].is_null());
}

#[tokio::test]
async fn i14_what_it_was_part_of_is_gone() {
    let memory = well();
    let mut core = made(&memory, &bare()).await;
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
async fn i15_what_may_not_be_read_stays_in_the_state() {
    let memory = well();
    let mut core = made(&memory, &bare()).await;
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
    let memory = well();
    memory.remove(&id("Microsoft.MachineLearningServices/workspaces/ws"));
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&bare()).await.join("\n");
    assert!(told.starts_with("error workspace_id: Workspace does not exist"), "{told}");
    assert!(told.contains("soft-deleted"), "{told}");
}

// === bad input ===

#[tokio::test]
async fn bad_input_is_told_on_its_attribute_all_at_once() {
    let types = |resources: Json| json!({ "default_instance_type": "a", "instance_types": { "a": { "resources": resources } } });
    let amounts = "instance_types[\"a\"].resources";
    let cases: Vec<(Json, String)> = vec![
        (json!({ "name": "e" }), "error name".into()),
        (json!({ "name": "edge_1" }), "error name".into()),
        (json!({ "name": "ab" }), "warning name".into()),
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
async fn i23_unknown_values_pass_validation_and_plan_everywhere() {
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
