//! What is planned from a state and a configuration, and whose spelling survives.

use proptest::prelude::{
    Just, ProptestConfig, Strategy, prop, prop_assert, prop_assert_eq, prop_oneof, proptest,
};
use proptest::sample::select;
use serde_json::{Value as Json, json};
use testing::toy;
use testing::{describe, unknown};

/// The configuration with the default and what the service adds: a state.
fn made(config: &Json) -> Json {
    let mut state = config.clone();
    let adds = json!({
        "namespace": "default", "mode": "plain", "id": "/things/a", "status": "ready",
        "effective": {},
    });
    for (name, value) in adds.as_object().into_iter().flatten() {
        if state.get(name).is_none() {
            state[name] = value.clone();
        }
    }
    state
}

fn and(base: &Json, changes: &Json) -> Json {
    let mut merged = base.clone();
    for (name, value) in changes.as_object().into_iter().flatten() {
        merged[name] = value.clone();
    }
    merged
}

/// Plans `config` over `prior` (null: a create), and expects exactly that state, and those reasons
/// for a replacement.
async fn check(prior: &Json, config: &Json, expected: &Json, replaces: &[&str]) {
    check_under("1.11.4", prior, config, expected, replaces).await;
}

async fn check_under(
    version: &str, prior: &Json, config: &Json, expected: &Json, replaces: &[&str],
) {
    let (core, _) = toy::start_under(version, "plans").await;
    let plan = core.plan_over(prior, config).await;
    assert!(!plan.found.has_errors(), "{config}: {:?}", plan.found);
    assert_eq!(plan.state, core.value(expected), "{config} over {prior}");
    assert_eq!(plan.replaces, replaces, "{config} over {prior}");
}

#[tokio::test]
async fn in_a_create_all_that_is_computed_is_unknown() {
    let added = json!({
        "namespace": "default", "mode": unknown(), "id": unknown(), "status": unknown(),
        "effective": unknown(),
    });
    let config = json!({ "name": "a", "rule": [{ "key": "k" }] });
    let expected =
        and(&config, &and(&added, &json!({ "rule": [{ "key": "k", "hash": unknown() }] })));
    check(&Json::Null, &config, &expected, &[]).await;
    let config =
        json!({ "name": unknown(), "mode": "own", "namespace": unknown(), "rule": unknown() });
    check(&Json::Null, &config, &and(&added, &config), &[]).await;
    let config =
        json!({ "name": "a", "types": { "s": unknown() }, "relay": unknown(), "rule": [] });
    check(&Json::Null, &config, &and(&added, &config), &[]).await;
}

#[tokio::test]
async fn what_is_written_only_is_never_planned() {
    let config = json!({
        "name": "a", "secret_wo": "s", "relay": { "mode": "m", "key_wo": "k" },
    });
    let prior = made(&json!({ "name": "a", "relay": { "mode": "m" } }));
    check(&prior, &config, &prior, &[]).await;
}

#[tokio::test]
async fn in_an_update_only_what_may_move_is_unknown() {
    let prior = made(&json!({ "name": "a", "rule": [{ "key": "k", "hash": "#k" }] }));
    let rule = json!([{ "key": "k" }]);
    let same = json!({ "name": "a", "rule": rule });
    check(&prior, &same, &prior, &[]).await;
    let note = and(&same, &json!({ "note": "n" }));
    let moved =
        json!({ "note": "n", "status": unknown(), "rule": [{ "key": "k", "hash": unknown() }] });
    check(&prior, &note, &and(&prior, &moved), &[]).await;
    let types = and(&same, &json!({ "types": {} }));
    let moved = and(&moved, &json!({ "note": null, "types": {}, "effective": unknown() }));
    check(&prior, &types, &and(&prior, &moved), &[]).await;
    // An optional and computed value that is no longer written is remembered.
    let own = and(&prior, &json!({ "mode": "own" }));
    check(&own, &same, &own, &[]).await;
}

