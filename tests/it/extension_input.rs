//! Bad input of an extension: refused on its attribute, at plan where it can be, and nothing left behind in Azure that
//! is not in the state. Each rule by itself is tested in `aml` or `provider`.

use serde_json::json;

use crate::arc_extension::{INFERENCE, TRAINING, cluster, id, resource};
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

with_terraform!(
    keys_of_the_free_maps_are_refused_where_they_stand,
    settings_that_contradict_each_other_are_refused,
    a_relay_of_another_kind_is_refused,
    everything_wrong_is_told_at_once,
    everything_may_be_unknown_at_plan,
    what_turns_out_wrong_during_the_apply_leaves_nothing_behind,
    a_cluster_that_goes_before_the_apply_leaves_nothing_behind,
    a_cluster_that_goes_during_the_apply_leaves_nothing_unknown,
    a_cluster_that_goes_before_an_update_keeps_the_state,
);

const ADDRESS: &str = "azureml_arc_extension.this";

// === refused at validate ===

fn keys_of_the_free_maps_are_refused_where_they_stand(_: &Azure, cli: &mut Cli) {
    let with = |map: &str, key: &str| {
        resource(&format!(
            "  enable_training = true\n  configuration_{map} = {{ \"{key}\" = \"true\" }}"
        ))
    };
    let file = "Set ssl_key_pem to its text instead";
    for (map, key, says) in [
        ("settings", "ClusterId", "Did you mean clusterId?"),
        ("protected_settings", "sslKeyPemFile", file),
        ("protected_settings_wo", "sslKeyPemFile", file),
    ] {
        cli.write(&with(map, key));
        cli.validate().fails_with(says).at(&format!("configuration_{map} = {{ \"{key}\""));
    }
    cli.write(&with("settings", "doamin"));
    let ran = cli.validate();
    ran.succeeds();
    ran.warns_of("\"doamin\" is not a known setting").says("Did you mean domain?").at("doamin");
}

fn settings_that_contradict_each_other_are_refused(_: &Azure, cli: &mut Cli) {
    cli.write(&resource(&INFERENCE.replace("allow_insecure_connections    = true", "")));
    // What stands on nothing that is written shows the resource.
    cli.validate().fails_with("needs a certificate").at("azureml_arc_extension");
    cli.write(&resource(
        "  enable_training = true\n  relay = { mode = \"none\" }\n  configuration_settings = { \"relayserver.enabled\" = \"true\" }",
    ));
    // Some programs show no line of an attribute of an object, so the words name it.
    cli.validate().fails_with("the mode of relay says false").says("It stands at relay.mode.");
}

fn a_relay_of_another_kind_is_refused(azure: &Azure, cli: &mut Cli) {
    let with = |id: &str| {
        let relay = format!("relay = {{ mode = \"existing\", hybrid_connection_id = \"{id}\" }}");
        resource(&format!("enable_training = true\n  {relay}"))
    };
    let namespace = format!("{GROUP}/providers/Microsoft.Relay/namespaces/relay-own");
    cli.write(&with(&namespace));
    let ran = cli.validate();
    let found = ran.fails_with("Invalid relay.hybrid_connection_id");
    found.says("Expected: /subscriptions/").says("/hybridConnections/<hybridConnection>");
    // The right kind, but there is none of that name.
    cli.write(&with(&format!("{namespace}/hybridConnections/edge")));
    cli.validate().succeeds();
    cli.apply().fails_with("relay-own");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    assert_eq!(cli.state(ADDRESS), None);
}

fn everything_wrong_is_told_at_once(_: &Azure, cli: &mut Cli) {
    let wrong = r#"
  enable_inference               = true
  inference_router_service_type  = "internal"
  ssl_cert_pem                   = "/etc/tls/cert.pem"
  ssl_key_pem                    = "key.pem"
  node_selector                  = { "a b" = "c" }
  configuration_settings         = { "ClusterId" = "x", "enableTraining" = "True" }
  version                        = "1.1.50"
  auto_upgrade_minor_version     = true
  relay                          = { mode = "some" }
"#;
    cli.write(&resource(wrong));
    let ran = cli.validate();
    for at in [
        "inference_router_service_type",
        "ssl_cert_pem",
        "ssl_key_pem",
        "node_selector",
        "configuration_settings",
        "auto_upgrade_minor_version",
    ] {
        ran.fails_with(&format!("Invalid {at}")).at(at);
    }
    ran.fails_with("Invalid relay.mode");
    ran.fails_with("Did you mean clusterId?");
    ran.fails_with("Set enable_training instead");
}

// === not known yet ===

