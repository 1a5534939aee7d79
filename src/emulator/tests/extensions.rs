//! Extensions: health check, merge rules, overlapping operations, absence and traits.

use std::time::Duration;

use serde_json::{Value, json};

use super::kit::{
    Azure, aks, arc, changed, compute, compute_url, extension, extension_id, extension_url, url_in,
    url_of,
};
use crate::http::{Body, Response};
use crate::options::Options;
use crate::traits::Trait;

/// Installs with this body and gives the extension as GET then shows it.
async fn installed(azure: &Azure, cluster: &str, body: Value) -> Value {
    let url = extension_url(cluster);
    assert_eq!(azure.put(&url, body).await.status, 201);
    azure.get(&url).await.content()
}

async fn patched(azure: &Azure, properties: Value) -> Response {
    let url = extension_url(&arc("amlarc-cluster"));
    azure.patch(&url, json!({"properties": properties})).await
}

/// Why installing with this body on this cluster fails, from the operation.
async fn failure(cluster: &str, over: Value) -> String {
    let azure = Azure::new();
    let url = extension_url(cluster);
    let accepted = azure.put(&url, changed(extension(), over)).await;
    assert_eq!(accepted.status, 201, "the PUT itself is accepted");
    let operation = azure.poll(&accepted).await.content();
    assert_eq!(operation["status"], "Failed");
    let error = &operation["error"];
    let shown = azure.get(&url).await.content();
    assert_eq!(shown["properties"]["provisioningState"], "Failed");
    let inner = if error["details"].is_array() { &error["details"][0] } else { error };
    assert_eq!(shown["properties"]["errorInfo"]["message"], inner["message"]);
    assert_eq!(shown["properties"]["statuses"][0]["level"], "Error");
    format!("{}: {}", inner["code"].as_str().unwrap(), inner["message"].as_str().unwrap())
}

