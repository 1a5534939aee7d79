//! Canaries: each secret that the provider has to do with is a word of its own, and none of them comes out, in whatever
//! form, on a screen, in a log, in a plan or in a state that has no business with it.

use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hyper::Method;
use serde_json::{Value, json};

use crate::arc_extension::resource;
use crate::support::azure::Azure;
use crate::support::cli::{Cli, Ran};
use crate::support::stage_in;
use crate::support::tools::{TERRAFORM_1_11, TOFU_1_12};

/// What no form of it changes into another word of the output.
const PROTECTED: &str = "canary/Pr0tected+\"7f\"";
const PASSING: &str = "canary/Pass1ng+\"3c\"";
const CERTIFICATE_PASSWORD: &str = "canary/C3rtificate+5d";
const ASSERTION: &str = "canary/Assert1on+9b";
const PROXY_PASSWORD: &str = "canary-Pr0xy-1a";

#[test]
fn no_secret_comes_out_of_terraform() {
    stage_in(&Azure::over_tls(), TERRAFORM_1_11, no_secret_comes_out);
}

#[test]
fn no_secret_comes_out_of_tofu() {
    stage_in(&Azure::over_tls(), TOFU_1_12, no_secret_comes_out);
}

fn no_secret_comes_out(azure: &Azure, cli: &mut Cli) {
    cli.set("TF_LOG", "TRACE");
    cli.set("TF_VAR_protected", PROTECTED);
    cli.set("TF_VAR_passing", PASSING);
    cli.set("ARM_CLIENT_CERTIFICATE_PASSWORD", CERTIFICATE_PASSWORD);
    cli.set("ARM_OIDC_TOKEN", ASSERTION);
    cli.set("HTTPS_PROXY", &format!("http://user:{PROXY_PASSWORD}@127.0.0.1:9"));
    let token = azure.environment()["AZUREML_ACCESS_TOKEN"].clone();
    // With a client secret first, then with a token that is given.
    cli.unset("AZUREML_ACCESS_TOKEN");
    cli.write(&config(1, ""));
    // The provider's own log is among what is looked at.
    silent(azure, &token, &cli.apply()).succeeds().mentions("x-ms-request-id: ");
    cli.set("AZUREML_ACCESS_TOKEN", &token);
    cli.write(&config(2, "  install_prom_op = false\n"));
    let plan = cli.plan(&[]);
    silent(azure, &token, plan.ran());
    quiet(azure, &token, &unzip_plan(cli), &[PASSING]);
    silent(azure, &token, &cli.apply()).succeeds();
    quiet(azure, &token, &cli.read_file("terraform.tfstate"), &[PASSING]);
    quiet(azure, &token, &cli.read_file("terraform.tfstate.backup"), &[PASSING]);
    troubles(azure, cli, &token);
    silent(azure, &token, &cli.destroy()).succeeds();
}

/// Each class of errors, from a service that repeats what it was sent.
fn troubles(azure: &Azure, cli: &mut Cli, token: &str) {
    let echo = format!("the setting {PROTECTED} is bad, and {PASSING} too, said by Bearer {token}");
    let body = json!({ "error": { "code": "Bad", "message": echo, "details": [
        { "code": "Inner", "message": echo },
    ] } });
    let writes = json!({ "method": "PATCH", "path": "extensions/" });
    let timed = "  timeouts {\n    update = \"4s\"\n  }\n";
    for (number, (status, text)) in
        [(400, "is bad"), (403, "is bad"), (409, "is bad"), (500, "not known"), (502, "not known")]
            .into_iter()
            .enumerate()
    {
        azure.fails_times(0, &writes, &json!({ "status": status, "body": body }));
        cli.write(&config(number + 3, timed));
        silent(azure, token, &cli.apply()).fails_with(text);
        azure.clears_faults();
    }
    azure.fails_times(0, &writes, &json!({ "reset": true }));
    cli.write(&config(9, timed));
    silent(azure, token, &cli.apply()).fails_with("the connection broke");
    azure.clears_faults();
    let failure = json!({ "code": "ExtensionOperationFailed", "message": "no reason" });
    azure.fails(&writes, &json!({ "fail_operation": failure }));
    cli.write(&config(9, "  install_prom_op = true\n"));
    silent(azure, token, &cli.apply()).fails_with("no reason");
    cli.unset("AZUREML_ACCESS_TOKEN");
    cli.set("ARM_CLIENT_SECRET", "canary/Wr0ng+2e");
    let refused = cli.plan(&[]);
    silent(azure, token, refused.ran()).fails_with("client secret");
    quiet(azure, token, &refused.ran().to_string(), &["canary/Wr0ng+2e"]);
    cli.set("AZUREML_ACCESS_TOKEN", token);
}

// === what a failed operation leaves ===

