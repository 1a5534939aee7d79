//! What a plan of an extension says besides its changes: what they do to people, what stays, what is drift, and what
//! cannot be seen.

use serde_json::json;

use crate::arc_extension::{TRAINING, cluster, id, resource};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

with_terraform!(
    changes_that_hurt_are_warned_of_on_their_attribute,
    a_replacement_and_a_removal_say_what_they_cost,
    what_the_service_adds_is_quiet_and_what_others_change_is_drift,
    what_leaves_the_configuration_is_said_to_stay,
    what_an_import_cannot_read_is_said_once,
    secrets_that_would_be_lost_are_asked_for_by_name,
);

const ADDRESS: &str = "azureml_arc_extension.this";

const BOTH: &str = r#"
  enable_training                 = true
  enable_inference                = true
  install_nvidia_device_plugin    = true
  log_analytics_ws                = false
  node_selector                   = { pool = "ml" }
  allow_insecure_connections      = true
  inference_router_service_type   = "loadBalancer"
  internal_load_balancer_provider = "azure"
  ssl_cname                       = "edge.example"
"#;

const ENDPOINTS: &str = "Online endpoints and their deployments may stop answering.";

// === impacts ===

fn changes_that_hurt_are_warned_of_on_their_attribute(_: &Azure, cli: &mut Cli) {
    cli.write(&resource(BOTH));
    cli.apply().succeeds();
    let jobs = "Running jobs may stop";
    let changes = [
        ("enable_training                 = true", "enable_training = false"),
        ("plugin    = true", "plugin = false"),
        ("= false", "= true"),
        ("\"ml\"", "\"gpu\""),
        ("connections      = true", "connections = false\n  ssl_secret = \"router\""),
        ("\"loadBalancer\"", "\"clusterIP\""),
        ("\"azure\"", "\"none\""),
        ("\"edge.example\"", "\"router.example\""),
    ];
    let after = changes.iter().rev().fold(BOTH.to_owned(), |hcl, (from, to)| {
        assert!(hcl.contains(from), "{from}");
        hcl.replacen(from, to, 1)
    });
    cli.write(&resource(&after));
    let planned = cli.plan(&[]);
    planned.plans("update", ADDRESS);
    for (attribute, value, means) in [
        ("enable_training", "False", jobs),
        ("install_nvidia_device_plugin", "False", jobs),
        ("log_analytics_ws", "True", "may cost money"),
        ("node_selector", "gpu", jobs),
        ("allow_insecure_connections", "False", ENDPOINTS),
        ("inference_router_service_type", "clusterIP", ENDPOINTS),
        ("internal_load_balancer_provider", "none", ENDPOINTS),
        ("ssl_cname", "router.example", ENDPOINTS),
    ] {
        let what = match attribute {
            "node_selector" => "node_selector[\"pool\"]",
            _ => attribute,
        };
        let summary = format!("Extension amlarc-compute: {what} changes to {value}");
        planned.ran().warns_of(&summary).says(means).at(attribute);
    }
    cli.write(&resource(&BOTH.replace("inference                = true", "inference = false")));
    let off = cli.plan(&[]);
    off.ran().warns_of("enable_inference changes to False").says(ENDPOINTS).at("enable_inference");

    // A value that shows only during the apply may be another one.
    let open = BOTH.replace("\"edge.example\"", "terraform_data.later.id");
    cli.write(&format!("{}\nresource \"terraform_data\" \"later\" {{}}\n", resource(&open)));
    cli.plan(&[]).ran().warns_of("ssl_cname may change").says(ENDPOINTS).at("ssl_cname");
}

fn a_replacement_and_a_removal_say_what_they_cost(_: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    let lost = "Running jobs stop, and every compute attached through it breaks until it is attached again.";
    for (from, to, at, why) in [
        ("\"amlarc-compute\"", "\"other\"", "name", "an extension cannot be renamed"),
        ("amlarc-cluster\"", "amlarc-small\"", "cluster_id", "cannot be moved"),
    ] {
        cli.write(&resource(TRAINING).replace(from, to));
        let planned = cli.plan(&[]);
        planned.plans("replace", ADDRESS);
        planned.ran().warns_of(&format!("Changing {at} replaces the")).says(why).at(at);
        planned.ran().warns_of("Extension amlarc-compute is uninstalled").says(lost);
    }
    cli.write(&resource(TRAINING));
    cli.plan(&["-destroy"]).ran().warns_of("Extension amlarc-compute is uninstalled").says(lost);
}

// === what is not ours, and what is ===

