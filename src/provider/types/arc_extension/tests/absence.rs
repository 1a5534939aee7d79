//! Extensions that are gone while what they created is still there: an interrupted destroy, somebody
//! else's deletion, a cluster that is gone.

use std::time::Duration;

use azure::Method;
use serde_json::{Value as Json, json};

use super::{
    ARC, CONNECTION, NAMESPACE, alone, any_contains, config, create_object, drift, extension,
    healthy_azure, id, kinds,
};
use crate::tests::{Core, Memory, Rule};

const BUS: &str = "Microsoft.ServiceBus/namespaces/csrgservicebus";
const LOGS: &str = "Microsoft.OperationalInsights/workspaces/csrg";

fn all() -> Json {
    let managed = json!({ "mode": "managed" });
    config(json!({ "service_bus": managed, "log_analytics": managed }))
}

fn left(memory: &Memory) -> Vec<&'static str> {
    let there = |one: &&str| memory.get(&id(one)).is_some();
    [NAMESPACE, CONNECTION, BUS, LOGS].into_iter().filter(there).collect()
}

/// Every seam of a destroy: a provider or a host that dies leaves the state as it was, and Azure as
/// far as it had come.
#[tokio::test]
async fn a_destroy_that_dies_at_any_seam_is_gone_on_with() {
    let steps = [extension("aml"), id(CONNECTION), id(NAMESPACE), id(BUS), id(LOGS)];
    for done in 1..=steps.len() {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &all()).await;
        steps[..done].iter().for_each(|step| memory.remove(step));
        core.read().await;
        core.destroy().await;
        assert!(core.state().is_null() && left(&memory).is_empty(), "{done}: {:?}", left(&memory));
    }
}

/// Every seam of a destroy at which it may be interrupted: the DELETE of one of them is accepted and
/// goes on.
#[tokio::test(start_paused = true)]
async fn an_interrupted_destroy_is_an_error_and_is_gone_on_with() {
    for path in ["/hybridConnections/c", "/csrgrelay", "/csrgservicebus", "/workspaces/csrg"] {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &all()).await;
        let busy =
            json!({ "error": { "code": "AnotherOperationInProgress", "message": "a moment" } });
        memory.rule(Rule { method: Method::DELETE, path, status: 409, body: busy, times: 25 });
        core.stop_after(Duration::from_secs(15));
        let told = core.destroy_diagnostics().await;
        assert!(
            any_contains(&told, "error : Extension aml: what it created is not deleted"),
            "{told:#?}"
        );
        assert!(memory.get(&extension("aml")).is_none() && !core.state().is_null(), "{path}");
        core.read().await;
        core.destroy().await;
        assert!(core.state().is_null() && left(&memory).is_empty(), "{path}: {:?}", left(&memory));
    }
}

#[tokio::test(start_paused = true)]
async fn a_destroy_whose_time_is_over_is_gone_on_with() {
    let memory = healthy_azure();
    let mut timed = all();
    timed["timeouts"] = json!({ "delete": "5m" });
    let mut core = create_object(&memory, &timed).await;
    let busy = json!({ "error": { "code": "AnotherOperationInProgress", "message": "a moment" } });
    let path = "/csrgrelay";
    memory.rule(Rule { method: Method::DELETE, path, status: 409, body: busy, times: 90 });
    let told = core.destroy_diagnostics().await;
    assert!(any_contains(&told, "Destroy again") && !core.state().is_null(), "{told:#?}");
}

#[tokio::test]
async fn an_extension_that_somebody_deleted_is_installed_again_with_what_hangs_on_it() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all()).await;
    let before = kinds(&core);
    memory.remove(&extension("aml"));
    assert_eq!(core.read().await, [""; 0]);
    assert_eq!(core.state()["provisioning_state"], Json::Null);
    assert_eq!(core.state()["id"], extension("aml"), "the state is known to the full");
    let plan = core.plan(&all()).await;
    assert_eq!(plan.replaces, [""; 0]);
    for moves in ["id", "identity", "statuses", "current_version", "provisioning_state"] {
        assert!(plan.unknowns().contains(&moves.to_owned()), "{moves}: {:?}", plan.unknowns());
    }
    let told = core.plan_diagnostics(&all()).await;
    assert!(
        any_contains(&told, "Extension aml is not there") && any_contains(&told, &id(BUS)),
        "{told:#?}"
    );
    memory.writes();
    core.run(&all()).await;
    let writes = ["POST sharedKeys", "POST listKeys", "POST listKeys", "PUT aml"];
    assert_eq!(memory.writes(), writes, "what stands is taken, and the extension put");
    assert_eq!(kinds(&core), before);
    core.read().await;
    assert!(core.plans_nothing(&all()).await && core.plan_diagnostics(&all()).await.is_empty());
    core.destroy().await;
    assert_eq!(left(&memory), [""; 0]);
}

/// Somebody has installed it again in the meantime: nothing is noted any more.
#[tokio::test]
async fn an_extension_that_came_back_is_as_before() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all()).await;
    let object = memory.get(&extension("aml")).expect("it is there");
    memory.remove(&extension("aml"));
    core.read().await;
    memory.set(&extension("aml"), object);
    core.read().await;
    assert!(core.plans_nothing(&all()).await && core.plan_diagnostics(&all()).await.is_empty());
}

/// The note alone decides, not the null in the state.
#[tokio::test]
async fn without_the_note_nothing_is_planned() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all()).await;
    memory.remove(&extension("aml"));
    core.read().await;
    core.private.clear();
    assert!(!core.plan(&all()).await.unknowns().contains(&"id".to_owned()));
}

