//! The protected settings: complete when they are sent, and sent only then.

use azure::Method;
use serde_json::{Map, Value as Json, json};

use super::{
    ARC, alone, any_contains, config, create_object, drift, extension, healthy_azure, id, imported,
    kinds, return_protected_names,
};
use crate::tests::{Memory, Rule};

const PROTECTED: &str = "configurationProtectedSettings";

#[tokio::test]
async fn new_keys_bring_the_whole_map() {
    let memory = healthy_azure();
    let with = |version: i64| {
        config(json!({
            "configuration_protected_settings": { "a": "1" },
            "relay": { "mode": "managed", "keys_version": version },
        }))
    };
    let mut core = create_object(&memory, &with(1)).await;
    memory.writes();
    core.run(&with(2)).await;
    assert_eq!(
        memory.sent(),
        json!({ "properties": { PROTECTED: {
            "a": "1",
            "relayServerConnectionString": "key-of-azureml_rw",
            "relayserver.relayConnectionString": "key-of-azureml_rw",
        } } })
    );
    assert_eq!(memory.writes(), ["POST listKeys", "PATCH aml"]);
    core.read().await;
    assert!(core.plans_nothing(&with(2)).await);
}

#[tokio::test]
async fn a_secret_that_is_never_stored_is_sent_when_its_version_changes() {
    let memory = healthy_azure();
    let with = |value: &str, version: i64| {
        alone(json!({
            "configuration_protected_settings_wo": { "a": value },
            "configuration_protected_settings_wo_version": version,
        }))
    };
    let mut core = create_object(&memory, &with("one", 1)).await;
    assert_eq!(memory.sent()["properties"][PROTECTED], json!({ "a": "one" }));
    assert!(core.plans_nothing(&with("two", 1)).await);
    core.run(&with("two", 2)).await;
    assert_eq!(memory.sent(), json!({ "properties": { PROTECTED: { "a": "two" } } }));
    assert!(!core.state().to_string().contains("two\""));
    let forgotten = alone(json!({ "configuration_protected_settings_wo_version": 3 }));
    let told = core.plan_diagnostics(&forgotten).await;
    assert!(told[0].starts_with("error configuration_protected_settings: Secrets of"), "{told:?}");
}

#[tokio::test]
async fn what_an_import_declares_is_taken_on_trust_once() {
    let memory = healthy_azure();
    let with = |value: &str| alone(json!({ "configuration_protected_settings": { "a": value } }));
    create_object(&memory, &with("1")).await;
    let mut core = imported(&memory).await;
    let told = core.plan_diagnostics(&with("1")).await;
    assert!(
        any_contains(&told, "configuration_protected_settings is assumed to match Azure"),
        "{told:#?}"
    );
    core.run(&with("1")).await;
    assert_eq!(memory.writes(), [""; 0]);
    assert!(core.plans_nothing(&with("1")).await);
    core.run(&with("2")).await;
    assert_eq!(memory.sent(), json!({ "properties": { PROTECTED: { "a": "2" } } }));
}

/// `{}` says that none is shown, which is what real answers say of most extensions.
#[tokio::test]
async fn a_repair_leaves_out_what_nobody_knows() {
    for shown in [json!({}), json!(null)] {
        let memory = healthy_azure();
        create_object(&memory, &config(json!({}))).await;
        fails(&memory, &shown);
        let mut core = imported(&memory).await;
        let told = core.apply(&config(json!({}))).await;
        let sent = memory.sent()["properties"].clone();
        assert_eq!((told, memory.writes()), (vec![], vec!["PUT aml".to_owned()]));
        assert_eq!(sent.get(PROTECTED), None, "{sent}");
        let held = &sent["configurationSettings"];
        assert_eq!(held["relayserver.hybridConnectionName"], "c");
        core.read().await;
        assert!(core.plans_nothing(&config(json!({}))).await);
        // Whoever says that there are none has everything sent.
        fails(&memory, &shown);
        core.read().await;
        core.run(&config(json!({ "configuration_protected_settings": {} }))).await;
        assert_eq!(memory.writes(), ["POST listKeys", "PUT aml"]);
    }
}