#[tokio::test]
async fn a_stable_value_that_was_not_learnt_is_still_to_come() {
    let prior = and(&made(&json!({ "name": "a" })), &json!({ "mode": null, "status": "working" }));
    let expected = and(&prior, &json!({ "mode": unknown(), "status": unknown() }));
    check(&prior, &json!({ "name": "a" }), &expected, &[]).await;
}

#[tokio::test]
async fn a_default_comes_back_when_its_attribute_goes() {
    let prior = and(&made(&json!({ "name": "a" })), &json!({ "namespace": "own" }));
    let expected = and(&prior, &json!({ "namespace": "default", "status": unknown() }));
    check(&prior, &json!({ "name": "a" }), &expected, &["namespace"]).await;
}

#[tokio::test]
async fn a_replacement_names_what_is_there() {
    let relay = |region: &Json| json!({ "name": "a", "relay": { "mode": "m", "region": region } });
    let prior = made(&relay(&json!("east")));
    let expected = and(&prior, &and(&relay(&json!("west")), &json!({ "status": unknown() })));
    check(&prior, &relay(&json!("west")), &expected, &["relay.region"]).await;
    let expected = and(&prior, &and(&relay(&unknown()), &json!({ "status": unknown() })));
    check(&prior, &relay(&unknown()), &expected, &["relay.region"]).await;
    let gone = json!({ "name": "a" });
    let expected = and(&prior, &json!({ "relay": null, "status": unknown() }));
    check(&prior, &gone, &expected, &[]).await;
}

#[tokio::test]
async fn unknown_blocks_and_elements_stay_unknown() {
    let prior = made(&json!({ "name": "a", "identity": { "kind": "k" } }));
    for changes in [
        json!({ "identity": { "kind": unknown() } }),
        json!({ "identity": { "kind": "k" }, "rule": unknown() }),
        json!({ "identity": { "kind": "k" }, "labels": { "l": unknown() } }),
    ] {
        let config = and(&json!({ "name": "a" }), &changes);
        let expected = and(&prior, &and(&changes, &json!({ "status": unknown() })));
        check(&prior, &config, &expected, &[]).await;
    }
}

fn types(requests: &Json) -> Json {
    json!({ "name": "a", "types": { "s": { "requests": requests } } })
}

#[tokio::test]
async fn prior_text_is_kept_where_core_lets_it_be() {
    let prior = made(&types(&json!({ "cpu": "1000m", "memory": "16Gi" })));
    let moved = json!({ "status": unknown(), "effective": unknown() });
    let respelt = types(&json!({ "cpu": "1", "memory": "16384Mi", "gpu": "0" }));
    check(&prior, &respelt, &prior, &[]).await;
    // A map counts as one: with a change in it, it shows the configuration's text whole.
    let config = types(&json!({ "cpu": "1", "memory": "32Gi" }));
    check(&prior, &config, &and(&prior, &and(&config, &moved)), &[]).await;
    // With something unknown in it, nothing can be said.
    let config = types(&json!({ "cpu": unknown(), "memory": "16384Mi" }));
    check(&prior, &config, &and(&prior, &and(&config, &moved)), &[]).await;
    // Null and set are kept in a whole that is, and cannot be kept alone.
    let bare = made(&json!({ "name": "a", "types": { "s": {} } }));
    check(&bare, &types(&json!({ "gpu": "0" })), &bare, &[]).await;
    let config = types(&json!({ "gpu": "0", "cpu": "1" }));
    check(&bare, &config, &and(&bare, &and(&config, &moved)), &[]).await;
}

