//! What is not written is not touched, and what is written is compared by meaning.

use azure::Method;
use serde_json::{Value as Json, json};

use super::{ARC, COMPUTE, config, create_object, healthy_azure, id, merge, minimal_compute};
use crate::tests::{Core, Memory, Rule};

/// An object as somebody else left it, with everything that this resource may leave alone.
pub(super) fn foreign() -> Json {
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
async fn an_import_fills_every_other_argument_and_a_configuration_of_the_same_plans_nothing() {
    let core = imported(&healthy_azure()).await;
    let same = config(imported_arguments());
    assert_eq!(core.planned_changes(&same).await, [""; 0]);
    assert!(core.plans_nothing(&same).await);
    assert_eq!(core.state()["principal_id"], "p");
}

/// The arguments of [`foreign`] that an import fills.
fn imported_arguments() -> Json {
    json!({
        "description": "theirs",
        "tags": { "owner": "ops" },
        "disable_local_auth": true,
        "identity": {
            "type": "SystemAssigned, UserAssigned",
            "identity_ids": ["/subscriptions/s/resourcegroups/RG"],
        },
    })
}

/// What the service tells are very probably the types of the cluster, which others declared.
#[tokio::test]
async fn an_import_leaves_instance_types_to_whoever_declared_them() {
    let memory = healthy_azure();
    let core = imported(&memory).await;
    let state = core.state();
    assert!(state["instance_types"].is_null() && state["default_instance_type"].is_null());
    let told = state["effective_instance_types"].as_object().expect("types");
    assert_eq!(told.keys().collect::<Vec<_>>(), ["small", "theirs"]);
}

#[tokio::test]
async fn types_that_are_written_as_they_are_call_nothing_and_warn_of_nothing() {
    let one = json!({ "small": { "resources": { "requests": { "cpu": "1000m" } } } });
    let both =
        merge(one.clone(), json!({ "theirs": { "resources": { "limits": { "cpu": "4" } } } }));
    for (types, left) in [(one, vec!["theirs"]), (both, vec![])] {
        let memory = healthy_azure();
        let mut core = imported(&memory).await;
        memory.writes();
        let declared = json!({ "default_instance_type": "small", "instance_types": types });
        let written = config(merge(imported_arguments(), declared));
        assert_eq!(core.plan_diagnostics(&written).await, [""; 0]);
        core.run(&written).await;
        assert_eq!(memory.writes(), [""; 0]);
        assert!(core.plans_nothing(&written).await, "{:#}", core.state());
        core.read().await;
        assert!(core.plans_nothing(&written).await, "{:#}", core.state());
        let told =
            core.state()["effective_instance_types"].as_object().cloned().unwrap_or_default();
        assert_eq!(told.keys().collect::<Vec<_>>(), left);
    }
}

#[tokio::test]
async fn types_that_are_written_differently_are_changed_and_say_so() {
    let memory = healthy_azure();
    let mut core = imported(&memory).await;
    let less = json!({
        "default_instance_type": "small",
        "instance_types": {
            "small": { "resources": { "requests": { "cpu": "2" } } },
            "theirs": { "resources": { "limits": { "cpu": "3" } } },
        },
    });
    let written = config(merge(imported_arguments(), less));
    let told = core.plan_diagnostics(&written).await.join("\n");
    assert!(told.contains("theirs gets lower limits: cpu from 4 to 3"), "{told}");
    core.apply(&written).await;
    let sent = memory.sent()["properties"]["properties"]["instanceTypes"].clone();
    assert_eq!(sent["theirs"]["resources"]["limits"]["cpu"], "3");
}

/// A type of the cluster is named without declaring any here.
#[tokio::test]
async fn a_default_alone_is_legal_and_says_nothing() {
    let memory = healthy_azure();
    let mut core = Core::new("kubernetes_compute", &memory);
    let alone = config(json!({ "default_instance_type": "defaultinstancetype" }));
    assert_eq!(core.validate(&alone).await, [""; 0]);
    assert_eq!(core.plan_diagnostics(&alone).await, [""; 0]);
    core.run(&alone).await;
    let expected = json!({ "namespace": "default", "defaultInstanceType": "defaultinstancetype" });
    assert_eq!(memory.sent()["properties"]["properties"], expected);
    core.read().await;
    assert!(core.plans_nothing(&alone).await);
    let other = config(json!({ "default_instance_type": "gpu" }));
    assert!(core.plan_diagnostics(&other).await.join("").contains("no longer the default: gpu is"));
    core.apply(&other).await;
    assert_eq!(memory.sent()["properties"]["properties"]["defaultInstanceType"], "gpu");
}

#[tokio::test]
async fn what_is_not_written_is_sent_back_as_it_was() {
    let memory = healthy_azure();
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
    let memory = healthy_azure();
    let mut core = imported(&memory).await;
    let declared = json!({
        "default_instance_type": "small",
        "instance_types": {
            "small": { "resources": { "requests": { "cpu": "1" } } },
            "theirs": { "resources": { "limits": { "cpu": "4" } } },
        },
    });
    core.run(&config(merge(imported_arguments(), declared))).await;
    memory.writes();
    let told = core.plan_diagnostics(&minimal_compute()).await;
    let gone = "description, tags, identity, default_instance_type are no longer managed";
    assert!(told.iter().any(|text| text.contains(gone)), "{told:#?}");
    assert!(
        told.iter().any(|text| text.contains("instance types small, theirs are no longer managed"))
    );
    core.run(&minimal_compute()).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert_eq!(core.planned_changes(&minimal_compute()).await, [""; 0]);
    core.read().await;
    assert!(core.plans_nothing(&minimal_compute()).await);
}

#[tokio::test]
async fn a_type_of_others_survives_and_one_that_is_taken_away_goes() {
    let memory = healthy_azure();
    let types =
        |types: Json| config(json!({ "default_instance_type": "a", "instance_types": types }));
    let mut core = create_object(&memory, &types(json!({ "a": {}, "b": {} }))).await;
    let mut object = memory.get(&id(COMPUTE)).expect("it was made");
    object["properties"]["properties"]["instanceTypes"]["theirs"] = json!({ "odd": [1] });
    memory.set(&id(COMPUTE), object);
    core.read().await;
    assert_eq!(core.planned_changes(&types(json!({ "a": {}, "b": {} }))).await, [""; 0]);
    let less = types(json!({ "a": {} }));
    assert_eq!(core.planned_changes(&less).await, ["instance_types.b"]);
    let told = core.plan_diagnostics(&less).await;
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
    let memory = healthy_azure();
    let written = config(json!({
        "default_instance_type": "a",
        "instance_types": { "a": { "node_selector": { "pool": "gpu" } } },
    }));
    let mut core = create_object(&memory, &written).await;
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
    assert!(core.plans_nothing(&written).await);
    let effective = &core.state()["effective_instance_types"]["a"]["resources"];
    assert_eq!(effective["limits"]["memory"], "4Gi");
}

#[tokio::test]
async fn nothing_written_sends_nothing() {
    let memory = healthy_azure();
    let core = create_object(&memory, &minimal_compute()).await;
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
    assert!(core.plans_nothing(&minimal_compute()).await);
}

#[tokio::test]
async fn drift_of_one_attribute_shows_as_that_attribute() {
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
        let memory = healthy_azure();
        let mut core = create_object(&memory, &written).await;
        let mut object = memory.get(&id(COMPUTE)).expect("it was made");
        *object.pointer_mut(pointer).expect(pointer) = drifted;
        memory.set(&id(COMPUTE), object);
        core.read().await;
        assert_eq!(core.planned_changes(&written).await, [shows], "{pointer}");
        let replaced = core.plan(&written).await.replaces;
        assert_eq!(replaced.is_empty(), shows != "namespace", "{pointer}: {replaced:?}");
    }
}

