//! What holds a compute to its extension: one that is replaced takes its computes with it.

use crate::arc_extension;
use crate::kubernetes_compute::{self, resource, with_extension};
use crate::support::azure::Azure;
use crate::support::cli::{Cli, Ran};
use crate::support::lifecycle::settled;
use crate::support::{with_every_program, with_terraform};

with_every_program!(a_replaced_extension_is_detached_uninstalled_installed_and_attached);
with_terraform!(
    an_imported_compute_stays_until_an_apply_has_seen_its_extension_written,
    a_renamed_extension_replaces_its_compute,
    found_becomes_written_without_a_call,
    a_data_source_that_is_read_late_says_why_it_replaces,
    a_target_leaves_the_compute_as_it_is,
);

const COMPUTE: &str = "azureml_kubernetes_compute.this";
const EXTENSION: &str = "azureml_arc_extension.this";
const AGAIN: &str = "-replace=azureml_arc_extension.this";

fn a_replaced_extension_is_detached_uninstalled_installed_and_attached(
    azure: &Azure, cli: &mut Cli,
) {
    cli.write(&with_extension(kubernetes_compute::FILE_IN_HCL));
    cli.apply().succeeds();
    let plan = cli.plan(&[AGAIN]);
    plan.plans("replace", EXTENSION).plans("replace", COMPUTE);
    plan.ran().warns_of("Changing extension_id replaces").at("extension_id");
    let text = review(cli);
    assert!(text.contains("`extension_id` replaces the compute"), "{text}");
    assert!(!text.contains("Only Terraform's state changes"), "{text}");
    azure.forget();
    applies(cli, &[AGAIN]).succeeds();
    assert_eq!(
        in_order(azure),
        ["DELETE compute", "DELETE extension", "PUT extension", "PUT compute"]
    );
    settled(cli);
}

fn a_renamed_extension_replaces_its_compute(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(""));
    cli.apply().succeeds();
    let renamed = with_extension("").replace(
        "\"azureml_arc_extension\" \"this\" {\n  name            = \"amlarc-compute\"",
        "\"azureml_arc_extension\" \"this\" {\n  name            = \"other\"",
    );
    cli.write(&renamed);
    cli.plan(&[]).plans("replace", EXTENSION).plans("replace", COMPUTE);
    azure.forget();
    cli.apply().succeeds();
    assert_eq!(azure.count("DELETE", &kubernetes_compute::id()), 1);
    settled(cli);
    assert!(
        cli.state(COMPUTE).expect("state")["extension_id"]
            .as_str()
            .is_some_and(|id| id.ends_with("/other"))
    );
}

/// Its extension was found by the import: what the configuration refers to may be the same.
fn an_imported_compute_stays_until_an_apply_has_seen_its_extension_written(
    azure: &Azure, cli: &mut Cli,
) {
    cli.write(&with_extension(""));
    cli.apply().succeeds();
    cli.forget(COMPUTE).succeeds();
    cli.import(COMPUTE, &kubernetes_compute::id()).succeeds();
    settled(cli);
    let plan = cli.plan(&[AGAIN]);
    plan.plans("replace", EXTENSION).plans("update", COMPUTE);
    let open = "Compute amlarc-compute: extension_id is known only after apply";
    plan.ran().warns_of(open).says("-replace=ADDRESS").at("extension_id");
    let text = review(cli);
    assert!(text.contains("`extension_id` is known only after apply"), "{text}");
    azure.forget();
    applies(cli, &[AGAIN, "-replace=azureml_kubernetes_compute.this"]).succeeds();
    assert_eq!(azure.count("DELETE", &kubernetes_compute::id()), 1, "as the warning advises");
    cli.plan(&[AGAIN]).plans("replace", EXTENSION).plans("replace", COMPUTE);
}