/// A service that repeats every secret in each form, with what it says of the object too.
fn repeating(token: &str, relay: &str) -> String {
    let all = [PROTECTED, PASSING, relay, token].into_iter().flat_map(forms);
    let said = all.collect::<Vec<_>>().join(", ");
    let shape = "Endpoint=sb://x.example/;SharedAccessKeyName=r;SharedAccessKey=canary5hape+Kz0=";
    format!("helm failed: {said}, {shape}, {PEM}: see the pods")
}

/// A block that looks like a key, whoever it belongs to.
const PEM: &str =
    "-----BEGIN PRIVATE KEY-----\ncanaryPemKz0canaryPemKz0canaryPemKz0\n-----END PRIVATE KEY-----";

#[test]
fn a_failed_operation_stores_and_shows_no_secret_in_terraform() {
    stage_in(&Azure::over_tls(), TERRAFORM_1_11, failed_operations_keep_secrets);
}

#[test]
fn a_failed_operation_stores_and_shows_no_secret_in_tofu() {
    stage_in(&Azure::over_tls(), TOFU_1_12, failed_operations_keep_secrets);
}

fn failed_operations_keep_secrets(azure: &Azure, cli: &mut Cli) {
    cli.set("TF_LOG", "TRACE");
    cli.set("TF_VAR_protected", PROTECTED);
    cli.set("TF_VAR_passing", PASSING);
    let token = azure.environment()["AZUREML_ACCESS_TOKEN"].clone();
    cli.write(&config(1, ""));
    cli.apply().succeeds();
    let relay = relay_key(azure).expect("the relay has a key");
    let said = repeating(&token, &relay);
    let failure = json!({ "code": "ExtensionOperationFailed", "message": said });
    let writes = json!({ "method": "PATCH", "path": "extensions/" });
    azure.fails_times(0, &writes, &json!({ "fail_operation": failure }));
    cli.write(&config(2, NO_PROMETHEUS));
    let apply = cli.apply();
    apply.fails_with("helm failed: (sensitive)").says("see the pods");
    unheard(azure, &token, &apply, cli);
    azure.clears_faults();
    // A process that knows nothing of the write-only value.
    cli.set("TF_VAR_passing", "another-value");
    let refresh = cli.run(&["apply", "-refresh-only", "-json", "-auto-approve"]);
    unheard(azure, &token, refresh.succeeds(), cli);
    let message = cli.state(ADDRESS).expect("it is there")["statuses"].to_string();
    assert!(message.contains("helm failed: (sensitive)"), "{message}");
    let plan = cli.plan(&[]);
    unheard(azure, &token, plan.ran(), cli);
    plan.plans("update", ADDRESS);
    unheard(azure, &token, &cli.run(&["show", "-no-color"]), cli);
    // Beside it, who looks at the same object without having written it.
    cli.set("TF_VAR_passing", PASSING);
    cli.write(&(config(2, NO_PROMETHEUS) + DATA));
    unheard(azure, &token, &cli.run(&["plan", "-no-color"]), cli);
}

/// A change of the protected settings alone begins no operation.
const NO_PROMETHEUS: &str = "  install_prom_op = false\n";
const ADDRESS: &str = "azureml_arc_extension.this";
const DATA: &str = "data \"azureml_arc_extension\" \"this\" {\n  name       = azureml_arc_extension.this.name\n  cluster_id = azureml_arc_extension.this.cluster_id\n}\noutput \"statuses\" {\n  value = data.azureml_arc_extension.this.statuses\n}\n";

/// Shapes are struck by who knows none of the values: an import, and a data source.
#[test]
fn an_import_and_a_data_source_show_no_key_of_any_shape() {
    stage_in(&Azure::over_tls(), TERRAFORM_1_11, |azure, cli| {
        cli.write(&resource("enable_training = true"));
        cli.apply().succeeds();
        let id = cli.state(ADDRESS).expect("it is there")["id"].as_str().map(str::to_owned);
        let id = id.expect("an ID");
        let said = repeating("eyJhbGciOiJub25lIn0.eyJjYW5hcnkiOiIxIn0.Y2FuYXJ5", "");
        let status = json!([{ "code": "a key: SharedAccessKey=canary5hape+Kz0=", "level": "Error",
            "displayStatus": PEM, "message": said }]);
        azure.drift(&id, |object| object["properties"]["statuses"] = status);
        cli.forget(ADDRESS).succeeds();
        let shapes = ["canary5hape", "canaryPem", "eyJjYW5hcnkiOiIxIn0"];
        let unseen = |text: &str| {
            for shape in shapes {
                assert!(!text.contains(shape), "{shape} is in {text}");
            }
        };
        unseen(cli.import(ADDRESS, &id).succeeds().output());
        cli.write(&(resource("enable_training = true") + DATA));
        unseen(cli.apply().output());
        unseen(cli.run(&["show", "-json"]).succeeds().output());
        let state = cli.read_file("terraform.tfstate");
        unseen(&state);
        assert!(state.contains("see the pods"), "{state}");
    });
}

