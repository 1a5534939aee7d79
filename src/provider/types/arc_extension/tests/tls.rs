//! The certificate of inference and its key.

use serde_json::{Value as Json, json};

use super::{alone, any_contains, create_object, healthy_azure};
use crate::tests::{Core, Memory, unknown};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../../../tests/fixtures/tls/", $name))
    };
}

const SERVER: &str = fixture!("server.crt");
const ISSUER: &str = fixture!("intermediate.crt");
const KEY: &str = fixture!("server.key");
const OTHER_KEY: &str = fixture!("other.key");
const EXPIRED: &str = fixture!("expired.crt");

/// An extension with inference and these attributes of TLS.
fn inference(tls: Json) -> Json {
    let mut config = alone(tls);
    config["enable_inference"] = json!(true);
    config["inference_router_service_type"] = json!("loadBalancer");
    config["ssl_cname"] = json!("edge.example");
    config
}

fn stored(certificate: &str, key: &str) -> Json {
    inference(json!({ "ssl_cert_pem": certificate, "ssl_key_pem": key }))
}

fn passing(certificate: &str, key: &str, version: i64) -> Json {
    inference(json!({
        "ssl_cert_pem_wo": certificate, "ssl_key_pem_wo": key, "ssl_pem_wo_version": version,
    }))
}

fn secrets(memory: &Memory) -> Json {
    memory.sent()["properties"]["configurationProtectedSettings"].clone()
}

#[tokio::test]
async fn a_certificate_is_encoded_and_sent_again_when_it_changes() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &stored(SERVER, KEY)).await;
    let first = secrets(&memory);
    assert!(first["scoringFe.sslCert"].as_str().is_some_and(|text| text.starts_with("LS0tLS1C")));
    assert_eq!(first.as_object().map(serde_json::Map::len), Some(2), "no path, no text: {first}");
    core.run(&stored(&[SERVER, ISSUER].concat(), KEY)).await;
    let second = secrets(&memory);
    assert_ne!(first["scoringFe.sslCert"], second["scoringFe.sslCert"]);
    assert_eq!(first["scoringFe.sslKey"], second["scoringFe.sslKey"]);
}

#[tokio::test]
async fn the_twin_is_sent_when_its_version_changes_and_is_never_stored() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &passing(SERVER, KEY, 1)).await;
    let first = secrets(&memory);
    assert!(!core.state().to_string().contains("BEGIN"));
    let renewed = [SERVER, ISSUER].concat();
    assert!(core.plans_nothing(&passing(&renewed, KEY, 1)).await);
    core.run(&passing(&renewed, KEY, 2)).await;
    assert_ne!(first["scoringFe.sslCert"], secrets(&memory)["scoringFe.sslCert"]);
}

#[tokio::test]
async fn what_does_not_fit_is_refused_on_the_argument_that_is_written() {
    let core = Core::new("arc_extension", &healthy_azure());
    let cases = [
        (stored(SERVER, OTHER_KEY), "error ssl_key_pem: Invalid ssl_key_pem | The key does not"),
        (passing(SERVER, OTHER_KEY, 1), "error ssl_key_pem_wo: Invalid ssl_key_pem_wo | The key"),
        (stored("cert.pem", KEY), "error ssl_cert_pem: "),
        (passing("/etc/tls/cert.pem", KEY, 1), "error ssl_cert_pem_wo: "),
        (
            stored(fixture!("nameless.crt"), OTHER_KEY),
            "warning ssl_cname: The certificate is for other.example, not for edge.example",
        ),
    ];
    for (written, expected) in cases {
        let told = core.validate(&written).await;
        assert!(told.iter().any(|text| text.starts_with(expected)), "{expected}: {told:#?}");
        assert!(!any_contains(&told, "MII"), "{told:#?}");
    }
    assert_eq!(core.validate(&passing(SERVER, KEY, 1)).await, [""; 0]);
}

/// What a create does not send because it is not used is sent once it is.
#[tokio::test]
async fn a_certificate_that_was_not_used_is_sent_when_it_is() {
    for turned in ["allow_insecure_connections", "enable_inference"] {
        for written in [stored(SERVER, KEY), passing(SERVER, KEY, 1)] {
            let mut before = written.clone();
            before[turned] = json!(turned == "allow_insecure_connections");
            let memory = healthy_azure();
            let mut core = create_object(&memory, &before).await;
            let sent = memory.sent()["properties"].clone();
            assert_eq!(sent["configurationProtectedSettings"].get("scoringFe.sslCert"), None);
            let mut after = written;
            after[turned] = json!(turned == "enable_inference");
            core.run(&after).await;
            let sent = secrets(&memory);
            assert!(sent["scoringFe.sslCert"].is_string() && sent["scoringFe.sslKey"].is_string());
            core.read().await;
            assert!(core.plans_nothing(&after).await);
        }
    }
}

