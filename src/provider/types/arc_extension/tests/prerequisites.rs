//! What must be there before an extension is installed: looked at first, and named with its command.

use std::time::Duration;

use azure::Method;
use serde_json::json;

use super::{
    ARC, alone, any_contains, config, create_object, extension, healthy_azure, id, memory,
};
use crate::tests::{Core, Memory, Rule};

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_refused_before_anything_is_written() {
    for state in ["Offline", "Expired"] {
        let memory = memory(state);
        let mut core = Core::new("arc_extension", &memory);
        let told = core.apply(&config(json!({}))).await;
        assert!(told[0].starts_with("error cluster_id: Cluster is not connected"), "{told:?}");
        assert!(core.state().is_null() && memory.writes().is_empty());
    }
    let memory = healthy_azure();
    memory.remove(&id(ARC));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&config(json!({}))).await;
    assert!(told[0].starts_with("error cluster_id: "), "{told:?}");
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_registered_is_refused_before_anything_is_written() {
    let memory = healthy_azure();
    let provider = "/subscriptions/s/providers/Microsoft.Relay";
    memory.set(provider, json!({ "registrationState": "NotRegistered" }));
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&config(json!({}))).await;
    assert!(any_contains(&told, "az provider register --namespace Microsoft.Relay"), "{told:?}");
    assert_eq!(memory.writes(), [""; 0]);
    core.run(&alone(json!({}))).await;
}

#[tokio::test]
async fn a_cluster_has_one_extension_of_the_type() {
    let memory = healthy_azure();
    create_object(&memory, &alone(json!({}))).await;
    memory.writes();
    let mut second = alone(json!({}));
    second["name"] = json!("second");
    let told = Core::new("arc_extension", &memory).apply(&second).await;
    assert!(told[0].starts_with("error name: Cluster already has the extension"), "{told:?}");
    assert!(any_contains(&told, &format!("id = \"{}\"", extension("aml"))), "{told:?}");
    assert_eq!(memory.writes(), [""; 0]);
}

#[tokio::test]
async fn what_exists_is_to_be_imported_and_another_type_is_an_error_of_its_own() {
    let memory = healthy_azure();
    create_object(&memory, &alone(json!({}))).await;
    let told = Core::new("arc_extension", &memory).apply(&alone(json!({}))).await;
    let block = format!(
        "import {{\n  to = azureml_arc_extension.NAME\n  id = \"{}\"\n}}",
        extension("aml")
    );
    assert!(any_contains(&told, "already exists") && any_contains(&told, &block), "{told:?}");
    let other = json!({ "properties": { "extensionType": "microsoft.dapr" } });
    memory.set(&extension("aml"), other);
    let told = Core::new("arc_extension", &memory).apply(&alone(json!({}))).await;
    assert!(told[0].starts_with("error name: Extension has another type"), "{told:?}");
    let mut core = Core::new("arc_extension", &memory);
    core.import(&extension("aml")).await;
    assert!(any_contains(&core.read().await, "its type is microsoft.dapr"));
}

#[tokio::test(start_paused = true)]
async fn absence_is_taken_for_what_it_is_at_the_first_look() {
    let memory = healthy_azure();
    let mut core = Core::new("arc_extension", &memory);
    let began = tokio::time::Instant::now();
    core.run(&alone(json!({}))).await;
    assert_eq!(began.elapsed(), Duration::ZERO, "nothing was asked again");
}

#[tokio::test]
async fn who_may_not_look_does_not_write() {
    for (path, action) in [
        ("/extensions/aml", "Microsoft.KubernetesConfiguration/extensions/read"),
        ("/connectedClusters/c", "Microsoft.Kubernetes/connectedClusters/read"),
        ("/extensions", "Microsoft.KubernetesConfiguration/extensions/read"),
    ] {
        let memory = healthy_azure();
        forbidden(&memory, Method::GET, path, action);
        let mut core = Core::new("arc_extension", &memory);
        let told = core.apply(&config(json!({}))).await;
        let command =
            "az role assignment create --assignee <object or client ID> --role \"Reader\"";
        assert!(any_contains(&told, action) && any_contains(&told, command), "{told:#?}");
        assert!(core.state().is_null());
        assert_eq!(memory.writes(), [""; 0]);
    }
}

#[tokio::test]
async fn a_missing_right_names_the_role_that_has_it() {
    let scope = format!("--scope {}", id(ARC));
    let memory = healthy_azure();
    let action = "Microsoft.KubernetesConfiguration/extensions/write";
    forbidden(&memory, Method::PUT, "/extensions/aml", action);
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&alone(json!({}))).await;
    let role = format!("--role \"Kubernetes Extension Contributor\" {scope}");
    assert!(any_contains(&told, action) && any_contains(&told, &role), "{told:#?}");
    assert!(core.state().is_null());

    let mut core = create_object(&memory, &alone(json!({}))).await;
    let action = "Microsoft.KubernetesConfiguration/extensions/delete";
    forbidden(&memory, Method::DELETE, "/extensions/aml", action);
    let told = core.destroy_diagnostics().await;
    assert!(any_contains(&told, action) && any_contains(&told, &role), "{told:#?}");
    assert_eq!(core.state()["id"], extension("aml"), "it is still there");
}

/// Reader may read the relay, and not have its keys listed.
#[tokio::test]
async fn keys_that_may_not_be_listed_need_more_than_reader() {
    let memory = healthy_azure();
    create_object(&memory, &config(json!({}))).await;
    memory.remove(&extension("aml"));
    let action = "Microsoft.Relay/namespaces/hybridConnections/authorizationRules/listKeys/action";
    forbidden(&memory, Method::POST, "/listKeys", action);
    let mut core = Core::new("arc_extension", &memory);
    let told = core.apply(&config(json!({}))).await;
    assert!(
        any_contains(&told, action) && any_contains(&told, "--role \"Contributor\""),
        "{told:#?}"
    );
    assert!(!any_contains(&told, "\"Reader\""), "{told:#?}");
}

#[tokio::test]
async fn a_race_that_was_lost_is_an_error_at_once() {
    for (status, code) in [(412, "PreconditionFailed"), (409, "ResourceExists")] {
        let memory = healthy_azure();
        let body = json!({ "error": { "code": code, "message": "somebody was faster" } });
        memory.rule(Rule { method: Method::PUT, path: "/extensions/aml", status, body, times: 1 });
        let mut core = Core::new("arc_extension", &memory);
        let told = core.apply(&alone(json!({}))).await;
        assert!(any_contains(&told, "somebody was faster"), "{told:#?}");
        assert!(core.state().is_null());
        assert_eq!(memory.writes(), ["PUT aml"], "{code}");
    }
}

fn forbidden(memory: &Memory, method: Method, path: &'static str, action: &str) {
    let message = format!(
        "The client 'x' does not have authorization to perform action '{action}' over the scope."
    );
    let body = json!({ "error": { "code": "AuthorizationFailed", "message": message } });
    memory.rule(Rule { method, path, status: 403, body, times: 1 });
}