/// The same rule for every argument that can be empty: left out it stays, empty it empties.
#[tokio::test]
async fn null_leaves_alone_and_empty_empties() {
    let mut core = imported(&healthy_azure()).await;
    let types = json!({ "small": { "resources": { "requests": { "cpu": "1" } } } });
    core.run(&config(json!({ "default_instance_type": "small", "instance_types": types }))).await;
    core.apply(&config(json!({ "instance_types": {} }))).await;
    assert!(core.state()["effective_instance_types"]["theirs"].is_object());

    let cases = [
        ("description", json!(""), "/properties/description", json!("")),
        ("tags", json!({}), "/tags", json!({})),
        ("identity", json!({ "type": "None" }), "/identity", json!({ "type": "None" })),
    ];
    for (attribute, empty, pointer, expected) in cases {
        let memory = healthy_azure();
        let mut core = imported(&memory).await;
        core.run(&config(json!({ "disable_local_auth": true }))).await;
        assert_eq!(memory.writes(), [""; 0], "{attribute}");
        assert_eq!(core.state()[attribute], Json::Null);
        assert_eq!(memory.get(&id(COMPUTE)).expect("it is there"), {
            let mut same = foreign();
            same["id"] = json!(id(COMPUTE));
            same
        });

        let mut core = imported(&memory).await;
        core.run(&config(json!({ attribute: empty }))).await;
        assert_eq!(memory.sent().pointer(pointer), Some(&expected), "{attribute}");
        core.read().await;
        assert!(core.plans_nothing(&config(json!({ attribute: empty }))).await, "{attribute}");
        assert!(core.planned_changes(&config(json!({ attribute: empty }))).await.is_empty());
    }
}

