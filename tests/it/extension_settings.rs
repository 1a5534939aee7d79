//! Settings of an extension from HCL to the wire and back: labels, what follows from others, what is sent again, and
//! what the service shows of secrets.

use emulator::Trait;
use serde_json::{Value, json};

use crate::arc_extension::{id, resource};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::tools::TERRAFORM_1_11;
use crate::support::{stage_in, with_terraform};

with_terraform!(
    a_label_with_dots_and_slashes_is_a_label,
    a_version_of_a_secret_is_one_line,
    a_name_that_goes_missing_is_sent_once_more,
    names_that_are_held_are_listed,
    all_plain_settings_are_sent_again,
    a_certificate_takes_the_place_of_a_secret,
    what_is_refused_and_what_is_only_noted,
);

const ADDRESS: &str = "azureml_arc_extension.this";
const PLAIN: &str = "configurationSettings";
const PROTECTED: &str = "configurationProtectedSettings";

fn training(arguments: &str) -> String {
    resource(&format!("  enable_training = true\n  {arguments}"))
}

#[track_caller]
fn held(azure: &Azure) -> Value {
    azure.object(&id()).expect("the extension exists")["properties"].take()
}

// === labels ===

fn a_label_with_dots_and_slashes_is_a_label(azure: &Azure, cli: &mut Cli) {
    let labels = |os: &str| {
        training(&format!(
            r#"node_selector = {{ "kubernetes.io/os" = "{os}", "node.kubernetes.io/instance-type" = "a", pool = "ml" }}"#
        ))
    };
    cli.write(&labels("linux"));
    cli.validate().succeeds().warns_of_nothing();
    cli.apply().succeeds();
    let sent = azure.last_body("PUT", &id())["properties"][PLAIN].clone();
    for (key, value) in [
        (r"nodeSelector.kubernetes\.io/os", "linux"),
        (r"nodeSelector.node\.kubernetes\.io/instance-type", "a"),
        ("nodeSelector.pool", "ml"),
    ] {
        assert_eq!(sent[key], value, "{sent:#}");
    }
    settled(cli);
    cli.write(&labels("windows"));
    cli.plan(&[]).changes_only(ADDRESS, &["node_selector.kubernetes.io/os"]);
    cli.apply().succeeds();
    let changed = json!({ PLAIN: { r"nodeSelector.kubernetes\.io/os": "windows" } });
    assert_eq!(azure.last_body("PATCH", &id())["properties"], changed);
    settled(cli);

    // As the CLI leaves it for a user who escapes, and for one who does not.
    cli.forget(ADDRESS).succeeds();
    azure.drift(&id(), |object| {
        let settings = object["properties"][PLAIN].as_object_mut().expect("settings");
        let plain = settings.remove(r"nodeSelector.node\.kubernetes\.io/instance-type");
        settings.insert("nodeSelector.node.kubernetes.io/instance-type".to_owned(), plain.into());
    });
    cli.import(ADDRESS, &id()).succeeds();
    settled(cli);
    let state = cli.state(ADDRESS).expect("it was imported");
    assert_eq!(state["node_selector"]["kubernetes.io/os"], "windows");
    assert_eq!(state["node_selector"]["node.kubernetes.io/instance-type"], "a");

    for key in [r"nodeSelector.kubernetes\\.io/os", "nodeSelector.kubernetes.io/os"] {
        cli.write(&training(&format!("configuration_settings = {{ \"{key}\" = \"linux\" }}")));
        let told = cli.validate();
        let told = told.fails_with("Set node_selector instead").at("configuration_settings");
        told.says("with the label \"kubernetes.io/os\"");
    }
    cli.write(&training(r#"node_selector = { "kubernetes\\.io/os" = "linux" }"#));
    cli.validate().fails_with("Write the label itself, \"kubernetes.io/os\"").at("node_selector");
}

// === names of secrets ===

/// `{}` says that none is shown: a repair leaves them where they are.
#[test]
fn a_repair_of_an_import_leaves_out_what_nobody_knows() {
    let azure = Azure::with_traits([Trait::HidesProtectedNames]);
    stage_in(&azure, TERRAFORM_1_11, |azure, cli| {
        cli.write(&training(""));
        cli.apply().succeeds();
        let before = held(azure)[PROTECTED].clone();
        cli.forget(ADDRESS).succeeds();
        cli.import(ADDRESS, &id()).succeeds();
        azure.drift(&id(), |object| object["properties"]["provisioningState"] = json!("Failed"));
        cli.plan(&[]).plans("update", ADDRESS).ran().warns_of("Failed");
        azure.forget();
        cli.apply().succeeds();
        assert_eq!(azure.last_body("PUT", &id())["properties"].get(PROTECTED), None);
        assert_eq!(azure.writes().len(), 1, "{:#?}", azure.writes());
        assert_eq!(held(azure)[PROTECTED], before, "nothing is lost");
        settled(cli);
    });
}

/// What was sent and is not shown is unknown.
#[test]
fn what_is_not_shown_is_no_drift() {
    let azure = Azure::with_traits([Trait::HidesProtectedNames]);
    stage_in(&azure, TERRAFORM_1_11, |_, cli| {
        cli.write(&training("configuration_protected_settings = { \"custom.key\" = \"1\" }"));
        cli.apply().succeeds();
        settled(cli);
        cli.apply().succeeds();
        settled(cli);
    });
}

fn names_that_are_held_are_listed(azure: &Azure, cli: &mut Cli) {
    cli.write(&training("configuration_protected_settings = { \"custom.key\" = \"1\" }"));
    cli.apply().succeeds();
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    cli.write(&training(""));
    azure.drift(&id(), |object| object["properties"]["provisioningState"] = json!("Failed"));
    let planned = cli.plan(&[]);
    let told = planned.ran().fails_with("Secrets of the extension are not known");
    told.says("custom.key").never_says("relayServerConnectionString");
    // Without it the relay's key is all that there is, and is fetched again.
    azure.drift(&id(), |object| {
        let secrets = object["properties"][PROTECTED].as_object_mut().expect("secrets");
        secrets.remove("custom.key");
    });
    cli.apply().succeeds();
    let sent = azure.last_body("PUT", &id())["properties"][PROTECTED].clone();
    assert!(sent["relayServerConnectionString"].is_string(), "{sent:#}");
    settled(cli);
}

fn a_name_that_goes_missing_is_sent_once_more(azure: &Azure, cli: &mut Cli) {
    let secrets =
        "configuration_protected_settings = { \"custom.key\" = \"1\", \"other.key\" = \"2\" }";
    cli.write(&training(secrets));
    cli.apply().succeeds();
    settled(cli);
    // Somebody else's is shown, and stays.
    azure.drift(&id(), |object| object["properties"][PROTECTED]["someone.elses"] = json!("3"));
    let planned = cli.plan(&[]);
    planned.plans_nothing();
    planned.ran().warns_of("protected settings that are not written here").says("someone.elses");
    let lose = |azure: &Azure| {
        azure.drift(&id(), |object| {
            let secrets = object["properties"][PROTECTED].as_object_mut().expect("secrets");
            secrets.remove("custom.key");
        });
    };
    lose(azure);
    let planned = cli.plan(&[]);
    planned.plans("update", ADDRESS).changes_only(ADDRESS, &["statuses"]);
    planned.ran().warns_of("protected settings are missing").says("custom.key");
    cli.apply().succeeds();
    assert_eq!(held(azure)[PROTECTED]["custom.key"], "1");
    lose(azure);
    let planned = cli.plan(&[]);
    planned.plans_nothing();
    planned.ran().warns_of("not kept by the service").says("custom.key");
}

// === sent again, and what follows ===

fn all_plain_settings_are_sent_again(azure: &Azure, cli: &mut Cli) {
    let router = |version: &str| {
        resource(&format!(
            r#"
  enable_inference              = true
  inference_router_service_type = "loadBalancer"
  ssl_secret                    = "router"
  ssl_cname                     = "edge.example"
  {version}
"#
        ))
    };
    cli.write(&router(""));
    cli.apply().succeeds();
    let whole = azure.last_body("PUT", &id())["properties"][PLAIN].clone();
    for version in [1, 2] {
        cli.write(&router(&format!("configuration_settings_version = {version}")));
        cli.plan(&[]).changes_only(ADDRESS, &["configuration_settings_version"]);
        azure.forget();
        cli.apply().succeeds();
        assert_eq!(azure.last_body("PATCH", &id())["properties"], json!({ PLAIN: whole }));
        assert_eq!(azure.writes().len(), 1, "{:#?}", azure.writes());
        settled(cli);
    }
    assert_eq!(whole["scoringFe.sslSecret"], "router");
}

fn a_certificate_takes_the_place_of_a_secret(azure: &Azure, cli: &mut Cli) {
    cli.write_file("server.crt", include_str!("../fixtures/tls/server.crt"));
    cli.write_file("server.key", include_str!("../fixtures/tls/server.key"));
    let inference = |tls: &str| {
        resource(&format!(
            r#"
  enable_inference              = true
  inference_router_service_type = "loadBalancer"
  ssl_cname                     = "edge.example"
  {tls}
"#
        ))
    };
    let secret = inference("ssl_secret = \"router\"");
    let pem =
        inference("ssl_cert_pem = file(\"server.crt\")\n  ssl_key_pem = file(\"server.key\")");
    cli.write(&secret);
    cli.apply().succeeds();
    cli.write(&pem);
    cli.apply().succeeds();
    let now = held(azure);
    assert_eq!(now[PLAIN]["scoringFe.sslSecret"], "", "{now:#}");
    assert!(now[PROTECTED]["scoringFe.sslCert"].is_string());
    settled(cli);
    cli.write(&secret);
    cli.apply().succeeds();
    let now = held(azure);
    assert_eq!(now[PLAIN]["scoringFe.sslSecret"], "router", "{now:#}");
    assert_eq!(now[PROTECTED].get("scoringFe.sslCert"), None);
    settled(cli);
}

pub(crate) fn a_version_of_a_secret_is_one_line(azure: &Azure, cli: &mut Cli) {
    let with = |version: i64| {
        training(&format!(
            "configuration_protected_settings_wo = {{ \"custom.key\" = \"v{version}\" }}\n  \
             configuration_protected_settings_wo_version = {version}"
        ))
    };
    cli.write(&with(1));
    cli.apply().succeeds();
    settled(cli);
    cli.write(&with(2));
    let bumped = ["configuration_protected_settings_wo_version"];
    cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &bumped);
    cli.apply().succeeds();
    let sent = azure.last_body("PATCH", &id())["properties"].clone();
    assert_eq!(sent[PROTECTED]["custom.key"], "v2");
    assert!(sent[PROTECTED]["relayServerConnectionString"].is_string(), "it is complete");
    settled(cli);
}

// === refused, noted ===

fn what_is_refused_and_what_is_only_noted(_: &Azure, cli: &mut Cli) {
    cli.write(&training("cluster_purpose = \"Prod\""));
    cli.validate().fails_with("Set it to DevTest or FastProd").at("cluster_purpose");
    cli.write(&training("cluster_purpose = \"devtest\""));
    cli.validate().succeeds().warns_of_nothing();
    cli.write(&training("configuration_settings = { \"clusterName\" = \"x\" }"));
    cli.validate().succeeds().never_says("id you mean");
    cli.write(&resource(
        r#"
  enable_inference                = true
  allow_insecure_connections      = true
  inference_router_service_type   = "clusterIP"
  internal_load_balancer_provider = "azure"
"#,
    ));
    let told = cli.validate();
    told.warns_of("A clusterIP Service has no load balancer").at("internal_load_balancer_provider");
    let keys = ["enableTraining", "installPromOp", "installVolcano", "sslCname", "sslSecret"];
    let entries: String = keys.map(|key| format!("    \"{key}\" = \"x\"\n")).concat();
    cli.write(&training(&format!("configuration_settings = {{\n{entries}  }}")));
    let told = cli.validate();
    let errors = told.diagnostics().iter().filter(|told| told.severity == "error");
    assert_eq!(errors.count(), 1, "{told}");
    for key in keys {
        told.fails_with(key);
    }
}
