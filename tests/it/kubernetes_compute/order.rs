//! A compute beside its extension and its cluster: what must be there first, and what must not.

use serde_json::json;

use crate::aks::aks;
use crate::arc_extension::cluster;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

use super::{ADDRESS, FILE_IN_HCL, id, resource, with_extension};

with_terraform!(
    the_extension_comes_first,
    an_existing_compute_is_not_taken,
    a_new_one_first_says_what_to_remove,
    extension_and_compute_change_in_one_apply,
    a_stopped_aks_is_refused_with_its_start_command,
);

fn the_extension_comes_first(azure: &Azure, cli: &mut Cli) {
    cli.write(&resource(FILE_IN_HCL));
    cli.apply().fails_with("azureml_arc_extension");
    assert!(azure.writes().is_empty(), "nothing is written: {:#?}", azure.writes());
}

fn an_existing_compute_is_not_taken(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    cli.forget(ADDRESS).succeeds();
    azure.forget();
    cli.apply().fails_with("import").says(&id());
    assert!(azure.writes().is_empty(), "nothing is written: {:#?}", azure.writes());
}

/// Azure has one object of an ID, so the old one must go first.
fn a_new_one_first_says_what_to_remove(azure: &Azure, cli: &mut Cli) {
    let written = |namespace: &str| {
        with_extension(&format!(
            "  namespace = \"{namespace}\"\n  lifecycle {{\n    create_before_destroy = true\n  }}"
        ))
    };
    cli.write(&written("one"));
    cli.apply().succeeds();
    azure.forget();
    cli.write(&written("two"));
    cli.apply().fails_with("already exists").says("remove `create_before_destroy`");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}

/// With an order between the two and without one.
fn extension_and_compute_change_in_one_apply(_: &Azure, cli: &mut Cli) {
    for order in ["", "  extension_id = azureml_arc_extension.this.id"] {
        let written = |description: &str, plugin: bool| {
            let compute = with_extension(&format!("  description = \"{description}\""))
                .replace("  extension_id = azureml_arc_extension.this.id\n", &format!("{order}\n"));
            compute.replace(
                "  enable_training = true\n",
                &format!("  enable_training = true\n  install_nvidia_device_plugin = {plugin}\n"),
            )
        };
        cli.write(&with_extension("  description = \"one\""));
        cli.apply().succeeds();
        cli.write(&written("two", true));
        cli.apply().succeeds();
        settled(cli);
        cli.destroy().succeeds();
    }
}

fn a_stopped_aks_is_refused_with_its_start_command(azure: &Azure, cli: &mut Cli) {
    azure.drift(&aks(), |cluster| cluster["properties"]["powerState"]["code"] = json!("Stopped"));
    cli.write(&with_extension("").replace(&cluster(), &aks()));
    let start = "az aks start --name aks-cluster --resource-group rg-arc";
    cli.apply().fails_with("Cluster is stopped").says(start).at("cluster_id");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}