fn what_the_service_adds_is_quiet_and_what_others_change_is_drift(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    azure.drift(&id(), |object| {
        let settings = &mut object["properties"]["configurationSettings"];
        settings["servicesOwn.key"] = json!("1");
        settings["installPromOp"] = json!("True");
    });
    settled(cli);

    azure.drift(&id(), |object| {
        let settings = &mut object["properties"]["configurationSettings"];
        settings["amloperator.skipResourceValidation"] = json!("false");
        settings["nodeSelector.pool"] = json!("theirs");
    });
    let drifted =
        ["configuration_settings.amloperator.skipResourceValidation", "node_selector.pool"];
    cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &drifted);
    azure.forget();
    cli.apply().succeeds();
    let sent = json!({ "amloperator.skipResourceValidation": "true", "nodeSelector.pool": "ml" });
    let body = azure.last_body("PATCH", &id());
    assert_eq!(body, json!({ "properties": { "configurationSettings": sent } }));
    settled(cli);
}

fn what_leaves_the_configuration_is_said_to_stay(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(TRAINING));
    cli.apply().succeeds();
    azure.forget();
    cli.write(&resource("enable_training = true"));
    let planned = cli.plan(&[]);
    planned.plans("update", ADDRESS);
    for (what, write) in [
        ("install_nvidia_device_plugin stays False", "write the service's default, False,"),
        ("node_selector[\"pool\"] stays ml", "write the value that it shall have"),
        (
            "configuration_settings[\"amloperator.skipResourceValidation\"] stays true",
            "write the value that it shall have",
        ),
    ] {
        let told = planned.ran().warns_of(&format!("{what} in the service"));
        told.says("An update cannot remove a setting").says(write);
    }
    cli.apply().succeeds();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    settled(cli);
}

// === what cannot be read ===

fn what_an_import_cannot_read_is_said_once(azure: &Azure, cli: &mut Cli) {
    let with_secrets = format!(
        r#"{TRAINING}
  configuration_protected_settings = {{ "custom.key" = "one" }}
  configuration_protected_settings_wo = {{ "other.key" = "two" }}
  configuration_protected_settings_wo_version = 1
"#
    );
    cli.write(&resource(&with_secrets));
    cli.apply().succeeds();
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    azure.forget();
    let planned = cli.plan(&[]);
    planned.plans("update", ADDRESS).changes_only(
        ADDRESS,
        &[
            "configuration_protected_settings.custom.key",
            "configuration_protected_settings_wo_version",
        ],
    );
    for attribute in
        ["configuration_protected_settings", "configuration_protected_settings_wo_version"]
    {
        planned.ran().warns_of(&format!("{attribute} is assumed to match Azure")).at(attribute);
    }
    let told = cli.apply().succeeds().to_string();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    assert!(told.contains("assumed to match Azure"), "{told}");
    let again = cli.plan(&[]);
    again.plans_nothing();
    assert!(!again.ran().to_string().contains("assumed to match Azure"), "{}", again.ran());
    settled(cli);
}

/// The service replaces protected settings as a whole, so an imported extension can send only those that are written.
fn secrets_that_would_be_lost_are_asked_for_by_name(azure: &Azure, cli: &mut Cli) {
    cli.write_file("server.crt", include_str!("../fixtures/tls/server.crt"));
    cli.write_file("server.key", include_str!("../fixtures/tls/server.key"));
    let tls = r#"
  enable_inference              = true
  inference_router_service_type = "loadBalancer"
  ssl_cname                     = "edge.example"
  ssl_cert_pem                  = file("server.crt")
  ssl_key_pem                   = file("server.key")
"#;
    cli.write(&resource(tls));
    cli.apply().succeeds();
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    let bare: Vec<_> = tls.lines().filter(|line| !line.contains("_pem")).collect();
    let keys = |hcl: &str| format!("{hcl}\n  relay = {{ mode = \"managed\", keys_version = 1 }}\n");
    let insecure = bare.join("\n") + "\n  ssl_secret = \"router\"";
    cli.write(&resource(&insecure));
    cli.apply().succeeds();
    azure.forget();
    cli.write(&resource(&keys(&insecure)));
    let planned = cli.plan(&[]);
    planned.plans("update", ADDRESS);
    planned.ran().warns_of("loses protected settings").says("scoringFe.sslCert, scoringFe.sslKey");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    // A certificate that is in use, and nobody has written.
    cli.write(&resource(&keys(&bare.join("\n"))));
    azure.drift(&id(), |object| {
        object["properties"]["configurationSettings"]["sslSecret"] = json!("");
        object["properties"]["configurationSettings"]["scoringFe.sslSecret"] = json!("");
    });
    let told = cli.plan(&[]);
    let told = told.ran().fails_with("The certificate and its key are not written");
    told.says("The service shows these: scoringFe.sslCert, scoringFe.sslKey");
    cli.write(&resource(&keys(&format!("{tls}\n  configuration_protected_settings = {{}}"))));
    cli.apply().succeeds();
    let sent = azure.last_body("PATCH", &id())["properties"].clone();
    let secrets = sent["configurationProtectedSettings"].as_object().expect("secrets are sent");
    let whole = [
        "relayServerConnectionString",
        "relayserver.relayConnectionString",
        "scoringFe.sslCert",
        "scoringFe.sslKey",
    ];
    assert!(secrets.keys().eq(whole), "{secrets:#?} of {}", cluster());
    settled(cli);
}
