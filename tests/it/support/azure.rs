//! The emulator, started for one test on a port of its own and asked through its control API.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::Duration;

use emulator::{Options, Trait};
use hyper::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use super::control::Control;
use super::transcript::folder_of_test;

/// The subscription, the resource group and the objects that every emulator starts with.
pub(crate) const GROUP: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc";

/// A folder for all exchanges of all tests, each emulator's in a folder of its own, so that `make test` can hold
/// them to the published specifications.
const RECORD: &str = "AZUREML_TEST_RECORD";

/// Far more than any request takes to come.
const PATIENCE: Duration = Duration::from_mins(1);

/// A running emulator. Dropping it ends it.
pub(crate) struct Azure {
    control: Control,
    environment: BTreeMap<String, String>,
    exchanges_changed: watch::Receiver<()>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Where it keeps its certificate, over TLS.
    folder: Option<TempDir>,
}

/// One request as the emulator saw it, with its answer.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Exchange {
    /// When it came, in milliseconds of the emulator's own clock.
    pub(crate) at_ms: u64,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// The protocol: `HTTP/2.0`.
    pub(crate) http_version: String,
    /// `None` if there was no answer.
    pub(crate) status: Option<u16>,
    #[serde(default)]
    pub(crate) body: Value,
    /// What of it waits to be released.
    held: Option<Hold>,
}

/// Where an exchange is held until it is released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Hold {
    /// The request has been received and is not carried out.
    Request,
    /// The request is carried out, and its answer waits.
    Response,
}

impl Azure {
    pub(crate) fn start() -> Self {
        Self::with(Options::default())
    }

    /// Lists have small pages, so that who reads only the first one fails.
    pub(crate) fn with(options: Options) -> Self {
        Self::with_whole_lists(Options { page_size: 3, ..options })
    }

