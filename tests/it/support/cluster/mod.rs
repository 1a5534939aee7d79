//! A Kubernetes API server, with objects of its own and nothing that runs them: nodes and pods are what a test writes.
//!
//! Tests share one as long as they name what they create with [`unique`]. Who stops it, or needs what can be there
//! once only, starts one.

mod client;
mod identities;
mod kubeconfig;
mod objects;
mod process;
mod proxy;
mod server;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use emulator::Options;
use hyper::{Method, StatusCode};
use serde_json::{Value, json};

pub(crate) use client::Client;
pub(crate) use identities::Certificate;
pub(crate) use objects::{node, node_as_large_as_a_real_one, pod};
pub(crate) use process::wait_until;
pub(crate) use proxy::{Proxy, Seen};

use super::azure::Azure;
use super::control::{Answer, Control};
use process::Process;
use server::{ApiServer, Programs, TOKEN, start_controllers};

/// What an API server knows of instance types, and what else is special about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No definition of instance types.
    Bare,
    /// The definitions of `tests/fixtures/instance-types`.
    Strict,
    Lax,
    Atomic,
    Defaulting,
    /// With the strict definition, and with the controllers that delete and fill namespaces.
    Controlled,
    /// With the strict definition, in an API server that is three minor versions older.
    Older,
}

/// A cluster of which only the API server is there. Dropping it ends it.
pub(crate) struct Cluster {
    server: ApiServer,
    control: Control,
    /// `None` while it is stopped.
    running: Mutex<Option<Process>>,
    controllers: Option<Process>,
}

/// A service account, with the rights that a test gave it.
pub(crate) struct Account<'a> {
    cluster: &'a Cluster,
    object: Value,
}

