//! Whether the pods of the extension run: a judge that sees them again and again and knows no clock.

mod unready;
mod wait;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

pub use unready::{Hopeless, PodEvent, UnreadyPod};
pub use wait::{ReadinessError, wait_until_ready};

use crate::pod::Pod;
use crate::pool::Pools;

/// A container in a crash loop that was restarted as often as this does not come up any more.
const HOPELESS_RESTARTS: u32 = 5;
/// What a pod waits for in vain as long as this does not come any more.
const HOPELESS_WAIT: Duration = Duration::from_mins(3);
/// Reasons to wait that only a change of the configuration ends. A pull that failed is tried again,
/// and waits under another name in between.
const HOPELESS_REASONS: [&str; 4] =
    ["CreateContainerConfigError", "ErrImagePull", "ImagePullBackOff", "InvalidImageName"];
/// API groups whose pods are jobs, not the extension.
const WORKLOAD_GROUPS: [&str; 2] = ["amlarc.azureml.com/", "batch.volcano.sh/"];
/// Controllers that make a new pod for one that failed.
const REPLACING_OWNERS: [&str; 4] =
    ["DaemonSet", "ReplicaSet", "ReplicationController", "StatefulSet"];

/// How far the pods are.
#[derive(Clone, Debug, PartialEq)]
pub enum Readiness {
    /// No pod is there yet, which is never a success.
    NotStarted,
    /// Some are not ready.
    Waiting(Progress),
    /// Some will never be ready.
    Failed(Progress),
    /// All run or have finished, and were the same and so at the look before.
    Ready(Progress),
}

/// How many are ready, and those that are not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// How many run or have finished.
    pub ready: usize,
    /// How many there are.
    pub total: usize,
    /// Those that are not ready.
    pub unready: Vec<UnreadyPod>,
}

/// As `3 of 7 pods ready`, for a log.
impl fmt::Display for Readiness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Readiness::NotStarted => f.write_str("no pod has been started yet"),
            Readiness::Waiting(progress)
            | Readiness::Failed(progress)
            | Readiness::Ready(progress) => {
                write!(f, "{} of {} pods ready", progress.ready, progress.total)
            }
        }
    }
}

/// Judges the pods of a namespace look by look. It remembers since when a pod waits for what.
#[derive(Clone, Debug, Default)]
pub struct ReadinessJudge {
    waiting_since: BTreeMap<Wait, Duration>,
    /// The pods of the last look, if all were ready.
    last_ready: Option<BTreeSet<String>>,
}

/// What a pod waits for: by its `uid`, and a container or nothing for a node.
type Wait = (String, Option<String>);

/// The pods of a namespace on which the extension depends, as one look sees them, each with why it is
/// not ready. `None`: it runs or has finished.
pub fn examine_pods(pods: &[Pod]) -> Vec<(&Pod, Option<UnreadyPod>)> {
    let unready = |pod: &Pod| (!is_done(pod)).then(|| UnreadyPod::of(pod, None));
    counted_pods(pods).into_iter().map(|pod| (pod, unready(pod))).collect()
}

impl ReadinessJudge {
    /// Judges the pods as they are at `now`, the time since any fixed moment.
    pub fn judge(&mut self, pods: &[Pod], pools: &Pools, now: Duration) -> Readiness {
        let pods = counted_pods(pods);
        self.remember_waits(&pods, now);
        let unready: Vec<&&Pod> = pods.iter().filter(|pod| !is_done(pod)).collect();
        let progress = Progress {
            ready: pods.len() - unready.len(),
            total: pods.len(),
            unready: unready
                .iter()
                .map(|pod| UnreadyPod::of(pod, self.hopeless(pod, pools, now)))
                .collect(),
        };
        let was_ready = self.remember_ready(&pods, unready.is_empty());
        if pods.is_empty() {
            return Readiness::NotStarted;
        }
        match &progress.unready[..] {
            [] if was_ready => Readiness::Ready(progress),
            unready if unready.iter().any(|pod| pod.hopeless.is_some()) => {
                Readiness::Failed(progress)
            }
            _ => Readiness::Waiting(progress),
        }
    }