    pub(crate) fn with_whole_lists(mut options: Options) -> Self {
        options.record = options.record.or_else(|| folder_of_test(RECORD));
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            runtime().block_on(async {
                let emulator = emulator::serve(options).await.expect("the emulator starts");
                let endpoint = emulator.endpoint().to_owned();
                let started = (endpoint, emulator.environment(), emulator.exchanges_changed());
                tell.send(started).expect("the test waits for the emulator");
                // An error means that the test has ended without saying so; the emulator ends as well.
                let _ = stopped.await;
                emulator.stop().await;
            });
        });
        let (endpoint, environment, exchanges_changed) =
            told.recv().expect("the emulator says where it is");
        let authority = environment.get("AZUREML_CA_CERTIFICATE_PATH").map(PathBuf::from);
        let token = environment.get("AZUREML_ACCESS_TOKEN").map_or("", String::as_str);
        let control = Control::new(&endpoint, token, authority);
        let (stop, thread) = (Some(stop), Some(thread));
        Self { control, environment, exchanges_changed, stop, thread, folder: None }
    }

    /// Where these questions, which no public source settles, are decided the less usual way.
    pub(crate) fn with_traits(traits: impl IntoIterator<Item = Trait>) -> Self {
        let traits = traits.into_iter().collect();
        Self::with(Options { traits, ..Options::default() })
    }

    /// With a certificate of its own authority, as signing in with a secret needs.
    pub(crate) fn over_tls() -> Self {
        Self::over_tls_with(Options::default())
    }

    pub(crate) fn over_tls_with(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let tls = Some(folder.path().to_owned());
        let mut azure = Self::with(Options { tls, ..options });
        azure.folder = Some(folder);
        azure
    }

    /// What the provider needs in its environment to talk to this Azure.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Everything there is, by ARM ID in the casing of its creation, secrets included.
    pub(crate) fn objects(&self) -> BTreeMap<String, Value> {
        self.control.ask(Method::GET, "/emulator/objects", None)
    }

    /// One object by its ARM ID, in any casing.
    pub(crate) fn object(&self, id: &str) -> Option<Value> {
        self.objects()
            .into_iter()
            .find(|(found, _)| found.eq_ignore_ascii_case(id))
            .map(|(_, object)| object)
    }

    /// Changes one object behind the provider's back.
    pub(crate) fn drift(&self, id: &str, change: impl FnOnce(&mut Value)) {
        let mut object = self.object(id).unwrap_or_else(|| panic!("there is no {id} to change"));
        change(&mut object);
        self.put(id, &object);
    }

    /// Puts one object in place behind the provider's back.
    pub(crate) fn put(&self, id: &str, object: &Value) {
        let _: Value =
            self.control.ask(Method::PUT, &format!("/emulator/objects?id={id}"), Some(object));
    }

    /// Takes one object away behind the provider's back.
    pub(crate) fn remove(&self, id: &str) {
        let _: Value =
            self.control.ask(Method::DELETE, &format!("/emulator/objects?id={id}"), None);
    }

    /// Asks as another client of Azure would, and gives the answer that must be a success.
    pub(crate) fn send(&self, method: Method, id: &str, body: Option<&Value>) -> Value {
        let version = api_version(id);
        self.control.ask(method, &format!("{id}?api-version={version}"), body)
    }

    /// The status of the answer to another client, whatever it is.
    pub(crate) fn status(&self, method: Method, id: &str) -> u16 {
        let target = format!("{id}?api-version={}", api_version(id));
        let (status, _) =
            self.control.send(method, &target, "application/json", None).expect("it is answered");
        status.as_u16()
    }

    /// A token for another service than Azure, of the client that the environment names. Only over TLS.
    pub(crate) fn sign_in(&self, application: &str) -> String {
        let variable = |name: &str| &self.environment[name];
        let form = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}&scope={application}/.default",
            variable("ARM_CLIENT_ID"),
            variable("ARM_CLIENT_SECRET")
        );
        let path = format!("/{}/oauth2/v2.0/token", variable("ARM_TENANT_ID"));
        let answer: Value = self.control.post_form(&path, &form);
        answer["access_token"].as_str().expect("there is a token").to_owned()
    }

    /// A token of the emulator's own issuer with these claims over the usual ones.
    pub(crate) fn id_token(&self, claims: &Value) -> String {
        let answer: Value = self.control.ask(Method::POST, "/emulator/id-tokens", Some(claims));
        answer["token"].as_str().expect("there is a token").to_owned()
    }

    /// Everything asked since the start or since `forget`, in order.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.control.ask(Method::GET, "/emulator/requests", None)
    }

    /// The requests that change something, in order.
    pub(crate) fn writes(&self) -> Vec<Exchange> {
        self.exchanges()
            .into_iter()
            .filter(|seen| ["PUT", "PATCH", "DELETE"].contains(&&*seen.method))
            .collect()
    }

    /// How many requests with `method` to the object `id` there were.
    pub(crate) fn count(&self, method: &str, id: &str) -> usize {
        self.exchanges().iter().filter(|seen| seen.is(method, id)).count()
    }

    /// The body of the last request with `method` to the object `id`.
    pub(crate) fn last_body(&self, method: &str, id: &str) -> Value {
        let of_object = |seen: &Exchange| seen.is(method, id);
        match self.exchanges().into_iter().rfind(of_object) {
            Some(seen) => seen.body,
            None => panic!("no {method} of {id} among {:#?}", self.exchanges()),
        }
    }

    /// Waits until a request with `method` to the object `id` was answered.
    pub(crate) fn waits_for(&self, method: &str, id: &str) {
        let what = format!("{method} of {id}");
        self.waits_until(&what, |seen| seen.iter().any(|seen| seen.is(method, id)));
    }

    /// Waits until a request with `method` to the object `id` has arrived; the answer may still be owed.
    pub(crate) fn meets(&self, method: &str, id: &str) {
        let what = format!("{method} of {id}");
        let log = "/emulator/requests?pending=true";
        self.waits(log, &what, |seen| seen.iter().any(|seen| seen.is(method, id)));
    }

    /// Waits until what was asked since the start, or since `forget`, is so.
    pub(crate) fn waits_until(&self, what: &str, is_so: impl Fn(&[Exchange]) -> bool) {
        self.waits("/emulator/requests", what, is_so);
    }

    /// Holds the next request that matches, until [`Self::releases`].
    pub(crate) fn holds(&self, when: &Value, place: Hold) {
        self.fails(when, &json!({ "hold": place }));
    }

    /// Waits until a request with `method` to the object `id` is held.
    pub(crate) fn waits_for_held(&self, method: &str, id: &str) {
        let what = format!("{method} of {id} that is held");
        let log = "/emulator/requests?pending=true";
        self.waits(log, &what, |seen| {
            seen.iter().any(|seen| seen.held.is_some() && seen.is(method, id))
        });
    }

    /// The same where a part of the path is known, as of an operation.
    pub(crate) fn waits_for_held_below(&self, method: &str, part: &str) {
        let what = format!("{method} below {part} that is held");
        self.waits("/emulator/requests?pending=true", &what, |seen| {
            let is_it = |it: &Exchange| it.method == method && it.path.contains(part);
            seen.iter().any(|seen| seen.held.is_some() && is_it(seen))
        });
    }

    /// Lets go on whatever is held now.
    pub(crate) fn releases(&self) {
        let _: Value = self.control.ask(Method::POST, "/emulator/held/release", None);
    }

    fn waits(&self, log: &str, what: &str, is_so: impl Fn(&[Exchange]) -> bool) {
        let (mut changed, runtime) = (self.exchanges_changed.clone(), runtime());
        loop {
            changed.mark_unchanged();
            if is_so(&self.control.ask::<Vec<Exchange>>(Method::GET, log, None)) {
                return;
            }
            let change = runtime.block_on(async { timeout(PATIENCE, changed.changed()).await });
            change.unwrap_or_else(|_| panic!("no {what} within {PATIENCE:?}")).expect("it runs");
        }
    }

    /// Ends every operation that runs, those that would hang for ever too.
    pub(crate) fn ends_operations(&self) {
        let _: Value = self.control.ask(Method::POST, "/emulator/operations/end", None);
    }

    pub(crate) fn forget(&self) {
        let _: Value = self.control.ask(Method::DELETE, "/emulator/requests", None);
    }

    /// Takes every scripted fault back.
    pub(crate) fn clears_faults(&self) {
        let _: Value = self.control.ask(Method::DELETE, "/emulator/faults", None);
    }

    /// Scripts a fault of one request: which, and what happens to it.
    pub(crate) fn fails(&self, when: &Value, then: &Value) {
        self.fails_times(1, when, then);
    }

    /// The same for so many requests; 0 means all.
    pub(crate) fn fails_times(&self, times: u32, when: &Value, then: &Value) {
        self.script(&json!({ "when": when, "then": then, "times": times }));
    }

    /// Scripts a fault with everything that a rule can say.
    pub(crate) fn script(&self, rule: &Value) {
        let _: Value = self.control.ask(Method::POST, "/emulator/faults", Some(rule));
    }
}

