//! What fits on the nodes, where a plan tells it, and nothing where it does not.

use review::{Capacity, Counted, Frame, Review, Reviews, document, review};
use serde_json::{Value, json};

use crate::command::run;
use crate::support::{Document, SCHEMAS, fixture, rendered};

fn plan() -> Value {
    serde_json::from_slice(&fixture("terraform-1.11.4/capacity")).unwrap()
}

/// The data source in the state before.
fn source(plan: &mut Value) -> &mut Value {
    let resources = &mut plan["prior_state"]["values"]["root_module"]["resources"];
    let found = resources.as_array_mut().unwrap().iter_mut();
    found.into_iter().find(|one| one["type"] == "azureml_cluster_capacity").unwrap()
}

fn change(plan: &mut Value) -> &mut Value {
    let changes = plan["resource_changes"].as_array_mut().unwrap().iter_mut();
    let compute = "azureml_kubernetes_compute";
    &mut changes.into_iter().find(|one| one["type"] == compute).unwrap()["change"]
}

fn facts(plan: &Value) -> Review {
    review(plan.to_string().as_bytes(), &SCHEMAS).unwrap()
}

fn markdown(plan: &Value) -> String {
    rendered(plan.to_string().as_bytes())
}

/// With another state before.
fn changed(change: impl Fn(&mut Value)) -> Value {
    let mut plan = plan();
    change(source(&mut plan));
    plan
}

fn without() -> Value {
    let mut plan = plan();
    plan.as_object_mut().unwrap().remove("prior_state");
    plan
}

#[test]
fn what_changes_stands_in_a_table_and_the_rest_is_folded() {
    let document = Document::read(&markdown(&plan()));
    let told: Vec<_> = document.tables.iter().filter(|it| it.head[1] == "Requests").collect();
    let names = |n: usize| told[n].rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>();
    assert_eq!((told.len(), told[0].folded, told[1].folded), (2, false, true));
    assert_eq!((names(0), names(1)), (vec!["small"], vec!["gpu", "huge", "tiny"]));
    let small = &told[0].rows[0];
    assert_eq!(small[1..5], ["cpu: 2 memory: 4Gi", "pool: cpu", "3", "2"]);
    assert!(small[5].starts_with("2 nodes have at most 1 cpu free of the 2 requested 1 node is"));
    assert_eq!(small[6], "–");
}

#[test]
fn without_data_nothing_is_told() {
    let expected = markdown(&without());
    assert!(!expected.contains("fit"), "{expected}");
    let spoil: [fn(&mut Value); 8] = [
        |one| one["values"]["cluster_id"] = json!("/subscriptions/x"),
        |one| one["values"]["cluster_id"] = json!(null),
        |one| one["values"]["compute_id"] = json!("/subscriptions/x"),
        |one| one["values"]["capacity"] = json!({}),
        |one| one["values"]["capacity"] = json!({ "small": 3, "gpu": [] }),
        |one| one["sensitive_values"]["capacity"] = json!(true),
        |one| one["mode"] = json!("managed"),
        |one| one["provider_name"] = json!("registry.terraform.io/somebody/else"),
    ];
    for (n, spoil) in spoil.into_iter().enumerate() {
        let plan = changed(spoil);
        assert_eq!(markdown(&plan), expected, "{n}");
        assert!(serde_json::to_value(facts(&plan)).unwrap().get("capacity").is_none(), "{n}");
    }
    // What goes needs no room, and what stays as it is needs no review.
    for action in ["delete", "no-op"] {
        let mut plan = plan();
        change(&mut plan)["actions"] = json!([action]);
        if action == "delete" {
            change(&mut plan)["after"] = json!(null);
        }
        assert_eq!(facts(&plan).capacity, []);
    }
    let plan = serde_json::to_vec(&without()).unwrap();
    assert_eq!(run(&["--mermaid"], &plan).out, run(&[], &plan).out);
}

