use std::time::Duration;

use super::{Hopeless, PodEvent, Progress, Readiness, ReadinessJudge, examine_pods};
use crate::pod::{Container, Owner, Pod, Reason};
use crate::pool::{Pool, Pools};

#[test]
fn no_pod_is_never_a_success() {
    let mut judge = ReadinessJudge::default();
    for seconds in [0, 60, 120, 7200] {
        assert_eq!(look(&mut judge, &[], seconds), Readiness::NotStarted);
    }
    let finished_only = [running("going").terminating(), running("job").of_job_queue()];
    assert_eq!(look(&mut judge, &finished_only, 7201), Readiness::NotStarted);
}

#[test]
fn all_are_ready_when_the_same_pods_are_so_twice() {
    let mut judge = ReadinessJudge::default();
    let one = [running("a")];
    let two = [running("a"), succeeded("b")];
    for (seconds, pods, is_ready) in [
        (0, &one[..], false),
        (1, &two, false),
        (2, &two, true),
        (3, &[running("a"), pending("c")], false),
        (4, &two, false),
        (5, &two, true),
    ] {
        let readiness = look(&mut judge, pods, seconds);
        assert_eq!(matches!(readiness, Readiness::Ready(_)), is_ready, "{seconds} {readiness:?}");
    }
}

#[test]
fn a_crash_loop_ends_the_wait_after_five_restarts() {
    for (restarts, reason, expected) in [
        (4, "CrashLoopBackOff", None),
        (5, "CrashLoopBackOff", Some(Hopeless::CrashLoop)),
        (40, "ContainerCreating", None),
    ] {
        let pod = pending("a").waiting(reason, restarts);
        let readiness = look(&mut ReadinessJudge::default(), &[running("b"), pod], 0);
        assert_eq!(hopeless(&readiness), expected, "{restarts} {reason}");
        assert_eq!(progress(&readiness).ready, 1);
    }
    let up_again = Pod { containers: vec![container(40)], ..running("a") };
    let mut judge = ReadinessJudge::default();
    look(&mut judge, std::slice::from_ref(&up_again), 0);
    assert!(matches!(look(&mut judge, &[up_again], 1), Readiness::Ready(_)));
}

#[test]
fn what_cannot_start_ends_the_wait_after_three_minutes() {
    for (reason, ends) in [
        ("ImagePullBackOff", true),
        ("ErrImagePull", true),
        ("CreateContainerConfigError", true),
        ("InvalidImageName", true),
        ("ContainerCreating", false),
        ("PodInitializing", false),
        ("CrashLoopBackOff", false),
    ] {
        let pod = [pending("a").waiting(reason, 0)];
        let mut judge = ReadinessJudge::default();
        assert_eq!(hopeless(&look(&mut judge, &pod, 10)), None, "{reason}");
        assert_eq!(hopeless(&look(&mut judge, &pod, 189)), None, "{reason}");
        let expected = ends.then_some(Hopeless::CannotStart);
        assert_eq!(hopeless(&look(&mut judge, &pod, 190)), expected, "{reason}");
    }
}

#[test]
fn a_pull_that_is_tried_again_goes_on_waiting_and_one_that_succeeds_starts_anew() {
    let mut judge = ReadinessJudge::default();
    let failed = |reason| [pending("a").waiting(reason, 0)];
    look(&mut judge, &failed("ErrImagePull"), 0);
    look(&mut judge, &failed("ImagePullBackOff"), 90);
    let late = look(&mut judge, &failed("ErrImagePull"), 180);
    assert_eq!(hopeless(&late), Some(Hopeless::CannotStart));

    let mut judge = ReadinessJudge::default();
    look(&mut judge, &failed("ImagePullBackOff"), 0);
    look(&mut judge, &failed("ContainerCreating"), 100);
    assert_eq!(hopeless(&look(&mut judge, &failed("ImagePullBackOff"), 200)), None);
    let other_pod = [pending("b").waiting("ImagePullBackOff", 0)];
    assert_eq!(hopeless(&look(&mut judge, &other_pod, 400)), None);
}

#[test]
fn a_pod_without_a_node_ends_the_wait_only_where_no_pool_can_grow_for_it() {
    let pool = |count, max_count| Pool { count, max_count, ..Pool::default() };
    for (pools, ends) in [
        (Pools::Unknown, false),
        (Pools::Known(vec![]), true),
        (Pools::Known(vec![pool(1, None)]), true),
        (Pools::Known(vec![pool(1, Some(3))]), false),
        (Pools::Known(vec![pool(3, Some(3))]), true),
    ] {
        let pod = [pending("a").unschedulable()];
        let mut judge = ReadinessJudge::default();
        for (seconds, expected) in [(0, None), (180, ends.then_some(Hopeless::Unschedulable))] {
            let now = Duration::from_secs(seconds);
            assert_eq!(hopeless(&judge.judge(&pod, &pools, now)), expected, "{pools:?}");
        }
    }
}

#[test]
fn a_failed_pod_counts_unless_another_one_came_for_it() {
    for (owner, others, counts) in [
        (None, vec![], true),
        (Some(("apps/v1", "ReplicaSet")), vec![], false),
        (Some(("batch/v1", "Job")), vec![], true),
        (Some(("batch/v1", "Job")), vec!["Failed"], true),
        (Some(("batch/v1", "Job")), vec!["Succeeded"], false),
        (Some(("batch.volcano.sh/v1alpha1", "Job")), vec![], false),
    ] {
        let of =
            |phase: &str, name: &str| Pod { owner: owner.map(self::owner), ..pod(name, phase) };
        let mut pods = vec![running("x"), of("Failed", "a")];
        pods.extend(others.iter().map(|phase| of(phase, "b")));
        let readiness = look(&mut ReadinessJudge::default(), &pods, 0);
        let is_named = progress(&readiness).unready.iter().any(|pod| pod.name == "a");
        assert_eq!(is_named, counts, "{owner:?} {others:?}");
    }
}

