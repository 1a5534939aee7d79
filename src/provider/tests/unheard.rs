//! What a user is told, and what is in the state, when the operation of a write cannot be followed.

use std::time::Duration;

use azure::Method;
use serde_json::{Value as Json, json};

use super::{Core, GROUP, Memory, Rule, any_contains};

const POLLS: [u16; 5] = [401, 403, 404, 302, 400];

const ARC: &str = "Microsoft.Kubernetes/connectedClusters/c";
const WORKSPACE: &str = "Microsoft.MachineLearningServices/workspaces/ws";

/// A type, its object, and two configurations of it.
struct Subject {
    resource: &'static str,
    id: String,
    old: Json,
    new: Json,
    /// What the new one changes.
    attribute: &'static str,
    /// Where a right to look at its operations is given.
    scope: String,
}

fn subjects() -> [Subject; 2] {
    let cluster = format!("{GROUP}/{ARC}");
    let workspace = format!("{GROUP}/{WORKSPACE}");
    let extension = |on: bool| {
        json!({
            "name": "aml", "cluster_id": cluster, "enable_training": true,
            "relay": { "mode": "none" }, "install_prom_op": on,
        })
    };
    let compute = |text: &str| {
        json!({
            "name": "edge", "workspace_id": workspace, "cluster_id": cluster, "description": text,
        })
    };
    [
        Subject {
            resource: "arc_extension",
            id: format!("{cluster}/providers/Microsoft.KubernetesConfiguration/extensions/aml"),
            old: extension(false),
            new: extension(true),
            attribute: "install_prom_op",
            scope: format!("--scope {cluster}\n"),
        },
        Subject {
            resource: "kubernetes_compute",
            id: format!("{workspace}/computes/edge"),
            old: compute("old"),
            new: compute("new"),
            attribute: "description",
            scope: "--scope /subscriptions/s\n".to_owned(),
        },
    ]
}

/// A workspace and a cluster, with the extension where a compute needs it.
fn memory(subject: &Subject) -> Memory {
    let connected = json!({ "connectivityStatus": "Connected", "totalNodeCount": 3 });
    let memory = Memory::default()
        .with(
            &format!("{GROUP}/{ARC}"),
            json!({ "name": "c", "location": "eastus", "properties": connected }),
        )
        .with(&format!("{GROUP}/{WORKSPACE}"), json!({ "location": "eastus" }));
    if subject.resource == "arc_extension" {
        return memory;
    }
    let installed = json!({
        "extensionType": "microsoft.azureml.kubernetes", "provisioningState": "Succeeded",
    });
    memory.with(
        &format!("{GROUP}/{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/aml"),
        json!({ "name": "aml", "properties": installed }),
    )
}

/// Before anybody looks at it, the object that was written is in this state.
fn soon(memory: &Memory, id: &str, then: impl FnOnce(&Memory, &str) + Send + 'static) {
    let (memory, id) = (memory.clone(), id.to_owned());
    tokio::spawn(async move {
        while memory.sent().is_null() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        then(&memory, &id);
    });
}

fn unreadable(memory: &Memory, path: &'static str) {
    let body = json!({ "error": { "code": "Expired", "message": "the token is too old" } });
    memory.rule(Rule { method: Method::GET, path, status: 401, body, times: usize::MAX });
}

