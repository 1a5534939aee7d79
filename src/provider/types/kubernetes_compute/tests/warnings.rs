//! What a reviewer is told by the plan, each on its attribute and with a summary of its own.

use serde_json::{Value as Json, json};

use super::{COMPUTE, config, create_object, healthy_azure, id, merge};
use crate::tests::{Core, unknown};

fn types(default: &str, types: &Json) -> Json {
    config(json!({ "default_instance_type": default, "instance_types": types }))
}

fn limited(cpu: &str, pool: &str) -> Json {
    json!({ "node_selector": { "pool": pool }, "resources": { "limits": { "cpu": cpu } } })
}

/// Each warning without its detail.
async fn summaries(core: &Core, config: &Json) -> Vec<String> {
    let told = core.plan_diagnostics(config).await.into_iter();
    told.map(|told| told.split(" | ").next().unwrap_or_default().to_owned()).collect()
}

const NOTICE: &str = "warning : Instance types may not be what jobs see";

/// On no attribute: hosts print the whole of `instance_types` for a warning that stands there.
#[tokio::test]
async fn each_kind_of_impact_is_one_warning() {
    let (small, big) = (limited("1", "x"), limited("4", "x"));
    let before = types("small", &json!({ "small": small, "big": big, "old": limited("9", "x") }));
    let with = |big: Json, old: Json| json!({ "small": small, "big": big, "old": old });
    let more =
        json!({ "small": small, "big": big, "old": limited("9", "x"), "GPU_2": {}, "A_B": {} });
    let cases: Vec<(Json, &[&str])> = vec![
        (json!({ "small": small }), &["warning : Compute edge: big, old are removed"]),
        (json!({ "small": small, "big": big }), &["warning : Compute edge: old is removed"]),
        (
            json!({ "small": small, "large": limited("4000m", "x"), "old": limited("9", "x") }),
            &["warning : Compute edge: big is renamed to large"],
        ),
        (
            json!({ "small": small, "large": limited("4000m", "x"), "ancient": limited("9", "x") }),
            &["warning : Compute edge: big to large, old to ancient are renamed"],
        ),
        (
            with(limited("2", "x"), limited("8", "x")),
            &[
                NOTICE,
                "warning : Compute edge: big (cpu from 4 to 2), old (cpu from 9 to 8) get lower \
                 limits",
            ],
        ),
        (
            with(limited("4", "y"), limited("9", "x")),
            &[NOTICE, "warning : Compute edge: big selects other nodes"],
        ),
        (
            more,
            &[
                NOTICE,
                "warning : Compute edge: A_B (such as a-b), GPU_2 (such as gpu-2) are not valid \
                 names in the cluster",
            ],
        ),
    ];
    let core = create_object(&healthy_azure(), &before).await;
    for (after, expected) in cases {
        let told = summaries(&core, &types("small", &after)).await;
        assert_eq!(told, *expected, "{after}");
    }
    let other = merge(before.clone(), json!({ "default_instance_type": "big" }));
    let told = summaries(&core, &other).await;
    let expected =
        "warning default_instance_type: Compute edge: small is no longer the default: big is";
    assert_eq!(told, [expected]);
    assert_eq!(core.plan_diagnostics(&before).await, [""; 0], "nothing changes, nothing is told");
}

/// Hosts fold what has one summary, so the notice names nobody; and it names the way out.
#[tokio::test]
async fn the_notice_is_the_same_for_every_compute() {
    let core = Core::new("kubernetes_compute", &healthy_azure());
    let written = types("small", &json!({ "small": limited("1", "x") }));
    let told = core.plan_diagnostics(&written).await;
    assert_eq!(told, core.plan_diagnostics(&merge(written, json!({ "name": "other" }))).await);
    assert!(told[0].starts_with(NOTICE) && !told[0].contains("edge"), "{told:?}");
    assert!(told[0].contains("the function `instance_type_manifest`"), "{told:?}");
}