#[tokio::test]
async fn one_type_changes_and_the_other_keeps_its_text() {
    let of = |small: &str, big: &str| {
        let requests = |cpu: &str| json!({ "requests": { "cpu": cpu } });
        json!({ "name": "a", "types": { "small": requests(small), "big": requests(big) } })
    };
    let (prior, config) = (made(&of("1000m", "4")), of("1", "8"));
    let moved = json!({ "status": unknown(), "effective": unknown() });
    let kept = and(&prior, &and(&of("1000m", "8"), &moved));
    check(&prior, &config, &kept, &[]).await;
    // Terraform 1.0 cannot bear a map that is partly prior, but one that is wholly so.
    let whole = and(&prior, &and(&of("1", "8"), &moved));
    check_under("1.0.11", &prior, &config, &whole, &[]).await;
    check_under("1.0.11", &prior, &of("1", "4000m"), &prior, &[]).await;
}

#[tokio::test]
async fn a_new_spelling_beside_something_unknown_is_warned_of() {
    let (core, _) = toy::start("respelt").await;
    let prior = made(&types(&json!({ "cpu": "1", "memory": "16Gi" })));
    for (memory, warns) in [("16384Mi", true), ("16Gi", false), ("32Gi", false)] {
        let config = types(&json!({ "cpu": unknown(), "memory": memory }));
        let told = describe(&core.plan_over(&prior, &config).await.found);
        assert_eq!(told.len(), usize::from(warns), "{memory}: {told:#?}");
        assert!(told.iter().all(|it| it.starts_with("warning types[\"s\"].requests: ")));
    }
}

#[tokio::test]
async fn a_spelling_that_is_left_out_beside_something_unknown_is_warned_of() {
    let (core, _) = toy::start("respelt").await;
    let prior = made(&types(&json!({ "cpu": "1", "gpu": "0" })));
    let config = types(&json!({ "cpu": unknown() }));
    let told = describe(&core.plan_over(&prior, &config).await.found);
    assert!(told.len() == 1 && told[0].contains("requests[\"gpu\"]"), "{told:?}");
}

/// A row of the law: what is written first and then, what the service holds of it, what the plan
/// shows, and what the state says in the end.
struct Row {
    state: Json,
    config: Json,
    drift: Option<(&'static str, &'static str)>,
    shows: &'static [&'static str],
    after: Json,
}

#[tokio::test(start_paused = true)]
async fn whose_spelling_survives() {
    let rows = [
        Row {
            state: json!({ "cpu": "1000m" }),
            config: json!({ "cpu": "1" }),
            drift: None,
            shows: &[],
            after: json!({ "cpu": "1000m" }),
        },
        Row {
            state: json!({ "cpu": "1000m", "gpu": "0" }),
            config: json!({ "cpu": "1" }),
            drift: None,
            shows: &[],
            after: json!({ "cpu": "1000m", "gpu": "0" }),
        },
        Row {
            state: json!({ "cpu": "1000m", "memory": "16Gi" }),
            config: json!({ "cpu": "2", "memory": "16Gi" }),
            drift: None,
            shows: &["cpu"],
            after: json!({ "cpu": "2", "memory": "16Gi" }),
        },
        Row {
            state: json!({ "cpu": "1000m", "memory": "16Gi" }),
            config: json!({ "cpu": "1", "memory": "32Gi" }),
            drift: None,
            shows: &["cpu", "memory"],
            after: json!({ "cpu": "1", "memory": "32Gi" }),
        },
        Row {
            state: json!({ "cpu": "1000m", "memory": "16Gi" }),
            config: json!({ "cpu": "1000m", "memory": "16Gi" }),
            drift: Some(("memory", "8Gi")),
            shows: &["memory"],
            after: json!({ "cpu": "1000m", "memory": "16Gi" }),
        },
    ];
    for (number, row) in rows.iter().enumerate() {
        hold(number, row).await;
    }
}

async fn hold(number: usize, row: &Row) {
    let (mut core, service) = toy::start(&format!("law {number}")).await;
    core.run(&types(&row.state)).await;
    if let Some((name, amount)) = row.drift {
        service.change("a", |object| {
            let requests = object.types.get_mut("s").expect("ours");
            requests.insert(name.to_owned(), amount.to_owned());
        });
    }
    core.read().await;
    let shown = core.changes(&types(&row.config)).await;
    let below: Vec<&str> =
        shown.iter().filter_map(|it| it.strip_prefix("types.s.requests.")).collect();
    assert_eq!(below, row.shows, "row {number}");
    assert_eq!(shown.is_empty(), row.shows.is_empty(), "row {number}: {shown:?}");
    core.run(&types(&row.config)).await;
    core.read().await;
    assert_eq!(core.state()["types"]["s"]["requests"], row.after, "row {number}");
    assert_eq!(core.changes(&types(&row.config)).await, [""; 0], "row {number}");
}

