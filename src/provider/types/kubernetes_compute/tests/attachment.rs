//! What holds a compute to its extension: which changes of `extension_id` attach it anew.

use serde_json::{Value as Json, json};

use super::{ARC, COMPUTE, config, create_object, healthy_azure, id};
use crate::tests::{Core, Memory, unknown};

fn extension(name: &str) -> String {
    id(&format!("{ARC}/providers/Microsoft.KubernetesConfiguration/extensions/{name}"))
}

fn named(extension: &Json) -> Json {
    config(json!({ "extension_id": extension }))
}

/// The reasons for which this configuration replaces the compute.
async fn reasons(core: &Core, config: &Json) -> (Vec<String>, String) {
    let plan = core.plan(config).await;
    (plan.replaces, core.plan_diagnostics(config).await.join("\n"))
}

#[tokio::test]
async fn a_written_extension_that_changes_replaces_the_compute() {
    let core = create_object(&healthy_azure(), &named(&json!(extension("aml")))).await;
    let late = "use `azureml_arc_extension.NAME.id`.";
    for (after, is_late) in [(json!(extension("other")), false), (unknown(), true)] {
        let (replaced, told) = reasons(&core, &named(&after)).await;
        assert_eq!(replaced, ["extension_id"], "{after}");
        assert!(told.contains("warning extension_id: Changing extension_id replaces"), "{told}");
        assert_eq!(told.matches("through which it was attached").count(), 1, "said once: {told}");
        assert_eq!(told.contains(late), is_late, "{told}");
    }
}

#[tokio::test]
async fn other_spellings_and_less_replace_nothing() {
    let written = create_object(&healthy_azure(), &named(&json!(extension("aml")))).await;
    let respelt = named(&json!(extension("aml").to_uppercase()));
    assert_eq!(reasons(&written, &respelt).await, (vec![], String::new()));
    assert_eq!(reasons(&written, &config(json!({}))).await, (vec![], String::new()));
    assert!(written.plans_nothing(&config(json!({}))).await);
}

#[tokio::test]
async fn an_extension_that_was_found_replaces_nothing_until_it_is_written() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &config(json!({}))).await;
    let (replaced, told) = reasons(&core, &named(&unknown())).await;
    assert_eq!(replaced, [""; 0]);
    assert!(told.contains("extension_id is known only after apply"), "{told}");
    assert_eq!(reasons(&core, &named(&json!(extension("other")))).await.0, ["extension_id"]);

    core.run(&named(&json!(extension("aml").to_uppercase()))).await;
    core.run(&config(json!({ "extension_id": extension("aml"), "description": "x" }))).await;
    assert_eq!(reasons(&core, &named(&unknown())).await.0, ["extension_id"]);

    core.run(&config(json!({ "description": "y" }))).await;
    assert_eq!(reasons(&core, &named(&unknown())).await.0, [""; 0], "it is left out again");
}

#[tokio::test]
async fn an_imported_compute_counts_as_found() {
    let memory = healthy_azure();
    create_object(&memory, &named(&json!(extension("aml")))).await;
    let mut core = Core::new("kubernetes_compute", &memory);
    core.import(&id(COMPUTE)).await;
    core.read().await;
    assert_eq!(reasons(&core, &named(&unknown())).await.0, [""; 0]);
    let written = config(json!({ "extension_id": extension("aml"), "description": "x" }));
    core.run(&written).await;
    assert_eq!(reasons(&core, &named(&unknown())).await.0, ["extension_id"]);
}

#[tokio::test]
async fn null_to_value_never_replaces() {
    let memory = memory_without_extension();
    let mut core = Core::new("kubernetes_compute", &memory);
    core.import(&id(COMPUTE)).await;
    core.read().await;
    assert_eq!(core.state()["extension_id"], Json::Null);
    for after in [json!(extension("aml")), unknown()] {
        assert_eq!(reasons(&core, &named(&after)).await.0, [""; 0], "{after}");
    }
}

/// A compute on a cluster whose extension is gone.
fn memory_without_extension() -> Memory {
    let properties = json!({
        "computeType": "Kubernetes", "resourceId": id(ARC), "provisioningState": "Succeeded",
        "properties": { "namespace": "default" },
    });
    let workspace = id("Microsoft.MachineLearningServices/workspaces/ws");
    let object = json!({ "name": "edge", "location": "eastus", "properties": properties });
    Memory::default().with(&workspace, json!({ "location": "eastus" })).with(&id(COMPUTE), object)
}

/// What a failed detach leaves in the state is still attached through the extension that was
/// written.
#[tokio::test]
async fn a_replacement_that_failed_is_planned_again() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &named(&json!(extension("aml")))).await;
    let busy = json!({ "error": { "code": "BadRequest", "message": "no" } });
    let (method, path) = (azure::Method::DELETE, "/edge");
    memory.rule(crate::tests::Rule { method, path, status: 400, body: busy, times: 1 });
    let gone = core.replacement_fails(&named(&json!(extension("other")))).await;
    assert!(gone.iter().any(|told| told.starts_with("error")), "{gone:?}");
    assert_eq!(reasons(&core, &named(&unknown())).await.0, ["extension_id"]);
}
