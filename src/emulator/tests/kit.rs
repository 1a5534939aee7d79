//! What tests share: an emulator without a socket, the IDs of the default seed, bodies and URLs.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::delivery::Delivery;
use crate::http::{Body, Request, Response};
use crate::options::Options;
use crate::traits::Trait;

/// Where everything of the default seed lies.
pub(super) const SUBSCRIPTION: &str = "/subscriptions/00000000-0000-0000-0000-000000000001";
pub(super) const GROUP: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc";

/// The api-version in which tests ask for what has this in its ID; the last that fits counts.
const API_VERSIONS: &[(&str, &str)] = &[
    ("", "2022-09-01"),
    ("/providers/microsoft.containerservice/", "2024-09-01"),
    ("/providers/microsoft.kubernetes/", "2024-01-01"),
    ("/providers/microsoft.kubernetesconfiguration/extensions", "2024-11-01"),
    ("/microsoft.kubernetesconfiguration/extensiontypes", "2024-11-01-preview"),
    ("/microsoft.kubernetesconfiguration/locations/", "2024-11-01-preview"),
    ("/providers/microsoft.machinelearningservices/", "2025-12-01"),
    ("/providers/microsoft.operationalinsights/", "2023-09-01"),
    ("/providers/microsoft.relay/", "2021-11-01"),
    ("/providers/microsoft.servicebus/", "2021-11-01"),
    ("/providers/microsoft.authorization/locks", "2016-09-01"),
    ("/providers/microsoft.authorization/permissions", "2022-04-01"),
    ("/register", "2022-09-01"),
];

/// An emulator without a socket, and the token to talk to it.
pub(super) struct Azure {
    pub(super) cloud: Cloud,
    pub(super) token: String,
}

impl Azure {
    pub(super) fn new() -> Self {
        Self::with(Options::default())
    }

    pub(super) fn with_trait(one: Trait) -> Self {
        Self::with(Options { traits: [one].into(), ..Options::default() })
    }

    /// Operations that take ten seconds.
    pub(super) fn slow() -> Self {
        let operation_duration = Duration::from_secs(10);
        Self::with(Options { operation_duration, ..Options::default() })
    }

    /// Lists have small pages, so that who reads only the first one fails.
    pub(super) fn with(options: Options) -> Self {
        let options = Options { page_size: 3, ..options };
        let cloud = Cloud::new(options, "http://127.0.0.1:1".to_owned()).unwrap();
        let token = cloud.environment()["AZUREML_ACCESS_TOKEN"].clone();
        Self { cloud, token }
    }

    /// Sends a request with the token; null is no body.
    pub(super) async fn send(&self, method: &str, url: &str, body: Value) -> Response {
        self.answer(self.request(method, url, &body)).await
    }

    pub(super) async fn deliver(&self, method: &str, url: &str, body: Value) -> Delivery {
        self.cloud.respond(self.request(method, url, &body)).await
    }

    /// The whole answer to a request.
    pub(super) async fn answer(&self, request: Request) -> Response {
        let name = format!("{} {}", request.method, request.path);
        match self.cloud.respond(request).await {
            Delivery::Whole(response) => response,
            other => panic!("{name} gave {other:?}"),
        }
    }

    /// A request with the token.
    pub(super) fn request(&self, method: &str, url: &str, body: &Value) -> Request {
        let mut request = request(method, url, body);
        request.headers.insert("authorization".into(), format!("Bearer {}", self.token));
        request
    }

    pub(super) async fn get(&self, url: &str) -> Response {
        self.send("GET", url, Value::Null).await
    }

    pub(super) async fn put(&self, url: &str, body: Value) -> Response {
        self.send("PUT", url, body).await
    }

    pub(super) async fn post(&self, url: &str, body: Value) -> Response {
        self.send("POST", url, body).await
    }

    pub(super) async fn patch(&self, url: &str, body: Value) -> Response {
        self.send("PATCH", url, body).await
    }