fn everything_may_be_unknown_at_plan(_: &Azure, cli: &mut Cli) {
    let arguments = [
        "name",
        "cluster_id",
        "enable_training",
        "enable_inference",
        "log_analytics_ws",
        "cluster_purpose",
        "node_selector",
        "install_nvidia_device_plugin",
        "install_prom_op",
        "install_volcano",
        "install_dcgm_exporter",
        "install_blobfuse_sysctl",
        "install_blobfuse_flexvol",
        "volume_plugin_dir",
        "allow_insecure_connections",
        "inference_router_service_type",
        "inference_router_ha",
        "internal_load_balancer_provider",
        "ssl_secret",
        "ssl_cname",
        "ssl_cert_pem",
        "ssl_key_pem",
        "ssl_pem_wo_version",
        "configuration_settings",
        "configuration_settings_version",
        "configuration_protected_settings",
        "configuration_protected_settings_wo_version",
        "relay",
        "release_train",
        "version",
        "auto_upgrade_minor_version",
        "force_delete",
    ];
    let later = |argument: &&str| format!("  {argument} = jsondecode(terraform_data.later.id)\n");
    let body: String = arguments.iter().map(later).collect();
    let whole = resource("");
    let head = whole.split_once("  name ").map_or("", |(head, _)| head);
    cli.write(&format!("{head}{body}}}\nresource \"terraform_data\" \"later\" {{}}\n"));
    cli.validate().succeeds();
    cli.plan(&[]).plans("create", ADDRESS);
}

fn what_turns_out_wrong_during_the_apply_leaves_nothing_behind(azure: &Azure, cli: &mut Cli) {
    cli.write_file("server.crt", include_str!("../fixtures/tls/server.crt"));
    cli.write_file("other.key", include_str!("../fixtures/tls/other.key"));
    let tls = r#"
  enable_inference              = true
  inference_router_service_type = "loadBalancer"
  ssl_cname                     = "edge.example"
  ssl_cert_pem                  = file("server.crt")
  ssl_key_pem                   = LATER
"#;
    let training = |more: &str| format!("  enable_training = true\n  {more}");
    for (written, value, says) in [
        (tls.to_owned(), "file(\"other.key\")", "Invalid ssl_key_pem"),
        (
            training("relay = { mode = \"existing\", hybrid_connection_id = LATER }"),
            "\"edge\"",
            "Invalid relay.hybrid_connection_id",
        ),
        (
            training("configuration_settings = { (upper(LATER)) = \"x\" }"),
            "\"clusterid\"",
            "Did you mean clusterId?",
        ),
        ("  enable_training = LATER == \"yes\"".to_owned(), "\"no\"", "Invalid enable_training"),
    ] {
        let written = resource(&written.replace("LATER", "terraform_data.later.output"));
        cli.write(&format!(
            "{written}\nresource \"terraform_data\" \"later\" {{\n  input = {value}\n}}\n"
        ));
        cli.validate().succeeds();
        cli.plan(&[]).plans("create", ADDRESS);
        cli.apply().fails_with(says);
        assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
        assert_eq!(cli.state(ADDRESS), None);
        cli.forget("terraform_data.later").succeeds();
    }
}

// === a cluster that goes ===

fn a_cluster_that_goes_before_the_apply_leaves_nothing_behind(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.plan(&[]).plans("create", ADDRESS);
    azure.remove(&cluster());
    cli.run(&["apply", "-json", "plan"]).fails_with(&cluster()).at("cluster_id");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    assert_eq!(cli.state(ADDRESS), None);
}

/// The relay stands already when the cluster turns out to be gone.
fn a_cluster_that_goes_during_the_apply_leaves_nothing_unknown(azure: &Azure, cli: &mut Cli) {
    let before: Vec<_> = azure.objects().into_keys().collect();
    cli.write(&resource(TRAINING));
    let put = json!({ "method": "PUT", "path": "extensions/amlarc-compute" });
    let message = format!("The Resource '{}' was not found.", cluster());
    let body = json!({ "error": { "code": "ResourceNotFound", "message": message } });
    azure.fails(&put, &json!({ "status": 404, "body": body }));
    cli.apply().fails_with("was not found");
    let state = cli.state(ADDRESS).expect("what was made is in the state");
    let beside = state["side_resources"].as_array().cloned().unwrap_or_default();
    assert!(!beside.is_empty() && beside.iter().all(|one| one["created"] == true), "{state:#}");
    for one in &beside {
        let id = one["id"].as_str().unwrap_or_default();
        assert!(azure.object(id).is_some(), "{id} is in the state and not in Azure");
    }
    cli.destroy().succeeds();
    let after: Vec<_> = azure.objects().into_keys().collect();
    assert_eq!(after, before);
}

fn a_cluster_that_goes_before_an_update_keeps_the_state(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    cli.write(&resource(&TRAINING.replace("plugin = false", "plugin = true")));
    cli.plan(&[]).plans("update", ADDRESS);
    let gone = azure.object(&cluster()).expect("there is a cluster");
    let extension = azure.object(&id()).expect("there is an extension");
    azure.remove(&id());
    azure.remove(&cluster());
    azure.forget();
    cli.run(&["apply", "-json", "plan"]).fails_with("amlarc");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    let state = cli.state(ADDRESS).expect("the state still has it");
    assert_eq!(state["install_nvidia_device_plugin"], false);
    // Both come back, and so does the plan.
    azure.put(&cluster(), &gone);
    azure.put(&id(), &extension);
    cli.apply().succeeds();
    settled(cli);
}