    /// Notes whether all are ready. Whether the same pods were at the last look.
    fn remember_ready(&mut self, pods: &[&Pod], is_ready: bool) -> bool {
        let uids = || pods.iter().map(|pod| pod.uid.clone()).collect::<BTreeSet<_>>();
        let ready = is_ready.then(uids);
        let was_ready = ready.is_some() && self.last_ready == ready;
        self.last_ready = ready;
        was_ready
    }

    /// Notes what waits since when, and forgets what waits no more.
    fn remember_waits(&mut self, pods: &[&Pod], now: Duration) {
        let waits: BTreeSet<Wait> = pods.iter().flat_map(|pod| waits(pod)).collect();
        self.waiting_since.retain(|wait, _| waits.contains(wait));
        for wait in waits {
            self.waiting_since.entry(wait).or_insert(now);
        }
    }

    fn hopeless(&self, pod: &Pod, pools: &Pools, now: Duration) -> Option<Hopeless> {
        let is_in_crash_loop = |name: &str| name == "CrashLoopBackOff";
        for container in &pod.containers {
            let Some(waiting) = &container.waiting else { continue };
            if is_in_crash_loop(&waiting.reason) && container.restarts >= HOPELESS_RESTARTS {
                return Some(Hopeless::CrashLoop);
            }
            if self.waits_in_vain(pod, Some(&container.name), now) {
                return Some(Hopeless::CannotStart);
            }
        }
        let is_known_to_stay = matches!(pools, Pools::Known(_))
            && pools.that_would_take(&pod.node_selector, &pod.tolerations).is_empty();
        (is_known_to_stay && self.waits_in_vain(pod, None, now)).then_some(Hopeless::Unschedulable)
    }

    fn waits_in_vain(&self, pod: &Pod, container: Option<&str>, now: Duration) -> bool {
        let since = self.waiting_since.get(&(pod.uid.clone(), container.map(str::to_owned)));
        since.is_some_and(|since| now.saturating_sub(*since) >= HOPELESS_WAIT)
    }
}

/// What the pod waits for that may never come.
fn waits(pod: &Pod) -> Vec<Wait> {
    let is_stuck = |reason: &str| HOPELESS_REASONS.contains(&reason);
    let containers = pod.containers.iter().filter(|container| {
        container.waiting.as_ref().is_some_and(|waiting| is_stuck(&waiting.reason))
    });
    let containers = containers.map(|container| Some(container.name.clone()));
    let node = pod.unschedulable.iter().map(|_| None);
    containers.chain(node).map(|what| (pod.uid.clone(), what)).collect()
}

fn is_done(pod: &Pod) -> bool {
    match pod.phase.as_str() {
        "Succeeded" => true,
        "Running" => pod.is_ready,
        _ => false,
    }
}

/// The pods on which the extension depends: not those of jobs, not those that go, and not those for
/// which another one came.
fn counted_pods(pods: &[Pod]) -> Vec<&Pod> {
    let counts = |pod: &&Pod| {
        let owner = pod.owner.as_ref();
        let is_workload = owner.is_some_and(|owner| {
            WORKLOAD_GROUPS.iter().any(|group| owner.api_version.starts_with(group))
        });
        let is_replaced = pod.phase == "Failed" && is_replaced(pod, pods);
        !(pod.is_terminating || is_workload || is_replaced)
    };
    pods.iter().filter(counts).collect()
}

fn is_replaced(failed: &Pod, pods: &[Pod]) -> bool {
    let Some(owner) = &failed.owner else { return false };
    let retried =
        || pods.iter().any(|pod| pod.owner.as_ref() == Some(owner) && pod.phase != "Failed");
    REPLACING_OWNERS.contains(&owner.kind.as_str()) || (owner.kind == "Job" && retried())
}

#[cfg(test)]
mod tests;
