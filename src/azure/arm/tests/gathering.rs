//! Reads of many objects of one parent, and the list that answers them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use vocabulary::Sensitive;

use crate::arm::{Arm, ArmConfig};
use crate::call_options::CallOptions;
use crate::cloud::Cloud;
use crate::credential::{AccessToken, Credential};
use crate::id::Id;
use crate::resource_types::COMPUTES;
use crate::transport::{Request, Response, Transport, TransportError};

const WORKSPACE: &str =
    "/subscriptions/s/resourceGroups/rg/providers/Microsoft.MachineLearningServices/workspaces/ws";

/// A workspace whose computes all have one description.
#[derive(Default)]
struct Workspace {
    computes: usize,
    page_size: usize,
    latency: Duration,
    /// What the list leaves out.
    unlisted: Option<usize>,
    /// What the list is answered instead.
    refusal: Option<(u16, &'static str)>,
    description: Mutex<&'static str>,
    requests: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Transport for Workspace {
    /// As it is when the request comes, however long the answer takes.
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let query = request.url.query().unwrap_or_default();
        let skip = query.split("skip=").nth(1).and_then(|skip| skip.parse().ok()).unwrap_or(0);
        let name = request.url.path().rsplit('/').next().unwrap_or_default().to_owned();
        self.requests.lock().unwrap().push(name.clone());
        let answer = match self.refusal {
            Some((status, body)) => Response::new(status, body),
            None => Response::new(200, self.page(skip).to_string()),
        };
        sleep(self.latency).await;
        Ok(answer)
    }
}

impl Workspace {
    fn page(&self, skip: usize) -> Value {
        let size = self.page_size.max(1);
        let numbers = (skip..self.computes).take(size).filter(|it| Some(*it) != self.unlisted);
        let value: Vec<_> = numbers.map(|number| self.compute(number)).collect();
        let next =
            (skip + size < self.computes).then(|| format!("/next/computes?skip={}", skip + size));
        json!({ "value": value, "nextLink": next })
    }

    /// In another casing than it is asked for.
    fn compute(&self, number: usize) -> Value {
        let id =
            format!("{}/COMPUTES/c{number}", WORKSPACE.replace("resourceGroups", "resourcegroups"));
        json!({ "id": id, "properties": { "description": *self.description.lock().unwrap() } })
    }
}

/// Calls that ask for computes of one workspace.
#[derive(Clone)]
struct Callers {
    arm: Arm,
    workspace: Arc<Workspace>,
}

impl Callers {
    fn of(workspace: Workspace) -> Self {
        *workspace.description.lock().unwrap() = "old";
        let workspace = Arc::new(workspace);
        let token = AccessToken::new(&Sensitive::from("token"));
        let arm = Arm::new(ArmConfig {
            cloud: Cloud::public().into(),
            credential: Credential::new("scope".to_owned(), vec![Box::new(token)]),
            transport: workspace.clone(),
            user_agent: "test".to_owned(),
            correlation_id: None,
            on_secret: Arc::new(|_: &str| {}),
        });
        Self { arm, workspace }
    }

    /// What the list tells of a compute: its description.
    async fn find(&self, number: usize) -> Option<String> {
        let stop = CancellationToken::new();
        let end = (Instant::now() + Duration::from_mins(5)).into_std();
        let id: Id = format!("{WORKSPACE}/computes/c{number}").parse().unwrap();
        let options = CallOptions::new(end, &stop);
        let found = self.arm.find_in_list(&COMPUTES, &id, &options).await?;
        Some(found.properties()["description"].as_str()?.to_owned())
    }

    /// All at once: how many the list has answered.
    async fn find_all(&self, numbers: std::ops::Range<usize>) -> usize {
        let mut calls = JoinSet::new();
        for number in numbers {
            let callers = self.clone();
            calls.spawn(async move { callers.find(number).await });
        }
        calls.join_all().await.into_iter().flatten().count()
    }