#[tokio::test]
async fn a_change_of_extension_id_alone_calls_nothing() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    memory.writes();
    let extension =
        id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    core.run(&config(json!({ "extension_id": extension }))).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert_eq!(core.state()["extension_id"], extension);
}

#[tokio::test]
async fn destroy_detaches() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    memory.writes();
    core.destroy().await;
    assert_eq!(memory.writes(), ["DELETE edge?underlyingResourceAction=Detach"]);
}

#[tokio::test]
async fn the_extension_that_was_found_is_told_and_an_import_finds_it_again() {
    let extension =
        id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"));
    let memory = healthy_azure();
    let core = create_object(&memory, &minimal_compute()).await;
    assert_eq!(core.state()["extension_id"], extension);
    let core = imported(&memory).await;
    assert_eq!(core.state()["extension_id"], extension);
    let named = config(json!({ "extension_id": extension.to_uppercase() }));
    let shows = core.planned_changes(&named).await;
    assert!(!shows.contains(&"extension_id".to_owned()), "{shows:?}");
}

#[tokio::test]
async fn types_of_the_cluster_are_not_taken_for_ours() {
    let memory = healthy_azure();
    let mut object = foreign();
    object["properties"]["properties"]["instanceTypes"]["defaultinstancetype"] = json!({});
    memory.set(&id(COMPUTE), object.clone());
    let mut core = Core::new("kubernetes_compute", &memory);
    core.import(&id(COMPUTE)).await;
    core.read().await;
    let names = |core: &Core, attribute: &str| {
        let types = core.state()[attribute].as_object().cloned().unwrap_or_default();
        types.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(names(&core, "instance_types"), [""; 0]);
    let all = ["defaultinstancetype", "small", "theirs"];
    assert_eq!(names(&core, "effective_instance_types"), all);
    let both = config(json!({
        "default_instance_type": "small",
        "instance_types": {
            "small": { "resources": { "requests": { "cpu": "1" } } },
            "theirs": { "resources": { "limits": { "cpu": "4" } } },
        },
    }));
    core.run(&both).await;
    assert_eq!(
        names(&core, "effective_instance_types"),
        ["defaultinstancetype"],
        "what is declared stands in the other attribute"
    );

    let less = config(json!({
        "default_instance_type": "small",
        "instance_types": { "small": { "resources": { "requests": { "cpu": "1" } } } },
    }));
    let mut body = object;
    body["id"] = json!(id(COMPUTE));
    memory.rule(Rule { method: Method::PUT, path: "/edge", status: 200, body, times: 1 });
    let told = core.apply(&less).await.join("\n");
    assert!(told.starts_with("warning : Instance type theirs is still there"), "{told}");
    assert!(!told.contains("error"), "{told}");
    core.read().await;
    assert_eq!(names(&core, "instance_types"), ["small"]);
    assert!(
        !core.planned_changes(&less).await.iter().any(|shown| shown.starts_with("instance_types"))
    );
}
