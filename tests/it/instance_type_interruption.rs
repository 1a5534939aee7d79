//! Calls on an instance type that are cut short, in a real API server: each request that a verb sends is a seam, before
//! it is carried out and after. What `src/provider/tests/interruption` is for what lies in Azure.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use framework::Server;
use provider::AzureMl;
use serde_json::{Value, json};
use tempfile::TempDir;
use testing::{Core, configure_provider};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::support::azure::{Azure, GROUP, Hold};
use crate::support::cluster::{Cluster, Kind, Proxy, Seen, unique};
use crate::support::served::provider_block;

const PATH: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";
/// What waits longer hangs.
const SOON: Duration = Duration::from_secs(20);
/// How many rows are played side by side: some of them wait.
const PLAYERS: usize = 8;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Create,
    Read,
    Update,
    Delete,
    /// Of an object that something holds on to by a finalizer.
    DeleteHeldObject,
}

/// What cuts a call short. A deadline is none of them: time is real here, and the tests of `kubernetes` have
/// deadlines in virtual time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// The host asks to stop, and hears the answer.
    Stop,
    /// The process dies. A host that goes leaves no more.
    Killed,
    /// The connection to the cluster breaks, and the next one holds.
    Reset,
}

const EVENTS: [Event; 3] = [Event::Stop, Event::Killed, Event::Reset];

#[derive(Clone, Debug)]
struct Row {
    verb: Verb,
    /// Of the request that waits, in the order of the undisturbed call.
    number: usize,
    seen: Seen,
    place: Hold,
    event: Event,
}

/// A type in a cluster that is reached by a proxy, and the host that has it.
struct Stage {
    cluster: &'static Cluster,
    proxy: Proxy,
    core: Core,
    name: String,
    runtime: Runtime,
    /// Where the kubeconfig is.
    _folder: TempDir,
}

/// What a cut call has come to. `None`: nobody heard it.
type Told = Option<Vec<String>>;