#[tokio::test(start_paused = true)]
async fn settings_that_the_cli_derives_are_needed() {
    for key in ["cluster_name", "domain", "location"] {
        let without = json!({"properties": {"configurationSettings": {key: ""}}});
        let text = failure(&arc("amlarc-cluster"), without).await;
        assert!(text.starts_with("ExtensionOperationFailed"), "{text}");
        assert!(text.contains("pre-install") && text.contains(key), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_relay_is_needed_on_arc_only() {
    let key = "relayserver.relayConnectionString";
    let without = json!({"properties": {"configurationProtectedSettings": {key: ""}}});
    let text = failure(&arc("amlarc-cluster"), without.clone()).await;
    assert!(text.contains("Relay resource id or connection string"), "{text}");
    let managed = changed(changed(extension(), without.clone()), json!({"identity": null}));
    let shown = installed(&Azure::new(), &aks(), managed).await;
    assert_eq!(shown["properties"]["provisioningState"], "Succeeded");
    let off = changed(
        without,
        json!({"properties": {"configurationSettings": {"relayserver.enabled": "False"}}}),
    );
    let shown = installed(&Azure::new(), &arc("amlarc-cluster"), changed(extension(), off)).await;
    assert_eq!(shown["properties"]["provisioningState"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn the_inference_router_has_needs() {
    let settings = |over: Value| json!({"properties": {"configurationSettings": over}});
    let insecure = json!({"enableInference": "True", "allowInsecureConnections": "true"});
    let text = failure(&arc("amlarc-cluster"), settings(json!({"enableInference": "True"}))).await;
    assert!(text.contains("E40007"), "{text}");
    let text = failure(&arc("amlarc-small"), settings(insecure.clone())).await;
    assert!(text.contains("E40002"), "{text}");
    let azure = Azure::new();
    let pools = json!({"properties": {"agentPoolProfiles": [{"count": 1}, {"count": 1}]}});
    azure.put(&format!("/emulator/objects?id={}", aks()), pools).await;
    let managed =
        changed(extension(), changed(settings(insecure.clone()), json!({"identity": null})));
    let shown = installed(&azure, &aks(), managed).await;
    assert!(shown["properties"]["errorInfo"]["message"].as_str().unwrap().contains("E40002"));
    let body = changed(extension(), settings(insecure));
    let shown = installed(&Azure::new(), &arc("amlarc-cluster"), body).await;
    assert_eq!(shown["properties"]["provisioningState"], "Succeeded");
}

#[tokio::test(start_paused = true)]
async fn side_resources_that_are_on_need_their_strings() {
    for (key, word) in
        [("servicebus.enabled", "Service Bus"), ("azure_log_analytics.enabled", "Log Analytics")]
    {
        let on = json!({"properties": {"configurationSettings": {key: "True"}}});
        let text = failure(&arc("amlarc-cluster"), on).await;
        assert!(text.contains(word), "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_unknown_version_has_no_chart() {
    let pinned = json!({"properties": {"version": "latest", "autoUpgradeMinorVersion": false}});
    let text = failure(&arc("amlarc-cluster"), pinned).await;
    assert!(text.contains("Chart path not found"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn agents_that_are_down_never_report() {
    let text = failure(&arc("amlarc-offline"), json!({})).await;
    assert!(text.starts_with("ExtensionCreationFailed"), "{text}");
}

#[tokio::test(start_paused = true)]
async fn nothing_runs_on_a_stopped_cluster() {
    let stopped = json!({aks(): {
        "location": "eastus", "properties": {"powerState": {"code": "Stopped"}},
    }});
    let azure = Azure::with(Options { seed: Some(stopped), ..Options::default() });
    let cluster = azure.get(&url_of(aks())).await.content();
    assert_eq!(cluster["properties"]["powerState"]["code"], "Stopped");
    let body = changed(extension(), json!({"identity": null}));
    let accepted = azure.put(&extension_url(&aks()), body).await;
    let operation = azure.poll(&accepted).await.content();
    assert_eq!(operation["status"], "Failed");
    assert_eq!(operation["error"]["details"][0]["code"], "ExtensionCreationFailed");
    let url = compute_url();
    let accepted = azure.put(&url, compute(&aks(), json!({}))).await;
    let attach = azure.poll(&accepted).await.content();
    assert_eq!(attach["error"]["code"], "ClusterNotReachable");
}

#[tokio::test(start_paused = true)]
async fn another_type_of_extension_needs_nothing() {
    let body = json!({"properties": {"extensionType": "Microsoft.Dapr"}});
    let shown = installed(&Azure::new(), &arc("amlarc-cluster"), body).await;
    let properties = &shown["properties"];
    assert_eq!(properties["provisioningState"], "Succeeded");
    assert_eq!(properties["extensionType"], "microsoft.dapr");
    assert_eq!(properties["releaseTrain"], "Stable");
    assert_eq!(properties["autoUpgradeMinorVersion"], true);
}

#[tokio::test(start_paused = true)]
async fn bodies_of_the_wrong_form_are_refused() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    for over in [
        json!({"propertiez": {}}),
        json!({"properties": {"extension_type": "x"}}),
        json!({"properties": {"configurationSettings": {"enableTraining": true}}}),
        json!({"properties": {"configurationProtectedSettings": {"k": null}}}),
        json!({"properties": {"autoUpgradeMinorVersion": "true"}}),
        json!({"properties": {"version": 1}}),
    ] {
        let response = azure.put(&url, changed(extension(), over.clone())).await;
        assert_eq!(
            (response.status, response.code().as_str()),
            (400, "InvalidRequestContent"),
            "{over}"
        );
    }
    assert_eq!(azure.put(&url, json!([])).await.status, 400);
    let untyped = azure.put(&url, json!({"properties": {}})).await;
    assert_eq!((untyped.status, untyped.code().as_str()), (400, "BadRequest"));
    assert_eq!(azure.get(&url).await.status, 404, "nothing was made");
}

#[tokio::test(start_paused = true)]
async fn a_version_excludes_auto_upgrade_even_by_default() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    for automatic in [json!(true), Value::Null] {
        let pinned =
            json!({"properties": {"version": "1.1.30", "autoUpgradeMinorVersion": automatic}});
        assert_eq!(azure.put(&url, changed(extension(), pinned)).await.status, 400);
    }
    let older = url_in(
        extension_id(&arc("amlarc-cluster")).replace("amlarc-compute", "older"),
        "2022-11-01",
    );
    let pinned = json!({"properties": {"version": "1.1.30"}});
    assert_eq!(azure.put(&older, changed(extension(), pinned)).await.status, 201);
    azure.delete(&format!("{older}&forceDelete=true")).await;
    let pinned = json!({"properties": {"version": "1.1.30", "autoUpgradeMinorVersion": false}});
    let shown = installed(&azure, &arc("amlarc-cluster"), changed(extension(), pinned)).await;
    assert_eq!(shown["properties"]["currentVersion"], "1.1.30");
    assert_eq!(
        patched(&azure, json!({"autoUpgradeMinorVersion": true, "version": "1.1.30"})).await.status,
        400
    );
    let response = patched(&azure, json!({"version": "1.1.31"})).await;
    assert_eq!((response.status, response.state()), (202, json!("Updating")));
    let shown = azure.get(&url).await.content();
    assert_eq!(shown["properties"]["currentVersion"], "1.1.31");
    patched(&azure, json!({"autoUpgradeMinorVersion": true})).await;
    let properties = azure.get(&url).await.content()["properties"].clone();
    assert_eq!(
        (&properties["version"], &properties["currentVersion"]),
        (&Value::Null, &json!("1.1.39"))
    );
}

#[tokio::test(start_paused = true)]
async fn an_identity_is_for_arc_only() {
    let azure = Azure::new();
    let response = azure.put(&extension_url(&aks()), extension()).await;
    assert_eq!((response.status, response.code().as_str()), (400, "BadRequest"));
    let shown = installed(&azure, &arc("amlarc-cluster"), extension()).await;
    assert!(shown["identity"]["principalId"].is_string());
    assert_eq!(shown["properties"]["aksAssignedIdentity"], Value::Null);
    let managed = changed(extension(), json!({"identity": null}));
    let shown = installed(&azure, &aks(), managed).await;
    assert_eq!(shown["properties"]["aksAssignedIdentity"]["type"], "SystemAssigned");
}

#[tokio::test(start_paused = true)]
async fn patch_merges_plain_settings_and_replaces_protected_ones() {
    let azure = Azure::new();
    let id = extension_id(&arc("amlarc-cluster"));
    installed(&azure, &arc("amlarc-cluster"), extension()).await;
    let relay = "relayserver.relayConnectionString";
    let response = patched(&azure, json!({"configurationSettings": {"new": "1"}})).await;
    assert_eq!(response.status, 202);
    let stored = azure.stored(&id).await["properties"].clone();
    assert_eq!(stored["configurationSettings"]["new"], "1");
    assert_eq!(stored["configurationSettings"]["domain"], "d", "what is left out stays");
    assert_eq!(stored["configurationProtectedSettings"][relay], "Endpoint=sb://r");
    patched(&azure, json!({"configurationProtectedSettings": {"other": "s"}})).await;
    let stored = azure.stored(&id).await["properties"].clone();
    assert_eq!(stored["configurationProtectedSettings"], json!({"other": "s"}));
    assert_eq!(stored["provisioningState"], "Failed", "the relay's string is lost");
    assert!(stored["errorInfo"]["message"].as_str().unwrap().contains("pre-upgrade"));
    patched(&azure, json!({"configurationProtectedSettings": {relay: "s"}})).await;
    let shown = azure.get(&extension_url(&arc("amlarc-cluster"))).await.content();
    assert_eq!(shown["properties"]["provisioningState"], "Succeeded");
    assert_eq!(shown["properties"]["configurationProtectedSettings"], json!({relay: ""}));
    assert_eq!(shown["properties"].get("errorInfo"), None);
}

#[tokio::test(start_paused = true)]
async fn protected_settings_are_shown_by_name_alone() {
    let cluster = arc("amlarc-cluster");
    let named = json!({"relayserver.relayConnectionString": "", "scoringFe.sslKey": ""});
    let two =
        json!({"properties": {"configurationProtectedSettings": {"scoringFe.sslKey": "s3cret"}}});
    for (azure, expected) in
        [(Azure::new(), named), (Azure::with_trait(Trait::HidesProtectedNames), json!({}))]
    {
        let url = extension_url(&cluster);
        let list = url.replace("/amlarc-compute?", "?");
        let put = azure.put(&url, changed(extension(), two.clone())).await;
        let patch = azure.get(&url).await;
        let listed = azure.get(&list).await.content()["value"][0].clone();
        for shown in [put.content(), patch.content(), listed] {
            assert_eq!(shown["properties"]["configurationProtectedSettings"], expected);
            assert!(!shown.to_string().contains("s3cret"));
        }
    }
    let none = json!({"identity": null, "properties": {"configurationProtectedSettings": null}});
    let shown = installed(&Azure::new(), &aks(), changed(extension(), none)).await;
    assert_eq!(shown["properties"]["configurationProtectedSettings"], json!({}));
}

#[tokio::test(start_paused = true)]
async fn a_selector_with_an_unescaped_dot_breaks_the_release() {
    let settings = |key: &str| json!({"properties": {"configurationSettings": {key: "linux"}}});
    for key in [
        "nodeSelector.kubernetes.io/os",
        "nodeSelector.accelerator.type",
        r"nodeSelector.kubernetes\.io/a.b",
        "nodeSelector[0]",
        "nodeSelector",
    ] {
        let text = failure(&arc("amlarc-cluster"), settings(key)).await;
        assert!(text.starts_with("ExtensionOperationFailed: "), "{key}: {text}");
        assert!(text.contains("io.k8s.api.core.v1.PodSpec.nodeSelector: got"), "{key}: {text}");
    }
    let twice = json!({"properties": {"configurationSettings": {
        "nginxIngress": "x", "nginxIngress.controller": "y",
    }}});
    let text = failure(&arc("amlarc-cluster"), twice).await;
    assert!(text.contains("failed parsing --set data"), "{text}");
    for key in [
        r"nodeSelector.kubernetes\.io/os",
        r"nodeSelector.a\.b\.c/d\.e",
        "nodeSelector.accelerator",
    ] {
        let body = changed(extension(), settings(key));
        let shown = installed(&Azure::new(), &arc("amlarc-cluster"), body).await;
        assert_eq!(shown["properties"]["provisioningState"], "Succeeded", "{key}");
        assert_eq!(shown["properties"]["configurationSettings"][key], "linux", "kept as written");
    }
}

#[tokio::test(start_paused = true)]
async fn a_patch_that_changes_nothing_begins_nothing() {
    let azure = Azure::new();
    installed(&azure, &arc("amlarc-cluster"), extension()).await;
    let response = patched(&azure, json!({"configurationSettings": {"domain": "d"}})).await;
    assert_eq!((response.status, response.header("azure-asyncoperation")), (200, None));
    let response = patched(&azure, json!({"extensionType": "microsoft.other"})).await;
    assert_eq!(response.status, 400, "the type cannot change");
}

#[tokio::test(start_paused = true)]
async fn a_second_extension_of_the_type_finds_the_first_in_its_way() {
    let azure = Azure::new();
    let cluster = arc("amlarc-cluster");
    installed(&azure, &cluster, extension()).await;
    let second = extension_url(&cluster).replace("amlarc-compute", "second");
    let accepted = azure.put(&second, extension()).await;
    assert_eq!(accepted.status, 201);
    let error = azure.poll(&accepted).await.content()["error"].clone();
    assert_eq!(error["code"], "ExtensionOperationFailed");
    let text = error["message"].as_str().unwrap();
    assert!(
        text.contains("invalid ownership metadata") && text.contains("\"amlarc-compute\""),
        "{text}"
    );
    let elsewhere = extension_url(&arc("amlarc-small")).replace("amlarc-compute", "second");
    assert_eq!(azure.put(&elsewhere, extension()).await.status, 201);
    assert_eq!(azure.get(&elsewhere).await.state(), "Succeeded", "another cluster");
    let dapr = json!({"properties": {"extensionType": "Microsoft.Dapr"}});
    for name in ["dapr", "dapr-too"] {
        let url = extension_url(&cluster).replace("amlarc-compute", name);
        azure.put(&url, dapr.clone()).await;
        assert_eq!(azure.get(&url).await.state(), "Succeeded", "a type that may be there twice");
    }
    azure.delete(&extension_url(&cluster)).await;
    azure.put(&second, extension()).await;
    assert_eq!(azure.get(&second).await.state(), "Succeeded", "the first has gone");
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_known_under_its_own_object_only() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    let accepted = azure.put(&url, extension()).await;
    let dapr = url.replace("amlarc-compute", "dapr");
    azure.put(&dapr, json!({"properties": {"extensionType": "Microsoft.Dapr"}})).await;
    let status = azure.path_in(&accepted, "azure-asyncoperation");
    assert_eq!(azure.get(&status).await.status, 200);
    for (own, other) in [
        ("amlarc-compute", "dapr"),
        ("amlarc-compute", "amlarc"),
        ("amlarc-cluster", "amlarc-small"),
        ("rg-arc", "rg-other"),
        ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
    ] {
        let response = azure.get(&status.replacen(own, other, 1)).await;
        assert_eq!(response.status, 404, "{other}");
    }
}

#[tokio::test(start_paused = true)]
async fn each_version_has_its_own_members() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    installed(&azure, &arc("amlarc-cluster"), extension()).await;
    for (version, running) in [
        ("2021-09-01", None),
        ("2022-03-01", Some("installedVersion")),
        ("2022-07-01", Some("installedVersion")),
        ("2022-11-01", Some("currentVersion")),
        ("2025-03-01", Some("currentVersion")),
    ] {
        let url = url_in(extension_id(&arc("amlarc-cluster")), version);
        let one = azure.get(&url).await.content();
        let list = url.replace("/amlarc-compute?", "?");
        assert_eq!(azure.get(&list).await.content()["value"][0], one, "{version}");
        for name in ["installedVersion", "currentVersion"] {
            let shown = one["properties"].get(name).is_some();
            assert_eq!(shown, running == Some(name), "{version} {name}");
        }
    }
    let mode = json!({"properties": {"autoUpgradeMode": "patch"}});
    let newest = url_in(extension_id(&arc("amlarc-cluster")), "2025-03-01");
    assert_eq!(azure.patch(&url, mode.clone()).await.code(), "InvalidRequestContent");
    assert_eq!(azure.patch(&newest, mode).await.status, 202);
    assert_eq!(azure.get(&newest).await.content()["properties"]["autoUpgradeMode"], "patch");
    assert_eq!(azure.get(&url).await.content()["properties"].get("autoUpgradeMode"), None);
}

#[tokio::test(start_paused = true)]
async fn force_is_true_or_false() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-cluster"));
    for (value, status) in
        [("banana", 400), ("1", 400), ("yes", 400), ("false", 202), ("True", 200), ("true", 204)]
    {
        if status == 202 || status == 200 {
            azure.put(&url, extension()).await;
        }
        let response = azure.delete(&format!("{url}&forceDelete={value}")).await;
        assert_eq!(response.status, status, "{value}");
        azure.get(&url).await;
    }
}

#[tokio::test(start_paused = true)]
async fn put_on_an_existing_one_answers_200() {
    let azure = Azure::new();
    installed(&azure, &arc("amlarc-cluster"), extension()).await;
    let response = azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    assert_eq!((response.status, response.state()), (200, json!("Updating")));
}

#[tokio::test(start_paused = true)]
async fn operations_on_one_extension_do_not_overlap() {
    let azure = Azure::slow();
    let url = extension_url(&arc("amlarc-cluster"));
    let accepted = azure.put(&url, extension()).await;
    assert_eq!(accepted.header("retry-after"), Some("1"));
    for (method, body) in [("PUT", extension()), ("PATCH", extension()), ("DELETE", Value::Null)] {
        let response = azure.send(method, &url, body).await;
        assert_eq!(
            (response.status, response.code().as_str()),
            (409, "AnotherOperationInProgress")
        );
    }
    let running = azure.poll(&accepted).await;
    assert_eq!((running.status, &running.content()["status"]), (200, &json!("Creating")));
    assert_eq!(running.header("retry-after"), Some("1"));
    tokio::time::advance(Duration::from_secs(10)).await;
    let done = azure.poll(&accepted).await;
    assert_eq!(
        (&done.content()["status"], done.header("retry-after")),
        (&json!("Succeeded"), None)
    );
    assert_eq!(azure.delete(&url).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn deletion_passes_through_deleting() {
    let azure = Azure::slow();
    let url = extension_url(&arc("amlarc-cluster"));
    azure.put(&url, extension()).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    let accepted = azure.delete(&url).await;
    assert_eq!((accepted.status, &accepted.body), (202, &Body::Empty));
    assert_eq!(accepted.header("x-ms-async-operation-timeout"), Some("PT1H"));
    assert_eq!(azure.get(&url).await.state(), "Deleting");
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(azure.poll(&accepted).await.content()["status"], "Succeeded");
    assert_eq!(azure.get(&url).await.status, 404);
    assert_eq!(azure.delete(&url).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn deletion_from_an_offline_cluster_hangs_unless_forced() {
    let azure = Azure::new();
    let url = extension_url(&arc("amlarc-offline"));
    azure.put(&url, extension()).await;
    let accepted = azure.delete(&url).await;
    tokio::time::advance(Duration::from_hours(48)).await;
    assert_eq!(azure.poll(&accepted).await.content()["status"], "Deleting");
    assert_eq!(azure.delete(&format!("{url}&forceDelete=true")).await.status, 200);
    assert_eq!(azure.get(&url).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn a_missing_extension_and_a_missing_cluster_differ() {
    let azure = Azure::new();
    let response = azure.get(&extension_url(&arc("amlarc-cluster"))).await;
    assert_eq!((response.status, &response.body), (404, &Body::Empty));
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let response = azure.send(method, &extension_url(&arc("gone")), extension()).await;
        assert_eq!((response.status, response.code().as_str()), (404, "ResourceNotFound"));
        assert!(response.message().contains("Microsoft.Kubernetes/connectedClusters/gone"));
    }
}

#[tokio::test(start_paused = true)]
async fn trait_put_drops_keys() {
    for (azure, kept) in [(Azure::new(), true), (Azure::with_trait(Trait::PutDropsKeys), false)] {
        let cluster = arc("amlarc-cluster");
        let more = json!({"properties": {"configurationSettings": {"more": "1"}}});
        installed(&azure, &cluster, changed(extension(), more)).await;
        azure.put(&extension_url(&cluster), extension()).await;
        let settings =
            azure.stored(&extension_id(&cluster)).await["properties"]["configurationSettings"]
                .clone();
        assert_eq!(settings.get("more").is_some(), kept);
        assert_eq!(settings["domain"], "d");
    }
}

#[tokio::test(start_paused = true)]
async fn trait_version_under_auto_upgrade() {
    let cluster = arc("amlarc-cluster");
    let shown = installed(&Azure::new(), &cluster, extension()).await;
    assert_eq!(shown["properties"]["version"], Value::Null);
    let azure = Azure::with_trait(Trait::VersionUnderAutoUpgrade);
    let shown = installed(&azure, &cluster, extension()).await;
    assert_eq!(shown["properties"]["version"], shown["properties"]["currentVersion"]);
    assert!(shown["properties"]["version"].is_string());
}

#[tokio::test(start_paused = true)]
async fn trait_empty_protected_map_wipes() {
    for (azure, kept) in
        [(Azure::new(), true), (Azure::with_trait(Trait::EmptyProtectedMapWipes), false)]
    {
        let cluster = arc("amlarc-cluster");
        installed(&azure, &cluster, extension()).await;
        patched(
            &azure,
            json!({"configurationSettings": {"a": "b"}, "configurationProtectedSettings": {}}),
        )
        .await;
        let stored = azure.stored(&extension_id(&cluster)).await["properties"].clone();
        assert_eq!(stored["configurationProtectedSettings"] != json!({}), kept);
        assert_eq!(stored["provisioningState"] == "Succeeded", kept);
    }
}
