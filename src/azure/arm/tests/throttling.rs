//! Throttling across callers, against the token bucket of Azure Resource Manager in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::header::HeaderName;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use vocabulary::Sensitive;

use crate::arm::{Arm, ArmConfig};
use crate::call_options::CallOptions;
use crate::cloud::Cloud;
use crate::credential::{AccessToken, Credential};
use crate::error::Error;
use crate::id::Id;
use crate::lro::Operation;
use crate::resource_types::{CONNECTED_CLUSTERS, EXTENSIONS};
use crate::scripted_arm::{CLUSTER, Scene, Script, Step, answer, ok};
use crate::transport::{Request, Response, Transport, TransportError};

/// What the service documents for reads: so many at once, and so many more each second.
const BURST: f64 = 250.0;
const RATE: f64 = 25.0;

/// A service that answers every read that its bucket allows after this long, and 429 to the others.
struct Bucket {
    state: Mutex<State>,
    latency: Duration,
    /// Whether it says how many reads are left.
    tells: bool,
}

struct State {
    left: f64,
    at: Instant,
    refused: usize,
    /// When reads of the object that is polled were answered.
    polls: Vec<Instant>,
}

impl Bucket {
    fn new(tells: bool) -> Arc<Self> {
        let state = State { left: BURST, at: Instant::now(), refused: 0, polls: Vec::new() };
        Arc::new(Self { state: Mutex::new(state), latency: Duration::from_millis(50), tells })
    }

    fn take(&self, request: &Request) -> Response {
        let mut state = self.state.lock().unwrap();
        let now = Instant::now();
        state.left = (state.left + now.duration_since(state.at).as_secs_f64() * RATE).min(BURST);
        state.at = now;
        if state.left < 1.0 {
            state.refused += 1;
            let mut response = Response::new(429, "");
            response.headers.insert("retry-after", reqwest::header::HeaderValue::from_static("1"));
            return response;
        }
        state.left -= 1.0;
        let is_poll = request.url.path().ends_with("/polled");
        if is_poll {
            state.polls.push(now);
        }
        let body =
            if is_poll { r#"{"properties":{"provisioningState":"Creating"}}"# } else { "{}" };
        let mut response = Response::new(200, body);
        if self.tells {
            let left = format!("{:.0}", state.left.floor()).parse().unwrap();
            response.headers.insert("x-ms-ratelimit-remaining-subscription-reads", left);
        }
        response
    }
}

#[async_trait::async_trait]
impl Transport for Bucket {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        tokio::time::sleep(self.latency).await;
        Ok(self.take(request))
    }
}

fn arm(transport: Arc<Bucket>) -> Arm {
    let token = AccessToken::new(&Sensitive::from("token"));
    Arm::new(ArmConfig {
        cloud: Cloud::from_endpoint("https://arm.example", None, None).unwrap().into(),
        credential: Credential::new("scope".into(), vec![Box::new(token)]),
        transport,
        user_agent: "test".into(),
        correlation_id: None,
        on_secret: Arc::new(|_: &str| {}),
    })
}

fn id(name: &str) -> Id {
    let id = format!("{CLUSTER}/providers/Microsoft.KubernetesConfiguration/extensions/{name}");
    id.parse().unwrap()
}

fn in_an_hour() -> std::time::Instant {
    (Instant::now() + Duration::from_hours(1)).into_std()
}

