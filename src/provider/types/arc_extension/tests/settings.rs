//! Plain settings: labels, what follows from others, and sending them again.

use serde_json::{Value as Json, json};

use super::{alone, any_contains, create_object, drift, extension, healthy_azure, imported};
use crate::tests::Memory;

const PLAIN: &str = "configurationSettings";
const PROTECTED: &str = "configurationProtectedSettings";

// === labels ===

#[tokio::test]
async fn a_label_is_escaped_on_the_wire_alone() {
    let memory = healthy_azure();
    let with =
        |os: &str| alone(json!({ "node_selector": { "kubernetes.io/os": os, "pool": "ml" } }));
    let escaped = r"nodeSelector.kubernetes\.io/os";
    let mut core = create_object(&memory, &with("linux")).await;
    let sent = memory.sent()["properties"][PLAIN].clone();
    assert_eq!((&sent[escaped], &sent["nodeSelector.pool"]), (&json!("linux"), &json!("ml")));
    assert_eq!(sent.get("nodeSelector.kubernetes.io/os"), None);
    core.read().await;
    assert!(core.plans_nothing(&with("linux")).await);
    assert!(core.state()["effective_configuration_settings"].get(escaped).is_none());
    core.run(&with("windows")).await;
    assert_eq!(memory.sent()["properties"], json!({ PLAIN: { escaped: "windows" } }));
    // It drifts, leaves and comes back under its label.
    drift(&memory, &extension("aml"), |it| it["properties"][PLAIN][escaped] = json!("linux"));
    core.read().await;
    assert_eq!(core.state()["node_selector"]["kubernetes.io/os"], "linux");
    let told = core.plan_diagnostics(&alone(json!({ "node_selector": { "pool": "ml" } }))).await;
    assert!(any_contains(&told, r#"node_selector["kubernetes.io/os"] stays linux"#), "{told:#?}");
    let core = imported(&memory).await;
    let labels = json!({ "kubernetes.io/os": "linux", "pool": "ml" });
    assert_eq!(core.state()["node_selector"], labels);
    assert!(core.plans_nothing(&with("linux")).await);
}

/// As an earlier version of the provider, or whoever does not escape, left it.
#[tokio::test]
async fn both_spellings_mean_the_same() {
    let (escaped, bare) = (r"nodeSelector.kubernetes\.io/os", "nodeSelector.kubernetes.io/os");
    let memory = healthy_azure();
    let with = |os: &str| alone(json!({ "node_selector": { "kubernetes.io/os": os } }));
    let mut core = create_object(&memory, &with("linux")).await;
    drift(&memory, &extension("aml"), |it| {
        let settings = it["properties"][PLAIN].as_object_mut().expect("settings");
        let os = settings.remove(escaped).expect("it was sent");
        settings.insert(bare.to_owned(), os);
    });
    core.read().await;
    assert!(core.plans_nothing(&with("linux")).await);
    assert_eq!(core.plan_diagnostics(&with("linux")).await, [""; 0]);
    // A change brings the spelling that Helm reads, and the other one shows.
    core.run(&with("windows")).await;
    assert_eq!(memory.sent()["properties"][PLAIN], json!({ escaped: "windows" }));
    core.read().await;
    assert!(core.plans_nothing(&with("windows")).await);
    assert_eq!(core.state()["effective_configuration_settings"][bare], "linux");
    // A repair sends the one that is read.
    drift(&memory, &extension("aml"), |it| it["properties"]["provisioningState"] = json!("Failed"));
    core.read().await;
    core.run(&with("windows")).await;
    let sent = memory.sent()["properties"][PLAIN].clone();
    assert_eq!((sent.get(bare), &sent[escaped]), (None, &json!("windows")));
}

// === what follows from others ===

#[tokio::test]
async fn a_certificate_takes_the_place_of_a_secret() {
    let memory = healthy_azure();
    let server = include_str!("../../../../../tests/fixtures/tls/server.crt");
    let key = include_str!("../../../../../tests/fixtures/tls/server.key");
    let with = |tls: Json| {
        let mut config = alone(tls);
        config["enable_inference"] = json!(true);
        config["inference_router_service_type"] = json!("loadBalancer");
        config["ssl_cname"] = json!("edge.example");
        config
    };
    let secret = with(json!({ "ssl_secret": "router" }));
    let pem = with(json!({ "ssl_cert_pem": server, "ssl_key_pem": key }));
    let mut core = create_object(&memory, &secret).await;
    core.run(&pem).await;
    let sent = memory.sent()["properties"].clone();
    assert_eq!(sent[PLAIN], json!({ "scoringFe.sslSecret": "" }));
    assert!(sent[PROTECTED]["scoringFe.sslCert"].is_string(), "{sent}");
    core.read().await;
    assert!(core.plans_nothing(&pem).await);
    core.run(&secret).await;
    let sent = memory.sent()["properties"].clone();
    assert_eq!(sent[PLAIN]["scoringFe.sslSecret"], "router");
    assert_eq!(sent[PROTECTED], json!({}), "the certificate goes");
    core.read().await;
    assert!(core.plans_nothing(&secret).await);
}

/// An older version of the provider left it behind: the next plan takes it away.
#[tokio::test]
async fn what_was_left_behind_is_taken_away() {
    let memory = healthy_azure();
    let server = include_str!("../../../../../tests/fixtures/tls/server.crt");
    let key = include_str!("../../../../../tests/fixtures/tls/server.key");
    let pem = alone(json!({
        "enable_inference": true, "inference_router_service_type": "loadBalancer",
        "ssl_cname": "edge.example", "ssl_cert_pem": server, "ssl_key_pem": key,
    }));
    let mut core = create_object(&memory, &pem).await;
    drift(&memory, &extension("aml"), |it| {
        it["properties"][PLAIN]["scoringFe.sslSecret"] = json!("router");
    });
    core.read().await;
    core.run(&pem).await;
    let sent = memory.sent()["properties"].clone();
    assert_eq!(sent, json!({ PLAIN: { "scoringFe.sslSecret": "" } }));
    core.read().await;
    assert!(core.plans_nothing(&pem).await);
}

// === sent again ===

#[tokio::test]
async fn a_version_sends_all_plain_settings_again() {
    let memory = healthy_azure();
    let with = |version: Json, volcano: bool| {
        alone(json!({
            "enable_inference": true, "inference_router_service_type": "loadBalancer",
            "ssl_secret": "router", "ssl_cname": "edge.example", "install_volcano": volcano,
            "node_selector": { "kubernetes.io/os": "linux" },
            "configuration_protected_settings": { "a": "1" },
            "configuration_settings_version": version,
        }))
    };
    let mut core = create_object(&memory, &with(Json::Null, true)).await;
    let first = memory.sent()["properties"][PLAIN].clone();
    memory.writes();
    for (version, volcano, shown) in [
        (json!(1), true, &["configuration_settings_version"][..]),
        (json!(7), true, &["configuration_settings_version"]),
        (json!(8), false, &["configuration_settings_version", "install_volcano"]),
    ] {
        let written = with(version.clone(), volcano);
        assert_eq!(core.changes(&written).await, shown);
        core.run(&written).await;
        let sent = memory.sent()["properties"].clone();
        let mut expected = first.clone();
        expected["installVolcano"] = json!(if volcano { "True" } else { "False" });
        assert_eq!(sent, json!({ PLAIN: expected }), "{version}: no secret, and nothing else");
        assert_eq!(memory.writes(), ["PATCH aml"]);
        core.read().await;
        assert!(core.plans_nothing(&written).await);
    }
    core.run(&with(Json::Null, false)).await;
    assert_eq!(memory.writes(), [""; 0], "a version that is no longer written says nothing");
}

/// Of a new extension everything is sent anyway, and an import has sent nothing yet.
#[tokio::test]
async fn a_version_of_an_import_sends_them() {
    let memory = healthy_azure();
    let with = |version: i64| alone(json!({ "configuration_settings_version": version }));
    let mut core = create_object(&memory, &with(1)).await;
    core.read().await;
    assert!(core.plans_nothing(&with(1)).await);
    let mut core = imported(&memory).await;
    core.run(&with(1)).await;
    assert_eq!(memory.sent()["properties"][PLAIN]["enableTraining"], "True");
    assert_eq!(memory.sent()["properties"].get(PROTECTED), None);
}

// === refused, noted ===

#[tokio::test]
async fn what_an_extension_may_have_is_asked_of_an_installation() {
    let memory = healthy_azure();
    let inference = json!({
        "enable_training": null, "enable_inference": true,
        "inference_router_service_type": "loadBalancer", "ssl_cname": "edge.example",
    });
    for (written, at) in [
        (json!({ "enable_training": null }), "error enable_training: "),
        (inference.clone(), "error allow_insecure_connections: "),
    ] {
        let core = crate::tests::Core::new("arc_extension", &memory);
        assert_eq!(core.validate(&alone(written.clone())).await, [""; 0], "{written}");
        let told = core.plan_diagnostics(&alone(written.clone())).await;
        assert!(told.iter().any(|text| text.starts_with(at)), "{written}: {told:#?}");
    }
    // An update that turns inference on needs the certificate too.
    let core = create_object(&memory, &alone(json!({}))).await;
    let told = core.plan_diagnostics(&alone(inference)).await;
    let needs = "error allow_insecure_connections: ";
    assert!(told.iter().any(|text| text.starts_with(needs)), "{told:#?}");
    let told = core.plan_diagnostics(&alone(json!({ "enable_training": null }))).await;
    assert!(any_contains(&told, "enable_training stays True"), "{told:#?}");
}

#[tokio::test]
async fn a_purpose_is_compared_without_case() {
    let memory = healthy_azure();
    let with = |purpose: &str| alone(json!({ "cluster_purpose": purpose }));
    let mut core = create_object(&memory, &with("devtest")).await;
    assert_eq!(memory.sent()["properties"][PLAIN]["clusterPurpose"], "DevTest");
    core.read().await;
    for same in ["devtest", "DevTest", "DEVTEST"] {
        assert!(core.plans_nothing(&with(same)).await, "{same}");
    }
    core.run(&with("fastProd")).await;
    assert_eq!(memory.sent()["properties"], json!({ PLAIN: { "clusterPurpose": "FastProd" } }));
    let told = core.validate(&with("prod")).await;
    assert!(told[0].starts_with("error cluster_purpose: "), "{told:#?}");
}

/// By numbers, from what runs or from what was pinned.
#[tokio::test]
async fn an_older_version_is_warned_of() {
    let pinned = |version: Json| alone(json!({ "version": version }));
    for (runs, before, after, warned) in [
        ("1.1.39", json!("1.1.39"), json!("1.1.9"), true),
        ("1.1.39", Json::Null, json!("1.1.9"), true),
        ("1.1.9", json!("1.1.9"), json!("1.1.39"), false),
        ("1.1.39", json!("1.1.39"), json!("1.1.39"), false),
        ("1.2.0", json!("1.2.0"), json!("1.10.0"), false),
        ("1.10.0", json!("1.10.0"), json!("1.9.9"), true),
        ("1.1.39", json!("1.1.39"), Json::Null, false),
        ("1.1.100", json!("1.1.39"), json!("1.1.39"), false),
    ] {
        let memory = healthy_azure();
        let mut core = create_object(&memory, &pinned(before.clone())).await;
        runs_version(&memory, runs);
        core.read().await;
        let told = core.plan_diagnostics(&pinned(after.clone())).await;
        let is_warned = any_contains(&told, "goes back from version");
        assert_eq!(is_warned, warned, "{before} to {after}, at {runs}: {told:#?}");
    }
}

fn runs_version(memory: &Memory, version: &str) {
    drift(memory, &extension("aml"), |it| it["properties"]["currentVersion"] = json!(version));
}

#[tokio::test]
async fn twelve_findings_of_a_kind_are_one() {
    let memory = healthy_azure();
    let core = create_object(&memory, &alone(json!({}))).await;
    let keys = ["enableTraining", "installPromOp", "installVolcano", "sslCname", "sslSecret"];
    let twelve = |key: usize| (format!("label{key:02}"), json!("x"));
    let labels = Json::Object((0..12).map(twelve).collect());
    let wrong: serde_json::Map<_, _> =
        keys.iter().map(|key| ((*key).to_owned(), json!("x"))).collect();
    let told = core.validate(&alone(json!({ "configuration_settings": wrong }))).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(told[0].starts_with("error configuration_settings: "), "{told:#?}");
    for key in keys {
        assert!(any_contains(&told, &format!("{key:?}")), "{key}: {told:#?}");
    }
    let told = core.plan_diagnostics(&alone(json!({ "node_selector": labels }))).await;
    assert_eq!(told.len(), 1, "{told:#?}");
    assert!(any_contains(&told, r#"node_selector["label02"] and 9 more change"#), "{told:#?}");
}
