//! Relay, Service Bus and Log Analytics beyond their examples.

use std::time::Duration;

use serde_json::{Value, json};

use super::kit::{Azure, GROUP, SUBSCRIPTION, changed, url_in, url_of};

fn relay() -> String {
    format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-one")
}

#[tokio::test(start_paused = true)]
async fn a_namespace_is_used_once_it_is_ready() {
    let azure = Azure::slow();
    let (namespace, hybrid) = (url_of(relay()), url_of(format!("{}/hybridConnections/c", relay())));
    let body = json!({"location": "eastus", "tags": {"created_by": "Azure Arc-enabled ML"}});
    let made = azure.put(&namespace, body).await;
    assert_eq!(
        (made.status, made.header("azure-asyncoperation"), made.header("location")),
        (201, None, None)
    );
    assert_eq!(made.header("retry-after"), Some("1"));
    let properties = json!({"properties": {"requiresClientAuthorization": true}});
    assert_eq!(azure.put(&hybrid, properties.clone()).await.status, 409);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(azure.get(&namespace).await.state(), "Succeeded");
    assert_eq!(azure.put(&hybrid, properties).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn a_relay_that_is_not_there_answers_404_at_every_step() {
    let azure = Azure::new();
    let hybrid = format!("{}/hybridConnections/c", relay());
    let keys = url_of(format!("{hybrid}/authorizationRules/azureml_rw/listKeys"));
    let response = azure.get(&url_of(&hybrid)).await;
    assert_eq!((response.status, response.code().as_str()), (404, "ParentResourceNotFound"));
    azure.put(&url_of(relay()), json!({"location": "eastus"})).await;
    let response = azure.get(&url_of(&hybrid)).await;
    assert_eq!((response.status, response.code().as_str()), (404, "ResourceNotFound"));
    assert_eq!(azure.post(&keys, Value::Null).await.status, 404);
    azure.put(&url_of(&hybrid), json!({})).await;
    assert_eq!(azure.post(&keys, Value::Null).await.status, 404, "the rule is missing");
}

#[tokio::test(start_paused = true)]
async fn keys_are_given_by_list_keys_only_and_can_be_renewed() {
    let azure = Azure::new();
    azure.put(&url_of(relay()), json!({"location": "eastus"})).await;
    azure.put(&url_of(format!("{}/hybridConnections/c", relay())), json!({})).await;
    let rule = format!("{}/hybridConnections/c/authorizationRules/azureml_rw", relay());
    let rights = json!({"properties": {"rights": ["Manage", "Send", "Listen"]}});
    let made = azure.put(&url_of(&rule), rights).await.content();
    let list = url_of(format!("{rule}/listkeys"));
    let keys = azure.post(&list, Value::Null).await.content();
    let key = keys["primaryKey"].as_str().unwrap().to_owned();
    assert!(!made.to_string().contains(&key));
    assert_eq!(
        keys["primaryConnectionString"],
        format!(
            "Endpoint=sb://relay-one.servicebus.windows.net/;SharedAccessKeyName=azureml_rw;SharedAccessKey={key}"
        )
    );
    let renew = url_of(format!("{rule}/regenerateKeys"));
    azure.post(&renew, json!({"keyType": "PrimaryKey"})).await;
    let renewed = azure.post(&list, Value::Null).await.content();
    assert_ne!(renewed["primaryKey"], key);
    assert_eq!(renewed["secondaryKey"], keys["secondaryKey"]);
}

#[tokio::test(start_paused = true)]
async fn both_keys_of_a_workspace_are_renewed() {
    let azure = Azure::new();
    let id = format!("{GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs");
    let body = json!({"location": "eastus"});
    azure.put(&url_of(&id), body).await;
    let keys = async |action: &str| {
        let url = url_of(format!("{id}/{action}"));
        azure.post(&url, Value::Null).await.content()
    };
    let first = keys("sharedKeys").await;
    let renewed = keys("regenerateSharedKey").await;
    for which in ["primarySharedKey", "secondarySharedKey"] {
        assert!(renewed[which].is_string());
        assert_ne!(renewed[which], first[which]);
    }
    assert_eq!(keys("sharedKeys").await, renewed);
    let shown = azure.get(&url_of(&id)).await.content();
    assert!(!shown.to_string().contains(renewed["primarySharedKey"].as_str().unwrap()));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_goes_with_everything_in_it() {
    let azure = Azure::slow();
    let namespace = url_of(relay());
    azure.put(&namespace, json!({"location": "eastus"})).await;
    tokio::time::advance(Duration::from_secs(10)).await;
    azure.put(&url_of(format!("{}/hybridConnections/c", relay())), json!({})).await;
    let accepted = azure.delete(&namespace).await;
    assert_eq!(accepted.status, 202);
    let url = azure.path_in(&accepted, "location");
    assert_eq!(azure.get(&url).await.status, 202);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(azure.get(&url).await.status, 200);
    assert_eq!(azure.get(&namespace).await.status, 404);
    let objects = azure.get("/emulator/objects").await.content();
    assert!(!objects.to_string().contains("Microsoft.Relay/namespaces"));
    assert_eq!(azure.delete(&namespace).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn a_hybrid_connection_goes_at_once() {
    let azure = Azure::new();
    azure.put(&url_of(relay()), json!({"location": "eastus"})).await;
    let url = url_of(format!("{}/hybridConnections/c", relay()));
    azure.put(&url, json!({})).await;
    let list = url_of(format!("{}/hybridConnections", relay()));
    assert_eq!(azure.get(&list).await.content()["value"].as_array().unwrap().len(), 1);
    assert_eq!(azure.delete(&url).await.status, 200);
    assert_eq!(azure.delete(&url).await.status, 204);
    assert_eq!(azure.get(&list).await.content()["value"], json!([]));
}

#[tokio::test(start_paused = true)]
async fn a_sku_is_spelled_as_the_service_does() {
    let azure = Azure::new();
    let url = url_of(format!("{GROUP}/providers/Microsoft.ServiceBus/namespaces/bus-one"));
    let made = azure.put(&url, json!({"location": "eastus", "sku": {"name": "STANDARD"}})).await;
    assert_eq!(made.content()["sku"]["name"], "Standard");
    assert_eq!(azure.put(&url, json!({})).await.code(), "LocationRequired");
}

#[tokio::test(start_paused = true)]
async fn lists_of_log_analytics_have_no_pages() {
    let azure = Azure::new();
    let logs = format!("{GROUP}/providers/Microsoft.OperationalInsights/workspaces");
    azure.put(&url_of(format!("{logs}/logs-one")), json!({"location": "eastus"})).await;
    let list = azure.get(&url_of(&logs)).await.content();
    assert_eq!(list.as_object().unwrap().keys().collect::<Vec<_>>(), ["value"]);
    assert_eq!(list["value"][0]["name"], "logs-one");
}

#[tokio::test(start_paused = true)]
async fn names_must_have_the_services_form() {
    let azure = Azure::new();
    let url = |kind: &str, name: &str| url_of(format!("{GROUP}/providers/{kind}/{name}"));
    let body = json!({"location": "eastus"});
    for name in
        ["short", "1begins-with-a-digit", "ends-with-a-hyphen-", "has_underscore", &"a".repeat(51)]
    {
        for kind in ["Microsoft.Relay/namespaces", "Microsoft.ServiceBus/namespaces"] {
            let response = azure.put(&url(kind, name), body.clone()).await;
            assert_eq!((response.status, response.code().as_str()), (400, "BadRequest"), "{name}");
        }
    }
    let logs = url("Microsoft.OperationalInsights/workspaces", "1logs");
    assert_eq!(azure.put(&logs, body.clone()).await.status, 201);
    assert_eq!(azure.put(&logs.replace("1logs", "log"), body).await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn bodies_that_the_descriptions_refuse_are_refused() {
    let bus = format!("{GROUP}/providers/Microsoft.ServiceBus/namespaces/bus-one");
    let logs = format!("{GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs");
    let rule = format!("{}/hybridConnections/c/authorizationRules/azureml_rw", relay());
    let root = format!("{bus}/AuthorizationRules/mine");
    let lock = format!("{GROUP}/providers/Microsoft.Authorization/locks/mine");
    let rights = |rights: Value| json!({"properties": {"rights": rights}});
    let at = |over: Value| changed(json!({"location": "eastus"}), over);
    let days = |days: Value| at(json!({"properties": {"retentionInDays": days}}));
    let sku = |name: &str| at(json!({"properties": {"sku": {"name": name}}}));
    let refused = [
        (&rule, json!({})),
        (&rule, rights(json!([]))),
        (&rule, rights(json!(["Manage"]))),
        (&rule, rights(json!(["Manage", "Send"]))),
        (&rule, rights(json!(["Manage", "Listen"]))),
        (&rule, rights(json!(["Read"]))),
        (&rule, rights(json!("Listen"))),
        (&rule, rights(json!(["Listen", 1]))),
        (&root, rights(json!(["Manage"]))),
        (&relay(), at(json!({"sku": {"name": "Premium"}}))),
        (&relay(), at(json!({"sku": {}}))),
        (&bus, at(json!({"sku": {"name": "Gold"}}))),
        (&bus, at(json!({"sku": {"name": "Standard", "tier": "Gold"}}))),
        (&logs, sku("PerTB")),
        (&logs, days(json!(7))),
        (&logs, days(json!(731))),
        (&logs, days(json!("30"))),
        (&logs, days(json!(-30))),
        (&lock, json!({"properties": {"level": "Sometimes"}})),
    ];
    let accepted = [
        (&rule, rights(json!(["Listen"]))),
        (&rule, rights(json!(["Send", "Listen"]))),
        (&rule, rights(json!(["Manage", "Send", "Listen"]))),
        (&root, rights(json!(["listen"]))),
        (&relay(), at(json!({"sku": {"name": "standard", "tier": "Standard"}}))),
        (&bus, at(json!({"sku": {"name": "Premium"}}))),
        (&logs, sku("pergb2018")),
        (&logs, days(json!(730))),
        (&logs, at(json!({"properties": {"retentionInDays": 7, "sku": {"name": "Free"}}}))),
        (&lock, json!({"properties": {"level": "CanNotDelete"}})),
    ];
    let azure = Azure::new();
    for id in [relay(), format!("{}/hybridConnections/c", relay()), bus.clone()] {
        azure.put(&url_of(&id), at(json!({}))).await;
    }
    for (id, body) in refused {
        let response = azure.put(&url_of(id), body.clone()).await;
        assert_eq!(response.status, 400, "{id} {body}: {response:?}");
    }
    for (id, body) in accepted {
        let response = azure.put(&url_of(id), body.clone()).await;
        assert!([200, 201].contains(&response.status), "{id} {body}: {response:?}");
        azure.get(&url_of(id)).await;
    }
    for id in [&relay(), &bus, &logs] {
        let url = url_of(id);
        let moved = azure.put(&url, json!({"location": "westus"})).await;
        assert_eq!((moved.status, moved.code().as_str()), (409, "InvalidResourceLocation"), "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_is_available_or_not() {
    let azure = Azure::new();
    azure.put(&url_of(relay()), json!({"location": "eastus"})).await;
    for namespace in ["Microsoft.Relay", "microsoft.servicebus"] {
        for (name, reason) in [
            ("relay-two", "None"),
            ("RELAY-one", "NameInUse"),
            ("x", "InvalidName"),
            ("relay_two", "InvalidName"),
        ] {
            let url = url_of(format!("{SUBSCRIPTION}/providers/{namespace}/CheckNameAvailability"));
            let response = azure.post(&url, json!({"name": name})).await.content();
            assert_eq!(response["reason"], reason, "{name}");
            assert_eq!(response["nameAvailable"], reason == "None", "{name}");
            assert!(response["message"].is_string());
        }
    }
    let old = url_in(
        format!("{SUBSCRIPTION}/providers/Microsoft.Relay/checkNameAvailability"),
        "2000-01-01",
    );
    assert_eq!(azure.post(&old, json!({"name": "relay-two"})).await.status, 400);
}