/// Nothing secret came out, and no write-only value is in the state, nor anything else there that has
/// no place in it.
#[track_caller]
fn unheard(azure: &Azure, token: &str, ran: &Ran, cli: &Cli) {
    silent(azure, token, ran);
    let state: Value =
        serde_json::from_str(&cli.read_file("terraform.tfstate")).expect("a state is JSON");
    let object = state["resources"]
        .as_array()
        .and_then(|all| {
            all.iter().find(|it| it["type"] == "azureml_arc_extension" && it["mode"] == "managed")
        })
        .expect("it is in the state");
    let mut instance = object["instances"][0].clone();
    quiet(azure, token, &instance.to_string(), &[PASSING]);
    let private = instance["private"].as_str().map(|text| STANDARD.decode(text).expect("base64"));
    let private = private.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    quiet(azure, token, &private.unwrap_or_default(), &[PASSING, PROTECTED]);
    instance["attributes"]["configuration_protected_settings"] = Value::Null;
    quiet(azure, token, &instance["attributes"].to_string(), &[PASSING, PROTECTED]);
}

// === what is looked for ===

/// Nothing secret is in what came out.
#[track_caller]
fn silent<'a>(azure: &Azure, token: &str, ran: &'a Ran) -> &'a Ran {
    quiet(azure, token, ran.output(), &[PROTECTED, PASSING]);
    ran
}

/// Neither these nor what nobody may ever see is in a text, in any form.
#[track_caller]
fn quiet(azure: &Azure, token: &str, text: &str, these: &[&str]) {
    let secret = azure.environment()["ARM_CLIENT_SECRET"].clone();
    let relay = relay_key(azure);
    let always = [token, &secret, CERTIFICATE_PASSWORD, ASSERTION, PROXY_PASSWORD];
    let all = always.into_iter().chain(relay.as_deref()).chain(these.iter().copied());
    let all: Vec<_> = all.collect();
    assert_eq!(leak(text, &all), None);
}

/// The first of these that is in a text, in the form in which it is there.
fn leak(text: &str, canaries: &[&str]) -> Option<String> {
    let whole = squeezed(text);
    let forms = canaries.iter().filter(|canary| !canary.is_empty()).flat_map(|one| forms(one));
    forms.map(|form| squeezed(&form)).find(|form| whole.contains(form))
}

/// White space is left out on both sides, so that it cannot hide one.
fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// As it is, and as it looks encoded.
fn forms(canary: &str) -> Vec<String> {
    let escaped = |text: &str| {
        let quoted = json!(text).to_string();
        quoted[1..quoted.len() - 1].to_owned()
    };
    let percent = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).into()
        }
        other => format!("%{other:02X}"),
    };
    let once = escaped(canary);
    vec![
        canary.to_owned(),
        escaped(&once),
        once,
        canary.bytes().map(percent).collect(),
        STANDARD_NO_PAD.encode(canary),
        URL_SAFE_NO_PAD.encode(canary),
    ]
}

/// The key that the provider fetches of the relay.
fn relay_key(azure: &Azure) -> Option<String> {
    let rule = azure.objects().into_keys().find(|id| id.ends_with("/azureml_rw"))?;
    let keys = azure.send(Method::POST, &format!("{rule}/listKeys"), None);
    Some(keys["primaryKey"].as_str()?.to_owned())
}

/// Everything in the plan's file.
fn unzip_plan(cli: &Cli) -> String {
    let script = "import sys, zipfile\n\
                  with zipfile.ZipFile(sys.argv[1]) as plan:\n    \
                  for name in plan.namelist(): sys.stdout.buffer.write(plan.read(name))";
    let plan = Command::new("python3").arg("-c").arg(script).arg(cli.path("plan")).output();
    let plan = plan.expect("python3 starts");
    assert!(plan.status.success() && !plan.stdout.is_empty(), "{plan:?}");
    String::from_utf8_lossy(&plan.stdout).into_owned()
}

fn config(version: usize, more: &str) -> String {
    let variables = "variable \"protected\" {\n  type      = string\n  sensitive = true\n}\n\
                     variable \"passing\" {\n  type      = string\n  sensitive = true\n  ephemeral = true\n}\n";
    let arguments = format!(
        r#"  enable_training = true
  configuration_protected_settings = {{ "custom.key" = var.protected }}
  configuration_protected_settings_wo = {{ "passing.key" = var.passing }}
  configuration_protected_settings_wo_version = {version}
{more}"#
    );
    resource(&arguments) + variables
}

#[test]
fn a_canary_is_found_in_every_form() {
    assert_eq!(leak("nothing of it", &[PROTECTED, ""]), None);
    let encoded = STANDARD_NO_PAD.encode(PROTECTED);
    let (head, tail) = encoded.split_at(7);
    let nested = json!({ "body": json!({ "a": PROTECTED }).to_string() }).to_string();
    for text in [PROTECTED, &nested, &format!("{head}\n  {tail}"), "canary%2FPr0tected%2B%227f%22"]
    {
        assert!(leak(text, &[PROTECTED]).is_some(), "{text}");
    }
}