#[tokio::test]
async fn names_that_are_held_are_listed() {
    let relay = ["relayServerConnectionString", "relayserver.relayConnectionString"];
    let inference = config(json!({
        "enable_inference": true, "inference_router_service_type": "loadBalancer",
        "ssl_cname": "edge.example",
    }));
    let mut secret = inference.clone();
    secret["ssl_secret"] = json!("router");
    let mut whole = inference.clone();
    whole["ssl_cert_pem"] = json!(include_str!("../../../../../tests/fixtures/tls/server.crt"));
    whole["ssl_key_pem"] = json!(include_str!("../../../../../tests/fixtures/tls/server.key"));
    let training = config(json!({}));
    let tls: &[&str] = &["scoringFe.sslCert", "scoringFe.sslKey"];
    for (first, written, own, refused) in [
        (&training, &training, &[][..], false),
        (&training, &training, &["a", "custom.key"], true),
        (&whole, &inference, tls, true),
        // A secret has taken its place, and training needs none.
        (&secret, &secret, tls, false),
        (&training, &training, tls, false),
    ] {
        let memory = healthy_azure();
        create_object(&memory, first).await;
        let names: Map<_, _> =
            relay.iter().chain(own).map(|name| ((*name).to_owned(), json!(""))).collect();
        fails(&memory, &json!(names));
        let mut core = imported(&memory).await;
        let told = core.plan_diagnostics(written).await;
        let is_refused = told.iter().any(|text| text.starts_with("error "));
        assert_eq!(is_refused, refused, "{told:#?}");
        if is_refused {
            let list = own.join(", ");
            assert!(any_contains(&told, &format!("shows these: {list}")), "{told:#?}");
            assert!(
                !any_contains(&told, "relayServerConnectionString"),
                "its key is fetched: {told:#?}"
            );
        } else {
            core.run(written).await;
            assert_eq!(memory.writes(), ["POST listKeys", "PUT aml"]);
        }
    }
}

/// After `a` and `b` were sent: one repair, then a warning.
#[tokio::test]
async fn a_name_that_goes_missing_is_sent_once_more() {
    let memory = healthy_azure();
    let written = alone(json!({ "configuration_protected_settings": { "a": "1", "b": "2" } }));
    let mut core = create_object(&memory, &written).await;
    for shown in [&[][..], &["a", "b"], &["a", "b", "c"]] {
        return_protected_names(&memory, shown);
        core.read().await;
        assert!(core.plans_nothing(&written).await, "{shown:?}");
    }
    return_protected_names(&memory, &["a", "c"]);
    core.read().await;
    let told = core.plan_diagnostics(&written).await;
    assert!(any_contains(&told, "protected settings are missing | b"), "{told:#?}");
    memory.writes();
    core.run(&written).await;
    let sent = memory.sent();
    assert_eq!(sent, json!({ "properties": { PROTECTED: { "a": "1", "b": "2" } } }));
    return_protected_names(&memory, &["a"]);
    core.read().await;
    assert!(core.plans_nothing(&written).await);
    let told = core.plan_diagnostics(&written).await;
    assert!(any_contains(&told, "are not kept by the service | b"), "{told:#?}");
    return_protected_names(&memory, &["a", "b"]);
    core.read().await;
    assert_eq!(core.plan_diagnostics(&written).await, [""; 0]);
}

#[tokio::test]
async fn another_name_is_shown_and_never_planned() {
    let memory = healthy_azure();
    let written =
        |value: &str| alone(json!({ "configuration_protected_settings": { "a": value } }));
    let mut core = create_object(&memory, &written("1")).await;
    return_protected_names(&memory, &["a", "someone.elses"]);
    let told = core.read().await;
    assert!(any_contains(&told, "someone.elses"), "{told:#?}");
    assert!(core.plans_nothing(&written("1")).await);
    assert_eq!(core.read().await, [""; 0], "it is told once");
    let told = core.plan_diagnostics(&written("2")).await;
    assert!(any_contains(&told, "loses protected settings | someone.elses"), "{told:#?}");
}

/// What is missing and cannot be sent stops no other change.
#[tokio::test]
async fn a_name_that_cannot_be_sent_again_stops_nothing() {
    let memory = healthy_azure();
    let mut written = alone(json!({
        "configuration_protected_settings_wo": { "a": "1", "b": "2" },
        "configuration_protected_settings_wo_version": 1,
    }));
    let mut core = create_object(&memory, &written).await;
    return_protected_names(&memory, &["a"]);
    core.read().await;
    written["configuration_protected_settings_wo"] = json!(null);
    assert!(core.plans_nothing(&written).await);
    written["install_volcano"] = json!(false);
    core.run(&written).await;
    assert_eq!(memory.sent()["properties"].get(PROTECTED), None);
}

/// A bump shows the version alone: the keys are fetched again, and nothing of them shows.
#[tokio::test]
async fn a_version_of_a_secret_is_one_line() {
    let memory = healthy_azure();
    let with = |version: i64| {
        config(json!({
            "configuration_protected_settings_wo": { "a": "1" },
            "configuration_protected_settings_wo_version": version,
            "relay": { "mode": "managed", "keys_version": 1 },
        }))
    };
    let mut core = create_object(&memory, &with(1)).await;
    core.read().await;
    let lines = core.changes(&with(2)).await;
    assert_eq!(lines, ["configuration_protected_settings_wo_version"]);
    let mut keys = with(1);
    keys["relay"]["keys_version"] = json!(2);
    assert_eq!(core.changes(&keys).await, ["relay.keys_version"]);
    core.run(&with(2)).await;
    core.read().await;
    assert!(core.plans_nothing(&with(2)).await);
}

