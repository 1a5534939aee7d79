//! Waits until the pods of the extension run.

use std::time::Duration;

use tokio::time::Instant;

use super::{Progress, Readiness, ReadinessJudge};
use crate::call_options::CallOptions;
use crate::cluster::Cluster;
use crate::error::Error;
use crate::poll::Pauses;
use crate::pool::Pools;

/// How long one look may take. One that takes longer is tried again.
const LOOK_TIMEOUT: Duration = Duration::from_mins(1);
/// How long it may take to find out why the pods are not ready.
const EVENTS_TIMEOUT: Duration = Duration::from_secs(10);
/// Of how many pods the events are read.
const PODS_WITH_EVENTS: usize = 5;

/// Why the pods are not ready.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ReadinessError {
    /// Some will never be.
    #[error("{}", describe(.0))]
    Failed(Progress),
    /// The deadline came first. Without pods, none was there at all.
    #[error("the time for the pods to run is over: {}", describe(.0))]
    TimedOut(Progress),
    /// The cluster cannot be asked.
    #[error(transparent)]
    Cluster(#[from] Error),
}

fn describe(progress: &Progress) -> String {
    if progress.total == 0 {
        return "no pod has been started yet".to_owned();
    }
    let ready = format!("{} of {} pods are ready", progress.ready, progress.total);
    let unready = progress.unready.iter().map(ToString::to_string);
    [ready].into_iter().chain(unready).collect::<Vec<_>>().join("\n")
}

/// A wait for the pods of a namespace.
struct Wait<'a> {
    cluster: &'a Cluster,
    namespace: &'a str,
    pools: &'a Pools,
    options: CallOptions<'a>,
    begin: Instant,
    judge: ReadinessJudge,
    /// What the last look has found.
    last: Progress,
}

/// What a look has found.
enum Look {
    /// All pods run.
    Ready,
    Unready,
    /// Nothing, and why.
    Unanswered(String),
}

/// Waits until all pods of a namespace run or have finished, and tells `report` of each look. Errors that
/// may pass are looked past.
pub async fn wait_until_ready(
    cluster: &Cluster, namespace: &str, pools: &Pools, options: CallOptions<'_>,
    mut report: impl FnMut(&Readiness),
) -> Result<Progress, ReadinessError> {
    let (begin, judge, last) = (Instant::now(), ReadinessJudge::default(), Progress::default());
    let mut wait = Wait { cluster, namespace, pools, options, begin, judge, last };
    let mut pauses = Pauses::default();
    loop {
        let unanswered = match wait.look(&mut report).await? {
            Look::Ready => return Ok(wait.last),
            Look::Unready => None,
            Look::Unanswered(why) => Some(why),
        };
        let pause = pauses.pause(options, "the pods to run", unanswered.as_deref()).await;
        if let Err(ended) = pause {
            return Err(wait.end(ended).await);
        }
    }
}

impl Wait<'_> {
    async fn look(&mut self, report: &mut impl FnMut(&Readiness)) -> Result<Look, ReadinessError> {
        let options = self.options.within(LOOK_TIMEOUT);
        let pods = match self.cluster.read_pods(self.namespace, options).await {
            Ok(pods) => pods,
            Err(error) if may_pass(&error) => return Ok(Look::Unanswered(error.to_string())),
            Err(error) => return Err(error.into()),
        };
        let readiness = self.judge.judge(&pods, self.pools, self.begin.elapsed());
        report(&readiness);
        let (look, progress) = match readiness {
            Readiness::Failed(progress) => {
                return Err(ReadinessError::Failed(self.with_events(progress).await));
            }
            Readiness::Ready(progress) => (Look::Ready, progress),
            Readiness::Waiting(progress) => (Look::Unready, progress),
            Readiness::NotStarted => (Look::Unready, Progress::default()),
        };
        self.last = progress;
        Ok(look)
    }

    /// Why the wait has ended. Where the cluster has answered, the pods are the reason.
    async fn end(self, ended: Error) -> ReadinessError {
        match ended {
            Error::Timeout { last: None, .. } => {
                ReadinessError::TimedOut(self.with_events(self.last.clone()).await)
            }
            error => error.into(),
        }
    }

    /// Adds what happened to the first of the pods that are not ready, as far as it can be read.
    async fn with_events(&self, mut progress: Progress) -> Progress {
        let options = self.options.with_deadline_in(EVENTS_TIMEOUT);
        progress.unready.sort_by_key(|pod| pod.hopeless.is_none());
        for pod in progress.unready.iter_mut().take(PODS_WITH_EVENTS) {
            match self.cluster.read_pod_events(self.namespace, &pod.uid, options).await {
                Ok(events) => pod.events = events,
                Err(_) => break,
            }
        }
        progress
    }
}

