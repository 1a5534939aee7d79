//! What a reviewer is told by the plan, each on its attribute and with a summary of its own.

use serde_json::{Value as Json, json};

use super::{COMPUTE, config, id, made, merged, well};
use crate::tests::{Core, unknown};

fn types(default: &str, types: &Json) -> Json {
    config(json!({ "default_instance_type": default, "instance_types": types }))
}

fn limited(cpu: &str, pool: &str) -> Json {
    json!({ "node_selector": { "pool": pool }, "resources": { "limits": { "cpu": cpu } } })
}

/// Each warning without its detail.
async fn summaries(core: &Core, config: &Json) -> Vec<String> {
    let told = core.says(config).await.into_iter();
    told.map(|told| told.split(" | ").next().unwrap_or_default().to_owned()).collect()
}

const NOTICE: &str =
    "warning instance_types: Compute edge: instance types may not be what jobs see";

#[tokio::test]
async fn each_impact_is_a_warning_of_its_own() {
    let (small, big) = (limited("1", "x"), limited("4", "x"));
    let before = types("small", &json!({ "small": small, "big": big, "old": limited("9", "x") }));
    let cases: Vec<(Json, &[&str])> = vec![
        (
            types("small", &json!({ "small": small })),
            &[
                "warning instance_types: Compute edge: big is removed",
                "warning instance_types: Compute edge: old is removed",
            ],
        ),
        (
            types(
                "small",
                &json!({ "small": small, "large": limited("4000m", "x"), "old": limited("9", "x") }),
            ),
            &["warning instance_types: Compute edge: big is renamed to large"],
        ),
        (
            types(
                "small",
                &json!({ "small": small, "big": limited("2", "x"), "old": limited("8", "x") }),
            ),
            &[
                "warning instance_types[\"big\"].resources.limits: Compute edge: big gets lower limits: cpu from 4 to 2",
                "warning instance_types[\"old\"].resources.limits: Compute edge: old gets lower limits: cpu from 9 to 8",
            ],
        ),
        (
            types(
                "small",
                &json!({ "small": small, "big": limited("4", "y"), "old": limited("9", "x") }),
            ),
            &[
                "warning instance_types[\"big\"].node_selector: Compute edge: big selects other nodes",
            ],
        ),
        (
            types(
                "small",
                &json!({ "small": small, "big": big, "old": limited("9", "x"), "GPU_2": {} }),
            ),
            &["warning instance_types[\"GPU_2\"]: Compute edge: GPU_2 is no name for the cluster"],
        ),
    ];
    let core = made(&well(), &before).await;
    for (after, expected) in cases {
        let told = summaries(&core, &after).await;
        assert_eq!(told[0], NOTICE, "{after}");
        assert_eq!(told[1..], *expected, "{after}");
    }
    let other = merged(before.clone(), json!({ "default_instance_type": "big" }));
    let told = summaries(&core, &other).await;
    let expected =
        "warning default_instance_type: Compute edge: small is no longer the default: big is";
    assert_eq!(told, [expected]);
    assert_eq!(core.says(&before).await, [""; 0], "nothing changes, nothing is told");
}

#[tokio::test]
async fn a_name_is_told_where_it_is_new_and_not_again() {
    let core = Core::new("kubernetes_compute", &well());
    let written = types("big_cpu", &json!({ "big_cpu": {} }));
    let told = core.says(&written).await.join("\n");
    assert!(told.contains("big_cpu is no name for the cluster"), "{told}");
    assert!(told.contains("\"big-cpu\""), "{told}");
    let core = made(&well(), &written).await;
    let more = types("big_cpu", &json!({ "big_cpu": {}, "small": {} }));
    assert_eq!(summaries(&core, &more).await, [NOTICE]);
}

#[tokio::test]
async fn a_replacement_tells_why_and_what_it_means_for_jobs() {
    let before = types("small", &json!({ "small": limited("1", "x"), "big": limited("4", "x") }));
    let core = made(&well(), &before).await;
    let after = merged(
        types("big", &json!({ "big": { "resources": { "limits": { "cpu": "2" } } } })),
        json!({ "namespace": "jobs" }),
    );
    let told = summaries(&core, &after).await;
    assert_eq!(
        told,
        [
            NOTICE,
            "warning instance_types: Compute edge: small is removed",
            "warning instance_types[\"big\"].node_selector: Compute edge: big selects other nodes",
            "warning instance_types[\"big\"].resources.limits: Compute edge: big gets lower limits: cpu from 4 to 2",
            "warning default_instance_type: Compute edge: small is no longer the default: big is",
            "warning namespace: Changing namespace replaces the azureml_kubernetes_compute",
        ]
    );
    let bare = summaries(&core, &config(json!({ "namespace": "jobs" }))).await;
    let removed = bare.iter().filter(|told| told.ends_with("is removed")).count();
    assert_eq!(removed, 2, "nothing stays of a compute that is made anew: {bare:?}");
    assert!(!bare.iter().any(|told| told.contains("no longer managed")), "{bare:?}");
}

#[tokio::test]
async fn types_of_others_are_lost_in_a_replacement_alone() {
    let memory = well();
    let before = types("small", &json!({ "small": limited("1", "x") }));
    let mut core = made(&memory, &before).await;
    let mut object = memory.get(&id(COMPUTE)).expect("it was made");
    let held = object.pointer_mut("/properties/properties/instanceTypes").expect("types");
    held["theirs"] = json!({ "resources": { "limits": { "cpu": "9" } } });
    held["defaultinstancetype"] = json!({});
    memory.set(&id(COMPUTE), object);
    core.read().await;
    assert_eq!(core.says(&before).await, [""; 0]);
    let told = summaries(&core, &merged(before.clone(), json!({ "namespace": "jobs" }))).await;
    let lost = "warning instance_types: Compute edge: instance types theirs are lost";
    assert!(told.contains(&lost.to_owned()), "{told:?}");
    let written = types("small", &json!({ "small": limited("1", "x"), "theirs": {} }));
    let told = summaries(&core, &merged(written, json!({ "namespace": "jobs" }))).await;
    assert!(!told.iter().any(|told| told.ends_with("are lost")), "{told:?}");
}

#[tokio::test]
async fn what_is_not_known_yet_is_told_by_the_plan_that_knows_it() {
    let before = types("small", &json!({ "small": limited("4", "x"), "old": {} }));
    let core = made(&well(), &before).await;
    let mut after = types("small", &json!({ "small": limited("2", "x"), "new": unknown() }));
    after["instance_types"]["small"]["resources"]["limits"]["memory"] = unknown();
    let told = summaries(&core, &after).await;
    assert!(
        told.contains(&"warning instance_types: Compute edge: old is removed".to_owned()),
        "{told:?}"
    );
    assert!(!told.iter().any(|told| told.contains("lower limits")), "{told:?}");
}
