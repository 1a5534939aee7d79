//! The emulator held to recorded traffic, to published examples and to its own promises. Requests
//! are answered without a socket and time is virtual, save in `server`.

#![expect(clippy::needless_pass_by_value, reason = "tests hand over JSON literals")]

mod catalogue;
mod computes;
mod examples;
mod extensions;
mod faults;
mod generic_resources;
mod recordings;
mod resource_manager;
mod server;
mod sign_in;

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::{Cloud, Delivery};
use crate::http::{Body, Request, Response};
use crate::options::Options;
use crate::traits::Trait;

/// Where everything of the default seed lies.
const GROUP: &str = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc";

/// An emulator without a socket, and the token to talk to it.
struct Azure {
    cloud: Cloud,
    token: String,
}

impl Azure {
    fn new() -> Self {
        Self::with(Options::default())
    }

    fn having(one: Trait) -> Self {
        Self::with(Options { traits: [one].into(), ..Options::default() })
    }

    /// Operations that take ten seconds.
    fn slow() -> Self {
        let operation_duration = Duration::from_secs(10);
        Self::with(Options { operation_duration, ..Options::default() })
    }

    fn with(options: Options) -> Self {
        let cloud = Cloud::new(options, "http://127.0.0.1:1".to_owned()).unwrap();
        let token = cloud.environment()["AZUREML_ACCESS_TOKEN"].clone();
        Self { cloud, token }
    }

    /// Sends a request with the token; null is no body.
    async fn send(&self, method: &str, url: &str, body: Value) -> Response {
        match self.deliver(method, url, body).await {
            Delivery::Whole(response) => response,
            other => panic!("{method} {url} gave {other:?}"),
        }
    }

    async fn deliver(&self, method: &str, url: &str, body: Value) -> Delivery {
        let mut request = request(method, url, &body);
        request.headers.insert("authorization".into(), format!("Bearer {}", self.token));
        self.cloud.respond(request).await
    }

    async fn get(&self, url: &str) -> Response {
        self.send("GET", url, Value::Null).await
    }

    async fn put(&self, url: &str, body: Value) -> Response {
        self.send("PUT", url, body).await
    }

    async fn delete(&self, url: &str) -> Response {
        self.send("DELETE", url, Value::Null).await
    }

    /// The stored object, secrets included.
    async fn stored(&self, id: &str) -> Value {
        self.get("/emulator/objects").await.content()[id].clone()
    }

    async fn script(&self, rules: Value) {
        assert_eq!(self.send("POST", "/emulator/faults", rules).await.status, 204);
    }

    /// Polls the URL that an answer gave.
    async fn poll(&self, accepted: &Response) -> Response {
        let url = accepted.header("azure-asyncoperation").unwrap();
        self.get(url.strip_prefix(&self.cloud.origin).unwrap()).await
    }
}

impl Response {
    /// The JSON body; null without one.
    fn content(&self) -> Value {
        match &self.body {
            Body::Json(value) => value.clone(),
            Body::Empty => Value::Null,
            Body::Text(text) => panic!("not JSON: {text}"),
        }
    }

    fn code(&self) -> String {
        self.content()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    fn message(&self) -> String {
        self.content()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    fn state(&self) -> Value {
        self.content()["properties"]["provisioningState"].clone()
    }
}

fn request(method: &str, url: &str, body: &Value) -> Request {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
    }
}

fn arc(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/{name}")
}

fn aks() -> String {
    format!("{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-cluster")
}

/// The ID of an extension of a cluster.
fn extension_id(cluster: &str) -> String {
    format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/amlarc-compute")
}

fn extension_url(cluster: &str) -> String {
    format!("{}?api-version=2024-11-01", extension_id(cluster))
}

/// A body with which the extension installs on a connected cluster.
fn extension() -> Value {
    json!({
        "identity": {"type": "SystemAssigned"},
        "properties": {
            "extensionType": "Microsoft.AzureML.Kubernetes",
            "autoUpgradeMinorVersion": true,
            "releaseTrain": "stable",
            "scope": {"cluster": {"releaseNamespace": "azureml"}},
            "configurationSettings": {
                "cluster_name": "c", "domain": "d", "location": "eastus", "enableTraining": "True",
            },
            "configurationProtectedSettings": {"relayserver.relayConnectionString": "Endpoint=sb://r"},
        },
    })
}

fn compute_id() -> String {
    format!(
        "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace/computes/k8s"
    )
}

fn compute_url() -> String {
    format!("{}?api-version=2025-12-01", compute_id())
}

/// The body of an attach with these Kubernetes properties.
fn compute(cluster: &str, properties: Value) -> Value {
    json!({
        "location": "eastus",
        "properties": {"computeType": "Kubernetes", "resourceId": cluster, "properties": properties},
    })
}

/// A value with another laid over it.
fn changed(mut base: Value, over: Value) -> Value {
    crate::store::merge(&mut base, &over);
    base
}

fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
