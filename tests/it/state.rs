//! A state that something else than the provider wrote.

use serde_json::{Value, json};

use crate::arc_extension::resource;
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::with_terraform;

with_terraform!(a_state_edited_by_hand_is_named_with_its_attribute);

fn a_state_edited_by_hand_is_named_with_its_attribute(_: &Azure, cli: &mut Cli) {
    cli.write(&resource("enable_training = true"));
    cli.apply().succeeds();
    let whole = cli.read_file("terraform.tfstate");
    for (attribute, value) in [
        ("cluster_id", Value::Null),
        ("name", json!(["amlarc-compute"])),
        ("enable_training", json!("perhaps")),
        ("statuses", json!("fine")),
    ] {
        let mut state: Value = serde_json::from_str(&whole).expect("a state is JSON");
        state["resources"][0]["instances"][0]["attributes"][attribute] = value;
        cli.write_file("terraform.tfstate", &state.to_string());
        let plan = cli.plan(&[]);
        plan.ran().fails_with(&format!("`{attribute}`")).says("edited by hand");
        plan.ran().never_says("bug in the provider");
    }
}
