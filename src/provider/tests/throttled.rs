//! A thousand computes against the emulator's token bucket of Azure Resource Manager, in virtual time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure::{Request, Response, Transport, TransportError};
use emulator::{InProcess, Options};
use framework::Server;
use serde_json::{Value as Json, json};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::{Core, emulated, provider_over};

const GROUP: &str =
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers";

/// The buckets as Resource Manager documents them: so many requests at once, and so many more each second.
const BUCKETS: [(&str, f64, f64); 3] =
    [("GET", 250.0, 25.0), ("PUT", 200.0, 10.0), ("DELETE", 200.0, 10.0)];

/// Far longer than an empty bucket takes to be full again.
const A_WHILE: Duration = Duration::from_mins(10);

/// The way to an emulator, which counts what it answers.
#[derive(Clone)]
struct Way {
    emulator: InProcess,
    counts: Arc<Mutex<Counts>>,
}

/// How many requests there were, by method, and how many were refused.
#[derive(Debug, Default)]
struct Counts {
    passed: BTreeMap<String, f64>,
    refused: u32,
}

#[async_trait::async_trait]
impl Transport for Way {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let answer = emulated::send(&self.emulator, request).await?;
        self.count(request.method.as_str(), answer.status);
        Ok(answer)
    }
}

impl Way {
    fn new() -> Self {
        let latency = Duration::from_millis(50);
        let options = Options { throttle: true, latency, ..Options::default() };
        let emulator = InProcess::new(options, "https://arm.example").expect("it needs no file");
        Self { emulator, counts: Arc::default() }
    }

    /// A provider of its own, as each command of each state has one.
    fn provider(&self) -> Server {
        Server::with(provider_over(Arc::new(self.clone()), &self.emulator.token()))
    }

    fn count(&self, method: &str, status: u16) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if status == 429 {
            counts.refused += 1;
        } else {
            *counts.passed.entry(method.to_owned()).or_default() += 1.0;
        }
    }

    /// What was counted since the last call.
    fn take_counts(&self) -> Counts {
        std::mem::take(&mut *self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn install_extension(&self) {
        let mut extension = Core::new("arc_extension", self.provider());
        let cluster = format!("{GROUP}/Microsoft.Kubernetes/connectedClusters/amlarc-cluster");
        let config = json!({ "name": "amlarc", "cluster_id": cluster, "enable_training": true });
        extension.run(&config).await;
    }
}

fn compute(number: usize) -> Json {
    json!({
        "name": format!("compute{number:04}"),
        "workspace_id":
            format!("{GROUP}/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"),
        "cluster_id": format!("{GROUP}/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"),
    })
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    Create,
    Refresh,
    Destroy,
}

impl Phase {
    async fn run(self, core: &mut Core, number: usize) -> Vec<String> {
        match self {
            Self::Create => core.apply(&compute(number)).await,
            Self::Refresh => core.read().await,
            Self::Destroy => core.destroy_diagnostics().await,
        }
    }
}

/// What a phase took.
#[derive(Debug)]
struct Measured {
    seconds: f64,
    calls: f64,
    /// What the buckets allow at best for as many requests.
    ideal: f64,
    refused: u32,
}

/// A state and its provider: so many objects, so many of them at once.
struct State {
    cores: Vec<(usize, Core)>,
    parallelism: usize,
}

impl State {
    fn new(way: &Way, numbers: std::ops::Range<usize>, parallelism: usize) -> Self {
        let first = Core::new("kubernetes_compute", way.provider());
        let cores = numbers.map(|number| (number, first.beside())).collect();
        Self { cores, parallelism }
    }

    /// Asks for the same of every object; nothing may be said.
    async fn run(self, phase: Phase) -> Self {
        let (turns, mut calls) = (Arc::new(Semaphore::new(self.parallelism)), JoinSet::new());
        for (number, mut core) in self.cores {
            let turns = Arc::clone(&turns);
            calls.spawn(async move {
                let _turn = turns.acquire().await.expect("it is never closed");
                let found = phase.run(&mut core, number).await;
                assert_eq!(found, [""; 0], "{phase:?} of {number}");
                assert_eq!(core.state()["name"].is_null(), matches!(phase, Phase::Destroy));
                (number, core)
            });
        }
        Self { cores: calls.join_all().await, ..self }
    }
}

/// Runs a phase from full buckets, all states at the same time.
async fn measure(way: &Way, states: &mut [State], phase: Phase) -> Measured {
    tokio::time::advance(A_WHILE).await;
    way.take_counts();
    let began = Instant::now();
    let mut running = JoinSet::new();
    for state in states.iter_mut() {
        let taken = State { cores: std::mem::take(&mut state.cores), ..*state };
        running.spawn(taken.run(phase));
    }
    for (state, ran) in states.iter_mut().zip(running.join_all().await) {
        *state = ran;
    }
    let seconds = began.elapsed().as_secs_f64();
    let Counts { passed, refused } = way.take_counts();
    let ideals = BUCKETS.map(|(method, burst, rate)| {
        (passed.get(method).copied().unwrap_or_default() - burst) / rate
    });
    let ideal = ideals.into_iter().fold(0.0, f64::max);
    Measured { seconds, calls: passed.values().sum(), ideal, refused }
}

/// No host shows an error, the buckets are never emptied, no call is made twice, and the time is what
/// the buckets demand. What the computes have in common is asked for once a minute.
#[tokio::test(start_paused = true)]
async fn a_thousand_computes_take_hardly_longer_than_the_buckets_demand() {
    for (computes, parallelism) in [(200_u16, 10_u16), (1000, 50)] {
        let way = Way::new();
        way.install_extension().await;
        let mut alone = [State::new(&way, 1000..1001, 1)];
        let mut states = [State::new(&way, 0..computes.into(), parallelism.into())];
        let computes = f64::from(computes);
        for (phase, calls_each) in
            [(Phase::Create, 4.03), (Phase::Refresh, 0.1), (Phase::Destroy, 3.0)]
        {
            let one = measure(&way, &mut alone, phase).await.seconds;
            let measured = measure(&way, &mut states, phase).await;
            let Measured { seconds, calls, ideal, refused } = measured;
            let told = format!("{phase:?}, {parallelism} at a time: {measured:?}");
            assert!(calls <= calls_each * computes, "{told}");
            assert!(seconds >= ideal, "{told}");
            // So few at a time may take longer than the buckets demand, since each waits.
            let turns = computes / f64::from(parallelism);
            assert!(seconds <= ideal.max(turns * one) * 1.2, "{told}, one alone {one} s");
            assert_eq!(refused, 0, "what is left is told before it is used up: {told}");
        }
    }
}

/// Neither knows of the other, so both are refused now and then.
#[tokio::test(start_paused = true)]
async fn two_states_that_share_the_buckets_end_without_an_error() {
    let way = Way::new();
    way.install_extension().await;
    let mut states = [State::new(&way, 0..200, 10), State::new(&way, 200..400, 10)];
    let Measured { seconds, ideal, refused, .. } = measure(&way, &mut states, Phase::Create).await;
    assert!(refused > 0, "together they are faster than the bucket");
    assert!(seconds <= ideal * 1.2, "{seconds} s, of {ideal} s");
}
