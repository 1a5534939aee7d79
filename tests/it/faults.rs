//! What Azure answers when things are not as they should be, and what a user of a real program reads of it.

use std::time::Duration;

use emulator::Options;
use hyper::Method;
use serde_json::{Value, json};

use crate::arc_extension::{TRAINING, cluster, id, resource};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{stage_in, with_every_program, with_terraform};

with_every_program!(a_failed_installation_is_decoded_and_made_anew);
with_terraform!(
    a_failed_update_is_the_truth_and_is_repaired,
    what_is_missing_is_found_before_anything_is_written,
    an_extension_without_its_agents_is_deleted_by_force,
    a_cluster_that_is_gone_is_told_at_each_step,
    an_extension_that_is_gone_is_made_again,
    what_cannot_be_read_stays_in_the_state,
    what_is_refused_leaves_nothing,
    another_operation_is_waited_for,
    a_deletion_that_fails_keeps_the_state,
    what_is_gone_is_deleted_already,
    a_deletion_that_hangs_is_forced,
);

const ADDRESS: &str = "azureml_arc_extension.this";
const ALONE: &str = "  enable_training = true\n  relay           = { mode = \"none\" }\n";

// === before anything is written ===

fn what_is_missing_is_found_before_anything_is_written(azure: &Azure, cli: &mut Cli) {
    let subscription = "/subscriptions/00000000-0000-0000-0000-000000000001";
    cli.write(&resource(TRAINING));
    let connected = |state: &'static str| {
        move |azure: &Azure| {
            azure.drift(&cluster(), |it| it["properties"]["connectivityStatus"] = json!(state));
        }
    };
    let registered = |namespace: &'static str, state: &'static str| {
        let id = format!("{subscription}/providers/{namespace}");
        move |azure: &Azure| azure.drift(&id, |it| it["registrationState"] = json!(state))
    };
    let told = |text: &str, fix: &str| {
        azure.forget();
        cli.apply().fails_with(text).says(fix);
        assert!(azure.writes().is_empty(), "{text}: nothing is written: {:#?}", azure.writes());
        assert_eq!(cli.state(ADDRESS), None);
    };

    connected("Offline")(azure);
    told("Cluster is not connected", "kubectl get pods -n azure-arc");
    connected("Expired")(azure);
    told("Cluster is not connected", "az connectedk8s connect --name amlarc-cluster");
    connected("Connected")(azure);

    for namespace in ["Microsoft.Relay", "Microsoft.KubernetesConfiguration"] {
        registered(namespace, "NotRegistered")(azure);
        told(
            "Resource provider is not registered",
            &format!("az provider register --namespace {namespace} --subscription 0000"),
        );
        registered(namespace, "Registered")(azure);
    }

    for path in [id(), cluster()] {
        azure.fails(&json!({ "method": "GET", "path": path }), &forbidden("read"));
        let command =
            "az role assignment create --assignee <object or client ID> --role \"Reader\"";
        told("AuthorizationFailed", command);
    }

    installed(azure, "amlarc-compute", "microsoft.dapr");
    told("its type is microsoft.dapr", "Choose another name");
    azure.remove(&id());
    installed(azure, "elsewhere", "microsoft.azureml.kubernetes");
    told("Cluster already has the extension", "to = azureml_arc_extension.NAME id = \"/sub");
    azure.remove(&id().replace("amlarc-compute", "elsewhere"));

    azure.remove(&cluster());
    told("cluster", "Check the ID");
}

/// A right that is missing at the write itself names the role that has it.
fn what_is_refused_leaves_nothing(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(ALONE));
    azure.fails(&json!({ "method": "PUT", "path": "extensions/" }), &forbidden("write"));
    let command = "--role \"Kubernetes Extension Contributor\" --scope /subscriptions/";
    cli.apply().fails_with("Microsoft.KubernetesConfiguration/extensions/write").says(command);
    assert_eq!(cli.state(ADDRESS), None);
    let body = json!({ "error": { "code": "BadRequest", "message": "the release train is odd" } });
    let puts = json!({ "method": "PUT", "path": "extensions/" });
    azure.fails(&puts, &json!({ "status": 400, "body": body }));
    cli.apply().fails_with("the release train is odd").says("request ID");
    assert_eq!((cli.state(ADDRESS), azure.object(&id())), (None, None));
}