#[test]
fn a_plan_of_anything_is_one_that_core_takes_and_is_empty_once_made() {
    // A file of failures beside the crates would be taken for one.
    let settings =
        ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_time().start_paused(true).build().expect("a runtime");
    let (core, _) = runtime.block_on(toy::start("any"));
    proptest!(settings, |(before in any_config(), config in any_config())| {
        runtime.block_on(async {
            let mut made = core.beside();
            made.run(&without_unknowns(&before)).await;
            for mut core in [made, core.beside()] {
                let plan = core.plan(&config).await;
                prop_assert!(!plan.found.has_errors(), "{:?}", plan.found);
                prop_assert_eq!(core.plan(&config).await, plan, "it depends on nothing else");
                if core.value(&config).is_wholly_known() {
                    core.run(&config).await;
                    prop_assert_eq!(core.changes(&config).await, [""; 0]);
                }
            }
            Ok(())
        })?;
    });
}

fn without_unknowns(config: &Json) -> Json {
    match config {
        config if *config == unknown() => Json::Null,
        Json::Object(fields) => {
            fields.iter().map(|(name, field)| (name.clone(), without_unknowns(field))).collect()
        }
        Json::Array(elements) => elements.iter().map(without_unknowns).collect(),
        config => config.clone(),
    }
}

fn any_config() -> impl Strategy<Value = Json> {
    let text = |texts: &'static [&'static str]| any_of(texts);
    let amounts = prop::collection::btree_map(
        select(vec!["cpu", "memory", "gpu"]),
        any_of(&["0", "1", "1000m", "1Gi", "1024Mi"]),
        0..3,
    );
    let requests = prop_oneof![Just(Json::Null), Just(unknown()), amounts.prop_map(|it| json!(it))];
    let kind = (text(&["n", "o"]), requests)
        .prop_map(|(note, requests)| json!({ "note": note, "requests": requests }));
    let types = prop::collection::btree_map(select(vec!["s", "b"]), kind, 0..3);
    let types = prop_oneof![Just(Json::Null), Just(unknown()), types.prop_map(|it| json!(it))];
    let relay = (text(&["m", "n"]), text(&["r", "s"]), text(&["k"]))
        .prop_map(|(mode, region, key)| json!({ "mode": mode, "region": region, "key_wo": key }));
    let relay = prop_oneof![Just(Json::Null), Just(unknown()), relay];
    let rules = prop::collection::vec(text(&["k", "l"]).prop_map(|it| json!({ "key": it })), 0..3);
    let rules = prop_oneof![rules.prop_map(|it| json!(it)), Just(unknown())];
    let identity = prop_oneof![Just(Json::Null), text(&["i"]).prop_map(|it| json!({ "kind": it }))];
    let plain = (text(&["default", "x"]), text(&["n", "o"]), text(&["own"]), text(&["s"]));
    (plain, types, relay, rules, identity).prop_map(|(plain, types, relay, rule, identity)| {
        let (namespace, note, mode, secret) = plain;
        json!({
            "name": "a", "namespace": namespace, "note": note, "mode": mode, "secret_wo": secret,
            "types": types, "relay": relay, "rule": rule, "identity": identity,
        })
    })
}

/// Null, unknown or one of these texts.
fn any_of(texts: &'static [&'static str]) -> impl Strategy<Value = Json> {
    prop_oneof![
        1 => Just(Json::Null),
        1 => Just(unknown()),
        4 => select(texts).prop_map(|text| json!(text)),
    ]
}
