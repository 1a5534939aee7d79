//! The examples of the published API descriptions: whatever they show is in our answers too, in
//! the same types and spellings.

use serde_json::{Value, json};

use super::kit::{
    Azure, GROUP, arc, changed, compute_id, extension, extension_url, fixture, url_in, url_of,
};
use crate::http::Response;
use crate::traits::Trait;

/// Everything that the example shows at its place; null there stands for any value, since an
/// example cannot show both.
fn assert_shows(example: &Value, ours: &Value, at: &str) {
    match (example, ours) {
        (Value::Object(example), Value::Object(ours)) => {
            for (name, value) in example {
                let place = format!("{at}.{name}");
                let found = ours.get(name).unwrap_or_else(|| panic!("{place} is missing"));
                assert_shows(value, found, &place);
            }
        }
        (Value::Array(example), Value::Array(ours)) => {
            let (Some(example), Some(ours)) = (example.first(), ours.first()) else {
                assert!(example.is_empty(), "{at} is empty");
                return;
            };
            assert_shows(example, ours, &format!("{at}[0]"));
        }
        (Value::Null, _)
        | (Value::String(_), Value::String(_))
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_)) => {}
        _ => panic!("{at} is {ours}, in the example {example}"),
    }
}

fn assert_like(response: &Response, example: &Value) {
    let (status, expected) = example["responses"].as_object().unwrap().iter().next_back().unwrap();
    assert_eq!(response.status.to_string(), *status);
    for (name, _) in expected["headers"].as_object().into_iter().flatten() {
        assert!(response.header(name).is_some(), "{name} is missing");
    }
    assert_shows(&expected["body"], &response.content(), "");
    if expected["body"]["type"].is_string() {
        assert_eq!(response.content()["type"], expected["body"]["type"]);
    }
}