#[tokio::test]
async fn a_doubtful_name_is_told_before_it_is_attached_and_not_again() {
    let named = |name: &str| config(json!({ "name": name }));
    for name in ["abcdefghijklmnopqrstu", "ab", "pool-2"] {
        let mut core = Core::new("kubernetes_compute", &healthy_azure());
        assert_eq!(core.validate(&named(name)).await, [""; 0], "{name}");
        let told = core.plan_diagnostics(&named(name)).await;
        assert!(told.len() == 1 && told[0].starts_with("warning name: "), "{name}: {told:?}");
        core.apply(&named(name)).await;
        let changed = config(json!({ "name": name, "description": "x" }));
        assert_eq!(core.plan_diagnostics(&changed).await, [""; 0], "{name}");
    }
}

#[tokio::test]
async fn a_name_is_told_where_it_is_new_and_not_again() {
    let core = Core::new("kubernetes_compute", &healthy_azure());
    let written = types("big_cpu", &json!({ "big_cpu": {} }));
    let told = core.plan_diagnostics(&written).await.join("\n");
    assert!(told.contains("big_cpu is not a valid name in the cluster"), "{told}");
    assert!(told.contains("\"big-cpu\""), "{told}");
    let core = create_object(&healthy_azure(), &written).await;
    let more = types("big_cpu", &json!({ "big_cpu": {}, "small": {} }));
    assert_eq!(summaries(&core, &more).await, [NOTICE]);
}

#[tokio::test]
async fn a_replacement_tells_why_and_what_it_means_for_jobs() {
    let before = types("small", &json!({ "small": limited("1", "x"), "big": limited("4", "x") }));
    let core = create_object(&healthy_azure(), &before).await;
    let after = merge(
        types("big", &json!({ "big": { "resources": { "limits": { "cpu": "2" } } } })),
        json!({ "namespace": "jobs" }),
    );
    let told = summaries(&core, &after).await;
    assert_eq!(
        told,
        [
            NOTICE,
            "warning : Compute edge: small is removed",
            "warning : Compute edge: big selects other nodes",
            "warning : Compute edge: big gets lower limits: cpu from 4 to 2",
            "warning default_instance_type: Compute edge: small is no longer the default: big is",
            "warning namespace: Changing namespace replaces the azureml_kubernetes_compute",
        ]
    );
    let bare = summaries(&core, &config(json!({ "namespace": "jobs" }))).await;
    let removed = bare.iter().filter(|told| told.ends_with("big, small are removed")).count();
    assert_eq!(removed, 1, "nothing stays of a compute that is created again: {bare:?}");
    assert!(!bare.iter().any(|told| told.contains("no longer managed")), "{bare:?}");
}

#[tokio::test]
async fn types_of_others_are_lost_in_a_replacement_alone() {
    let memory = healthy_azure();
    let before = types("small", &json!({ "small": limited("1", "x") }));
    let mut core = create_object(&memory, &before).await;
    let mut object = memory.get(&id(COMPUTE)).expect("it was made");
    let held = object.pointer_mut("/properties/properties/instanceTypes").expect("types");
    held["theirs"] = json!({ "resources": { "limits": { "cpu": "9" } } });
    held["defaultinstancetype"] = json!({});
    memory.set(&id(COMPUTE), object);
    core.read().await;
    assert_eq!(core.plan_diagnostics(&before).await, [""; 0]);
    let told = summaries(&core, &merge(before.clone(), json!({ "namespace": "jobs" }))).await;
    let lost = "warning : Compute edge: instance types theirs are lost";
    assert!(told.contains(&lost.to_owned()), "{told:?}");
    let written = types("small", &json!({ "small": limited("1", "x"), "theirs": {} }));
    let told = summaries(&core, &merge(written, json!({ "namespace": "jobs" }))).await;
    assert!(!told.iter().any(|told| told.ends_with("are lost")), "{told:?}");
}

#[tokio::test]
async fn what_is_not_known_yet_is_told_by_the_plan_that_knows_it() {
    let before = types("small", &json!({ "small": limited("4", "x"), "old": {} }));
    let core = create_object(&healthy_azure(), &before).await;
    let mut after = types("small", &json!({ "small": limited("2", "x"), "new": unknown() }));
    after["instance_types"]["small"]["resources"]["limits"]["memory"] = unknown();
    let told = summaries(&core, &after).await;
    assert!(told.contains(&"warning : Compute edge: old is removed".to_owned()), "{told:?}");
    assert!(!told.iter().any(|told| told.contains("lower limits")), "{told:?}");
}