#[test]
fn one_look_tells_of_each_pod_that_counts() {
    let pods = [
        running("up"),
        succeeded("done"),
        pending("waits").waiting("ImagePullBackOff", 2),
        running("going").terminating(),
        running("job").of_job_queue(),
    ];
    let seen = examine_pods(&pods);
    let names: Vec<_> = seen.iter().map(|(pod, _)| pod.name.as_str()).collect();
    assert_eq!(names, ["up", "done", "waits"]);
    let unready: Vec<_> = seen.into_iter().filter_map(|(_, unready)| unready).collect();
    let [waits] = &unready[..] else { panic!("{unready:?}") };
    assert_eq!((waits.reason.reason.as_str(), waits.restarts), ("ImagePullBackOff", 2));
}

#[test]
fn each_pod_that_is_not_ready_says_why_in_a_line() {
    let mut crashing = pending("crash").waiting("CrashLoopBackOff", 7);
    crashing.containers[0].terminated = Some(Reason::new("Error", "exit code 1"));
    let mut failed = Pod { containers: vec![container(0)], ..pod("failed", "Failed") };
    failed.containers[0].terminated = Some(Reason::new("OOMKilled", "exit code 137"));
    let not_ready = Pod { is_ready: false, ..running("probe") };
    let evicted = Pod { reason: Some(Reason::new("Evicted", "disk")), ..pod("evicted", "Failed") };
    let pulling = Pod { node: Some("n".to_owned()), ..pending("new") };
    let pods = [
        pending("node").unschedulable(),
        crashing,
        failed,
        not_ready,
        evicted,
        pending("young"),
        pulling,
        pending("one").waiting("CreateContainerError", 1),
    ];
    let readiness = look(&mut ReadinessJudge::default(), &pods, 0);
    let lines: Vec<_> = progress(&readiness).unready.iter().map(ToString::to_string).collect();
    let expected = [
        "node: Pending: Unschedulable (0/3 nodes)",
        "crash: Pending, container main: CrashLoopBackOff (text; it ended with Error (exit code 1)), \
         7 restarts",
        "failed: Failed, container main: OOMKilled (exit code 137)",
        "probe: Running: NotReady (it runs, but does not pass its readiness check)",
        "evicted: Failed: Evicted (disk)",
        "young: Pending: NotScheduled (it has no node yet)",
        "new: Pending: ContainerCreating (its containers are being created)",
        "one: Pending, container main: CreateContainerError (text), 1 restart",
    ];
    assert_eq!(lines, expected);

    let mut with_event = progress(&readiness).unready[0].clone();
    with_event.events =
        vec![PodEvent { reason: "FailedScheduling".to_owned(), message: "no room".to_owned() }];
    assert!(with_event.to_string().ends_with("\n  FailedScheduling: no room"));
}

fn look(judge: &mut ReadinessJudge, pods: &[Pod], seconds: u64) -> Readiness {
    judge.judge(pods, &Pools::Unknown, Duration::from_secs(seconds))
}

fn hopeless(readiness: &Readiness) -> Option<Hopeless> {
    let found = progress(readiness).unready.iter().find_map(|pod| pod.hopeless);
    assert_eq!(matches!(readiness, Readiness::Failed(_)), found.is_some(), "{readiness:?}");
    found
}

fn progress(readiness: &Readiness) -> &Progress {
    match readiness {
        Readiness::Waiting(progress) | Readiness::Failed(progress) | Readiness::Ready(progress) => {
            progress
        }
        Readiness::NotStarted => panic!("no pod"),
    }
}

fn pod(name: &str, phase: &str) -> Pod {
    Pod {
        name: name.to_owned(),
        uid: format!("uid of {name}"),
        phase: phase.to_owned(),
        ..Pod::default()
    }
}

fn running(name: &str) -> Pod {
    Pod { is_ready: true, ..pod(name, "Running") }
}

fn succeeded(name: &str) -> Pod {
    pod(name, "Succeeded")
}

fn pending(name: &str) -> Pod {
    pod(name, "Pending")
}

fn container(restarts: u32) -> Container {
    Container { name: "main".to_owned(), restarts, ..Container::default() }
}

fn owner((api_version, kind): (&str, &str)) -> Owner {
    let name = "it".to_owned();
    Owner { api_version: api_version.to_owned(), kind: kind.to_owned(), name }
}

impl Pod {
    fn waiting(self, reason: &str, restarts: u32) -> Pod {
        let waiting = Some(Reason::new(reason, "text"));
        Pod { containers: vec![Container { waiting, ..container(restarts) }], ..self }
    }

    fn unschedulable(self) -> Pod {
        Pod { unschedulable: Some(Reason::new("Unschedulable", "0/3 nodes")), ..self }
    }

    fn terminating(self) -> Pod {
        Pod { is_terminating: true, ..self }
    }

    fn of_job_queue(self) -> Pod {
        Pod { owner: Some(owner(("batch.volcano.sh/v1alpha1", "Job"))), ..self }
    }
}