fn found_becomes_written_without_a_call(azure: &Azure, cli: &mut Cli) {
    let (_, extension) = with_extension("")
        .split_once("resource \"azureml_arc_extension\"")
        .map(|(before, after)| {
            (before.to_owned(), format!("resource \"azureml_arc_extension\"{after}"))
        })
        .expect("both");
    cli.write(&(arc_only(&extension)));
    cli.apply().succeeds();
    let found = resource("") + &extension;
    cli.write(&found);
    cli.apply().succeeds();
    assert!(cli.state(COMPUTE).expect("state")["extension_id"].is_string(), "it is found");
    cli.write(&with_extension(""));
    settled(cli);
    cli.write(&with_extension("  description = \"x\""));
    cli.apply().succeeds();
    cli.plan(&[AGAIN]).plans("replace", COMPUTE);
    cli.write(&(resource("  description = \"x\"") + &extension));
    azure.forget();
    settled(cli);
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}

fn a_data_source_that_is_read_late_says_why_it_replaces(_: &Azure, cli: &mut Cli) {
    let hcl = |input: &str| {
        let looked_up = format!(
            "resource \"terraform_data\" \"first\" {{\n  input = \"{input}\"\n}}\n\
             data \"azureml_arc_extension\" \"this\" {{\n  name       = \"amlarc-compute\"\n  \
             cluster_id = \"{}\"\n  depends_on = [terraform_data.first, azureml_arc_extension.this]\n}}\n",
            arc_extension::cluster()
        );
        let written = with_extension("").replace("= azureml_arc", "= data.azureml_arc");
        written + &looked_up
    };
    cli.write(&hcl("one"));
    cli.apply().succeeds();
    settled(cli);
    cli.write(&hcl("two"));
    let plan = cli.plan(&[]);
    plan.plans("replace", COMPUTE);
    let told = plan.ran().warns_of("Changing extension_id replaces");
    told.says("does not survive the extension through which it was attached")
        .says("If the ID comes from a data source that is read during the apply, use `azureml_arc_extension.NAME.id`.")
        .at("extension_id");
}

/// An ID is made of names: once the new extension is there, nothing tells that it is another one.
fn a_target_leaves_the_compute_as_it_is(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(""));
    cli.apply().succeeds();
    azure.forget();
    applies(cli, &[AGAIN, "-target=azureml_arc_extension.this"]).succeeds();
    assert_eq!(in_order(azure), ["DELETE extension", "PUT extension"]);
    settled(cli);
    applies(cli, &["-replace=azureml_kubernetes_compute.this"]).succeeds();
    assert_eq!(azure.count("DELETE", &kubernetes_compute::id()), 1);
}

fn arc_only(extension: &str) -> String {
    let (head, _) = resource("")
        .split_once("resource ")
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("a head");
    head + extension
}

#[track_caller]
fn applies(cli: &Cli, arguments: &[&str]) -> Ran {
    cli.run(&[&["apply", "-json", "-auto-approve"], arguments].concat())
}

/// The writes to compute and extension, in their order.
fn in_order(azure: &Azure) -> Vec<String> {
    let objects = [(kubernetes_compute::id(), "compute"), (arc_extension::id(), "extension")];
    let named = |path: &str| {
        objects.iter().find(|(id, _)| id.eq_ignore_ascii_case(path)).map(|(_, name)| *name)
    };
    let writes = azure.writes().into_iter();
    writes.filter_map(|one| Some(format!("{} {}", one.method, named(&one.path)?))).collect()
}

/// The review of the plan that was made last.
fn review(cli: &Cli) -> String {
    let json = cli.command(&["show", "-json", "plan"]).output().expect("the program starts");
    cli.write_file("plan.json", &String::from_utf8_lossy(&json.stdout));
    let provider = env!("CARGO_BIN_EXE_terraform-provider-azureml");
    let plan = cli.path("plan.json");
    let output = std::process::Command::new(provider).arg("review").arg(plan).output();
    let output = output.expect("the provider starts");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
