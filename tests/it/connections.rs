//! Relay, Service Bus and Log Analytics beside an extension: made, adopted, brought, rotated, removed.

use hyper::Method;
use serde_json::{Value, json};

use crate::arc_extension::{id, resource};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::connections::{
    LOGS, NAMES, compute, create_three, existing, managed, managed_ids, object_id, protected,
    rotate, secrets,
};
use crate::support::lifecycle::settled;
use crate::support::with_terraform;

with_terraform!(
    managed_ones_live_with_the_extension,
    existing_ones_are_connected_by_id,
    existing_ones_are_connected_by_secret,
    a_rotated_key_is_sent_again,
    modes_change_in_place,
    what_was_made_outlives_a_replacement,
    what_was_made_outlives_a_taint,
    tags_are_planned_with_what_is_made_and_changed_in_place,
    a_workspace_is_found_by_an_import,
    what_is_somebody_elses_is_adopted_and_kept,
);

const ADDRESS: &str = "azureml_arc_extension.this";

// === managed ===

/// The workspace is there before, the other two are made: keys are fetched once more, and in the end only what
/// was made goes.
fn managed_ones_live_with_the_extension(azure: &Azure, cli: &mut Cli) {
    let logs = object_id(LOGS, NAMES[2].1);
    azure.send(Method::PUT, &logs, Some(&json!({ "location": "eastus" })));
    azure.ends_operations();
    cli.write(&managed(1));
    cli.apply().succeeds();
    settled(cli);
    assert_eq!(existing(azure), NAMES.map(|(kind, name)| (kind, name.to_owned())));
    let sent = azure.last_body("PUT", &id());
    let before = secrets(azure, &managed_ids());
    assert_eq!(sent["properties"]["configurationProtectedSettings"], protected(&before));
    let state = cli.state(ADDRESS).expect("it is in the state");
    let created = state["side_resources"].as_array().expect("a list").iter();
    let created: Vec<_> = created.map(|it| (it["kind"].clone(), it["created"].clone())).collect();
    let expected = [
        ("log_analytics_workspace", false),
        ("relay_namespace", true),
        ("hybrid_connection", true),
        ("service_bus_namespace", true),
    ];
    assert_eq!(created, expected.map(|(kind, created)| (json!(kind), json!(created))));

    rotate(azure, &managed_ids());
    let after = secrets(azure, &managed_ids());
    assert!(before.iter().zip(&after).all(|(before, after)| before != after));
    cli.write(&managed(2));
    cli.plan(&[]).changes_only(
        ADDRESS,
        &["log_analytics.keys_version", "relay.keys_version", "service_bus.keys_version"],
    );
    azure.forget();
    cli.apply().succeeds();
    let writes = azure.writes();
    assert_eq!(writes.len(), 1, "{writes:#?}");
    let sent = json!({ "configurationProtectedSettings": protected(&after) });
    assert_eq!(writes[0].body, json!({ "properties": sent }));
    settled(cli);
    let state = cli.state(ADDRESS).expect("it is in the state").to_string();
    for secret in before.iter().chain(&after) {
        assert!(!state.contains(secret.as_str().expect("a text")), "no secret is in the state");
    }

    cli.destroy().succeeds().warns_of("Log analytics workspace").says(&logs);
    assert_eq!(existing(azure), [(LOGS, NAMES[2].1.to_owned())]);
}

// === existing ===

fn by_id([relay, bus, logs]: &[String; 3]) -> String {
    resource(&format!(
        r#"
  enable_training = true
  relay           = {{ mode = "existing", hybrid_connection_id = "{relay}" }}
  service_bus     = {{ mode = "existing", namespace_id = "{bus}" }}
  log_analytics   = {{ mode = "existing", workspace_id = "{logs}" }}
"#
    ))
}

fn existing_ones_are_connected_by_id(azure: &Azure, cli: &mut Cli) {
    let ids = create_three(azure);
    let before = existing(azure);
    cli.write(&by_id(&ids));
    azure.forget();
    cli.apply().succeeds();
    let writes: Vec<_> = azure.writes().into_iter().map(|write| write.path).collect();
    assert_eq!(writes.len(), 1, "the extension alone is written: {writes:#?}");
    let properties = azure.last_body("PUT", &id())["properties"].clone();
    let expected = protected(&secrets(azure, &ids));
    assert_eq!(properties["configurationProtectedSettings"], expected);
    let settings = &properties["configurationSettings"];
    assert_eq!(settings["relayserver.hybridConnectionName"], "edge");
    assert!(
        settings["servicebus.resourceID"]
            .as_str()
            .is_some_and(|it| it.eq_ignore_ascii_case(&ids[1]))
    );
    settled(cli);
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    azure.forget();
    cli.apply().succeeds();
    assert!(azure.writes().is_empty(), "{:#?}", azure.writes());
    settled(cli);
    cli.destroy().succeeds();
    assert_eq!(existing(azure), before);
}

