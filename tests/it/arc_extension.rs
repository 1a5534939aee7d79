//! `azureml_arc_extension`: the Azure ML extension on a cluster, installed as Microsoft's CLI does.

use serde_json::{Value, json};

use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::{Case, lifecycle, settled};
use crate::support::{REQUIRED_PROVIDERS, with_every_program, with_terraform, with_traits};

with_every_program!(lives);
with_traits!(
    lives_where: lives,
    put_drops_keys = PutDropsKeys,
    auto_upgrade_shows_a_version = VersionUnderAutoUpgrade,
    an_empty_protected_map_wipes = EmptyProtectedMapWipes,
    protected_names_are_hidden = HidesProtectedNames,
);
with_terraform!(
    installs_as_the_cli_does,
    an_import_keeps_what_is_not_written,
    an_update_sends_only_what_changed,
    a_removed_key_stays_and_is_warned_of,
    failed_is_drift_and_is_repaired,
    an_adopted_relay_is_kept,
    secrets_stay_secret,
    a_change_of_ours_alone_calls_nothing,
    an_existing_extension_is_not_taken,
);

const ADDRESS: &str = "azureml_arc_extension.this";

pub(crate) const TRAINING: &str = r#"
  enable_training              = true
  install_nvidia_device_plugin = false
  release_train                = "stable"
  node_selector                = { pool = "ml" }
  configuration_settings       = { "amloperator.skipResourceValidation" = "true" }
"#;

pub(crate) const INFERENCE: &str = r#"
  enable_inference              = true
  allow_insecure_connections    = true
  inference_router_service_type = "loadBalancer"
"#;

// === the life of one extension ===

pub(crate) fn lives(azure: &Azure, cli: &mut Cli) {
    lives_with(azure, cli, &[]);
}

/// The same where these are written besides, which an import leaves null.
pub(crate) fn lives_with(azure: &Azure, cli: &Cli, import_ignores: &[&str]) {
    let case = Case {
        address: ADDRESS,
        id: &id(),
        created: &resource(TRAINING),
        respelt: &resource(&TRAINING.replace("\"stable\"", "\"Stable\""))
            .replace("rg-arc", "RG-Arc"),
        changed: &resource(&TRAINING.replace("plugin = false", "plugin = true")),
        change: &["install_nvidia_device_plugin"],
        drift: |object| {
            object["properties"]["configurationSettings"]["installNvidiaDevicePlugin"] =
                json!("False");
        },
        drifted: &["install_nvidia_device_plugin"],
        import_ignores,
    };
    lifecycle(azure, cli, &case);
}

// === what goes over the wire ===

/// The settings of the documentation's own example, and what the CLI adds to them on a cluster of three nodes.
fn installs_as_the_cli_does(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource("enable_training = true"));
    cli.apply().succeeds();
    let body = azure.last_body("PUT", &id());
    let relay = format!(
        "{GROUP}/providers/Microsoft.Relay/namespaces/amlarccluster000000000000000000000000000000089c931"
    );
    // The service's own spelling: the CLI sends the ID that it was answered.
    let hybrid_connection = format!("{relay}/HybridConnections/amlarc-cluster");
    let plain = json!({
        "enableTraining": "True",
        "enableInference": "False",
        "cluster_name": cluster(),
        "clusterId": cluster(),
        "prometheus.prometheusSpec.externalLabels.cluster_name": cluster(),
        "cluster_name_friendly": "amlarc-cluster",
        "domain": "eastus.cloudapp.azure.com",
        "location": "eastus",
        "jobSchedulerLocation": "eastus",
        "servicebus.enabled": "false",
        "relayserver.enabled": "true",
        "nginxIngress.enabled": "false",
        "relayserver.hybridConnectionResourceID": hybrid_connection,
        "relayserver.hybridConnectionName": "amlarc-cluster",
    });
    let properties = &body["properties"];
    assert_eq!(properties["configurationSettings"], plain);
    let secrets =
        properties["configurationProtectedSettings"].as_object().expect("the relay's key is sent");
    assert!(
        secrets.keys().eq(["relayServerConnectionString", "relayserver.relayConnectionString"])
    );
    assert_eq!(properties["extensionType"], "microsoft.azureml.kubernetes");
    assert_eq!(properties["scope"], json!({"cluster": {"releaseNamespace": "azureml"}}));
    assert_eq!(properties["autoUpgradeMinorVersion"], true);
    assert_eq!(properties["releaseTrain"], "stable");
    assert_eq!(body["identity"], json!({"type": "SystemAssigned"}));
    settled(cli);
}

