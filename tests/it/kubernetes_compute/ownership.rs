//! What is no longer written, what others declared, and what an import leaves alone.

use serde_json::json;

use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

use super::{ADDRESS, FILE_IN_HCL, id, stored, system_assigned, with_extension};

with_terraform!(
    an_import_keeps_what_is_not_written,
    removed_types_are_removed,
    foreign_types_survive,
    left_out_stays_and_empty_empties,
);

fn removed_types_are_removed(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    let (rest, _) = FILE_IN_HCL.split_once("    big_cpu_sku").expect("the file has that type");
    cli.write(&with_extension(&(rest.to_owned() + "}")));
    let plan = cli.plan(&[]);
    plan.plans("update", ADDRESS).ran().warns_of("big_cpu_sku");
    cli.apply().succeeds();
    settled(cli);
    let types = &stored(azure)["properties"]["properties"]["instanceTypes"];
    assert!(types["gpu_instance"].is_object() && types["big_cpu_sku"].is_null(), "{types:#}");
}

fn foreign_types_survive(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    let foreign =
        json!({"resources": {"requests": {"cpu": "1", "memory": null}, "limits": {"cpu": "1"}}});
    azure.drift(&id(), |object| {
        object["properties"]["properties"]["instanceTypes"]["foreign"] = foreign.clone();
    });
    cli.plan(&[]).plans_nothing();
    cli.write(&with_extension(
        &FILE_IN_HCL.replace("limits   = { cpu = \"4\"", "limits   = { cpu = \"8\""),
    ));
    cli.apply().succeeds();
    let body = azure.last_body("PUT", &id());
    let sent = &body["properties"]["properties"]["instanceTypes"]["foreign"];
    assert_eq!(sent, &foreign, "what is not ours goes back as it was");
    let state = cli.state(ADDRESS).expect("it is in the state");
    assert!(state["instance_types"]["foreign"].is_null(), "{state:#}");
    assert!(state["effective_instance_types"]["foreign"].is_object(), "{state:#}");
}

/// One rule of ownership for types, tags, identity and description.
fn left_out_stays_and_empty_empties(azure: &Azure, cli: &mut Cli) {
    let rest = "\n  description = \"ours\"\n  tags = { team = \"ml\" }\n  identity {\n    type = \"SystemAssigned\"\n  }\n";
    cli.write(&with_extension(&format!("{FILE_IN_HCL}{rest}")));
    cli.apply().succeeds();
    settled(cli);
    let before = stored(azure);
    cli.write(&with_extension("namespace = \"amlarc-testing\""));
    let plan = cli.plan(&[]);
    plan.plans("update", ADDRESS);
    for what in [
        "instance types big_cpu_sku, gpu_instance are",
        "description, tags, identity, default_instance_type are",
    ] {
        plan.ran().warns_of(&format!("{what} no longer managed"));
    }
    azure.forget();
    cli.apply().succeeds();
    settled(cli);
    assert!(azure.writes().is_empty(), "nothing is called: {:#?}", azure.writes());
    assert_eq!(stored(azure), before);
    let empty = "namespace = \"amlarc-testing\"\n  instance_types = {}\n  description = \"\"\n  tags = {}\n  identity {\n    type = \"None\"\n  }\n";
    cli.write(&with_extension(empty));
    cli.apply().succeeds();
    settled(cli);
    let after = stored(azure);
    assert_eq!((&after["tags"], &after["properties"]["description"]), (&json!({}), &json!("")));
    assert_eq!(after["identity"]["type"], "None");
    let types = &after["properties"]["properties"]["instanceTypes"];
    assert!(
        types["gpu_instance"].is_object(),
        "`{{}}` removes what this resource declared: {types}"
    );
}

fn an_import_keeps_what_is_not_written(azure: &Azure, cli: &mut Cli) {
    cli.write(&with_extension(FILE_IN_HCL));
    cli.apply().succeeds();
    let identity = system_assigned();
    azure.drift(&id(), |object| {
        object["tags"] = json!({"Team": "ML", "cost": ""});
        object["identity"] = identity.clone();
    });
    let before = stored(azure);
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    cli.write(&with_extension("namespace = \"amlarc-testing\"\n  description = \"imported\""));
    cli.apply().succeeds();
    settled(cli);
    let body = azure.last_body("PUT", &id());
    assert_eq!(body["tags"], before["tags"]);
    assert_eq!(body["identity"]["type"], "SystemAssigned");
    assert_eq!(body["location"], before["location"]);
    let sent = &body["properties"]["properties"]["instanceTypes"];
    let stored = before["properties"]["properties"]["instanceTypes"].as_object();
    for (name, one) in stored.expect("the compute has types") {
        assert_eq!(sent[name], *one, "{name} is sent back as it was read");
    }
    assert_eq!(body["properties"]["description"], "imported");
}