fn by_secret(secrets: &[Value; 3], customer_id: &Value, version: u32) -> String {
    let [relay, bus, logs] = secrets;
    resource(&format!(
        r#"
  enable_training = true
  relay = {{
    mode                         = "existing"
    connection_string_wo         = {relay}
    connection_string_wo_version = {version}
  }}
  service_bus = {{
    mode                         = "existing"
    connection_string_wo         = {bus}
    connection_string_wo_version = {version}
  }}
  log_analytics = {{
    mode                  = "existing"
    customer_id           = {customer_id}
    shared_key_wo         = {logs}
    shared_key_wo_version = {version}
  }}
"#
    ))
}

fn existing_ones_are_connected_by_secret(azure: &Azure, cli: &mut Cli) {
    let ids = create_three(azure);
    let customer_id =
        azure.object(&ids[2]).expect("a workspace")["properties"]["customerId"].clone();
    let first = secrets(azure, &ids);
    cli.write(&by_secret(&first, &customer_id, 1));
    let ran = cli.apply();
    ran.succeeds();
    for secret in &first {
        ran.never_says(secret.as_str().expect("a text"));
    }
    let properties = azure.last_body("PUT", &id())["properties"].clone();
    assert_eq!(properties["configurationProtectedSettings"], protected(&first));
    assert_eq!(properties["configurationSettings"]["azure_log_analytics.customer_id"], customer_id);
    settled(cli);

    rotate(azure, &ids);
    let second = secrets(azure, &ids);
    cli.write(&by_secret(&second, &customer_id, 1));
    cli.plan(&[]).plans_nothing();
    cli.write(&by_secret(&second, &customer_id, 2));
    azure.forget();
    cli.apply().succeeds();
    let writes = azure.writes();
    assert_eq!(writes.len(), 1, "{writes:#?}");
    let sent = json!({ "configurationProtectedSettings": protected(&second) });
    assert_eq!(writes[0].body, json!({ "properties": sent }));
    settled(cli);
    let state = cli.state(ADDRESS).expect("it is in the state").to_string();
    for secret in first.iter().chain(&second) {
        assert!(!state.contains(secret.as_str().expect("a text")), "no secret is in the state");
    }
    let before = existing(azure);
    cli.destroy().succeeds();
    assert_eq!(existing(azure), before);
}

// === rotation ===

/// A cluster is not reached through a relay whose key is another one by now.
fn a_rotated_key_is_sent_again(azure: &Azure, cli: &mut Cli) {
    cli.write(&managed(1));
    cli.apply().succeeds();
    rotate(azure, &managed_ids());
    cli.write(&(managed(1) + &compute()));
    cli.apply().fails_with("is not reachable through its relay");
    cli.write(&(managed(2) + &compute()));
    cli.apply().succeeds();
    settled(cli);
    cli.destroy().succeeds();
    assert_eq!(existing(azure), []);
}

// === changes ===

fn modes_change_in_place(azure: &Azure, cli: &mut Cli) {
    let ids = create_three(azure);
    let theirs = existing(azure);
    cli.write(&managed(1));
    cli.apply().succeeds();
    cli.write(&by_id(&ids));
    let planned = cli.plan(&[]);
    for noun in ["relay", "service bus", "Log Analytics workspace"] {
        planned.ran().warns_of(&format!("its {noun} changes"));
    }
    planned.plans("update", ADDRESS);
    cli.apply().succeeds();
    let held = azure.object(&id()).expect("it is there")["properties"].clone();
    assert_eq!(held["configurationProtectedSettings"], protected(&secrets(azure, &ids)));
    settled(cli);
    let none = r#"
  enable_training = true
  relay           = { mode = "none" }
  service_bus     = { mode = "none" }
  log_analytics   = { mode = "none" }
"#;
    cli.write(&resource(none));
    azure.forget();
    cli.apply().succeeds();
    let writes = azure.writes();
    let off = json!({
        "azure_log_analytics.enabled": "False", "logAnalyticsWS": "False",
        "relayserver.enabled": "false", "servicebus.enabled": "false",
    });
    assert_eq!(writes.len(), 1, "{writes:#?}");
    assert_eq!(writes[0].body, json!({ "properties": { "configurationSettings": off } }));
    settled(cli);
    cli.destroy().succeeds().warns_of("is kept");
    assert_eq!(existing(azure), theirs, "what this resource made is gone, and nothing else is");
}

/// Names of extensions cannot be changed; what the first one made is the second one's.
fn what_was_made_outlives_a_replacement(azure: &Azure, cli: &mut Cli) {
    cli.write(&managed(1));
    cli.apply().succeeds();
    let made = existing(azure);
    azure.forget();
    cli.write(&managed(1).replace("amlarc-compute", "renamed"));
    cli.apply().succeeds().warns_of("what it created is handed over");
    let written = azure.writes().into_iter().map(|write| write.path);
    let beside: Vec<_> = written.filter(|path| !path.contains("/extensions/")).collect();
    assert!(beside.is_empty(), "nothing beside the extension is touched: {beside:#?}");
    assert_eq!(existing(azure), made);
    settled(cli);
    cli.destroy().succeeds();
    assert_eq!(existing(azure), []);
}

