//! The product of 2021 and that of today: the settings of both, under their exact keys, and the way from one to
//! the other.

use serde_json::{Value, json};

use crate::arc_extension::{cluster, id, resource};
use crate::support::azure::{Azure, GROUP};
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

with_terraform!(
    every_key_goes_out_in_its_exact_case,
    settings_of_2021_are_warned_of_with_what_took_their_place,
    a_state_of_2021_plans_only_what_changes,
    an_extension_that_the_cli_of_2021_made_is_taken_over,
);

const ADDRESS: &str = "azureml_arc_extension.this";

/// The six settings of the documentation of June 2021, as it gives them, with its defaults.
const DOCUMENT: &str = r#"
  enable_training              = true
  log_analytics_ws             = false
  install_nvidia_device_plugin = true
  install_blobfuse_sysctl      = true
  install_blobfuse_flexvol     = true
  volume_plugin_dir            = "/etc/kubernetes/volumeplugins"
"#;

/// The keys are those of Microsoft's documentation; the service passes over one in another case.
fn every_key_goes_out_in_its_exact_case(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(
        r#"
  enable_training                 = true
  enable_inference                = true
  log_analytics_ws                = true
  cluster_purpose                 = "FastProd"
  node_selector                   = { Pool = "ml" }
  install_nvidia_device_plugin    = false
  install_prom_op                 = false
  install_volcano                 = false
  install_dcgm_exporter           = true
  install_blobfuse_sysctl         = false
  install_blobfuse_flexvol        = false
  volume_plugin_dir               = "/plugins"
  allow_insecure_connections      = true
  inference_router_service_type   = "loadBalancer"
  inference_router_ha             = true
  internal_load_balancer_provider = "azure"
  ssl_secret                      = "router"
  ssl_cname                       = "edge.example"
"#,
    ));
    cli.apply().succeeds();
    let sent = azure.last_body("PUT", &id())["properties"]["configurationSettings"].clone();
    for (key, value) in [
        ("enableTraining", "True"),
        ("enableInference", "True"),
        ("logAnalyticsWS", "True"),
        ("clusterPurpose", "FastProd"),
        ("nodeSelector.Pool", "ml"),
        ("installNvidiaDevicePlugin", "False"),
        ("installPromOp", "False"),
        ("installVolcano", "False"),
        ("installDcgmExporter", "True"),
        ("installBlobfuseSysctl", "False"),
        ("installBlobfuseFlexvol", "False"),
        ("volumePluginDir", "/plugins"),
        ("allowInsecureConnections", "True"),
        ("inferenceRouterServiceType", "loadBalancer"),
        ("inferenceRouterHA", "True"),
        ("internalLoadBalancerProvider", "azure"),
        ("sslSecret", "router"),
        ("sslCname", "edge.example"),
    ] {
        assert_eq!(sent[key], value, "{key} in {sent:#}");
        let spellings = sent.as_object().into_iter().flatten();
        let spellings = spellings.filter(|(other, _)| other.eq_ignore_ascii_case(key));
        assert_eq!(spellings.count(), 1, "{key} in {sent:#}");
    }
    settled(cli);
}

fn settings_of_2021_are_warned_of_with_what_took_their_place(_: &Azure, cli: &mut Cli) {
    let free = r#"
  configuration_settings = {
    "privateEndpointNodeport" = "false"
    "privateEndpointILB"      = "false"
    "inferenceLoadBalancerHA" = "true"
  }
  configuration_protected_settings = { "RelayConnectionString" = "Endpoint=sb://x/" }
"#;
    cli.write(&resource(&[DOCUMENT, free].concat()));
    let ran = cli.validate();
    ran.succeeds();
    for (key, successor, at) in [
        ("installBlobfuseSysctl", "nothing took its place", "install_blobfuse_sysctl"),
        ("installBlobfuseFlexvol", "nothing took its place", "install_blobfuse_flexvol"),
        ("volumePluginDir", "nothing took its place", "volume_plugin_dir"),
        ("privateEndpointNodeport", "Set inference_router_service_type", "privateEndpointNodeport"),
        ("privateEndpointILB", "Set internal_load_balancer_provider", "privateEndpointILB"),
        ("inferenceLoadBalancerHA", "Set inference_router_ha or cluster_purpose", "inferenceLoad"),
        ("RelayConnectionString", "Set relayserver.relayConnectionString", "RelayConnectionString"),
    ] {
        let told = ran.warns_of(&format!("{key} has no effect since the product of 2021"));
        told.says(successor).at(at);
    }
}

