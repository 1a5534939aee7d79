//! The recorded traffic of the extension service, replayed request by request.

use std::time::Duration;

use serde_json::{Value, json};

use super::kit::{Azure, fixture};
use crate::http::Response;
use crate::options::Options;

const CLUSTER: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/\
    azurecli-tests/providers/Microsoft.Kubernetes/connectedClusters/arc-cluster";

/// An emulator that holds what the recording's subscription held.
fn azure() -> Azure {
    let cluster = json!({"location": "eastus", "properties": {"connectivityStatus": "Connected"}});
    Azure::with(Options {
        seed: Some(json!({CLUSTER: cluster})),
        retry_after: false,
        operation_duration: Duration::from_secs(10),
        ..Options::default()
    })
}

async fn replay(azure: &Azure, recorded: &Value) -> Response {
    let request = &recorded["liveRequest"];
    let url = request["url"].as_str().unwrap().strip_prefix("https://management.azure.com");
    azure.send(request["method"].as_str().unwrap(), url.unwrap(), request["body"].clone()).await
}

/// Same status, same headers with the same values, same body but for times.
fn assert_like(response: &Response, recorded: &Value) {
    let expected = &recorded["liveResponse"];
    assert_eq!(response.status.to_string(), expected["statusCode"]);
    for (name, value) in expected["headers"].as_object().unwrap() {
        let ours = response.header(name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(masked(ours), masked(value.as_str().unwrap()), "{name}");
    }
    let added: Vec<_> = response
        .headers
        .iter()
        .filter(|(name, _)| expected["headers"].get(name.to_ascii_lowercase()).is_none())
        .map(|(name, _)| name.as_str())
        .collect();
    let ids = ["x-ms-request-id", "x-ms-correlation-request-id", "x-ms-routing-request-id"];
    assert_eq!(added, ids, "only the identifiers, which the recording scrubbed, may come on top");
    assert_eq!(timeless(response.content()), timeless(expected["body"].clone()));
}

/// A header's value without what differs from run to run: the origin and an operation's name.
fn masked(value: &str) -> String {
    let value = value.replace("http://127.0.0.1:1", "https://management.azure.com");
    match value.split_once("/operations/") {
        Some((before, after)) => {
            let query = after.split_once('?').map_or("", |(_, query)| query);
            format!("{before}/operations/NAME?{query}")
        }
        None => value,
    }
}

/// Times replaced by their length, which stands for their format.
fn timeless(mut body: Value) -> Value {
    match &mut body {
        Value::Object(object) => {
            for (name, value) in object {
                let time = value.as_str().filter(|_| name.ends_with("At")).map(str::len);
                *value = time.map_or_else(|| timeless(value.take()), |length| json!(length));
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = timeless(item.take());
            }
        }
        _ => {}
    }
    body
}

#[tokio::test(start_paused = true)]
async fn an_extension_lives_as_recorded() {
    let azure = azure();
    let empty = fixture(include_str!("fixtures/extension_list_empty_200.json"));
    assert_like(&replay(&azure, &empty).await, &empty);
    let put = fixture(include_str!("fixtures/extension_put_201.json"));
    assert_like(&replay(&azure, &put).await, &put);
    let list = fixture(include_str!("fixtures/extension_list_200.json"));
    assert_like(&replay(&azure, &list).await, &list);
    tokio::time::advance(Duration::from_secs(6)).await;
    let get = fixture(include_str!("fixtures/extension_get_200.json"));
    assert_like(&replay(&azure, &get).await, &get);
    let delete = fixture(include_str!("fixtures/extension_delete_force_200.json"));
    assert_like(&replay(&azure, &delete).await, &delete);
    assert_like(&replay(&azure, &empty).await, &empty);
}
