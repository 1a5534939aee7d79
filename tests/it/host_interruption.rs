//! A create of the real provider, over its socket, while its host stops it, leaves it, or ends the plugin. The socket knows
//! neither types nor verbs, so that one of each is enough; what each verb of each type leaves behind when it is stopped is
//! in `src/provider/tests/interruption`.

use std::sync::Arc;

use framework::{DynamicValue, Server, calls};
use plugin::proto::tfplugin6::{self as wire, apply_resource_change, diagnostic, stop_provider};
use plugin::{Launch, ShutdownReason};
use provider::AzureMl;
use serde_json::{Value, json};
use testing::{Core, configure_provider};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use tonic::{Response, Status};

use crate::arc_extension::id;
use crate::support::azure::{Azure, Hold};
use crate::support::plugin::{Transport, connect, dial};
use crate::support::served::{SOON, Served, provider_block};

/// A create that waits for its operation, and its host.
struct Scene {
    azure: Arc<Azure>,
    served: Served,
    call: JoinHandle<Result<Response<apply_resource_change::Response>, Status>>,
    /// Tells the plugin that its host is gone.
    tell: oneshot::Sender<()>,
}

impl Scene {
    async fn begin() -> Self {
        let azure = asks(|| Arc::new(Azure::over_tls())).await;
        let azureml = Server::new::<AzureMl>();
        let told = configure_provider(&azureml, "1.11.4", &provider_block(&azure)).await;
        assert_eq!(told, [""; 0]);
        let core = Core::new("arc_extension", azureml.clone());
        let request = request(core.apply_request(core.plan(&config()).await));
        let (tell, gone) = oneshot::channel::<()>();
        let ended = async move {
            // An error is the end of the test.
            let _ = gone.await;
            ShutdownReason::Orphaned
        };
        let served = Served::serving(azureml, &Launch::default(), ended).await;
        let asked = Arc::clone(&azure);
        asks(move || asked.holds(&json!({ "path": "/operations/" }), Hold::Response)).await;
        let mut provider = served.channel.provider();
        let call = tokio::spawn(async move { provider.apply_resource_change(request).await });
        let asked = Arc::clone(&azure);
        asks(move || asked.waits_for_held_below("GET", "/operations/")).await;
        Self { azure, served, call, tell }
    }
}

#[tokio::test]
async fn a_stop_is_answered_with_what_goes_on() {
    let Scene { azure, served, call, tell } = Scene::begin().await;
    for _ in 0..2 {
        let request = stop_provider::Request {};
        served.channel.provider().stop_provider(request).await.expect("it is answered");
    }
    is_resumable(call).await;
    served.shut_down().await;
    served.ended().await;
    drop(tell);
    drop(azure);
}

#[tokio::test]
async fn a_plugin_that_is_ended_answers_first() {
    let Scene { azure, served, call, tell } = Scene::begin().await;
    let line = served.line.clone();
    served.shut_down().await;
    is_resumable(call).await;
    served.ended().await;
    assert!(dial(&line).await.is_err(), "no socket is left");
    drop(tell);
    drop(azure);
}

/// The host comes back, and nobody said that it is gone.
#[tokio::test]
async fn a_connection_that_drops_ends_no_call() {
    let Scene { azure, mut served, call, tell } = Scene::begin().await;
    call.abort();
    assert!(call.await.expect_err("it was given up").is_cancelled());
    // The one before closes.
    served.channel = connect(&served.line, &Transport::anonymous()).await.expect("it is let in");
    asks(move || {
        azure.releases();
        azure.waits_until("look at what was made", |seen| {
            let polled = seen.iter().position(|seen| seen.path.contains("/operations/"));
            polled.is_some_and(|at| seen[at..].iter().any(|seen| seen.is("GET", &id())))
        });
    })
    .await;
    served.shut_down().await;
    served.ended().await;
    drop(tell);
}

#[tokio::test]
async fn a_plugin_without_a_host_ends_with_its_calls() {
    let Scene { azure, served, call, tell } = Scene::begin().await;
    let line = served.line.clone();
    call.abort();
    tell.send(()).expect("the plugin runs");
    timeout(SOON, served.ended()).await.expect("an end in time");
    assert!(dial(&line).await.is_err(), "no socket is left");
    let asked = asks(move || {
        azure.releases();
        azure.waits_until("poll", |seen| seen.iter().any(|it| it.path.contains("/operations/")));
        azure.exchanges()
    })
    .await;
    assert!(asked.last().is_some_and(|it| it.path.contains("/operations/")), "{asked:#?}");
}

/// Asks the emulator, which the runtime of the test must not wait for.
async fn asks<T: Send + 'static>(question: impl FnOnce() -> T + Send + 'static) -> T {
    spawn_blocking(question).await.expect("it does not panic")
}

/// The answer has what goes on in its state, and a warning.
async fn is_resumable(call: JoinHandle<Result<Response<apply_resource_change::Response>, Status>>) {
    let answer = timeout(SOON, call).await.expect("it is answered").expect("it does not panic");
    let answer = answer.expect("it is no error of the protocol").into_inner();
    let severities: Vec<_> =
        answer.diagnostics.iter().map(plugin::proto::tfplugin6::Diagnostic::severity).collect();
    assert_eq!(severities, [diagnostic::Severity::Warning], "{:?}", answer.diagnostics);
    let state = answer.new_state.expect("there is a state").msgpack;
    assert!(state.windows(8).any(|bytes| bytes == b"Creating"), "what goes on is in the state");
}

fn config() -> Value {
    let id = id();
    let (cluster, _) =
        id.split_once("/providers/Microsoft.KubernetesConfiguration").expect("an ID");
    let name = id.rsplit('/').next();
    let relay = json!({ "mode": "none" });
    json!({ "name": name, "cluster_id": cluster, "enable_training": true, "relay": relay })
}

fn request(of: calls::apply_resource_change::Request) -> apply_resource_change::Request {
    let value = |value: DynamicValue| {
        let DynamicValue { msgpack, json } = value;
        Some(wire::DynamicValue { msgpack, json })
    };
    apply_resource_change::Request {
        type_name: of.type_name,
        prior_state: value(of.prior_state),
        planned_state: value(of.planned_state),
        config: value(of.config),
        planned_private: of.planned_private,
        ..apply_resource_change::Request::default()
    }
}