/// An ID without the names in it: the spelling of its types.
fn spelling(id: &Value) -> Vec<String> {
    let segments = id.as_str().unwrap().split('/').skip(5).enumerate();
    segments
        .filter(|(index, _)| *index < 2 || index % 2 == 0)
        .map(|(_, it)| it.to_owned())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn a_compute_is_attached_and_detached() {
    let azure = Azure::new();
    let url = url_in(compute_id(), "2024-04-01");
    let put = fixture(include_str!("fixtures/compute_put.json"));
    let body = changed(
        put["request"].clone(),
        json!({"properties": {"resourceId": arc("amlarc-cluster")}}),
    );
    azure.put(&extension_url(&arc("amlarc-cluster")), extension()).await;
    azure.get(&extension_url(&arc("amlarc-cluster"))).await;
    let response = azure.put(&url, body).await;
    assert_like(&response, &put);
    assert_eq!(response.state(), "Creating");
    let types = "instanceTypes";
    let (sent, got) = (&put["request"]["properties"]["properties"][types], response.content());
    assert_eq!(
        got["properties"]["properties"][types], *sent,
        "quantities stay as written, null too"
    );
    let get = fixture(include_str!("fixtures/compute_get.json"));
    let response = azure.get(&url).await;
    assert_like(&response, &get);
    assert_eq!(response.state(), "Succeeded");
    let delete = fixture(include_str!("fixtures/compute_delete.json"));
    let response = azure.delete(&format!("{url}&underlyingResourceAction=Detach")).await;
    assert_like(&response, &delete);
}

#[tokio::test(start_paused = true)]
async fn a_relay_is_made() {
    let azure = Azure::new();
    let namespace = format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-one");
    let example = fixture(include_str!("fixtures/relay_namespace_put.json"));
    let response = azure.put(&url_of(&namespace), example["request"].clone()).await;
    assert_like(&response, &example);
    assert_eq!(response.state(), "Created");
    let example = fixture(include_str!("fixtures/relay_namespace_get.json"));
    let response = azure.get(&url_of(&namespace)).await;
    assert_like(&response, &example);
    assert_eq!(response.state(), "Succeeded");
    let hybrid = format!("{namespace}/hybridConnections/c");
    let rule = format!("{hybrid}/authorizationRules/azureml_rw");
    for (url, text) in [
        (&hybrid, include_str!("fixtures/hybrid_connection_put.json")),
        (&rule, include_str!("fixtures/hybrid_connection_rule_put.json")),
    ] {
        let example = fixture(text);
        let response = azure.put(&url_of(url), example["request"].clone()).await;
        assert_like(&response, &example);
        let expected = &example["responses"]["200"]["body"]["id"];
        assert_eq!(spelling(&response.content()["id"]), spelling(expected));
    }
    let example = fixture(include_str!("fixtures/hybrid_connection_rule_list_keys.json"));
    let response = azure.post(&url_of(format!("{rule}/listKeys")), Value::Null).await;
    assert_like(&response, &example);
}

#[tokio::test(start_paused = true)]
async fn a_service_bus_is_made() {
    let azure = Azure::new();
    let namespace = format!("{GROUP}/providers/Microsoft.ServiceBus/namespaces/bus-one");
    let topic = format!("{namespace}/topics/t");
    for (url, text) in [
        (namespace.clone(), include_str!("fixtures/service_bus_namespace_put.json")),
        (topic.clone(), include_str!("fixtures/topic_put.json")),
        (format!("{topic}/subscriptions/s"), include_str!("fixtures/topic_subscription_put.json")),
    ] {
        let example = fixture(text);
        let url = url_of(&url);
        let response = azure.put(&url, example["request"].clone()).await;
        let shown =
            json!({"responses": {response.status.to_string(): example["responses"]["200"]}});
        assert_like(&response, &shown);
    }
    let rules = format!("{namespace}/AuthorizationRules");
    let response = azure.get(&url_of(&rules)).await;
    assert_like(&response, &fixture(include_str!("fixtures/service_bus_rules.json")));
    let url = url_of(format!("{rules}/RootManageSharedAccessKey/listKeys"));
    let response = azure.post(&url, Value::Null).await;
    assert_like(&response, &fixture(include_str!("fixtures/service_bus_list_keys.json")));
}

#[tokio::test(start_paused = true)]
async fn a_log_analytics_workspace_is_made_and_removed() {
    let azure = Azure::new();
    let id = format!("{GROUP}/providers/Microsoft.OperationalInsights/workspaces/logs");
    let url = url_of(&id);
    let example = fixture(include_str!("fixtures/log_analytics_put.json"));
    let response = azure.put(&url, example["request"].clone()).await;
    assert_like(&response, &example);
    assert_eq!(azure.get(&url).await.state(), "Succeeded");
    let keys = url_of(format!("{id}/sharedKeys"));
    let response = azure.post(&keys, Value::Null).await;
    assert_like(&response, &fixture(include_str!("fixtures/log_analytics_shared_keys.json")));
    let response = azure.delete(&url).await;
    assert_like(&response, &fixture(include_str!("fixtures/log_analytics_delete.json")));
    assert_eq!(azure.poll(&response).await.content()["status"], "Succeeded");
    assert_eq!(azure.get(&url).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn an_extension_is_patched() {
    let azure = Azure::with_trait(Trait::VersionUnderAutoUpgrade);
    let url = extension_url(&arc("amlarc-cluster"));
    let example = fixture(include_str!("fixtures/extension_patch.json"));
    let monitor =
        changed(extension(), json!({"properties": {"extensionType": "azuremonitor-containers"}}));
    azure.put(&url, monitor).await;
    azure.get(&url).await;
    let response = azure.patch(&url, example["request"].clone()).await;
    let expected = &example["responses"]["202"];
    assert_eq!(response.status, 202);
    assert_shows(&expected["body"], &response.content(), "");
    assert_eq!(response.state(), expected["body"]["properties"]["provisioningState"]);
    assert_eq!(response.header("x-ms-async-operation-timeout"), Some("PT48H"));
    let operation = fixture(include_str!("fixtures/extension_operation.json"));
    let polled = azure.poll(&response).await;
    assert_like(&polled, &operation);
    assert_eq!(polled.content()["status"], "Succeeded");
}
