//! A compute beside its extension and its cluster: what must be there first, and what must not.

use serde_json::json;

use crate::aks::aks;
use crate::arc_extension::cluster;
use crate::support::azure::Azure;
use crate::support::core::Core;
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

fn the_extension_comes_first(azure: &Azure, core: &mut Core) {
    core.write(&resource(FILE_IN_HCL));
    core.apply().fails_with("azureml_arc_extension");
    assert!(azure.writes().is_empty(), "nothing is written: {:#?}", azure.writes());
}

fn an_existing_compute_is_not_taken(azure: &Azure, core: &mut Core) {
    core.write(&with_extension(FILE_IN_HCL));
    core.apply().succeeds();
    core.forget(ADDRESS).succeeds();
    azure.forget();
    core.apply().fails_with("import").says(&id());
    assert!(azure.writes().is_empty(), "nothing is written: {:#?}", azure.writes());
}

/// Azure has one object of an ID, so the old one must go first.
fn a_new_one_first_says_what_to_remove(azure: &Azure, core: &mut Core) {
    let written = |namespace: &str| {
        with_extension(&format!(
            "  namespace = \"{namespace}\"\n  lifecycle {{\n    create_before_destroy = true\n  }}"
        ))
    };
    core.write(&written("one"));
    core.apply().succeeds();
    azure.forget();
    core.write(&written("two"));
    core.apply().fails_with("already exists").says("remove `create_before_destroy`");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}

/// With an order between the two and without one.
fn extension_and_compute_change_in_one_apply(_: &Azure, core: &mut Core) {
    for order in ["", "  extension_id = azureml_arc_extension.this.id"] {
        let written = |description: &str, plugin: bool| {
            let compute = with_extension(&format!("  description = \"{description}\""))
                .replace("  extension_id = azureml_arc_extension.this.id\n", &format!("{order}\n"));
            compute.replace(
                "  enable_training = true\n",
                &format!("  enable_training = true\n  install_nvidia_device_plugin = {plugin}\n"),
            )
        };
        core.write(&with_extension("  description = \"one\""));
        core.apply().succeeds();
        core.write(&written("two", true));
        core.apply().succeeds();
        settled(core);
        core.destroy().succeeds();
    }
}

fn a_stopped_aks_is_refused_with_its_start_command(azure: &Azure, core: &mut Core) {
    azure.drift(&aks(), |cluster| cluster["properties"]["powerState"]["code"] = json!("Stopped"));
    core.write(&with_extension("").replace(&cluster(), &aks()));
    let start = "az aks start --name aks-cluster --resource-group rg-arc";
    core.apply().fails_with("Cluster is stopped").says(start).at("cluster_id");
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
}
