//! What a plan of an extension says besides its changes: what they do to people, what stays, what is drift, and what
//! cannot be seen.

use serde_json::json;

use crate::arc_extension::{TRAINING, cluster, id, resource};
use crate::support::azure::Azure;
use crate::support::core::Core;
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

fn changes_that_hurt_are_warned_of_on_their_attribute(_: &Azure, core: &mut Core) {
    core.write(&resource(BOTH));
    core.apply().succeeds();
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
    core.write(&resource(&after));
    let planned = core.plan(&[]);
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
    core.write(&resource(&BOTH.replace("inference                = true", "inference = false")));
    let off = core.plan(&[]);
    off.ran().warns_of("enable_inference changes to False").says(ENDPOINTS).at("enable_inference");

    // A value that shows only during the apply may be another one.
    let open = BOTH.replace("\"edge.example\"", "terraform_data.later.id");
    core.write(&format!("{}\nresource \"terraform_data\" \"later\" {{}}\n", resource(&open)));
    core.plan(&[]).ran().warns_of("ssl_cname may change").says(ENDPOINTS).at("ssl_cname");
}

fn a_replacement_and_a_removal_say_what_they_cost(_: &Azure, core: &mut Core) {
    core.write(&resource(TRAINING));
    core.apply().succeeds();
    let lost = "Running jobs stop, and every compute attached through it breaks until it is attached again.";
    for (from, to, at, why) in [
        ("\"amlarc-compute\"", "\"other\"", "name", "an extension cannot be renamed"),
        ("amlarc-cluster\"", "amlarc-small\"", "cluster_id", "cannot be moved"),
    ] {
        core.write(&resource(TRAINING).replace(from, to));
        let planned = core.plan(&[]);
        planned.plans("replace", ADDRESS);
        planned.ran().warns_of(&format!("Changing {at} replaces the")).says(why).at(at);
        planned.ran().warns_of("Extension amlarc-compute is uninstalled").says(lost);
    }
    core.write(&resource(TRAINING));
    core.plan(&["-destroy"]).ran().warns_of("Extension amlarc-compute is uninstalled").says(lost);
}

// === what is not ours, and what is ===

fn what_the_service_adds_is_quiet_and_what_others_change_is_drift(azure: &Azure, core: &mut Core) {
    core.write(&resource(TRAINING));
    core.apply().succeeds();
    azure.drift(&id(), |object| {
        let settings = &mut object["properties"]["configurationSettings"];
        settings["servicesOwn.key"] = json!("1");
        settings["installPromOp"] = json!("True");
    });
    settled(core);

    azure.drift(&id(), |object| {
        let settings = &mut object["properties"]["configurationSettings"];
        settings["amloperator.skipResourceValidation"] = json!("false");
        settings["nodeSelector.pool"] = json!("theirs");
    });
    let drifted =
        ["configuration_settings.amloperator.skipResourceValidation", "node_selector.pool"];
    core.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &drifted);
    azure.forget();
    core.apply().succeeds();
    let sent = json!({ "amloperator.skipResourceValidation": "true", "nodeSelector.pool": "ml" });
    let body = azure.last_body("PATCH", &id());
    assert_eq!(body, json!({ "properties": { "configurationSettings": sent } }));
    settled(core);
}

fn what_leaves_the_configuration_is_said_to_stay(azure: &Azure, core: &mut Core) {
    core.write(&resource(TRAINING));
    core.apply().succeeds();
    azure.forget();
    core.write(&resource("enable_training = true"));
    let planned = core.plan(&[]);
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
    core.apply().succeeds();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    settled(core);
}

// === what cannot be read ===

fn what_an_import_cannot_read_is_said_once(azure: &Azure, core: &mut Core) {
    let with_secrets = format!(
        r#"{TRAINING}
  configuration_protected_settings = {{ "custom.key" = "one" }}
  configuration_protected_settings_wo = {{ "other.key" = "two" }}
  configuration_protected_settings_wo_version = 1
"#
    );
    core.write(&resource(&with_secrets));
    core.apply().succeeds();
    core.forget(ADDRESS).succeeds();
    core.import(ADDRESS, &id()).succeeds();
    azure.forget();
    let planned = core.plan(&[]);
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
    let told = core.apply().succeeds().to_string();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    assert!(told.contains("assumed to match Azure"), "{told}");
    let again = core.plan(&[]);
    again.plans_nothing();
    assert!(!again.ran().to_string().contains("assumed to match Azure"), "{}", again.ran());
    settled(core);
}

/// The service replaces protected settings as a whole, so an imported extension can send only those that are written.
fn secrets_that_would_be_lost_are_asked_for_by_name(azure: &Azure, core: &mut Core) {
    core.write_file("server.crt", include_str!("../fixtures/tls/server.crt"));
    core.write_file("server.key", include_str!("../fixtures/tls/server.key"));
    let tls = r#"
  enable_inference              = true
  inference_router_service_type = "loadBalancer"
  ssl_cname                     = "edge.example"
  ssl_cert_pem                  = file("server.crt")
  ssl_key_pem                   = file("server.key")
"#;
    core.write(&resource(tls));
    core.apply().succeeds();
    core.forget(ADDRESS).succeeds();
    core.import(ADDRESS, &id()).succeeds();
    let bare: Vec<_> = tls.lines().filter(|line| !line.contains("_pem")).collect();
    let keys = |hcl: &str| format!("{hcl}\n  relay = {{ mode = \"managed\", keys_version = 1 }}\n");
    let insecure = bare.join("\n") + "\n  ssl_secret = \"router\"";
    core.write(&resource(&insecure));
    core.apply().succeeds();
    azure.forget();
    core.write(&resource(&keys(&insecure)));
    let planned = core.plan(&[]);
    planned.plans("update", ADDRESS);
    planned.ran().warns_of("loses protected settings").says("scoringFe.sslCert, scoringFe.sslKey");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    // A certificate that is in use, and nobody has written.
    core.write(&resource(&keys(&bare.join("\n"))));
    azure.drift(&id(), |object| {
        object["properties"]["configurationSettings"]["sslSecret"] = json!("");
        object["properties"]["configurationSettings"]["scoringFe.sslSecret"] = json!("");
    });
    let told = core.plan(&[]);
    let told = told.ran().fails_with("The certificate and its key are not written");
    told.says("The service shows these: scoringFe.sslCert, scoringFe.sslKey");
    core.write(&resource(&keys(&format!("{tls}\n  configuration_protected_settings = {{}}"))));
    core.apply().succeeds();
    let sent = azure.last_body("PATCH", &id())["properties"].clone();
    let secrets = sent["configurationProtectedSettings"].as_object().expect("secrets are sent");
    let whole = [
        "relayServerConnectionString",
        "relayserver.relayConnectionString",
        "scoringFe.sslCert",
        "scoringFe.sslKey",
    ];
    assert!(secrets.keys().eq(whole), "{secrets:#?} of {}", cluster());
    settled(core);
}
