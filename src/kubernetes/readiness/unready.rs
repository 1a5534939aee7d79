//! A pod that is not ready, and why.

use std::fmt;

use crate::pod::{Container, Pod, Reason};

/// A pod that is not ready.
#[derive(Clone, Debug, PartialEq)]
pub struct UnreadyPod {
    /// Its name.
    pub name: String,
    /// What tells it from another pod of the same name.
    pub uid: String,
    /// Its phase, such as `Pending`.
    pub phase: String,
    /// The container that keeps it from being ready, where it is one.
    pub container: Option<String>,
    /// The last reason that the cluster gives.
    pub reason: Reason,
    /// How often its containers were restarted, of all together.
    pub restarts: u32,
    /// Why it is not waited for any longer.
    pub hopeless: Option<Hopeless>,
    /// What happened to it, newest last. Filled by who can ask for events.
    pub events: Vec<PodEvent>,
}

/// Why a pod will never be ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hopeless {
    /// A container ends again and again.
    CrashLoop,
    /// A container cannot be started.
    CannotStart,
    /// No node takes it, and no pool that would can grow.
    Unschedulable,
}

/// Something that happened to a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodEvent {
    /// Such as `FailedScheduling`.
    pub reason: String,
    /// What the cluster says about it.
    pub message: String,
}

impl UnreadyPod {
    pub(super) fn of(pod: &Pod, hopeless: Option<Hopeless>) -> UnreadyPod {
        let (container, reason) = why(pod);
        UnreadyPod {
            name: pod.name.clone(),
            uid: pod.uid.clone(),
            phase: pod.phase.clone(),
            container,
            reason,
            restarts: pod.containers.iter().map(|container| container.restarts).sum(),
            hopeless,
            events: Vec::new(),
        }
    }
}

/// The reason, and the container that it is about.
fn why(pod: &Pod) -> (Option<String>, Reason) {
    if let Some(reason) = pod.unschedulable.as_ref().or(pod.reason.as_ref()) {
        return (None, reason.clone());
    }
    let waiting = |container: &&Container| {
        // These only say that an init container, or the node, is not done yet.
        let passing = ["ContainerCreating", "PodInitializing", ""];
        container.waiting.as_ref().is_some_and(|it| !passing.contains(&it.reason.as_str()))
    };
    if let Some(container) = pod.containers.iter().find(waiting) {
        return (Some(container.name.clone()), waiting_reason(container));
    }
    let failed = pod.containers.iter().find(|it| pod.phase == "Failed" && it.terminated.is_some());
    if let Some(container) = failed {
        return (Some(container.name.clone()), container.terminated.clone().unwrap_or_default());
    }
    let reason = match pod.phase.as_str() {
        "Running" => Reason::new("NotReady", "it runs, but does not pass its readiness check"),
        "Pending" if pod.node.is_none() => Reason::new("NotScheduled", "it has no node yet"),
        "Pending" => Reason::new("ContainerCreating", "its containers are being created"),
        _ => Reason::default(),
    };
    (None, reason)
}

/// Why a container waits, with how its last run ended.
fn waiting_reason(container: &Container) -> Reason {
    let waiting = container.waiting.clone().unwrap_or_default();
    match &container.terminated {
        Some(ended) => {
            let message = format!("{}; it ended with {}", waiting.message, ended);
            Reason::new(waiting.reason, message.trim_start_matches("; "))
        }
        None => waiting,
    }
}

/// One line, and one for each event.
impl fmt::Display for UnreadyPod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.phase)?;
        if let Some(container) = &self.container {
            write!(f, ", container {container}")?;
        }
        if self.reason != Reason::default() {
            write!(f, ": {}", self.reason)?;
        }
        match self.restarts {
            0 => {}
            1 => f.write_str(", 1 restart")?,
            restarts => write!(f, ", {restarts} restarts")?,
        }
        let mut events = self.events.iter();
        events.try_for_each(|event| write!(f, "\n  {}: {}", event.reason, event.message))
    }
}
