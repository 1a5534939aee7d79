//! Computes: what an attach needs, what it fills in, what a second PUT changes, and traits.

use std::time::Duration;

use serde_json::{Value, json};

use super::kit::{
    Azure, GROUP, aks, arc, changed, compute, compute_id, compute_url, extension, extension_url,
    url_in, url_of,
};
use crate::options::Options;
use crate::traits::Trait;

/// The advanced sample of the product's documentation, one type of it without resources.
fn advanced() -> Value {
    json!({
        "namespace": "amlarc-testing",
        "defaultInstanceType": "gpu_instance",
        "instanceTypes": {
            "gpu_instance": {
                "nodeSelector": {"accelerator": "nvidia-tesla-k80"},
                "resources": {
                    "requests": {"cpu": "2", "memory": "16Gi", "nvidia.com/gpu": "1"},
                    "limits": {"cpu": "2", "memory": "16Gi", "nvidia.com/gpu": "1"},
                },
            },
            "big_cpu_sku": {"nodeSelector": {"VMSizes": "VM-64vCPU-256GB"}},
        },
    })
}

/// An emulator with the extension on the cluster.
async fn ready(azure: Azure) -> Azure {
    let url = extension_url(&arc("amlarc-cluster"));
    azure.put(&url, extension()).await;
    azure.get(&url).await;
    azure
}

async fn attached(azure: &Azure, properties: Value) -> Value {
    let response = azure.put(&compute_url(), compute(&arc("amlarc-cluster"), properties)).await;
    assert_eq!((response.status, response.state()), (201, json!("Creating")), "{response:?}");
    let shown = azure.get(&compute_url()).await.content();
    assert_eq!(shown["properties"]["provisioningState"], "Succeeded");
    shown
}

#[tokio::test(start_paused = true)]
async fn without_types_the_documented_default_is_filled_in() {
    let azure = ready(Azure::with_trait(Trait::HidesClusterTypes)).await;
    let inner = attached(&azure, Value::Null).await["properties"]["properties"].clone();
    let amounts = json!({"cpu": "1", "memory": "4Gi", "nvidia.com/gpu": "0"});
    let resources = json!({"requests": amounts, "limits": amounts});
    let types = json!({"defaultInstanceType": {"nodeSelector": null, "resources": resources}});
    assert_eq!(inner["instanceTypes"], types);
    assert_eq!(inner["defaultInstanceType"], "defaultInstanceType");
    assert_eq!(inner["namespace"], "default");
    assert_eq!(inner["extensionInstanceReleaseTrain"], "stable");
}

#[tokio::test(start_paused = true)]
async fn a_default_without_types_is_one_of_the_clusters() {
    for types in [json!({}), json!({"instanceTypes": null}), json!({"instanceTypes": {}})] {
        let azure = ready(Azure::new()).await;
        let body = changed(types, json!({"defaultInstanceType": "defaultinstancetype"}));
        let inner = attached(&azure, body).await["properties"]["properties"].clone();
        assert_eq!(inner["defaultInstanceType"], "defaultinstancetype");
        let types = inner["instanceTypes"].as_object().unwrap();
        assert_eq!(types.keys().collect::<Vec<_>>(), ["defaultinstancetype"]);
        let limits = &types["defaultinstancetype"]["resources"]["limits"];
        assert_eq!(limits.get("nvidia.com/gpu"), Some(&Value::Null));
    }
}