fn a_cluster_that_is_gone_is_told_at_each_step(azure: &Azure, cli: &mut Cli) {
    let cluster = cluster();
    let object = azure.object(&cluster).expect("the cluster is there");
    cli.write(&resource(ALONE));
    cli.plan(&[]).plans("create", ADDRESS);
    azure.remove(&cluster);
    azure.forget();
    let planned = cli.run(&["apply", "-json", "plan"]);
    planned.fails_with("Check the ID").says(&cluster).at("cluster_id");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());

    azure.put(&cluster, &object);
    cli.apply().succeeds();
    cli.write(&resource(&format!("{ALONE}  install_prom_op = false\n")));
    cli.plan(&[]).plans("update", ADDRESS);
    azure.remove(&cluster);
    cli.run(&["apply", "-json", "plan"]).fails_with("Check the ID").says(&cluster);
    cli.plan(&[]).plans("create", ADDRESS).ran().warns_of("Extension is gone").says(&cluster);
    cli.destroy().succeeds();
}

// === reads ===

fn an_extension_that_is_gone_is_made_again(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    azure.remove(&id());
    // What it created is still there, and the state has nowhere else to keep it.
    cli.plan(&[]).plans("update", ADDRESS).ran().warns_of("Extension amlarc-compute is not there");
    cli.apply().succeeds();
    settled(cli);
    cli.write(&resource(ALONE));
    cli.destroy().succeeds();
    cli.apply().succeeds();
    azure.remove(&id());
    cli.plan(&[]).plans("create", ADDRESS);
    cli.apply().succeeds();
    settled(cli);
}

fn what_cannot_be_read_stays_in_the_state(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(&format!("{ALONE}  timeouts {{\n    read = \"3s\"\n  }}\n")));
    cli.apply().succeeds();
    let page = "<html><body><h1>Bad Gateway</h1></body></html>";
    let busy = json!({ "error": { "code": "TooManyRequests", "message": "slow down" } });
    let late = json!({ "Retry-After": "3600" });
    for (fault, text) in [
        (forbidden("read"), "Microsoft.KubernetesConfiguration/extensions/read"),
        (json!({ "status": 429, "headers": late, "body": busy }), "slow down"),
        (json!({ "status": 500, "body": "" }), "500"),
        (json!({ "status": 502, "body": page }), "Bad Gateway"),
        (json!({ "delay_ms": 60_000 }), "timeouts { read"),
    ] {
        azure.fails_times(0, &json!({ "method": "GET", "path": "extensions/" }), &fault);
        cli.plan(&[]).ran().fails_with("Extension cannot be read").says(text);
        azure.clears_faults();
        assert_eq!(cli.state(ADDRESS).expect("it stays")["id"], id());
    }
    settled(cli);
}

// === writes ===

fn a_failed_installation_is_decoded_and_made_anew(azure: &Azure, cli: &mut Cli) {
    fails_at_work(azure, "PUT", "E40001", "LOAD_BALANCER_NOT_SUPPORT");
    cli.write(&resource(TRAINING));
    let ran = cli.apply();
    ran.fails_with("Extension was not created")
        .says("pod healthcheck failed")
        .says("ErrorMessage: LOAD_BALANCER_NOT_SUPPORT")
        .says("Set `inference_router_service_type` to \"nodePort\"")
        .says("marked for replacement")
        .says("request ID");
    let state = cli.state(ADDRESS).expect("what Azure took is in the state");
    assert_eq!(state["provisioning_state"], "Failed");
    assert!(state["statuses"][0]["message"].as_str().is_some_and(|text| text.contains("E40001")));
    cli.plan(&[]).plans("replace", ADDRESS);
    cli.apply().succeeds();
    is_told_at_the_end(cli);
    settled(cli);
}