/// The version in which another client speaks to an object.
fn api_version(id: &str) -> &'static str {
    let versions = [
        ("/sharedKeys", "2020-08-01"),
        ("/regenerateSharedKey", "2020-08-01"),
        ("/Microsoft.KubernetesConfiguration/", "2024-11-01"),
        ("/Microsoft.MachineLearningServices/", "2025-12-01"),
        ("/Microsoft.OperationalInsights/", "2023-09-01"),
        ("/Microsoft.Relay/", "2021-11-01"),
        ("/Microsoft.ServiceBus/", "2021-11-01"),
        // Last, since extensions lie below clusters.
        ("/Microsoft.ContainerService/", "2025-10-01"),
        ("/Microsoft.Kubernetes/", "2024-01-01"),
    ];
    let version = versions.iter().find(|(part, _)| id.contains(part));
    version.unwrap_or_else(|| panic!("no version is known for {id}")).1
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime starts")
}

impl Exchange {
    /// Whether it is this request.
    pub(crate) fn is(&self, method: &str, id: &str) -> bool {
        self.method == method && self.path.eq_ignore_ascii_case(id)
    }
}

impl Drop for Azure {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of the emulator has been printed already; a second one here would hide the test's own.
            let _ = thread.join();
        }
    }
}

#[test]
fn an_exchange_is_held_until_it_is_released() {
    let azure = Azure::start();
    let cluster =
        format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster");
    for place in [Hold::Request, Hold::Response] {
        azure.holds(&json!({ "method": "GET", "path": "amlarc-cluster" }), place);
        std::thread::scope(|scope| {
            let asks = scope.spawn(|| azure.send(Method::GET, &cluster, None));
            azure.waits_for_held("GET", &cluster);
            assert!(!asks.is_finished() && azure.exchanges().is_empty(), "{place:?}");
            azure.releases();
            asks.join().expect("it is answered");
        });
        assert_eq!(azure.count("GET", &cluster), 1);
        azure.forget();
    }
}

#[test]
fn objects_can_be_changed_from_outside() {
    changes_objects(&Azure::start());
}

#[test]
fn objects_can_be_changed_over_tls() {
    changes_objects(&Azure::over_tls());
}

fn changes_objects(azure: &Azure) {
    let cluster =
        format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster");
    azure.drift(&cluster.to_uppercase(), |object| object["tags"] = json!({"team": "ml"}));
    assert_eq!(azure.object(&cluster).expect("it is there")["tags"]["team"], "ml");
    azure.remove(&cluster);
    assert_eq!(azure.object(&cluster), None);
    assert!(azure.exchanges().is_empty(), "the control API is not Azure: {:?}", azure.exchanges());
}