#[tokio::test]
async fn what_is_not_to_be_deleted_keeps_no_state() {
    let keep = json!({ "delete_on_destroy": false });
    let memory = healthy_azure();
    let mut core = create_object(&memory, &config(json!({ "relay": keep }))).await;
    memory.remove(&extension("aml"));
    let told = core.read().await;
    assert!(core.state().is_null() && told.len() == 2, "{told:#?}");
    let command = format!("az resource delete --ids {}", id(CONNECTION));
    assert!(any_contains(&told, &command), "{told:#?}");
    // Nothing was created at all.
    let memory = healthy_azure();
    let mut core = create_object(&memory, &alone(json!({}))).await;
    memory.remove(&extension("aml"));
    assert_eq!(core.read().await, [""; 0]);
    assert!(core.state().is_null());
}

#[tokio::test]
async fn a_cluster_that_is_gone_leaves_what_is_still_there_to_a_destroy() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all()).await;
    memory.remove(&extension("aml"));
    memory.remove(&id(ARC));
    memory.remove(&id(LOGS));
    core.read().await;
    assert_eq!(core.state()["provisioning_state"], Json::Null);
    let told = core.plan_diagnostics(&all()).await;
    assert!(
        told.len() == 1 && any_contains(&told, "warning cluster_id: Extension aml: its"),
        "{told:#?}"
    );
    let [relay, connection, bus] = [NAMESPACE, CONNECTION, BUS].map(id);
    let command = format!("az resource delete --ids {relay} {connection} {bus}\n");
    assert!(
        any_contains(&told, &command) && any_contains(&told, "terraform state rm ADDRESS"),
        "{told:#?}"
    );
    memory.writes();
    let told = core.apply(&all()).await;
    assert!(
        any_contains(&told, "error cluster_id: Extension aml: its")
            && any_contains(&told, &command)
    );
    assert_eq!(memory.writes(), [""; 0]);
    core.read().await;
    core.destroy().await;
    assert_eq!(left(&memory), [""; 0]);
}

#[tokio::test]
async fn a_cluster_that_is_gone_with_everything_leaves_the_state() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all()).await;
    memory.remove(&extension("aml"));
    for gone in [ARC, NAMESPACE, CONNECTION, BUS, LOGS] {
        memory.remove(&id(gone));
    }
    let told = core.read().await;
    assert!(core.state().is_null(), "{told:#?}");
    assert!(
        told.len() == 1 && any_contains(&told, "What it was part of does not exist"),
        "{told:#?}"
    );
}

/// Who may not look at the cluster does not lose what is beside it.
#[tokio::test]
async fn a_cluster_that_may_not_be_looked_at_counts_as_there() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all()).await;
    memory.remove(&extension("aml"));
    let denied = json!({ "error": { "code": "AuthorizationFailed", "message": "no" } });
    let path = "/connectedClusters/c";
    memory.rule(Rule { method: Method::GET, path, status: 403, body: denied, times: 1 });
    core.read().await;
    assert!(!core.state().is_null());
    assert!(core.plan(&all()).await.unknowns().contains(&"id".to_owned()));
}

/// A pending installation that answers keeps its ID.
#[tokio::test]
async fn an_installation_under_way_is_not_gone() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &all()).await;
    drift(&memory, &extension("aml"), |it| {
        it["properties"]["provisioningState"] = json!("Creating");
    });
    core.read().await;
    let plan = core.plan(&all()).await;
    assert!(!plan.unknowns().contains(&"id".to_owned()), "{:?}", plan.unknowns());
}

#[tokio::test]
async fn a_replacement_whose_second_half_fails_keeps_what_was_created() {
    let refusal = json!({ "error": { "code": "BadRequest", "message": "not this one" } });
    let refuse = |memory: &Memory, method, path| {
        let (status, body) = (400, refusal.clone());
        memory.rule(Rule { method, path, status, body, times: 1 });
    };
    for (method, path) in [
        (Method::GET, "/connectedClusters/c"),
        (Method::GET, "/extensions"),
        (Method::POST, "/azureml_rw/listKeys"),
        (Method::PUT, "/extensions/other"),
    ] {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &all()).await;
        let mut renamed = all();
        renamed["name"] = json!("other");
        refuse(&memory, method, path);
        let told = core.apply(&renamed).await;
        assert!(any_contains(&told, "not this one") && core.tainted, "{path}: {told:#?}");
        core.read().await;
        let created = kinds(&core);
        assert!(created.len() == 4 && created.iter().all(|(_, is)| *is), "{path}: {created:?}");
        core.replace(&renamed).await;
        assert_eq!(kinds(&core), created, "{path}");
        core.destroy().await;
        assert_eq!(left(&memory), [""; 0], "{path}");
    }
}

#[tokio::test]
async fn an_extension_whose_create_was_cut_off_is_taken_up() {
    let memory = healthy_azure();
    let refused = json!({ "error": { "code": "BadRequest", "message": "no rules today" } });
    let path = "/authorizationRules/azureml_rw";
    memory.rule(Rule { method: Method::PUT, path, status: 400, body: refused, times: 1 });
    let mut core = Core::new("arc_extension", &memory);
    core.apply(&all()).await;
    core.tainted = false;
    core.read().await;
    assert_eq!(core.state()["provisioning_state"], Json::Null);
    core.run(&all()).await;
    assert!(kinds(&core).iter().all(|(_, created)| *created));
    core.destroy().await;
    assert_eq!(left(&memory), [""; 0]);
}