    fn lists(&self) -> usize {
        self.workspace.requests.lock().unwrap().len()
    }
}

fn workspace(computes: usize, page_size: usize) -> Workspace {
    let latency = Duration::from_millis(50);
    Workspace { computes, page_size, latency, ..Workspace::default() }
}

#[tokio::test(start_paused = true)]
async fn a_list_answers_several_reads_and_no_few() {
    for (reads, answered, lists) in
        [(1, 0, 0), (2, 0, 0), (3, 0, 0), (4, 4, 1), (10, 10, 1), (64, 64, 1)]
    {
        let callers = Callers::of(workspace(100, 1000));
        assert_eq!((callers.find_all(0..reads).await, callers.lists()), (answered, lists));
    }
}

/// A single read after a single read waits for nobody.
#[tokio::test(start_paused = true)]
async fn reads_one_after_the_other_are_hardly_held_up() {
    let (callers, began) = (Callers::of(workspace(100, 1000)), Instant::now());
    for number in 0..100 {
        assert_eq!(callers.find(number).await, None);
    }
    assert!(began.elapsed() <= Duration::from_millis(20 + 99 * 5), "{:?}", began.elapsed());
    assert_eq!(callers.lists(), 0);
}

/// A host plans what was read before it asks for the next, so that these come one by one.
#[tokio::test(start_paused = true)]
async fn each_wave_of_reads_has_one_list() {
    let callers = Callers::of(workspace(1000, 1000));
    let next = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let mut slots = JoinSet::new();
    for slot in 0..10 {
        let (callers, next) = (callers.clone(), Arc::clone(&next));
        slots.spawn(async move {
            loop {
                let number = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                if number >= 1000 {
                    return;
                }
                assert_eq!(callers.find(number).await.as_deref(), Some("old"));
                sleep(Duration::from_millis(3 * (slot + 1))).await;
            }
        });
    }
    slots.join_all().await;
    assert_eq!(callers.lists(), 100);
}

/// Between the request of a list and its use, an object changes: who asked before may see it as it
/// was, as by a read of its own; who asks after must not.
#[tokio::test(start_paused = true)]
async fn a_read_is_answered_by_no_list_that_was_asked_for_before_it() {
    let callers = Callers::of(Workspace { latency: Duration::from_secs(5), ..workspace(20, 1000) });
    let mut early = JoinSet::new();
    for number in 0..8 {
        let callers = callers.clone();
        early.spawn(async move { callers.find(number).await });
    }
    sleep(Duration::from_secs(1)).await;
    assert_eq!(callers.lists(), 1, "the list is asked for");
    *callers.workspace.description.lock().unwrap() = "new";
    let mut late = JoinSet::new();
    for number in 8..16 {
        let callers = callers.clone();
        late.spawn(async move { callers.find(number).await });
    }
    assert_eq!(early.join_all().await, vec![Some("old".to_owned()); 8]);
    assert_eq!(late.join_all().await, vec![Some("new".to_owned()); 8]);
    assert_eq!(callers.lists(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_a_list_leaves_out_is_not_told() {
    let callers = Callers::of(Workspace { unlisted: Some(3), ..workspace(10, 1000) });
    assert_eq!(callers.find_all(0..10).await, 9);
}

/// Each object is read by itself then, and no list is tried again.
#[tokio::test(start_paused = true)]
async fn a_list_that_cannot_be_had_answers_nobody() {
    for refusal in [
        (403, r#"{"error":{"code":"AuthorizationFailed","message":"no"}}"#),
        (404, r#"{"error":{"code":"ResourceGroupNotFound","message":"no"}}"#),
        (500, ""),
        (429, ""),
        (200, "<html>"),
        (200, r#"{"value":[1]}"#),
        (302, ""),
    ] {
        let callers = Callers::of(Workspace { refusal: Some(refusal), ..workspace(10, 1000) });
        let began = Instant::now();
        assert_eq!(callers.find_all(0..10).await, 0, "{refusal:?}");
        assert!(began.elapsed() <= Duration::from_secs(31), "{refusal:?}: {:?}", began.elapsed());
        let lists = callers.lists();
        assert_eq!((callers.find_all(0..10).await, callers.lists()), (0, lists), "{refusal:?}");
    }
}

/// Never more pages than reads that wait; where there are, each object is read by itself at once.
#[tokio::test(start_paused = true)]
async fn a_list_of_many_pages_is_not_worth_it() {
    for (page_size, answered, pages) in [(1000, 10, 1), (5, 10, 2), (3, 10, 4)] {
        let callers = Callers::of(workspace(100, page_size));
        assert_eq!((callers.find_all(0..10).await, callers.lists()), (answered, pages));
        assert_eq!((callers.find_all(0..10).await, callers.lists()), (answered, pages * 2));
    }
    let callers = Callers::of(workspace(1000, 10));
    assert_eq!((callers.find_all(900..910).await, callers.lists()), (0, 10));
    assert_eq!((callers.find_all(900..910).await, callers.lists()), (0, 10));
    // More reads may be worth it.
    assert_eq!(callers.find_all(0..50).await, 50);
}

/// The call that asks for the list is interrupted, before or after it has taken the others over.
#[tokio::test(start_paused = true)]
async fn an_interrupted_read_lets_the_others_go() {
    for milliseconds in [5, 15, 40, 60] {
        let callers = Callers::of(workspace(10, 1000));
        let first = callers.clone();
        let first = tokio::spawn(async move { first.find(0).await });
        tokio::task::yield_now().await;
        let others = callers.clone();
        let others = tokio::spawn(async move { others.find_all(1..10).await });
        sleep(Duration::from_millis(milliseconds)).await;
        first.abort();
        assert_eq!(others.await.unwrap(), 0, "{milliseconds} ms: each reads its own");
        assert_eq!(callers.find_all(0..10).await, 10, "{milliseconds} ms: the next are listed");
    }
}