/// Item by item what a user sees of a well extension.
fn is_told_at_the_end(cli: &Cli) {
    let state = cli.state(ADDRESS).expect("it is in the state");
    assert_eq!(state["provisioning_state"], "Succeeded");
    assert!(state["current_version"].as_str().is_some_and(|version| version.starts_with("1.")));
    assert!(state["identity"]["principal_id"].is_string(), "{state:#}");
    assert_eq!(state["statuses"], json!([]));
}

fn a_failed_update_is_the_truth_and_is_repaired(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    fails_at_work(azure, "PATCH", "E45002", "PROMETHEUS_CONFLICT");
    cli.write(&resource(&TRAINING.replace("plugin = false", "plugin = true")));
    cli.apply().fails_with("Extension was not updated").says("Set `install_prom_op = false`.");
    let state = cli.state(ADDRESS).expect("it is in the state");
    assert_eq!(state["provisioning_state"], "Failed");
    assert_eq!(state["install_nvidia_device_plugin"], true, "the service has merged it");
    let plan = cli.plan(&[]);
    plan.plans("update", ADDRESS).ran().warns_of("Extension amlarc-compute is Failed");
    plan.ran().warns_of("is not ready").says("PROMETHEUS_CONFLICT").says("install_prom_op");
    cli.apply().succeeds();
    settled(cli);
}

fn another_operation_is_waited_for(azure: &Azure, cli: &mut Cli) {
    let text = "Another operation (an upgrade) is in progress on the extension";
    let body = json!({ "error": { "code": "AnotherOperationInProgress", "message": text } });
    let busy = json!({ "status": 409, "headers": { "Retry-After": "1" }, "body": body });
    cli.set("TF_LOG_PROVIDER", "INFO");
    cli.write(&resource(ALONE));
    for method in ["PUT", "PATCH", "DELETE"] {
        azure.fails_times(2, &json!({ "method": method, "path": "extensions/" }), &busy);
    }
    cli.apply().succeeds().mentions("waiting 1 s for another operation").mentions(text);
    cli.write(&resource(&format!("{ALONE}  install_prom_op = false\n")));
    cli.apply().succeeds().mentions(text);
    cli.destroy().succeeds().mentions(text);
    for method in ["PUT", "PATCH", "DELETE"] {
        assert_eq!(azure.count(method, &id()), 3, "{method}");
    }
}

// === polls ===

#[test]
fn a_running_operation_is_looked_at_every_second_at_first() {
    let operation_duration = Duration::from_secs(7);
    let options = Options { operation_duration, retry_after: false, ..Options::default() };
    stage_in(&Azure::with(options), TERRAFORM_1_11, |azure, cli| {
        cli.write(&resource(ALONE));
        cli.apply().succeeds();
        let seen = azure.exchanges();
        let put = seen.iter().position(|seen| seen.is("PUT", &id())).expect("it is put");
        let polls = seen[put..].iter().filter(|seen| seen.path.contains("/operations/"));
        let came: Vec<u64> =
            std::iter::once(&seen[put]).chain(polls).map(|seen| seen.at_ms).collect();
        let gaps: Vec<u64> = came.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!((2..=9).contains(&gaps.len()), "{gaps:?}");
        assert!(gaps[1..].iter().all(|gap| *gap >= 900) && gaps[0] < 5_000, "{gaps:?}");
    });
}

// === deletions ===

fn what_is_gone_is_deleted_already(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(ALONE));
    cli.apply().succeeds();
    azure.remove(&id());
    cli.run(&["destroy", "-json", "-auto-approve", "-refresh=false"]).succeeds();
    assert_eq!(cli.state(ADDRESS), None);
}

