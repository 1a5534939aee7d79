//! What a program shows of a provider that panics: the toy, whose message has a secret in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use plugin::{ProgramInfo, Server};
use serde_json::json;
use testing::canaries::find_leak;
use testing::toy::Toy;

use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::stage;
use crate::support::tools::{TERRAFORM_1_11, TOFU_1_12};

const SECRET: &str = "8kCrash1ng/Secret+5t";

#[test]
fn a_crash_shows_no_secret_in_terraform() {
    stage(TERRAFORM_1_11, a_crash_shows_no_secret);
}

#[test]
fn a_crash_shows_no_secret_in_tofu() {
    stage(TOFU_1_12, a_crash_shows_no_secret);
}

/// Serves the toy to the program that has started this process, and does nothing where there is none.
#[test]
#[ignore = "it is a provider: the test beside it lets a program start it"]
fn serves_a_toy() {
    let info = ProgramInfo {
        address: "registry.terraform.io/azureml/toy",
        version: "0",
        purpose: "",
        commands: &[],
    };
    plugin::serve(Server::new::<Toy>(), &info);
}

fn a_crash_shows_no_secret(_: &Azure, cli: &mut Cli) {
    let folder = cli.path("toy");
    fs::create_dir(&folder).expect("the working folder takes folders");
    let tests = std::env::current_exe().expect("the tests are a program");
    // What the tests print before the one line of a plugin is cut away.
    let script = format!(
        "#!/bin/sh\n{} --exact secrecy::crash::serves_a_toy --ignored --nocapture | sed -u -n 's/^.*\\(1|6|.*\\)$/\\1/p'\n",
        json!(tests)
    );
    let program = folder.join("terraform-provider-toy");
    fs::write(&program, script).expect("the folder takes files");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is executable");
    cli.write_file(
        "cli.tfrc",
        &format!(
            "provider_installation {{\n  dev_overrides {{\n    \"azureml/toy\" = {}\n  }}\n  direct {{}}\n}}\n",
            json!(folder)
        ),
    );
    cli.set("TF_VAR_secret", SECRET);
    cli.set("TF_LOG", "TRACE");
    let log = cli.path("log");
    cli.set("TF_LOG_PATH", &log.to_string_lossy());
    cli.write(
        "terraform {\n  required_providers {\n    toy = { source = \"azureml/toy\" }\n  }\n}\n\
         variable \"secret\" {\n  type = string\n  ephemeral = true\n}\n\
         provider \"toy\" {\n  service = \"crash\"\n}\n\
         resource \"toy_thing\" \"this\" {\n  name = \"crash\"\n  note = \"panic\"\n  secret_wo = var.secret\n}\n",
    );
    let plan = cli.run(&["plan", "-json"]);
    plan.fails_with("planned to panic with (sensitive)");
    let log = cli.read_file("log");
    assert!(log.contains("panic: planned to panic with (sensitive)"), "{log}");
    plan.mentions("planned to panic");
    for text in [plan.output(), &log] {
        assert_eq!(find_leak(text, [("the secret", SECRET)]), None, "{text}");
    }
}