#[test]
fn whose_amounts_were_counted_is_told() {
    let small = |plan: &Value| {
        let types = facts(plan).capacity.remove(0).types;
        types.into_iter().find(|one| one.name == "small").unwrap()
    };
    let amount = |text: &'static str| {
        move |one: &mut Value| {
            one["values"]["instance_types"]["small"]["resources"]["requests"]["cpu"] = json!(text);
        }
    };
    for (plan, counted, note) in [
        (plan(), Counted::AsPlanned, ""),
        (changed(amount("2000m")), Counted::AsPlanned, ""),
        (changed(amount("1")), Counted::Otherwise, " counted with other amounts or labels"),
        (
            changed(|one| one["values"]["instance_types"] = json!(null)),
            Counted::AsInCluster,
            " counted as it is in the cluster",
        ),
    ] {
        assert_eq!(small(&plan).counted, counted);
        let document = Document::read(&markdown(&plan));
        let table = document.tables.iter().find(|it| it.head[1] == "Requests").unwrap();
        assert_eq!(table.rows[0][0], format!("small{note}"));
    }
}

#[test]
fn of_several_sources_the_one_for_the_compute_counts() {
    let mut plan = plan();
    let id = change(&mut plan)["before"]["id"].clone();
    let mut other = source(&mut plan).clone();
    other["address"] = json!("module.a.data.azureml_cluster_capacity.own");
    other["values"]["compute_id"] = json!(id.as_str().unwrap().to_uppercase());
    let module = json!({ "address": "module.a", "resources": [other] });
    plan["prior_state"]["values"]["root_module"]["child_modules"] = json!([module]);
    let sources: Vec<_> = facts(&plan).capacity.into_iter().map(|one| one.source).collect();
    assert_eq!(sources, ["module.a.data.azureml_cluster_capacity.own"]);
}

#[test]
fn types_that_are_resources_have_it_with_their_cluster() {
    let mut plan: Value = serde_json::from_slice(&fixture("written/cluster")).unwrap();
    let before = rendered(&fixture("written/cluster"));
    let clusters = facts(&plan).clusters;
    let known = clusters.iter().find(|one| one.cluster_id.text().is_some()).unwrap();
    let each = known.instance_types.changed_types().last().unwrap();
    let room = json!({ "fits": 4, "blocked_by": ["1 node is cordoned"], "can_grow": ["cpu"] });
    plan["prior_state"]["values"]["root_module"]["resources"] = json!([{
        "address": "data.azureml_cluster_capacity.this", "mode": "data",
        "type": "azureml_cluster_capacity",
        "provider_name": "registry.opentofu.org/azureml/azureml",
        "values": {
            "cluster_id": known.cluster_id.text().unwrap().to_lowercase(),
            "capacity": { each.name.clone(): { "training": room, "deployment": null } },
        },
    }]);
    let told = facts(&plan).capacity;
    let [Capacity { compute: None, types, .. }] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((types[0].training.fits, types[0].deployment.fits), (Some(4), None));
    let document = markdown(&plan);
    let added: Vec<_> = document.lines().filter(|line| !before.contains(line)).collect();
    assert_eq!(added.len(), 4, "{added:?}");
    let row = added.last().unwrap();
    assert!(row.ends_with(" | 4 | _not told_ | 1 node is cordoned | `cpu` |"), "{row}");
}

#[test]
fn the_digest_does_not_change_with_each_job() {
    let one = facts(&plan()).digest;
    let other = changed(|one| one["values"]["capacity"]["small"]["training"]["fits"] = json!(9));
    assert_eq!((facts(&other).digest, facts(&without()).digest), (one.clone(), one));
}

#[test]
fn a_picture_is_left_out_before_a_table() {
    let mut plan = plan();
    let reasons: Vec<String> = (0..200).map(|n| format!("{n} nodes lack a label")).collect();
    source(&mut plan)["values"]["capacity"]["small"]["training"]["blocked_by"] = json!(reasons);
    let frame = || Frame::default().with_pictures();
    let told = |frame| document(&Reviews::One(Box::new(facts(&plan))), &frame);
    let whole = told(frame());
    assert_eq!(whole.matches("```mermaid\n").count(), 1);
    // Four of two hundred: a picture with more is none.
    assert_eq!(whole.matches(" -.-x ").count(), 4);
    let short = told(frame().max_length(review::LEAST_LENGTH).unwrap());
    assert!(!short.contains("mermaid") && short.contains("_and 180 more_"), "{short}");
}