#[tokio::test(start_paused = true)]
async fn types_are_kept_as_written_and_completed() {
    let azure = ready(Azure::new()).await;
    let shown = attached(&azure, advanced()).await;
    let inner = &shown["properties"]["properties"];
    assert_eq!(inner["instanceTypes"]["gpu_instance"], advanced()["instanceTypes"]["gpu_instance"]);
    let partial = &inner["instanceTypes"]["big_cpu_sku"];
    assert_eq!(partial["nodeSelector"], json!({"VMSizes": "VM-64vCPU-256GB"}));
    assert_eq!(partial["resources"]["requests"]["cpu"], "1");
    for name in ["description", "provisioningErrors", "createdOn", "isAttachedCompute"] {
        assert!(shown["properties"].get(name).is_some(), "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn secrets_are_never_shown() {
    let azure = ready(Azure::new()).await;
    let shown = attached(&azure, json!({"relayConnectionString": "s3cret"})).await;
    assert_eq!(shown["properties"]["properties"]["relayConnectionString"], Value::Null);
    let stored = azure.stored(&compute_id()).await;
    assert_eq!(stored["properties"]["properties"]["relayConnectionString"], "s3cret");
}

#[tokio::test(start_paused = true)]
async fn bad_bodies_are_refused_at_once() {
    let azure = ready(Azure::new()).await;
    let wrong = [
        (json!({"location": null}), "LocationRequired"),
        (json!({"propertiez": 1}), "InvalidRequestContent"),
        (
            json!({"properties": {"properties": {"default_instance_type": "x"}}}),
            "InvalidRequestContent",
        ),
        (json!({"properties": {"computeType": "AKS"}}), "InvalidComputeInformation"),
        (json!({"properties": {"resourceId": "/subscriptions/1"}}), "InvalidComputeInformation"),
        (json!({"identity": {"type": "Systematic"}}), "BadRequest"),
        (json!({"tags": {"a": 1}}), "InvalidRequestContent"),
        (
            json!({"properties": {"properties": {"defaultInstanceType": 1}}}),
            "InvalidComputeInformation",
        ),
        (
            json!({"properties": {"properties": {"defaultInstanceType": null, "instanceTypes": {"a": {}}}}}),
            "InvalidComputeInformation",
        ),
        (
            json!({"properties": {"properties": {"defaultInstanceType": "b", "instanceTypes": {"a": {}}}}}),
            "InvalidComputeInformation",
        ),
        (
            json!({"properties": {"properties": {"defaultInstanceType": "a", "instanceTypes": {"a": {"node_selector": {}}}}}}),
            "InvalidComputeInformation",
        ),
        (
            json!({"properties": {"properties": {"defaultInstanceType": "a", "instanceTypes": {"a": {"resources": {"limits": {"cpu": 1}}}}}}}),
            "InvalidComputeInformation",
        ),
    ];
    for (over, code) in wrong {
        let body = changed(compute(&arc("amlarc-cluster"), json!({})), over.clone());
        let response = azure.put(&compute_url(), body).await;
        assert_eq!((response.status, response.code().as_str()), (400, code), "{over}");
    }
    for name in ["1k8s", "k", "a-name-that-is-much-too-long", "k8s_", "k8", "k8s-1"] {
        let url = compute_url().replace("k8s", name);
        assert_eq!(azure.put(&url, compute(&arc("amlarc-cluster"), json!({}))).await.status, 400);
    }
    for name in ["k8", "k8s-1"] {
        let url = url_in(compute_id().replace("k8s", name), "2024-04-01");
        let response = azure.put(&url, compute(&arc("amlarc-cluster"), json!({}))).await;
        assert_eq!(response.status, 201, "an older version has no such rule for {name}");
        let url = url.replace("/providers/Micro", "/providers/micro");
        azure.delete(&format!("{url}&underlyingResourceAction=Detach")).await;
    }
    assert_eq!(azure.get(&compute_url()).await.status, 404, "nothing was made");
}

/// Why attaching this cluster fails.
async fn refused(azure: &Azure, cluster: &str) -> String {
    let accepted = azure.put(&compute_url(), compute(cluster, json!({}))).await;
    assert_eq!(accepted.status, 201);
    let operation = azure.poll(&accepted).await.content();
    assert_eq!(operation["status"], "Failed");
    let shown = azure.get(&compute_url()).await.content();
    assert_eq!(shown["properties"]["provisioningState"], "Failed");
    let code = &shown["properties"]["provisioningErrors"][0]["error"]["code"];
    assert_eq!(*code, operation["error"]["code"]);
    assert!(operation["error"]["correlation"]["operation"].is_string());
    format!("{}: {}", code.as_str().unwrap(), operation["error"]["message"].as_str().unwrap())
}

#[tokio::test(start_paused = true)]
async fn an_attach_needs_a_reachable_cluster_with_the_extension() {
    let text = refused(&Azure::new(), &arc("amlarc-cluster")).await;
    assert!(text.starts_with("ClusterServiceNotFound") && text.contains("not installed"), "{text}");
    let text = refused(&Azure::new(), &arc("gone")).await;
    assert!(text.starts_with("ClusterNotFound"), "{text}");
    let text = refused(&Azure::new(), &arc("amlarc-cluster").replace("0001", "0002")).await;
    assert!(text.contains("subscription of the workspace"), "{text}");
    let text = refused(&Azure::new(), &arc("amlarc-offline")).await;
    assert!(text.starts_with("ClusterNotReachable"), "{text}");
    let azure = Azure::new();
    let broken = json!({"properties": {"configurationSettings": {"domain": ""}}});
    azure.put(&extension_url(&arc("amlarc-cluster")), changed(extension(), broken)).await;
    let text = refused(&azure, &arc("amlarc-cluster")).await;
    assert!(
        text.starts_with("ClusterServiceNotFound"),
        "a failed extension does not count: {text}"
    );
}

#[tokio::test(start_paused = true)]
async fn an_extension_that_is_updated_counts_as_installed() {
    let azure = ready(Azure::slow()).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    let change = json!({"properties": {"configurationSettings": {"a": "b"}}});
    let response = azure.patch(&extension_url(&arc("amlarc-cluster")), change).await;
    assert_eq!(response.state(), "Updating");
    let accepted = azure.put(&compute_url(), compute(&arc("amlarc-cluster"), json!({}))).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(azure.poll(&accepted).await.content()["status"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn an_arc_cluster_is_reached_through_its_relay() {
    let azure = Azure::new();
    let off = json!({"properties": {
        "configurationSettings": {"relayserver.enabled": "False"},
        "configurationProtectedSettings": {"relayserver.relayConnectionString": ""},
    }});
    azure.put(&extension_url(&arc("amlarc-cluster")), changed(extension(), off)).await;
    let text = refused(&azure, &arc("amlarc-cluster")).await;
    assert!(text.contains("Relay resource id or connection string are not provided"), "{text}");
    let managed = json!({"identity": null, "properties": {"configurationProtectedSettings": null}});
    azure.put(&extension_url(&aks()), changed(extension(), managed)).await;
    let url = compute_url().replace("k8s", "onaks");
    assert_eq!(azure.put(&url, compute(&aks(), json!({}))).await.status, 201);
    assert_eq!(azure.get(&url).await.state(), "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_relay_takes_no_key_that_was_rotated() {
    let azure = Azure::new();
    let relay = format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-one");
    let hybrid = format!("{relay}/hybridConnections/c");
    let rule = format!("{hybrid}/authorizationRules/azureml_rw");
    azure.put(&url_of(&relay), json!({"location": "eastus"})).await;
    azure.put(&url_of(&hybrid), json!({})).await;
    let rights = json!({"properties": {"rights": ["Listen", "Manage", "Send"]}});
    azure.put(&url_of(&rule), rights).await;
    let keys = async |action: &str, body: Value| {
        azure.post(&url_of(format!("{rule}/{action}")), body).await.content()
    };
    let secret = keys("listKeys", Value::Null).await["primaryConnectionString"].clone();
    let url = extension_url(&arc("amlarc-cluster"));
    let send = async |string: &Value| {
        let secrets = json!({"relayserver.relayConnectionString": string});
        let body = json!({"properties": {"configurationProtectedSettings": secrets}});
        azure.put(&url, changed(extension(), body)).await;
        azure.get(&url).await;
    };
    send(&secret).await;
    keys("regenerateKeys", json!({"keyType": "PrimaryKey"})).await;
    let text = refused(&azure, &arc("amlarc-cluster")).await;
    assert!(text.starts_with("ClusterNotReachable") && text.contains("its relay"), "{text}");
    send(&keys("listKeys", Value::Null).await["primaryConnectionString"]).await;
    azure.put(&compute_url(), compute(&arc("amlarc-cluster"), Value::Null)).await;
    assert_eq!(azure.get(&compute_url()).await.state(), "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn a_second_put_replaces_what_can_change() {
    let azure = ready(Azure::new()).await;
    let first = changed(compute(&arc("amlarc-cluster"), advanced()), json!({"tags": {"a": "b"}}));
    azure.put(&compute_url(), first.clone()).await;
    azure.get(&compute_url()).await;
    let mut second = first.clone();
    second["tags"] = json!({"c": "d"});
    let types = &mut second["properties"]["properties"]["instanceTypes"];
    types.as_object_mut().unwrap().remove("big_cpu_sku");
    let response = azure.put(&compute_url(), second).await;
    assert_eq!((response.status, response.state()), (200, json!("Updating")));
    assert_eq!(response.header("azure-asyncoperation"), None, "a change is followed by its state");
    let shown = azure.get(&compute_url()).await.content();
    assert_eq!(shown["tags"], json!({"c": "d"}));
    let types = shown["properties"]["properties"]["instanceTypes"].as_object().unwrap().clone();
    assert_eq!(types.keys().collect::<Vec<_>>(), ["defaultinstancetype", "gpu_instance"]);
    for over in [
        json!({"properties": {"resourceId": aks()}}),
        json!({"properties": {"disableLocalAuth": true}}),
        json!({"properties": {"properties": {"namespace": "other"}}}),
    ] {
        assert_eq!(azure.put(&compute_url(), changed(first.clone(), over)).await.status, 400);
    }
}

#[tokio::test(start_paused = true)]
async fn a_compute_of_another_type_keeps_its_name() {
    let azure = ready(Azure::new()).await;
    let url = format!("/emulator/objects?id={}", compute_id());
    azure
        .put(&url, json!({"location": "eastus", "properties": {"computeType": "AmlCompute"}}))
        .await;
    let response = azure.put(&compute_url(), compute(&arc("amlarc-cluster"), json!({}))).await;
    assert_eq!((response.status, response.code().as_str()), (409, "Conflict"));
    assert_eq!(
        azure.get(&compute_url()).await.content()["properties"]["computeType"],
        "AmlCompute"
    );
}

#[tokio::test(start_paused = true)]
async fn operations_on_one_compute_do_not_overlap() {
    let azure = ready(Azure::slow()).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    let body = compute(&arc("amlarc-cluster"), json!({}));
    let accepted = azure.put(&compute_url(), body.clone()).await;
    let response = azure.put(&compute_url(), body).await;
    assert_eq!((response.status, response.code().as_str()), (409, "Conflict"));
    assert_eq!(azure.poll(&accepted).await.content(), json!({"status": "InProgress"}));
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(azure.poll(&accepted).await.content(), json!({"status": "Succeeded"}));
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_polled_under_its_own_query_only() {
    let azure = ready(Azure::new()).await;
    let accepted = azure.put(&compute_url(), compute(&arc("amlarc-cluster"), json!({}))).await;
    let url = azure.path_in(&accepted, "azure-asyncoperation");
    let asked = compute_url();
    let (_, version) = asked.split_once('?').unwrap();
    assert!(url.ends_with(&format!("?{version}&service=new")), "{url}");
    assert_eq!(azure.get(&url.replace("&service=new", "")).await.status, 404);
    assert_eq!(azure.get(&url).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_delete_must_say_what_happens_to_the_cluster() {
    let azure = ready(Azure::new()).await;
    attached(&azure, json!({})).await;
    assert_eq!(azure.delete(&compute_url()).await.status, 400);
    assert_eq!(
        azure.delete(&format!("{}&underlyingResourceAction=Drop", compute_url())).await.status,
        400
    );
    let accepted =
        azure.delete(&format!("{}&UnderlyingResourceAction=Detach", compute_url())).await;
    assert_eq!(accepted.status, 202);
    let result = azure.path_in(&accepted, "location");
    assert_eq!(azure.get(&result).await.status, 200);
    assert_eq!(azure.get(&compute_url()).await.status, 404);
    let cluster = url_of(arc("amlarc-cluster"));
    assert_eq!(azure.get(&cluster).await.status, 200, "detaching leaves the cluster");
    let again = format!("{}&underlyingResourceAction=Detach", compute_url());
    assert_eq!(azure.delete(&again).await.status, 204);
    attached(&azure, json!({})).await;
    azure.delete(&format!("{}&underlyingResourceAction=Delete", compute_url())).await;
    assert_eq!(azure.get(&cluster).await.status, 404, "deleting takes it along");
}

#[tokio::test(start_paused = true)]
async fn a_missing_workspace_is_a_missing_parent() {
    let azure = Azure::new();
    let url = compute_url().replace("/amlarc-workspace/", "/gone/");
    for (method, body) in
        [("GET", Value::Null), ("PUT", compute(&arc("amlarc-cluster"), json!({})))]
    {
        let response = azure.send(method, &url, body).await;
        assert_eq!((response.status, response.code().as_str()), (404, "ParentResourceNotFound"));
    }
    let response = azure.get(&compute_url()).await;
    assert_eq!((response.status, response.code().as_str()), (404, "ResourceNotFound"));
}

#[tokio::test(start_paused = true)]
async fn computes_are_listed() {
    let azure = ready(Azure::new()).await;
    let url = url_of(format!(
        "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace/computes"
    ));
    assert_eq!(azure.get(&url).await.content(), json!({"value": [], "nextLink": null}));
    attached(&azure, json!({})).await;
    assert_eq!(azure.get(&url).await.content()["value"][0]["name"], "k8s");
}

#[tokio::test(start_paused = true)]
async fn identities_have_a_type_and_exist() {
    let id = |name: &str| {
        format!("{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}")
    };
    let one = json!({id("amlarc-identity"): {}});
    for (identity, code, spelt) in [
        (json!({"type": "systemassigned"}), "", "SystemAssigned"),
        (json!({"type": "userAssigned", "userAssignedIdentities": one}), "", "UserAssigned"),
        (
            json!({"type": "systemAssigned, userassigned", "userAssignedIdentities": one}),
            "",
            "SystemAssigned,UserAssigned",
        ),
        (json!({"type": "NONE"}), "", "None"),
        (json!({"type": "UserAssigned"}), "InvalidIdentityValues", ""),
        (
            json!({"type": "UserAssigned", "userAssignedIdentities": {}}),
            "InvalidIdentityValues",
            "",
        ),
        (
            json!({"type": "SystemAssigned", "userAssignedIdentities": one}),
            "InvalidIdentityValues",
            "",
        ),
        (
            json!({"type": "UserAssigned", "userAssignedIdentities": {id("gone"): {}}}),
            "FailedIdentityOperation",
            "",
        ),
        (json!({"type": "Managed"}), "BadRequest", ""),
    ] {
        let azure = ready(Azure::new()).await;
        let body = compute(&arc("amlarc-cluster"), json!({}));
        let response =
            azure.put(&compute_url(), changed(body, json!({"identity": identity}))).await;
        assert_eq!(response.code(), code, "{identity}");
        let status = if code.is_empty() { 201 } else { 400 };
        assert_eq!(response.status, status, "{identity}");
        if code.is_empty() {
            let shown = azure.get(&compute_url()).await.content()["identity"].clone();
            assert_eq!(shown["type"], spelt);
            if spelt.contains("UserAssigned") {
                let principal =
                    &shown["userAssignedIdentities"][id("amlarc-identity")]["principalId"];
                assert_eq!(
                    *principal, "00000000-0000-0000-0000-0000000000e2",
                    "that of the identity"
                );
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn actions_are_for_the_types_that_have_them() {
    let azure = ready(Azure::new()).await;
    attached(&azure, json!({})).await;
    let url = |name: &str, action: &str| {
        let id = compute_id().replace("k8s", name);
        url_of(format!("{id}{action}"))
    };
    for (name, kind) in
        [("instance", "ComputeInstance"), ("nodes", "AmlCompute"), ("machine", "VirtualMachine")]
    {
        let object = json!({"location": "eastus", "properties": {
            "computeType": kind, "provisioningState": "Succeeded", "properties": {},
        }});
        let id = compute_id().replace("k8s", name);
        azure.put(&format!("/emulator/objects?id={id}"), object).await;
    }
    for (action, owner, status) in [
        ("/listKeys", "machine", 200),
        ("/listNodes", "nodes", 200),
        ("/start", "instance", 202),
        ("/stop", "instance", 202),
        ("/restart", "instance", 202),
    ] {
        let response = azure.post(&url(owner, action), Value::Null).await;
        assert_eq!(response.status, status, "{action}");
        if status == 202 {
            assert!(response.header("location").is_some(), "{action}");
            assert_eq!(azure.poll(&response).await.content()["status"], "Succeeded", "{action}");
        }
        let refused = azure.post(&url("k8s", action), Value::Null).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, "BadRequest"), "{action}");
        let absent = azure.post(&url("gone", action), Value::Null).await;
        assert_eq!((absent.status, absent.code().as_str()), (404, "ResourceNotFound"), "{action}");
    }
    assert_eq!(azure.post(&url("k8s", "/reboot"), Value::Null).await.status, 405);
    let state = azure.get(&url("instance", "")).await.content();
    assert_eq!(state["properties"]["properties"]["state"], "Running");
    let scale = json!({"properties": {"properties": {"scaleSettings": {"maxNodeCount": 4}}}});
    let patched = azure.patch(&url("nodes", ""), scale.clone()).await;
    assert_eq!(patched.status, 200);
    let inner = &patched.content()["properties"]["properties"];
    assert_eq!(inner["scaleSettings"]["maxNodeCount"], 4);
    assert_eq!(azure.patch(&url("k8s", ""), scale).await.status, 400);
    let nothing = azure.patch(&url("k8s", ""), json!({"properties": {}})).await;
    assert_eq!((nothing.status, nothing.content()["name"].clone()), (200, json!("k8s")));
    assert_eq!(azure.patch(&url("k8s", ""), json!({"tags": {}})).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn a_version_without_kubernetes_computes_makes_none() {
    for (version, status) in
        [("2020-08-01", 400), ("2021-04-01", 400), ("2020-02-02", 201), ("2024-10-01-preview", 201)]
    {
        let azure = ready(Azure::new()).await;
        let url = url_in(compute_id(), version);
        let response = azure.put(&url, compute(&arc("amlarc-cluster"), json!({}))).await;
        assert_eq!(response.status, status, "{version}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_compute_stays_in_its_location() {
    let azure = ready(Azure::new()).await;
    attached(&azure, json!({})).await;
    let body = compute(&arc("amlarc-cluster"), json!({}));
    let moved = changed(body.clone(), json!({"location": "westus"}));
    let response = azure.put(&compute_url(), moved).await;
    assert_eq!((response.status, response.code().as_str()), (409, "InvalidResourceLocation"));
    let same = changed(body, json!({"location": "East US"}));
    assert_eq!(azure.put(&compute_url(), same).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn trait_ignores_body_types() {
    let azure = ready(Azure::with_trait(Trait::IgnoresBodyTypes)).await;
    let inner = attached(&azure, advanced()).await["properties"]["properties"].clone();
    assert_eq!(inner["namespace"], "amlarc-testing");
    assert_eq!(inner["defaultInstanceType"], "defaultInstanceType");
    let types: Vec<_> = inner["instanceTypes"].as_object().unwrap().keys().collect();
    assert_eq!(types, ["defaultInstanceType", "defaultinstancetype"]);
}

#[tokio::test(start_paused = true)]
async fn an_attached_compute_shows_the_types_of_its_cluster() {
    let of_cluster = ["big_cpu_sku", "defaultinstancetype", "gpu_instance"].as_slice();
    let stored = ["big_cpu_sku", "gpu_instance"].as_slice();
    let both = [Trait::HidesClusterTypes, Trait::ReturnsClusterTypes].into();
    let both = Options { traits: both, ..Options::default() };
    for (azure, expected) in [
        (Azure::new(), of_cluster),
        (Azure::with_trait(Trait::ReturnsClusterTypes), of_cluster),
        (Azure::with_trait(Trait::HidesClusterTypes), stored),
        (Azure::with(both), stored),
    ] {
        let azure = ready(azure).await;
        let shown = attached(&azure, advanced()).await;
        let types = shown["properties"]["properties"]["instanceTypes"].clone();
        assert_eq!(types.as_object().unwrap().keys().collect::<Vec<_>>(), expected);
        let list = compute_url().replace("/k8s?", "?");
        assert_eq!(azure.get(&list).await.content()["value"][0], shown);
        let amounts = &types["defaultinstancetype"]["resources"];
        if expected == of_cluster {
            assert_eq!(amounts["limits"].get("nvidia.com/gpu"), Some(&Value::Null));
            assert_eq!(amounts["requests"]["memory"], "2Gi");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn trait_drops_undeclared_identity() {
    for (azure, kept) in
        [(Azure::new(), true), (Azure::with_trait(Trait::DropsUndeclaredIdentity), false)]
    {
        let azure = ready(azure).await;
        let plain = compute(&arc("amlarc-cluster"), json!({}));
        let user = format!(
            "{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/amlarc-identity"
        );
        let identity = json!({"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": {user.clone(): {}}});
        azure.put(&compute_url(), changed(plain.clone(), json!({"identity": identity}))).await;
        let before = azure.get(&compute_url()).await.content()["identity"].clone();
        assert!(before["principalId"].is_string());
        assert!(before["userAssignedIdentities"][&user]["clientId"].is_string());
        azure.put(&compute_url(), plain).await;
        let after = azure.get(&compute_url()).await.content()["identity"].clone();
        assert_eq!(after, if kept { before } else { Value::Null });
    }
}