#[tokio::test]
async fn a_router_that_was_not_used_is_set_up_when_it_is() {
    let memory = healthy_azure();
    let config = |on: bool| {
        alone(json!({
            "enable_inference": on, "inference_router_service_type": "nodePort",
            "ssl_secret": "router", "ssl_cname": "edge.example",
        }))
    };
    let mut core = create_object(&memory, &config(false)).await;
    core.run(&config(true)).await;
    let sent = json!({
        "enableInference": "True", "scoringFe.serviceType.nodePort": "True",
        "scoringFe.sslSecret": "router",
    });
    assert_eq!(memory.sent(), json!({ "properties": { "configurationSettings": sent } }));
    core.read().await;
    assert!(core.plans_nothing(&config(true)).await);
}

/// A module that is tested with mocks gets texts that are made up for its certificates.
#[tokio::test]
async fn what_a_mock_may_have_made_up_is_refused_by_a_plan_only() {
    let core = Core::new("arc_extension", &healthy_azure());
    for (written, at) in [
        (stored("a1b2c3d4", "x9y8z7w6"), "ssl_cert_pem"),
        (stored(SERVER, "x9y8z7w6"), "ssl_key_pem"),
        (passing("a1b2c3d4", KEY, 1), "ssl_cert_pem_wo"),
    ] {
        assert_eq!(core.validate(&written).await, [""; 0]);
        let told = core.plan_diagnostics(&written).await;
        let expected = format!("error {at}: Invalid {at} | The text is not ");
        assert!(told.iter().any(|text| text.starts_with(&expected)), "{told:#?}");
    }
}

#[tokio::test]
async fn the_protected_twin_is_named_too() {
    let core = Core::new("arc_extension", &healthy_azure());
    let written = alone(json!({
        "configuration_settings": { "a": "1" },
        "configuration_protected_settings": { "b": "1" },
        "configuration_protected_settings_wo": { "a": "1", "sslKeyPemFile": "p" },
        "configuration_protected_settings_wo_version": 1,
    }));
    let told = core.validate(&written).await;
    for key in ["a", "sslKeyPemFile"] {
        let expected = format!("error configuration_protected_settings_wo[\"{key}\"]: ");
        assert!(told.iter().any(|text| text.starts_with(&expected)), "{told:#?}");
    }
}

#[tokio::test]
async fn an_expired_certificate_is_refused_before_anything_is_written() {
    let memory = healthy_azure();
    for written in [stored(EXPIRED, KEY), passing(EXPIRED, KEY, 1)] {
        let mut core = Core::new("arc_extension", &memory);
        assert_eq!(core.validate(&written).await, [""; 0]);
        let told = core.apply(&written).await;
        assert!(told[0].starts_with("error ssl_cert_pem"), "{told:#?}");
        assert!(any_contains(&told, "The certificate expired on 2021-01-01"), "{told:#?}");
        assert!(core.state().is_null() && memory.writes().is_empty());
    }
    let mut core = create_object(&memory, &passing(SERVER, KEY, 1)).await;
    memory.writes();
    let told = core.apply(&passing(EXPIRED, KEY, 2)).await;
    assert!(told[0].starts_with("error ssl_cert_pem_wo: "), "{told:#?}");
    assert_eq!(core.state()["ssl_pem_wo_version"], 1);
    assert_eq!(memory.writes(), [""; 0]);
}

/// A key that is made in the same apply shows only then.
#[tokio::test]
async fn what_was_not_known_at_plan_is_checked_before_it_is_sent() {
    let memory = healthy_azure();
    let mut core = create_object(&memory, &stored(SERVER, KEY)).await;
    let open = inference(json!({ "ssl_cert_pem": SERVER, "ssl_key_pem": unknown() }));
    assert!(!core.plan(&open).await.found.has_errors());
    memory.writes();
    let told = core.apply(&stored(SERVER, OTHER_KEY)).await;
    assert!(told[0].starts_with("error ssl_key_pem: "), "{told:#?}");
    assert_eq!(memory.writes(), [""; 0]);
}