/// What is gone beside it is made again, and the next refresh knows whose it is.
#[tokio::test]
async fn what_was_gone_is_not_lost() {
    let memory = healthy_azure();
    let with = |version: i64| {
        config(json!({
            "configuration_protected_settings_wo": { "a": "1" },
            "configuration_protected_settings_wo_version": version,
        }))
    };
    create_object(&memory, &with(1)).await;
    let mut core = imported(&memory).await;
    core.run(&with(1)).await;
    assert!(kinds(&core).iter().all(|(_, created)| !created));
    memory.remove(&id(super::CONNECTION));
    memory.remove(&id(super::NAMESPACE));
    core.run(&with(2)).await;
    assert!(kinds(&core).iter().all(|(_, created)| !created), "as it was planned");
    core.read().await;
    assert!(kinds(&core).iter().all(|(_, created)| *created), "{:?}", kinds(&core));
    assert!(core.plans_nothing(&with(2)).await);
}

/// The service fails, and shows this of the protected settings.
fn fails(memory: &Memory, shown: &Json) {
    drift(memory, &extension("aml"), |it| {
        it["properties"]["provisioningState"] = json!("Failed");
        it["properties"][PROTECTED] = shown.clone();
    });
}

/// A repair sends everything, and an import has seen nothing of this.
#[tokio::test]
async fn every_part_that_is_not_known_is_named_on_its_attribute() {
    let memory = healthy_azure();
    let inference = json!({
        "enable_inference": true, "inference_router_service_type": "clusterIP",
        "ssl_cname": "edge.example",
    });
    let bare = config(inference);
    let mut whole = bare.clone();
    whole["ssl_cert_pem"] = json!(include_str!("../../../../../tests/fixtures/tls/server.crt"));
    whole["ssl_key_pem"] = json!(include_str!("../../../../../tests/fixtures/tls/server.key"));
    whole["configuration_protected_settings"] = json!({ "a": "1" });
    for argument in ["relay", "service_bus"] {
        whole[argument] = json!({
            "mode": "existing", "connection_string_wo": "s", "connection_string_wo_version": 1,
        });
    }
    create_object(&memory, &whole).await;
    let mut core = imported(&memory).await;
    drift(&memory, &extension("aml"), |it| it["properties"]["provisioningState"] = json!("Failed"));
    core.read().await;
    let told = core.plan_diagnostics(&bare).await;
    let errors = told.iter().filter_map(|text| text.strip_prefix("error "));
    let refused: Vec<_> = errors.filter_map(|text| text.split(": ").next()).collect();
    let parts = ["ssl_cert_pem", "configuration_protected_settings", "relay", "service_bus"];
    assert_eq!(refused, parts, "{told:#?}");
    core.run(&whole).await;
    let sent = memory.sent()["properties"][PROTECTED].clone();
    let keys: Vec<_> = sent.as_object().into_iter().flatten().map(|(key, _)| key).collect();
    let complete = [
        "a",
        "relayServerConnectionString",
        "relayserver.relayConnectionString",
        "scoringFe.sslCert",
        "scoringFe.sslKey",
        "serviceBusConnectionString",
        "servicebus.connectionString",
    ];
    assert_eq!(keys, complete);
    assert_eq!(memory.writes(), ["PUT aml"]);
}

/// A success that does not show the extension is none, and what was sent with it is sent again.
#[tokio::test]
async fn a_secret_whose_answer_is_unusable_is_sent_again() {
    let with = |value: &str, version: i64| {
        alone(json!({
            "configuration_protected_settings_wo": { "a": value },
            "configuration_protected_settings_wo_version": version,
        }))
    };
    for body in [json!("<html>sign in</html>"), json!([]), json!({}), json!({ "id": id(ARC) })] {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &with("one", 1)).await;
        memory.writes();
        memory.rule(Rule { method: Method::PATCH, path: "/aml", status: 200, body, times: 1 });
        let told = core.apply(&with("two", 2)).await;
        assert!(
            any_contains(&told, "It is not known whether the extension was updated"),
            "{told:#?}"
        );
        assert_eq!(core.state()["configuration_protected_settings_wo_version"], 1);
        core.read().await;
        core.run(&with("two", 2)).await;
        assert_eq!(memory.writes(), ["PATCH aml"; 2]);
        assert_eq!(core.state()["configuration_protected_settings_wo_version"], 2);
    }
}