    pub(super) async fn delete(&self, url: &str) -> Response {
        self.send("DELETE", url, Value::Null).await
    }

    /// The stored object, secrets included.
    pub(super) async fn stored(&self, id: &str) -> Value {
        self.get("/emulator/objects").await.content()[id].clone()
    }

    pub(super) async fn script(&self, rules: Value) {
        assert_eq!(self.post("/emulator/faults", rules).await.status, 204);
    }

    /// Polls the URL that an answer gave.
    pub(super) async fn poll(&self, accepted: &Response) -> Response {
        self.get(&self.path_in(accepted, "azure-asyncoperation")).await
    }

    /// Path and query of the URL in a header.
    pub(super) fn path_in(&self, response: &Response, header: &str) -> String {
        response.header(header).unwrap().strip_prefix(&self.cloud.origin).unwrap().to_owned()
    }

    /// The pages of a list.
    pub(super) async fn pages(&self, url: &str) -> Vec<Vec<Value>> {
        let (mut pages, mut next) = (Vec::new(), Some(url.to_owned()));
        while let Some(url) = next {
            let response = self.get(&url).await;
            assert_eq!(response.status, 200, "{url}: {response:?}");
            let page = response.content();
            pages.push(page["value"].as_array().expect("a list").clone());
            assert!(pages.len() < 10, "the pages end");
            let link = page["nextLink"].as_str();
            next = link.map(|link| link.strip_prefix(&self.cloud.origin).unwrap().to_owned());
        }
        pages
    }
}

impl Response {
    /// The JSON body; null without one.
    pub(super) fn content(&self) -> Value {
        match &self.body {
            Body::Json(value) => value.clone(),
            Body::Empty => Value::Null,
            Body::Text(text) => panic!("not JSON: {text}"),
        }
    }

    pub(super) fn code(&self) -> String {
        self.content()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn message(&self) -> String {
        self.content()["error"]["message"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn state(&self) -> Value {
        self.content()["properties"]["provisioningState"].clone()
    }
}

pub(super) fn request(method: &str, url: &str, body: &Value) -> Request {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let headers = BTreeMap::from([("content-type".to_owned(), "application/json".to_owned())]);
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
        ..Request::default()
    }
}

/// The URL of an ID in the version of [`API_VERSIONS`].
pub(super) fn url_of(id: impl AsRef<str>) -> String {
    let lower = id.as_ref().to_ascii_lowercase();
    let fitting = API_VERSIONS.iter().rev().find(|(part, _)| lower.contains(part));
    url_in(id, fitting.unwrap().1)
}

pub(super) fn url_in(id: impl AsRef<str>, version: &str) -> String {
    format!("{}?api-version={version}", id.as_ref())
}

pub(super) fn arc(name: &str) -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/{name}")
}

pub(super) fn aks() -> String {
    format!("{GROUP}/providers/Microsoft.ContainerService/managedClusters/aks-cluster")
}

/// The ID of an extension of a cluster.
pub(super) fn extension_id(cluster: &str) -> String {
    format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/amlarc-compute")
}

pub(super) fn extension_url(cluster: &str) -> String {
    url_of(extension_id(cluster))
}

/// A body with which the extension installs on a connected cluster.
pub(super) fn extension() -> Value {
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

pub(super) fn compute_id() -> String {
    format!(
        "{GROUP}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace/computes/k8s"
    )
}

pub(super) fn compute_url() -> String {
    url_of(compute_id())
}

/// The body of an attach with these Kubernetes properties.
pub(super) fn compute(cluster: &str, properties: Value) -> Value {
    json!({
        "location": "eastus",
        "properties": {"computeType": "Kubernetes", "resourceId": cluster, "properties": properties},
    })
}

/// A value with another laid over it.
pub(super) fn changed(mut base: Value, over: Value) -> Value {
    crate::store::merge(&mut base, &over);
    base
}

pub(super) fn fixture(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}