impl Cluster {
    /// The one of this kind that the tests share. `None` is a skip that has been reported.
    pub(crate) fn shared(kind: Kind) -> Option<&'static Self> {
        static SHARED: [OnceLock<Cluster>; 7] = [const { OnceLock::new() }; 7];
        let programs = Programs::find(kind)?;
        Some(SHARED[kind as usize].get_or_init(|| Self::launched(&programs, kind)))
    }

    /// One of its own for a test. `None` is a skip that has been reported.
    pub(crate) fn start(kind: Kind) -> Option<Self> {
        let programs = Programs::find(kind)?;
        Some(Self::launched(&programs, kind))
    }

    /// One that an Azure has behind its clusters, and that lets in whom this Azure signs a token for AKS.
    pub(crate) fn start_in_azure(kind: Kind, options: Options) -> Option<(Azure, Self)> {
        let programs = Programs::find(kind)?;
        // Each must know the other before it starts.
        let mut cluster = Self::new(&programs);
        let file = cluster.server.folder.join("kubeconfig");
        process::write(&file, &cluster.kubeconfig());
        let azure = Azure::over_tls_with(Options { kubeconfig: Some(file), ..options });
        cluster.server.trust(azure.environment());
        cluster.launch(&programs, kind);
        Some((azure, cluster))
    }

    fn new(programs: &Programs) -> Self {
        let server = ApiServer::new(programs);
        let control = Control::new(&server.endpoint(), TOKEN, Some(server.folder.join("ca.crt")));
        Self { server, control, running: Mutex::new(None), controllers: None }
    }

    fn launched(programs: &Programs, kind: Kind) -> Self {
        let mut cluster = Self::new(programs);
        cluster.launch(programs, kind);
        cluster
    }

    fn launch(&mut self, programs: &Programs, kind: Kind) {
        self.restart();
        self.controllers = start_controllers(programs, &self.server, &self.kubeconfig());
        if let Some(definition) = kind.definition() {
            self.define(&definition);
        }
    }

    /// Kills the server. Its objects, its address and its certificates outlive it.
    pub(crate) fn stop(&self) {
        self.running().take().expect("it runs").stop();
    }

    /// Starts it, and waits until it answers.
    pub(crate) fn restart(&self) {
        let process = self.server.start();
        process.wait_until("the API server is ready", || {
            let ready = self.control.send(Method::GET, "/readyz", "application/json", None);
            ready.is_ok_and(|(status, _)| status == StatusCode::OK)
        });
        *self.running() = Some(process);
    }

    fn running(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// A file with the certificate of its authority.
    pub(crate) fn authority_file(&self) -> PathBuf {
        self.server.folder.join("ca.crt")
    }

    /// For a user of a group; `system:masters` may do everything.
    pub(crate) fn client_certificate(&self, user: &str, group: &str) -> Certificate {
        self.server.identities.client_certificate(user, group)
    }

    // === objects, as the administrator ===

    /// Any answer to any request.
    pub(crate) fn send(
        &self, method: Method, path: &str, content_type: &str, body: Option<&Value>,
    ) -> (StatusCode, Value) {
        read(path, self.control.send(method, path, content_type, body))
    }

    /// What is there.
    pub(crate) fn get(&self, path: &str) -> Value {
        self.control.ask(Method::GET, path, None)
    }

    /// `None` where it is not there.
    pub(crate) fn find(&self, path: &str) -> Option<Value> {
        let (status, object) = self.send(Method::GET, path, "application/json", None);
        assert!(status.is_success() || status == StatusCode::NOT_FOUND, "{path}: {object}");
        status.is_success().then_some(object)
    }

    /// Creates an object in the collection `path`.
    pub(crate) fn create(&self, path: &str, object: &Value) -> Value {
        self.control.ask(Method::POST, path, Some(object))
    }

    /// Changes an object by a merge patch.
    pub(crate) fn merge(&self, path: &str, change: &Value) -> Value {
        let content_type = "application/merge-patch+json";
        let (status, object) = self.send(Method::PATCH, path, content_type, Some(change));
        assert!(status.is_success(), "{path}: {object}");
        object
    }

    /// Sends a server-side apply as another manager would.
    pub(crate) fn apply_as(&self, manager: &str, path: &str, object: &Value) -> Value {
        let path = format!("{path}?fieldManager={manager}&force=true");
        let content_type = "application/apply-patch+yaml";
        let (status, applied) = self.send(Method::PATCH, &path, content_type, Some(object));
        assert!(status.is_success(), "{path}: {applied}");
        applied
    }

    pub(crate) fn delete(&self, path: &str) {
        let _: Value = self.control.ask(Method::DELETE, path, None);
    }

    /// Creates a namespace and gives its name.
    pub(crate) fn add_namespace(&self) -> String {
        let name = unique("namespace");
        self.create("/api/v1/namespaces", &json!({"metadata": {"name": name}}));
        name
    }

    /// Creates a pod with its status, which the server leaves out of what is created.
    pub(crate) fn add_pod(&self, namespace: &str, pod: &Value) -> Value {
        let pods = format!("/api/v1/namespaces/{namespace}/pods");
        let created = self.create(&pods, pod);
        let name = created["metadata"]["name"].as_str().expect("a pod has a name");
        self.merge(&format!("{pods}/{name}/status"), &json!({"status": pod["status"]}))
    }

    pub(crate) fn add_node(&self, node: &Value) -> Value {
        self.create("/api/v1/nodes", node)
    }

    /// Adds the definition of a custom resource, and waits until the server knows its objects.
    pub(crate) fn define(&self, definition: &Value) {
        self.create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
        let spec = &definition["spec"];
        let text = |value: &Value| value.as_str().expect("a definition has names").to_owned();
        let (group, version) = (text(&spec["group"]), text(&spec["versions"][0]["name"]));
        let objects = format!("/apis/{group}/{version}/{}", text(&spec["names"]["plural"]));
        // At first there is nothing, and then a store that says of itself that it begins.
        wait_until(&format!("{objects} is served"), || {
            self.send(Method::GET, &objects, "application/json", None).0.is_success()
        });
    }

    // === users ===

    /// Creates a service account with these rules of a cluster role.
    pub(crate) fn add_account(&self, rules: &Value) -> Account<'_> {
        let name = unique("account");
        let accounts = "/api/v1/namespaces/default/serviceaccounts";
        let object = self.create(accounts, &json!({"metadata": {"name": name}}));
        let subject = json!({"kind": "ServiceAccount", "namespace": "default", "name": name});
        self.grant(&subject, rules);
        let account = Account { cluster: self, object };
        account.wait_for_rules(rules);
        account
    }

    /// Gives a subject of a role binding these rules of a cluster role.
    pub(crate) fn grant(&self, subject: &Value, rules: &Value) {
        let name = unique("role");
        let group = "/apis/rbac.authorization.k8s.io/v1";
        let metadata = json!({"name": name});
        self.create(
            &format!("{group}/clusterroles"),
            &json!({"metadata": metadata, "rules": rules}),
        );
        let binding = json!({
            "metadata": metadata,
            "roleRef":
                {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            "subjects": [subject],
        });
        self.create(&format!("{group}/clusterrolebindings"), &binding);
    }
}

