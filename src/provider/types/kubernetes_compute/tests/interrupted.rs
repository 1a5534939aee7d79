//! Work that an earlier call left behind: interrupted, late, failed, being deleted.

use std::time::Duration;

use serde_json::json;

use super::{COMPUTE, config, create_object, healthy_azure, id, minimal_compute};
use crate::tests::Core;

#[tokio::test(start_paused = true)]
async fn an_interrupted_create_is_a_warning_with_state_and_the_next_apply_resumes() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("kubernetes_compute", &memory);
    core.stop_after(Duration::from_secs(45));
    let told = core.apply(&minimal_compute()).await.join("\n");
    assert!(told.starts_with("warning : Compute is still being created"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Creating");
    assert!(!core.tainted);
    assert_eq!(memory.writes(), ["PUT edge"]);

    core.read().await;
    let warned = core.plan_diagnostics(&minimal_compute()).await.join("\n");
    assert!(warned.contains("Compute edge is Creating"), "{warned}");
    memory.finish(&id(COMPUTE), "Succeeded");
    core.run(&minimal_compute()).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.plans_nothing(&minimal_compute()).await);
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_update_is_an_error_and_the_next_apply_resumes() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    memory.writes();
    memory.leaves(Some("Updating"));
    core.stop_after(Duration::from_secs(45));
    let changed = config(json!({ "description": "new" }));
    let told = core.apply(&changed).await.join("\n");
    assert!(told.starts_with("error : Compute is still being updated"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Updating");
    assert_eq!(memory.writes(), ["PUT edge"]);
    memory.finish(&id(COMPUTE), "Succeeded");
    core.run(&changed).await;
    assert_eq!(memory.writes(), [""; 0]);
    core.read().await;
    assert!(core.plans_nothing(&changed).await);
}

#[tokio::test(start_paused = true)]
async fn a_create_that_takes_too_long_is_an_error_that_tells_how_to_keep_it() {
    let memory = healthy_azure();
    memory.leaves(Some("Creating"));
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&config(json!({ "timeouts": { "create": "5m" } }))).await.join("\n");
    assert!(told.contains("terraform untaint ADDRESS"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Creating");
    assert!(core.tainted);
}

#[tokio::test(start_paused = true)]
async fn a_compute_that_is_being_deleted_is_waited_for_and_attached_anew() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &minimal_compute()).await;
    memory.writes();
    for from_nothing in [false, true] {
        memory.finish(&id(COMPUTE), "Deleting");
        core.read().await;
        if from_nothing {
            core = Core::new("kubernetes_compute", &memory);
        }
        let later = memory.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_mins(5)).await;
            later.remove(&id(COMPUTE));
        });
        core.run(&minimal_compute()).await;
        assert_eq!(memory.writes(), ["PUT edge"]);
        core.read().await;
        assert!(core.plans_nothing(&minimal_compute()).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_compute_is_in_the_state_and_is_sent_again() {
    let memory = healthy_azure();
    memory.leaves(Some("Failed"));
    let mut core = Core::new("kubernetes_compute", &memory);
    let told = core.apply(&minimal_compute()).await.join("\n");
    assert!(told.starts_with("error : Compute was not created"), "{told}");
    assert_eq!(core.state()["provisioning_state"], "Failed");
    assert!(core.tainted);

    core.tainted = false;
    memory.leaves(None);
    memory.writes();
    let warned = core.plan_diagnostics(&minimal_compute()).await.join("\n");
    assert!(warned.contains("Compute edge is Failed") && warned.contains("-replace"), "{warned}");
    core.run(&minimal_compute()).await;
    assert_eq!(memory.writes(), ["PUT edge"]);
    assert!(core.plans_nothing(&minimal_compute()).await);
}