fn may_pass(error: &Error) -> bool {
    match error {
        Error::Unreachable { .. } | Error::Timeout { .. } => true,
        Error::Refused { status, .. } => *status >= 500 || *status == 410,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use tokio::time::Instant;

    use super::{ReadinessError, wait_until_ready};
    use crate::CancellationToken;
    use crate::call_options::CallOptions;
    use crate::error::Error;
    use crate::pool::Pools;
    use crate::readiness::{Progress, Readiness};
    use crate::scripted_cluster::{Reply, ScriptedCluster, status};

    #[tokio::test(start_paused = true)]
    async fn the_wait_ends_when_all_pods_run() {
        let cluster = ScriptedCluster::new(|_, before| match before {
            0 => pods(&[]),
            1 | 2 => pods(&[pod("a", "Pending", &json!({}))]),
            _ => pods(&[pod("a", "Running", &json!({}))]),
        });
        let mut told = Vec::new();
        let done = wait(&cluster, |readiness| told.push(readiness.clone())).await;
        assert_eq!(done, Ok(Progress { ready: 1, total: 1, unready: vec![] }));
        assert_eq!(told[0], Readiness::NotStarted);
        assert!(matches!(&told[1], Readiness::Waiting(it) if it.unready[0].name == "a"));
        assert_eq!(told.len(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn pods_that_never_come_are_no_success() {
        let cluster = ScriptedCluster::new(|_, _| pods(&[]));
        let error = wait(&cluster, |_| {}).await.unwrap_err();
        assert_eq!(error, ReadinessError::TimedOut(Progress::default()));
        assert!(error.to_string().ends_with("no pod has been started yet"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_hopeless_pod_ends_the_wait_with_its_events() {
        let cluster = ScriptedCluster::new(|seen, _| {
            if seen.path.contains("/events") {
                return Reply::Json(
                    200,
                    json!({ "items": [{ "reason": "BackOff", "message": "again" }] }),
                );
            }
            let state =
                json!({ "waiting": { "reason": "CrashLoopBackOff", "message": "back-off" } });
            let container = json!({ "name": "c", "restartCount": 5, "state": state });
            pods(&[pod("fine", "Pending", &json!({})), pod("bad", "Pending", &json!([container]))])
        });
        let begin = Instant::now();
        let error = wait(&cluster, |_| {}).await.unwrap_err();
        assert!(begin.elapsed() < Duration::from_mins(1));
        let ReadinessError::Failed(progress) = &error else { panic!("{error}") };
        assert_eq!(progress.unready[0].name, "bad");
        assert!(error.to_string().contains("BackOff: again"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn errors_that_may_pass_are_looked_past_and_others_end_the_wait() {
        let cluster = ScriptedCluster::new(|_, before| match before {
            0 => Reply::Text(404, "<html>proxy</html>"),
            1..=3 => Reply::Reset,
            4 => Reply::Hang,
            5 => status(410, "Expired", "too old", json!({})),
            _ => pods(&[pod("a", "Running", &json!({}))]),
        });
        assert!(wait(&cluster, |_| {}).await.is_ok());
        let forbidden = ScriptedCluster::new(|_, _| status(403, "Forbidden", "no", json!({})));
        let error = wait(&forbidden, |_| {}).await.unwrap_err();
        assert!(matches!(error, ReadinessError::Cluster(Error::Forbidden(_))), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_cluster_that_does_not_answer_is_named_at_the_end() {
        let cluster = ScriptedCluster::new(|_, _| Reply::Text(404, "<html>proxy</html>"));
        let error = wait(&cluster, |_| {}).await.unwrap_err();
        assert!(matches!(error, ReadinessError::Cluster(Error::Timeout { .. })), "{error}");
        assert!(error.to_string().contains("there is no API server"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_ends_the_wait() {
        let cluster = ScriptedCluster::new(|_, _| pods(&[]));
        let stop = CancellationToken::new();
        let deadline = (Instant::now() + Duration::from_mins(30)).into_std();
        let options = CallOptions::new(deadline, &stop);
        let mut looks = 0;
        let error = wait_until_ready(&cluster.cluster, "azureml", &Pools::Unknown, options, |_| {
            looks += 1;
            if looks == 3 {
                stop.cancel();
            }
        });
        let error = error.await.unwrap_err();
        assert!(matches!(error, ReadinessError::Cluster(Error::Cancelled { .. })), "{error}");
        assert_eq!(looks, 3);
    }

    async fn wait(
        cluster: &ScriptedCluster, report: impl FnMut(&Readiness),
    ) -> Result<Progress, ReadinessError> {
        let stop = CancellationToken::new();
        let deadline = (Instant::now() + Duration::from_mins(30)).into_std();
        let options = CallOptions::new(deadline, &stop);
        wait_until_ready(&cluster.cluster, "azureml", &Pools::Unknown, options, report).await
    }

    fn pod(name: &str, phase: &str, containers: &Value) -> Value {
        json!({
            "metadata": { "name": name, "uid": name },
            "status": {
                "phase": phase,
                "conditions": [{ "type": "Ready", "status": if phase == "Running" { "True" } else { "False" } }],
                "containerStatuses": containers.as_array().cloned().unwrap_or_default(),
            },
        })
    }

    fn pods(pods: &[Value]) -> Reply {
        Reply::Json(200, json!({ "items": pods }))
    }
}