impl Account<'_> {
    /// Gives it these rules too.
    pub(crate) fn grant(&self, rules: &Value) {
        let metadata = &self.object["metadata"];
        let subject = json!({
            "kind": "ServiceAccount", "namespace": metadata["namespace"], "name": metadata["name"],
        });
        self.cluster.grant(&subject, rules);
        self.wait_for_rules(rules);
    }

    pub(crate) fn token(&self) -> String {
        self.cluster.server.identities.token(&self.object, 3_600)
    }

    /// One that was good and is not any more.
    pub(crate) fn expired_token(&self) -> String {
        self.cluster.server.identities.token(&self.object, -600)
    }

    pub(crate) fn kubeconfig(&self) -> String {
        self.cluster.kubeconfig_with_token(&self.token())
    }

    /// What the server answers this account.
    pub(crate) fn send(
        &self, method: Method, path: &str, body: Option<&Value>,
    ) -> (StatusCode, Value) {
        self.cluster.send_with_token(&self.token(), method, path, body)
    }

    /// The server takes a moment to hear of a new role.
    fn wait_for_rules(&self, rules: &Value) {
        let rules = rules.as_array().expect("rules are a list");
        wait_until("the rules are in force", || {
            let review = json!({"spec": {"namespace": "default"}});
            let path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
            let (_, review) = self.send(Method::POST, path, Some(&review));
            let known = review["status"]["resourceRules"].as_array().cloned().unwrap_or_default();
            rules.iter().all(|rule| {
                known.iter().any(|known| {
                    known["resources"] == rule["resources"] && known["verbs"] == rule["verbs"]
                })
            })
        });
    }
}

impl Cluster {
    /// What the server answers whoever has this token.
    pub(crate) fn send_with_token(
        &self, token: &str, method: Method, path: &str, body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let control = Control::new(&self.endpoint(), token, Some(self.authority_file()));
        read(path, control.send(method, path, "application/json", body))
    }

    /// What the server answers whoever shows this certificate.
    pub(crate) fn get_with_certificate(
        &self, Certificate { certificate, key }: Certificate, path: &str,
    ) -> (StatusCode, Value) {
        let file = self.authority_file();
        let control = Control::with_certificate(&self.endpoint(), [certificate, key], file);
        read(path, control.send(Method::GET, path, "application/json", None))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.controllers = None;
        if self.running().take().is_none() {
            // Nothing is left that would remove it; it is a temporary folder.
            let _ = std::fs::remove_dir_all(&self.server.folder);
        }
    }
}

impl Kind {
    fn definition(self) -> Option<Value> {
        let text = match self {
            Self::Bare => return None,
            Self::Strict | Self::Controlled | Self::Older => {
                include_str!("../../../fixtures/instance-types/strict.json")
            }
            Self::Lax => include_str!("../../../fixtures/instance-types/lax.json"),
            Self::Atomic => include_str!("../../../fixtures/instance-types/atomic.json"),
            Self::Defaulting => include_str!("../../../fixtures/instance-types/defaulting.json"),
        };
        Some(serde_json::from_str(text).expect("the fixture is JSON"))
    }
}

fn read(path: &str, answer: Answer) -> (StatusCode, Value) {
    let (status, text) = answer.unwrap_or_else(|error| panic!("{path}: {error}"));
    let value = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
    (status, value)
}

/// A name that no other test of this run has.
pub(crate) fn unique(beginning: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    format!("{beginning}-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}