/// A failed installation is made again, with the relay that it made.
fn what_was_made_outlives_a_taint(azure: &Azure, cli: &mut Cli) {
    let error = json!({ "code": "ExtensionOperationFailed", "message": "no space left" });
    let install = json!({ "method": "PUT", "path": "extensions/amlarc-compute" });
    azure.fails(&install, &json!({ "fail_operation": error }));
    cli.write(&managed(1));
    cli.apply().fails_with("no space left");
    let made = existing(azure);
    assert_eq!(made.len(), 3);
    azure.forget();
    cli.apply().succeeds().warns_of("what it created is handed over");
    let written = azure.writes().into_iter().map(|write| write.path);
    let beside: Vec<_> = written.filter(|path| !path.contains("/extensions/")).collect();
    assert!(beside.is_empty(), "nothing beside the extension is touched: {beside:#?}");
    settled(cli);
    cli.destroy().succeeds();
    assert_eq!(existing(azure), []);
}

// === tags and imports ===

const OWNER: &str = "terraform_provider_azureml";

fn tagged(cost: &str) -> String {
    let tags = format!("{{ mode = \"managed\", tags = {{ cost = \"{cost}\" }} }}");
    resource(&format!(
        "  enable_training = true\n  relay = {tags}\n  service_bus = {tags}\n  log_analytics = {tags}\n"
    ))
}

/// The secrets of the extension stay where they are.
fn tags_are_planned_with_what_is_made_and_changed_in_place(azure: &Azure, cli: &mut Cli) {
    let tags = |cost: &str| {
        json!({
            "cost": cost, "created_by": "Azure Arc-enabled ML", OWNER: id().to_lowercase(),
        })
    };
    cli.write(&tagged("one"));
    let planned = cli.plan(&[]);
    for id in managed_ids() {
        assert!(planned.text().contains(&id), "{id} is in the plan: {}", planned.text());
    }
    cli.apply().succeeds();
    settled(cli);
    for (kind, name) in NAMES {
        let object = azure.object(&object_id(kind, name)).expect("it was made");
        assert_eq!(object["tags"], tags("one"), "{kind}");
    }
    cli.write(&tagged("two"));
    let changes = ["log_analytics.tags.cost", "relay.tags.cost", "service_bus.tags.cost"];
    cli.plan(&[]).plans("update", ADDRESS).changes_only(ADDRESS, &changes);
    azure.forget();
    cli.apply().succeeds();
    let writes = azure.writes();
    assert_eq!(writes.len(), 3, "{writes:#?}");
    assert!(writes.iter().all(|write| write.body == json!({ "tags": tags("two") })), "{writes:#?}");
    settled(cli);
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    assert_eq!(cli.state(ADDRESS).expect("it is there")["relay"]["tags"]["cost"], "two");
}

fn a_workspace_is_found_by_an_import(_: &Azure, cli: &mut Cli) {
    cli.write(&managed(1));
    cli.apply().succeeds();
    let made = cli.state(ADDRESS).expect("it was made")["side_resources"].clone();
    cli.forget(ADDRESS).succeeds();
    cli.import(ADDRESS, &id()).succeeds();
    let found = cli.state(ADDRESS).expect("it was imported")["side_resources"].clone();
    let ids = |of: &Value| -> Vec<Value> {
        of.as_array().expect("a list").iter().map(|one| one["id"].clone()).collect()
    };
    assert_eq!(ids(&found), ids(&made));
    cli.destroy().succeeds().warns_of("Log analytics workspace").says("did not create it");
}

/// A relay of another cluster's extension is used, and is not this one's to delete.
fn what_is_somebody_elses_is_adopted_and_kept(azure: &Azure, cli: &mut Cli) {
    let other = id().to_lowercase().replace("amlarc-cluster", "other-cluster");
    let tags = json!({ OWNER: other });
    for (kind, name) in NAMES {
        let body = json!({ "location": "eastus", "tags": tags });
        azure.send(Method::PUT, &object_id(kind, name), Some(&body));
    }
    azure.ends_operations();
    cli.write(&managed(1));
    cli.apply().succeeds();
    let beside = cli.state(ADDRESS).expect("it was made")["side_resources"].clone();
    let created: Vec<_> = beside.as_array().expect("a list").iter().collect();
    // The hybrid connection was not there.
    let created: Vec<_> = created.iter().map(|one| one["created"] == true).collect();
    assert_eq!(created, [false, false, true, false]);
    cli.destroy().succeeds();
    assert_eq!(existing(azure), NAMES.map(|(kind, name)| (kind, name.to_owned())));
}