fn a_state_of_2021_plans_only_what_changes(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(DOCUMENT));
    cli.apply().succeeds();
    settled(cli);
    azure.forget();

    let turned = DOCUMENT.replace("device_plugin = true", "device_plugin = false");
    cli.write(&resource(&turned));
    cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &["install_nvidia_device_plugin"]);
    cli.apply().succeeds();
    let changed = json!({ "installNvidiaDevicePlugin": "False" });
    assert_eq!(
        azure.last_body("PATCH", &id())["properties"],
        json!({ "configurationSettings": changed })
    );
    settled(cli);

    // What the product of today no longer knows leaves the configuration, and nothing else moves.
    let today: Vec<_> = turned
        .lines()
        .filter(|line| !line.contains("blobfuse") && !line.contains("volume_plugin"))
        .collect();
    cli.write(&resource(&today.join("\n")));
    azure.forget();
    let gone = [
        "effective_configuration_settings.installBlobfuseFlexvol",
        "effective_configuration_settings.installBlobfuseSysctl",
        "effective_configuration_settings.volumePluginDir",
        "install_blobfuse_flexvol",
        "install_blobfuse_sysctl",
        "volume_plugin_dir",
    ];
    let planned = cli.plan(&[]);
    planned.plans("update", ADDRESS).changes_only(ADDRESS, &gone);
    planned.ran().warns_of("install_blobfuse_sysctl stays True in the service");
    cli.apply().succeeds();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    settled(cli);
}

/// With the settings that CLI extension 0.6.0 derived for these six, and without today's.
fn an_extension_that_the_cli_of_2021_made_is_taken_over(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(DOCUMENT));
    cli.apply().succeeds();
    cli.forget(ADDRESS).succeeds();
    azure.drift(&id(), |object| {
        object["properties"]["configurationSettings"] = settings_of_2021();
    });
    cli.import(ADDRESS, &id()).succeeds();
    settled(cli);
    azure.forget();
    cli.write(&resource(&DOCUMENT.replace("device_plugin = true", "device_plugin = false")));
    cli.plan(&[]).changes_only(ADDRESS, &["install_nvidia_device_plugin"]);
    cli.apply().succeeds();
    let writes = azure.writes();
    assert_eq!(writes.len(), 1, "{writes:#?}");
    let changed = json!({ "installNvidiaDevicePlugin": "False" });
    assert_eq!(writes[0].body["properties"], json!({ "configurationSettings": changed }));
    settled(cli);
}

fn settings_of_2021() -> Value {
    let cluster = cluster();
    let relay = format!(
        "{GROUP}/providers/Microsoft.Relay/namespaces/amlarccluster000000000000000000000000000000089c931"
    );
    let bus = format!(
        "{GROUP}/providers/Microsoft.ServiceBus/namespaces/amlarccluster00000000000000000000000000000002aa5c3"
    );
    json!({
        "enableTraining": "True",
        "enableInference": "False",
        "logAnalyticsWS": "False",
        "installNvidiaDevicePlugin": "True",
        "installBlobfuseSysctl": "True",
        "installBlobfuseFlexvol": "True",
        "volumePluginDir": "/etc/kubernetes/volumeplugins",
        "cluster_name": cluster,
        "clusterId": cluster,
        "prometheus.prometheusSpec.externalLabels.cluster_name": cluster,
        "cluster_name_friendly": "amlarc-cluster",
        "domain": "eastus.cloudapp.azure.com",
        "location": "eastus",
        "jobSchedulerLocation": "eastus",
        "relayserver.hybridConnectionResourceID": format!("{relay}/HybridConnections/amlarc-cluster"),
        "relayserver.hybridConnectionName": "amlarc-cluster",
        "servicebus.resourceID": bus,
        "servicebus.topicSubMapping.computestate-updatedby-computeprovider": "compute-scheduler-computestate",
        "servicebus.topicSubMapping.jobstate-updatedby-computeprovider": "compute-scheduler-jobstate",
    })
}
