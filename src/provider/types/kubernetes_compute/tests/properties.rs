//! Laws of the plan, over generated configurations and generated spellings of them.

use std::future::Future;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use tokio::runtime::Builder;

use super::meant::{Meant, any_meant, choice};
use super::{COMPUTE, config, create_object, healthy_azure, id};
use crate::tests::{Core, Memory, unknown};

fn cases(cases: u32) -> ProptestConfig {
    // A failing case is in the message; a file beside the sources would be taken for a crate.
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Runs what must hold in virtual time.
fn holds(law: impl Future<Output = Result<(), TestCaseError>>) -> Result<(), TestCaseError> {
    match Builder::new_current_thread().enable_time().start_paused(true).build() {
        Ok(runtime) => runtime.block_on(law),
        Err(error) => Err(TestCaseError::fail(error.to_string())),
    }
}

proptest! {
    #![proptest_config(cases(32))]

    #[test]
    fn the_same_meaning_plans_nothing_and_keeps_the_text(
        meant in any_meant(), one: u64, other: u64,
    ) {
        holds(async {
            let memory = healthy_azure();
            let (first, second) = (meant.spelled(&|_| one), meant.spelled(&|_| other));
            let mut core = create_object(&memory, &first).await;
            prop_assert_eq!(&core.state()["instance_types"], &first["instance_types"]);
            prop_assert!(core.plans_nothing(&first).await, "applied and planned again");
            prop_assert_eq!(core.planned_changes(&second).await, [""; 0]);
            prop_assert!(core.plans_nothing(&second).await);
            answer_in_other_words(&memory, &meant, other);
            prop_assert_eq!(core.read().await, [""; 0]);
            prop_assert_eq!(&core.state()["instance_types"], &first["instance_types"]);
            prop_assert!(core.plans_nothing(&first).await, "after the service answered in other words");
            memory.writes();
            core.run(&second).await;
            prop_assert_eq!(memory.writes(), [""; 0]);
            prop_assert_eq!(&core.state()["instance_types"], &first["instance_types"]);
            Ok(())
        })?;
    }

    #[test]
    fn null_or_set_is_a_line_at_most_and_calls_nothing(meant in any_meant(), seed: u64, other: u64) {
        holds(async {
            let memory = healthy_azure();
            let first = meant.spelled(&|_| seed);
            let mut second = first.clone();
            for (name, each) in second["instance_types"].as_object_mut().into_iter().flatten() {
                swap_null_and_empty(each, name, other);
            }
            let mut core = create_object(&memory, &first).await;
            memory.writes();
            for message in core.apply(&second).await {
                prop_assert!(message.starts_with("warning"), "{message}");
            }
            prop_assert_eq!(memory.writes(), [""; 0]);
            prop_assert!(core.plans_nothing(&second).await);
            core.read().await;
            prop_assert!(core.plans_nothing(&second).await);
            Ok(())
        })?;
    }

    #[test]
    fn one_change_of_meaning_plans_that_leaf(
        meant in any_meant(), one: u64, other: u64, which: prop::sample::Index,
    ) {
        let changes = meant.changes();
        let (changed, path) = which.get(&changes);
        holds(async {
            let memory = healthy_azure();
            let mut core = create_object(&memory, &meant.spelled(&|_| one)).await;
            // The map of the change keeps its spelling, all others get another one.
            let hand = |map: &str| if path.starts_with(map) { one } else { other };
            let second = changed.spelled(&hand);
            prop_assert_eq!(core.planned_changes(&second).await, std::slice::from_ref(path));
            for message in core.apply(&second).await {
                prop_assert!(message.starts_with("warning"), "{message}");
            }
            prop_assert!(core.plans_nothing(&second).await, "applied and planned again");
            core.read().await;
            prop_assert!(core.plans_nothing(&second).await, "read and planned again");
            let fresh = create_object(&healthy_azure(), &second).await;
            prop_assert_eq!(fresh.planned_changes(&changed.spelled(&|_| one)).await, [""; 0]);
            Ok(())
        })?;
    }

    #[test]
    fn a_plan_with_unknowns_is_kept_by_the_plan_with_their_values(
        before in any_meant(), after in any_meant(), same: bool, seeds: [u64; 3],
    ) {
        holds(async {
            let after = if same { &before } else { &after };
            let known = after.spelled(&|_| seeds[1]);
            let mut open = known.clone();
            let mut at = String::new();
            forget(&mut open["instance_types"], &mut at, seeds[2]);
            let mut cores = vec![Core::new("kubernetes_compute", &healthy_azure())];
            cores.push(create_object(&healthy_azure(), &before.spelled(&|_| seeds[0])).await);
            for core in cores {
                let (first, second) = (core.plan(&open).await, core.plan(&known).await);
                let warned = core.plan_diagnostics(&open).await.iter().any(|told| told.contains("New spelling in"));
                let broken = first.broken_by(&second);
                prop_assert!(broken.is_empty() || warned, "{broken:?} with {open}");
            }
            Ok(())
        })?;
    }

    #[test]
    fn nothing_that_is_written_breaks_the_plan(texts in any_texts(), which: u64) {
        holds(async {
            let pick = |at: &str| texts[choice(which, at, texts.len())].clone();
            let amounts = json!({ pick("key"): pick("cpu"), "memory": pick("memory") });
            let wild = config(json!({
                "name": pick("name"), "workspace_id": pick("ws"), "cluster_id": pick("cluster"),
                "extension_id": pick("extension"), "namespace": pick("ns"),
                "default_instance_type": pick("default"), "description": pick("text"),
                "tags": { pick("tag"): pick("value") },
                "identity": { "type": pick("kind"), "identity_ids": [pick("id")] },
                "instance_types": { pick("type"): {
                    "node_selector": { pick("label"): pick("is") },
                    "resources": { "requests": amounts, "limits": amounts },
                } },
            }));
            let core = create_object(&healthy_azure(), &config(json!({ "default_instance_type": "a", "instance_types": { "a": {} } }))).await;
            let mut told = core.validate(&wild).await;
            told.extend(core.plan_diagnostics(&wild).await);
            let crashed = told.iter().find(|told| told.contains("panic"));
            prop_assert_eq!(crashed, None);
            Ok(())
        })?;
    }
}

/// The service answers the same instance types in another spelling.
fn answer_in_other_words(memory: &Memory, meant: &Meant, seed: u64) {
    let mut object = memory.get(&id(COMPUTE)).expect("it was made");
    let held = &mut object["properties"]["properties"]["instanceTypes"];
    let mut other = meant.spelled(&|_| seed)["instance_types"].clone();
    for (name, each) in other.as_object_mut().into_iter().flatten() {
        let selector = each.as_object_mut().and_then(|each| each.remove("node_selector"));
        each["nodeSelector"] = selector.unwrap_or_default();
        held[name] = each.clone();
    }
    memory.set(&id(COMPUTE), object);
}

/// Where a part of a type is null it gets `{}`, and the other way round, here and there.
fn swap_null_and_empty(each: &mut Json, name: &str, seed: u64) {
    for part in ["node_selector", "resources"] {
        let swap = choice(seed, &format!("{name}.{part}"), 2) == 0;
        let is_empty = each[part].as_object().is_some_and(serde_json::Map::is_empty);
        if swap && each[part].is_null() {
            each[part] = json!({});
        } else if swap && is_empty {
            each[part] = Json::Null;
        }
    }
    for side in ["requests", "limits"] {
        let swap = choice(seed, &format!("{name}.{side}"), 2) == 0;
        if swap && each["resources"].is_object() && each["resources"][side].is_null() {
            each["resources"][side] = json!({});
        }
    }
}

/// Makes one value below `json` unknown. One that is written as absent stays: nobody can foresee
/// that a new key turns out to be none.
fn forget(json: &mut Json, at: &mut String, seed: u64) {
    let there = |value: &Json| !value.is_null() && *value != "0" && *value != "0Ki";
    let fields = json.as_object().into_iter().flatten();
    let keys: Vec<String> =
        fields.filter(|(_, value)| there(value)).map(|(key, _)| key.clone()).collect();
    if keys.is_empty() || choice(seed, at, 4) == 0 {
        *json = unknown();
        return;
    }
    let key = keys[choice(seed, &format!("{at}.key"), keys.len())].clone();
    at.push_str(&key);
    forget(&mut json[key.as_str()], at, seed);
}

/// Texts of every kind, most of them nearly right.
fn any_texts() -> impl Strategy<Value = Vec<String>> {
    let text = prop_oneof![
        ".{0,20}",
        "[+-]?[0-9.,]{0,8} ?(Ki|Mi|gb|m|k|e-?[0-9]{0,11})?",
        "(/|subscriptions|resourceGroups|providers|Microsoft.Kubernetes|\\PC{0,4}|%|:|\\?){0,12}",
        "[a-z]{0,4}/?(gpu|cpu|mem|\\PC{0,3})",
    ];
    prop::collection::vec(text, 4..12)
}