#[test]
fn an_instance_type_is_cut_short() {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let azure = Azure::over_tls();
    let verbs = [Verb::Create, Verb::Read, Verb::Update, Verb::Delete, Verb::DeleteHeldObject];
    let rows: Vec<_> = verbs.into_iter().flat_map(|verb| rows(&azure, cluster, verb)).collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..PLAYERS {
            scope.spawn(|| {
                while let Some(row) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = row.play(&azure, cluster) {
                        failures.lock().unwrap_or_else(PoisonError::into_inner).push(why);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    let told = failures.join("\n\n");
    assert!(failures.is_empty(), "{} of {} rows:\n\n{told}", failures.len(), rows.len());
}

/// Every request that a verb sends undisturbed, in both places, with every event.
fn rows(azure: &Azure, cluster: &'static Cluster, verb: Verb) -> Vec<Row> {
    let undisturbed = record_requests(azure, cluster, verb);
    let mut rows = Vec::new();
    for (number, seen) in undisturbed.iter().enumerate() {
        for place in [Hold::Request, Hold::Response] {
            let events = EVENTS.into_iter();
            let played = events.filter(|event| {
                left_out(verb, &undisturbed[..number], seen, place, *event).is_none()
            });
            rows.extend(played.map(|event| Row { verb, number, seen: seen.clone(), place, event }));
        }
    }
    assert!(!rows.is_empty(), "{verb:?} asks nobody");
    rows
}

/// Why a row cannot exist, or is another one. `None`: it is played.
fn left_out(
    verb: Verb, before: &[Seen], seen: &Seen, place: Hold, event: Event,
) -> Option<&'static str> {
    let is_read = |it: &Seen| it.method == "GET";
    if is_read(seen) && place == Hold::Request {
        return Some("a read changes nothing, so that both of its places are one");
    }
    if event == Event::Killed && before.iter().chain([seen]).all(is_read) {
        return Some("nothing was sent that could be lost");
    }
    let was_deleted = before.last().is_some_and(|it| it.method == "DELETE");
    if verb == Verb::DeleteHeldObject && !(was_deleted && is_read(seen)) {
        return Some("up to the look whether it is gone, it is an ordinary deletion");
    }
    None
}

fn record_requests(azure: &Azure, cluster: &'static Cluster, verb: Verb) -> Vec<Seen> {
    let mut stage = Stage::of(azure, cluster, verb);
    // It would not end.
    let_go(cluster, &stage.path());
    let told = stage.runtime.block_on(call(&mut stage.core, &stage.name, verb));
    assert_eq!(told, [""; 0], "{verb:?}");
    stage.proxy.exchanges()
}

fn config(name: &str, cpu: &str) -> Value {
    let amounts = json!({ "cpu": cpu, "memory": "4Gi" });
    json!({
        "name": name,
        "cluster_id": cluster_id(),
        "resources": { "requests": amounts, "limits": amounts },
    })
}

fn cluster_id() -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster")
}

async fn call(core: &mut Core, name: &str, verb: Verb) -> Vec<String> {
    match verb {
        Verb::Create => core.apply(&config(name, "1")).await,
        Verb::Read => core.read().await,
        Verb::Update => core.apply(&config(name, "2")).await,
        Verb::Delete | Verb::DeleteHeldObject => core.destroy_diagnostics().await,
    }
}

impl Stage {
    /// Just before the call of the verb.
    fn of(azure: &Azure, cluster: &'static Cluster, verb: Verb) -> Self {
        let (proxy, name) = (cluster.proxy(), unique("cut"));
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = folder.path().join("kubeconfig");
        std::fs::write(&file, proxy.kubeconfig()).expect("it can be written");
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        let core = runtime.block_on(async {
            let server = Server::new::<AzureMl>();
            let told = configure_provider(&server, "1.11.4", &block(azure, &file)).await;
            assert_eq!(told, [""; 0]);
            let mut core = Core::new("instance_type", server);
            if verb != Verb::Create {
                core.run(&config(&name, "1")).await;
            }
            core
        });
        let stage = Self { cluster, proxy, core, name, runtime, _folder: folder };
        if verb == Verb::DeleteHeldObject {
            stage.holds_on();
        }
        stage.proxy.forget();
        stage
    }

    fn path(&self) -> String {
        format!("{PATH}/{}", self.name)
    }

    fn holds_on(&self) {
        let finalizers = json!({ "metadata": { "finalizers": ["azureml.com/test"] } });
        self.cluster.merge(&self.path(), &finalizers);
    }
}

/// Takes the finalizers of an object away, if it is there and has any.
fn let_go(cluster: &Cluster, path: &str) {
    if cluster.find(path).is_some_and(|object| !object["metadata"]["finalizers"].is_null()) {
        cluster.merge(path, &json!({ "metadata": { "finalizers": null } }));
    }
}

fn block(azure: &Azure, kubeconfig: &std::path::Path) -> Value {
    let mut block = provider_block(azure);
    block["kubernetes"] = json!({ "config_path": kubeconfig, "cluster_ids": [cluster_id()] });
    block
}

impl Row {
    /// Why it fails.
    fn play(&self, azure: &Azure, cluster: &'static Cluster) -> Result<(), String> {
        let play = AssertUnwindSafe(|| {
            self.play_through(Stage::of(azure, cluster, self.verb));
        });
        catch_unwind(play).map_err(|why| {
            let text = why.downcast_ref::<String>().cloned();
            let text = text.or_else(|| why.downcast_ref::<&str>().map(|it| (*it).to_owned()));
            let Self { verb, number, seen: Seen { method, path, .. }, place, event } = self;
            let row = format!("{verb:?}, {event:?} at {number}: {method} {path}, {place:?}");
            format!("{row}:\n{}", text.unwrap_or_default())
        })
    }

    fn play_through(&self, mut stage: Stage) {
        let before = stage.core.state();
        let told = self.cut(&mut stage);
        self.check_answer(&stage, &before, told.as_deref());
        stage.proxy.clears_holds();
        if self.event != Event::Reset {
            // What the cluster has received it carries out, whoever has gone meanwhile.
            stage.proxy.waits_for_answer_to_number(self.number);
        }
        let_go(stage.cluster, &stage.path());
        match self.verb {
            Verb::Create => stage.converges(&config(&stage.name, "1")),
            Verb::Update => stage.converges(&config(&stage.name, "2")),
            _ => no_errors(&stage.runtime.block_on(stage.core.read())),
        }
        if !stage.core.state().is_null() {
            no_errors(&stage.runtime.block_on(stage.core.destroy_diagnostics()));
        }
        assert_eq!(stage.cluster.find(&stage.path()), None, "it is left behind");
    }

    /// The call, until its answer or its death.
    fn cut(&self, stage: &mut Stage) -> Told {
        let (path, Stage { cluster, proxy, core, name, runtime, .. }) = (stage.path(), stage);
        match self.event {
            Event::Reset => proxy.holds_number_and_resets(self.number, self.place),
            Event::Stop | Event::Killed => proxy.holds_number(self.number, self.place),
        }
        let server = core.server.clone();
        let (tell, met) = oneshot::channel();
        std::thread::scope(|scope| {
            let proxy = &*proxy;
            scope.spawn(move || {
                proxy.waits_for_any_held();
                match self.event {
                    Event::Stop => server.stop(),
                    Event::Reset => {
                        let_go(cluster, &path);
                        proxy.releases();
                    }
                    Event::Killed => {}
                }
                // Only one who is to be killed listens.
                let _ = tell.send(());
            });
            runtime.block_on(async {
                if self.event == Event::Killed {
                    let mut killed = core.clone();
                    tokio::select! {
                        told = call(&mut killed, name, self.verb) => panic!("it ended: {told:#?}"),
                        _ = met => return None,
                    }
                }
                let told = tokio::time::timeout(SOON, call(core, name, self.verb)).await;
                Some(told.expect("it ends"))
            })
        })
    }

    fn check_answer(&self, stage: &Stage, before: &Value, told: Option<&[String]>) {
        let Some(told) = told else { return };
        let (now, is_error) = (stage.core.state(), told.iter().any(|it| it.starts_with("error")));
        if self.event == Event::Stop {
            let asked = stage.proxy.exchanges().len();
            assert_eq!(asked, self.number + 1, "after a stop nobody is asked: {told:#?}");
        }
        if self.event == Event::Reset {
            return no_errors(told);
        }
        match self.verb {
            // What was made before the seam is in the state.
            Verb::Create => {
                let is_kept = !(now.is_null() || stage.core.tainted);
                assert_ne!(is_error, is_kept, "{told:#?}");
            }
            Verb::Read => assert!(is_error && now == *before, "{told:#?}"),
            Verb::Update => assert!(!now.is_null(), "{told:#?}"),
            Verb::Delete | Verb::DeleteHeldObject => {
                assert_eq!(is_error, !now.is_null(), "{told:#?}");
            }
        }
    }
}

impl Stage {
    fn converges(&mut self, wanted: &Value) {
        let path = self.path();
        let Self { cluster, core, runtime, .. } = self;
        core.tainted = false;
        if !core.state().is_null() {
            no_errors(&runtime.block_on(core.read()));
        } else if cluster.find(&path).is_some() {
            let id = format!("{}|{}", cluster_id(), wanted["name"].as_str().expect("a name"));
            let version = cluster.get(&path)["metadata"]["resourceVersion"].clone();
            let told = runtime.block_on(core.apply(wanted)).join("\n");
            let block = format!("to = azureml_instance_type.NAME\n    id = {id:?}");
            assert!(told.contains("already exists") && told.contains(&block), "{told}");
            assert_eq!(cluster.get(&path)["metadata"]["resourceVersion"], version, "it is touched");
            core.tainted = false;
            no_errors(&runtime.block_on(core.import(&id)));
            no_errors(&runtime.block_on(core.read()));
        }
        runtime.block_on(async {
            no_errors(&core.apply(wanted).await);
            assert_eq!(core.read().await, [""; 0]);
            assert!(core.plans_nothing(wanted).await, "{:?}", core.changes(wanted).await);
        });
    }
}

#[track_caller]
fn no_errors(told: &[String]) {
    assert!(!told.iter().any(|it| it.starts_with("error")), "{told:#?}");
}