fn a_deletion_that_fails_keeps_the_state(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(ALONE));
    cli.apply().succeeds();
    for _ in 0..2 {
        fails_at_work(azure, "DELETE", "E45001", "AGENT_UNHEALTHY");
        cli.destroy().fails_with("Extension was not deleted").says("AGENT_UNHEALTHY");
        assert_eq!(cli.state(ADDRESS).expect("it is still there")["id"], id());
    }
    cli.destroy().succeeds();
    assert_eq!((cli.state(ADDRESS), azure.object(&id())), (None, None));
}

fn an_extension_without_its_agents_is_deleted_by_force(azure: &Azure, cli: &mut Cli) {
    let timed =
        |more: &str| resource(&format!("{ALONE}{more}  timeouts {{\n    delete = \"4s\"\n  }}\n"));
    cli.write(&timed(""));
    cli.apply().succeeds();
    azure.drift(&cluster(), |it| it["properties"]["connectivityStatus"] = json!("Offline"));
    cli.destroy().fails_with("Extension was not deleted").says("set `force_delete = true`");
    assert_eq!(cli.state(ADDRESS).expect("it is still there")["id"], id());
    cli.write(&timed("  force_delete = true\n"));
    azure.ends_operations();
    // The removal went on and has ended since.
    cli.plan(&[]).plans("create", ADDRESS);
    azure.drift(&cluster(), |it| it["properties"]["connectivityStatus"] = json!("Connected"));
    cli.apply().succeeds();
    azure.drift(&cluster(), |it| it["properties"]["connectivityStatus"] = json!("Offline"));
    azure.forget();
    cli.destroy().succeeds();
    let deletions = azure.exchanges().into_iter().filter(|seen| seen.is("DELETE", &id()));
    let queries: Vec<_> = deletions.map(|seen| seen.query).collect();
    assert_eq!(queries.len(), 1, "{queries:?}");
    assert!(queries[0].contains("forceDelete=true"), "{queries:?}");
    assert_eq!(azure.object(&id()), None);
}

/// The agents are there, and the removal does not end: the last tenth of the time is for the other way.
fn a_deletion_that_hangs_is_forced(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(&format!(
        "{ALONE}  force_delete = true\n  timeouts {{\n    delete = \"10s\"\n  }}\n"
    )));
    cli.apply().succeeds();
    let deletes = json!({ "method": "DELETE", "path": "extensions/" });
    azure.fails(&deletes, &json!({ "stick_operation": true }));
    cli.destroy().succeeds();
    assert_eq!(azure.count("DELETE", &id()), 2);
    assert_eq!(azure.object(&id()), None);
}

// === faults ===

/// The next operation on the extension ends as its health check does.
fn fails_at_work(azure: &Azure, method: &str, code: &str, name: &str) {
    let message = format!(
        "Error: [ InnerError: [Helm operation failed: pod healthcheck failed: Status: Failed Name: azureml-fe \
         ErrorCode: {code} ErrorMessage: {name}]] occurred while doing the operation"
    );
    let failure = json!({ "code": "ExtensionOperationFailed", "message": message });
    let when = json!({ "method": method, "path": "extensions/" });
    azure.fails(&when, &json!({ "fail_operation": failure }));
}

fn forbidden(action: &str) -> Value {
    let message = format!(
        "The client does not have authorization to perform action \
         'Microsoft.KubernetesConfiguration/extensions/{action}' over the scope or the scope is invalid."
    );
    let body = json!({ "error": { "code": "AuthorizationFailed", "message": message } });
    json!({ "status": 403, "body": body })
}

/// An extension that somebody else has installed.
fn installed(azure: &Azure, name: &str, kind: &str) {
    let id = id().replace("amlarc-compute", name);
    let mut body = json!({ "properties": {
        "extensionType": kind,
        "scope": { "cluster": { "releaseNamespace": "azureml" } },
        "configurationSettings": { "relayserver.enabled": "false" },
    } });
    body["identity"] = json!({ "type": "SystemAssigned" });
    azure.send(Method::PUT, &id, Some(&body));
}