/// Reads so many objects, so many at once, as a refresh does.
async fn refresh(arm: &Arm, count: usize, parallelism: usize) -> Vec<Error> {
    let (turns, mut reads) = (Arc::new(Semaphore::new(parallelism)), JoinSet::new());
    for number in 0..count {
        let (arm, turns) = (arm.clone(), turns.clone());
        reads.spawn(async move {
            let _turn = turns.acquire().await.unwrap();
            let stop = CancellationToken::new();
            let options = CallOptions::new(in_an_hour(), &stop);
            arm.get(&EXTENSIONS, &id(&format!("e{number}")), &options).await.err()
        });
    }
    reads.join_all().await.into_iter().flatten().collect()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_reads_take_hardly_longer_than_the_bucket_demands() {
    for parallelism in [10, 50] {
        for tells in [true, false] {
            let bucket = Bucket::new(tells);
            let began = Instant::now();
            let errors = refresh(&arm(bucket), 1000, parallelism).await;
            assert!(errors.is_empty(), "{errors:?}");
            let ideal = (1000.0 - BURST) / RATE;
            let took = began.elapsed().as_secs_f64();
            assert!(took >= ideal, "the bucket allows no less than {ideal} s: {took} s");
            assert!(took <= ideal * 1.2, "{parallelism} at once, told {tells}: {took} s");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_says_how_little_is_left_is_never_emptied() {
    for parallelism in [1, 10, 50] {
        let bucket = Bucket::new(true);
        refresh(&arm(bucket.clone()), 1000, parallelism).await;
        assert_eq!(bucket.state.lock().unwrap().refused, 0, "{parallelism} at once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bucket_that_says_nothing_refuses_only_those_under_way_when_it_is_empty() {
    for parallelism in [10, 50] {
        let bucket = Bucket::new(false);
        refresh(&arm(bucket.clone()), 1000, parallelism).await;
        let refused = bucket.state.lock().unwrap().refused;
        assert!((1..=parallelism).contains(&refused), "{parallelism} at once: {refused}");
    }
}

/// The budget that is refilled meanwhile is not enough for all who wait.
#[tokio::test(start_paused = true)]
async fn those_who_waited_for_a_429_go_on_one_after_the_other() {
    let steps = vec![answer(429, "").with("retry-after", "20")];
    let script = Script::new(steps, Some(ok("{}").after(1)));
    let scene = Scene::over(script);
    let errors = refresh(&scene.arm, 100, 100).await;
    assert!(errors.is_empty(), "{errors:?}");
    let seen = scene.script.seen();
    let (at_once, later): (Vec<_>, Vec<_>) = seen.iter().partition(|seen| seen.at.is_zero());
    assert_eq!((at_once.len(), later.len()), (1, 100), "the first closes the gate for the rest");
    assert!(later[0].at >= Duration::from_secs(20), "{:?}", later[0].at);
    for group in later.windows(26) {
        let took = group[25].at.saturating_sub(group[0].at);
        assert!(took >= Duration::from_secs(1), "25 a second: {took:?}");
    }
    assert!(later[99].at < Duration::from_secs(26), "{:?}", later[99].at);
}

#[tokio::test(start_paused = true)]
async fn polls_are_not_starved_by_a_crowd_of_reads() {
    for tells in [true, false] {
        let bucket = Bucket::new(tells);
        let arm = arm(bucket.clone());
        let stop = CancellationToken::new();
        let options = CallOptions::new(in_an_hour(), &stop);
        let (polled, elapsed) = (id("polled"), Operation::polling_state());
        let waits = arm.wait_until_done(&EXTENSIONS, &polled, Some(&elapsed), &options);
        tokio::select! {
            outcome = waits => panic!("the operation never ends: {outcome:?}"),
            errors = refresh(&arm, 2000, 50) => assert!(errors.is_empty(), "{errors:?}"),
        }
        let polls = bucket.state.lock().unwrap().polls.clone();
        // A poll is due every ten seconds.
        assert!(polls.len() >= 5, "{polls:?}");
        let gaps = polls.windows(2).map(|pair| pair[1].duration_since(pair[0]));
        let longest = gaps.max().unwrap();
        assert!(longest < Duration::from_secs(20), "told {tells}: {longest:?} between two polls");
    }
}

#[tokio::test(start_paused = true)]
async fn plenty_left_holds_nobody_back() {
    let low = |left: &str| ok("{}").with("x-ms-ratelimit-remaining-subscription-reads", left);
    for (left, elapsed) in [("249", 0), ("50", 0), ("1", 40), ("nonsense", 0)] {
        let scene = Scene::new(vec![low(left), low(left), low(left)]);
        for _ in 0..3 {
            scene.arm.get(&EXTENSIONS, &scene.id, &scene.options()).await.unwrap();
        }
        let last = scene.script.seen()[2].at;
        assert_eq!(last, Duration::from_millis(elapsed), "{left} left");
    }
}

/// Each kind of requests has its own budget, and all principals have one together.
#[tokio::test(start_paused = true)]
async fn the_lowest_budget_of_a_kind_sets_its_pace() {
    for (verb, kind, pace) in
        [("GET", "reads", 40), ("POST", "writes", 100), ("DELETE", "deletes", 100)]
    {
        for (own, global, paced) in [("249", "3749", 0), ("3", "3749", pace), ("249", "3", pace)] {
            let own = own.parse().unwrap();
            let global = global.parse().unwrap();
            let mut answered = Response::new(200, "{}");
            let name = |of: &str| format!("x-ms-ratelimit-remaining-subscription-{of}{kind}");
            for (of, left) in [("", own), ("global-", global)] {
                answered.headers.insert(HeaderName::try_from(name(of)).unwrap(), left);
            }
            let scene = Scene::over(Script::new(Vec::new(), Some(Step::from(answered))));
            let (arm, id, options) = (&scene.arm, &scene.id, scene.options());
            for _ in 0..3 {
                match verb {
                    "GET" => arm.get(&EXTENSIONS, id, &options).await.map(drop),
                    "POST" => arm.post(&EXTENSIONS, id, "act", &options).await.map(drop),
                    _ => arm.delete(&EXTENSIONS, id, &[], &options).await.map(drop),
                }
                .unwrap();
            }
            let last = scene.script.seen()[2].at;
            assert_eq!(last, Duration::from_millis(paced), "{verb}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_pauses_every_request_of_its_scope_and_no_other() {
    let script = Script::new(vec![answer(429, "").with("retry-after", "20")], Some(ok("{}")));
    let scene = Scene::over(script);
    let (arm, options) = (&scene.arm, scene.options());
    let elsewhere =
        "/subscriptions/other/resourceGroups/rg/providers/Microsoft.Kubernetes/connectedClusters/c"
            .parse()
            .unwrap();
    let after_a_second = || tokio::time::sleep(Duration::from_secs(1));
    let (first, second, write, other) = tokio::join!(
        arm.get(&EXTENSIONS, &scene.id, &options),
        async {
            after_a_second().await;
            arm.get(&EXTENSIONS, &scene.id, &options).await
        },
        async {
            after_a_second().await;
            arm.delete(&EXTENSIONS, &scene.id, &[], &options).await
        },
        async {
            after_a_second().await;
            arm.get(&crate::resource_types::CONNECTED_CLUSTERS, &elsewhere, &options).await
        },
    );
    first.unwrap();
    second.unwrap();
    write.unwrap();
    other.unwrap();
    let mut log = scene.log();
    log.sort();
    let cluster = CLUSTER.replace("/subscriptions/s/", "/subscriptions/other/");
    let other = format!("1 GET {cluster}?api-version={}", CONNECTED_CLUSTERS.api_version);
    assert_eq!(log, ["0 GET object", "1 DELETE object", &other, "20 GET object", "21 GET object"]);
}