fn an_update_sends_only_what_changed(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    cli.write(&resource(&TRAINING.replace("plugin = false", "plugin = true")));
    cli.plan(&[]).changes_only(ADDRESS, &["install_nvidia_device_plugin"]);
    cli.apply().succeeds();
    let properties = &azure.last_body("PATCH", &id())["properties"];
    assert_eq!(properties["configurationSettings"], json!({"installNvidiaDevicePlugin": "True"}));
    assert!(properties.get("configurationProtectedSettings").is_none(), "{properties:#}");
    settled(cli);
}

fn a_removed_key_stays_and_is_warned_of(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    cli.write(&resource(&TRAINING.replace("install_nvidia_device_plugin = false", "")));
    cli.plan(&[])
        .plans("update", ADDRESS)
        .ran()
        .warns_of("install_nvidia_device_plugin stays False");
    cli.apply().succeeds();
    assert_eq!(
        stored(azure)["properties"]["configurationSettings"]["installNvidiaDevicePlugin"],
        "False"
    );
    settled(cli);
}

pub(crate) fn an_import_keeps_what_is_not_written(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    let before = stored(azure);
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    azure.forget();
    cli.write(&resource(&TRAINING.replace("plugin = false", "plugin = true")));
    cli.apply().succeeds();
    let writes = azure.writes();
    assert_eq!(writes.len(), 1, "one PATCH and nothing else: {writes:#?}");
    assert!(
        writes[0].body["properties"].get("configurationProtectedSettings").is_none(),
        "{writes:#?}"
    );
    let after = stored(azure);
    let secrets = |object: &Value| object["properties"]["configurationProtectedSettings"].clone();
    assert_eq!(secrets(&after), secrets(&before));
    assert_eq!(after["identity"], before["identity"]);
    settled(cli);
}

// === states ===

fn failed_is_drift_and_is_repaired(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    azure.drift(&id(), |object| object["properties"]["provisioningState"] = json!("Failed"));
    // A repair sends everything, so nothing that it may move is known.
    let open = [
        "current_version",
        "effective_configuration_settings",
        "provisioning_state",
        "side_resources",
        "statuses",
    ];
    cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &open).ran().warns_of("Failed");
    cli.apply().succeeds();
    assert_eq!(stored(azure)["properties"]["provisioningState"], "Succeeded");
    settled(cli);
}

fn an_adopted_relay_is_kept(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource("enable_training = true"));
    cli.apply().succeeds();
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    cli.destroy().succeeds().warns_of("Microsoft.Relay/namespaces");
    let kept = azure.objects().into_keys().any(|id| id.contains("Microsoft.Relay/namespaces"));
    assert!(kept, "a relay that this resource did not create stays");
    assert_eq!(azure.object(&id()), None);
}

fn secrets_stay_secret(azure: &Azure, cli: &mut Cli) {
    let key = "5f0c-not-for-your-eyes";
    cli.write(&resource(&format!(
        "enable_training = true\n  configuration_protected_settings = {{ \"custom.key\" = \"{key}\" }}"
    )));
    cli.plan(&[]).ran().never_says(key);
    cli.apply().succeeds().never_says(key);
    assert_eq!(
        azure.last_body("PUT", &id())["properties"]["configurationProtectedSettings"]["custom.key"],
        key
    );
    let body = json!({"error": {"code": "AuthorizationFailed", "message": "the client has no authorization"}});
    let reads = json!({"method": "GET", "path": "extensions/amlarc-compute"});
    azure.fails(&reads, &json!({"status": 403, "body": body}));
    cli.plan(&[]).ran().never_says(key).fails_with("AuthorizationFailed");
    settled(cli);
}

fn a_change_of_ours_alone_calls_nothing(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    cli.write(&resource(&format!(
        "{TRAINING}  force_delete = true\n  timeouts {{\n    update = \"2h\"\n  }}\n"
    )));
    cli.plan(&[]).plans("update", ADDRESS);
    azure.forget();
    cli.apply().succeeds();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    settled(cli);
}

// === unknown, bad and unexpected ===

fn an_existing_extension_is_not_taken(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    cli.forget(ADDRESS).succeeds();
    azure.forget();
    cli.apply().fails_with("import").says(&id());
    assert!(azure.writes().is_empty(), "nothing is written: {:#?}", azure.writes());
}

// === configurations ===

pub(crate) fn resource(arguments: &str) -> String {
    format!(
        r#"{REQUIRED_PROVIDERS}resource "azureml_arc_extension" "this" {{
  name       = "amlarc-compute"
  cluster_id = "{cluster}"
{arguments}
}}
"#,
        cluster = cluster()
    )
}

pub(crate) fn cluster() -> String {
    format!("{GROUP}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster")
}

pub(crate) fn id() -> String {
    format!("{}/providers/Microsoft.KubernetesConfiguration/extensions/amlarc-compute", cluster())
}

#[track_caller]
fn stored(azure: &Azure) -> Value {
    azure.object(&id()).expect("the extension exists")
}