#[tokio::test(start_paused = true)]
async fn a_create_is_as_good_as_its_object() {
    for poll in POLLS {
        for subject in subjects() {
            for state in ["Succeeded", "Failed", "Creating", "unreadable"] {
                let memory = memory(&subject);
                memory.leaves(Some("Creating"));
                memory.polls(Some(poll));
                soon(&memory, &subject.id, move |memory, id| match state {
                    "unreadable" if id.contains("/computes/") => unreadable(memory, "/edge"),
                    "unreadable" => unreadable(memory, "/aml"),
                    state => memory.finish(id, state),
                });
                let mut core = Core::new(subject.resource, &memory);
                let told = core.apply(&subject.new).await;
                let case = format!("{} {poll} {state}: {told:#?}", subject.resource);
                assert_eq!(core.tainted, state != "Succeeded", "{case}");
                assert_eq!(told.is_empty(), state == "Succeeded", "{case}");
                assert_eq!(
                    any_contains(&told, "terraform untaint ADDRESS"),
                    core.tainted,
                    "{case}"
                );
                let unknown = any_contains(&told, "It is not known whether");
                assert_eq!(unknown, state == "unreadable", "{case}");
                let saved = if state == "unreadable" { "Creating" } else { state };
                assert_eq!(core.state()["provisioning_state"], saved, "{case}");
                assert_eq!(core.state()[subject.attribute], subject.new[subject.attribute]);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_is_believed_where_the_object_holds_it_and_never_taints() {
    for poll in POLLS {
        for subject in subjects() {
            for (holds, at_work) in [(true, false), (true, true), (false, false), (false, true)] {
                let memory = memory(&subject);
                let mut core = Core::new(subject.resource, &memory);
                core.run(&subject.old).await;
                core.read().await;
                let old = memory.get(&subject.id).expect("it was made");
                memory.writes();
                memory.leaves(Some("Updating"));
                memory.polls(Some(poll));
                soon(&memory, &subject.id, move |memory, id| {
                    let (memory, id) = (memory.clone(), id.to_owned());
                    tokio::spawn(async move {
                        tokio::time::sleep(Duration::from_secs(if at_work { 300 } else { 0 }))
                            .await;
                        if holds {
                            memory.finish(&id, "Succeeded");
                        } else {
                            memory.set(&id, old);
                        }
                    });
                });
                let told = core.apply(&subject.new).await;
                let case = format!("{} {poll} {holds} {at_work}: {told:#?}", subject.resource);
                assert!(!core.tainted && !any_contains(&told, "untaint"), "{case}");
                assert_eq!(told.is_empty(), holds, "{case}");
                assert_eq!(core.state()["provisioning_state"], "Succeeded", "{case}");
                let is = if holds { &subject.new } else { &subject.old };
                assert_eq!(core.state()[subject.attribute], is[subject.attribute], "{case}");
                memory.polls(None);
                memory.leaves(None);
                let writes = memory.writes().len();
                if !holds {
                    assert!(any_contains(&told, "It is not known whether"), "{case}");
                    assert!(any_contains(&told, "sends again what it does not show"), "{case}");
                    core.run(&subject.new).await;
                    assert_eq!(memory.writes().len(), writes, "it is sent again: {case}");
                }
                core.read().await;
                assert!(core.plans_nothing(&subject.new).await, "{case}");
            }
        }
    }
}

/// No answer shows a secret, so that an old state proves nothing of it.
#[tokio::test(start_paused = true)]
async fn a_secret_that_may_not_have_arrived_is_sent_again() {
    let [extension, _] = subjects();
    let with = |secret: &str, version: i64| {
        let mut config = extension.old.clone();
        config["configuration_protected_settings_wo"] = json!({ "a": secret });
        config["configuration_protected_settings_wo_version"] = json!(version);
        config
    };
    let memory = memory(&extension);
    let mut core = Core::new(extension.resource, &memory);
    core.run(&with("one", 1)).await;
    core.read().await;
    memory.writes();
    memory.leaves(Some("Updating"));
    memory.polls(Some(403));
    soon(&memory, &extension.id, |memory, id| memory.finish(id, "Succeeded"));
    let told = core.apply(&with("two", 2)).await;
    assert!(any_contains(&told, "It is not known whether the extension was updated"), "{told:#?}");
    assert_eq!(core.state()["configuration_protected_settings_wo_version"], 1);
    memory.polls(None);
    memory.leaves(None);
    memory.writes();
    core.read().await;
    core.run(&with("two", 2)).await;
    let sent = memory.sent()["properties"]["configurationProtectedSettings"].clone();
    assert_eq!(sent, json!({ "a": "two" }));
    assert!(core.plans_nothing(&with("two", 2)).await);
}

/// The service takes long, and nothing is heard of it until the time is over.
#[tokio::test(start_paused = true)]
async fn after_the_deadline_a_healthy_object_is_not_tainted() {
    for subject in subjects() {
        let memory = memory(&subject);
        memory.leaves(Some("Creating"));
        memory.polls(Some(503));
        soon(&memory, &subject.id, |memory, id| memory.finish(id, "Succeeded"));
        let mut core = Core::new(subject.resource, &memory);
        core.run(&subject.new).await;
        assert!(!core.tainted);
        assert_eq!(core.state()["provisioning_state"], "Succeeded");
    }
}

#[tokio::test(start_paused = true)]
async fn the_advised_scope_fits_the_url_that_was_refused() {
    for subject in subjects() {
        let memory = memory(&subject);
        let mut core = Core::new(subject.resource, &memory);
        core.run(&subject.old).await;
        let old = memory.get(&subject.id).expect("it was made");
        memory.writes();
        memory.leaves(Some("Updating"));
        memory.polls(Some(403));
        soon(&memory, &subject.id, |memory, id| memory.set(id, old));
        let told = core.apply(&subject.new).await.join("\n") + "\n";
        let scope = format!("--role \"Reader\" {}", subject.scope);
        assert!(told.contains(&scope), "{scope} is not in {told}");
    }
}
