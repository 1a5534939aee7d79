//! What is refused before anything is called, and what may be unknown.

use serde_json::{Value as Json, json};

use super::{ARC, any_contains, config, drift, healthy_azure, id};
use crate::tests::{Core, unknown};

/// What is refused of settings is a matter of `aml`: here it has a place, and stays what it is.
#[tokio::test]
async fn bad_input_is_refused_on_its_attribute() {
    let cases: [(Json, &str); 10] = [
        (json!({ "name": "-aml" }), "error name: "),
        (json!({ "cluster_id": "c" }), "error cluster_id: "),
        (json!({ "cluster_id": id("Microsoft.Storage/storageAccounts/s") }), "error cluster_id: "),
        (json!({ "enable_training": false }), "error enable_training: "),
        (
            json!({ "configuration_settings": { "ClusterId": "x" } }),
            "error configuration_settings[\"ClusterId\"]: ",
        ),
        (
            json!({ "configuration_settings": { "doamin": "x" } }),
            "warning configuration_settings[\"doamin\"]: ",
        ),
        (
            json!({ "configuration_protected_settings_wo": { "sslKeyPemFile": "x" } }),
            "error configuration_protected_settings_wo[\"sslKeyPemFile\"]: ",
        ),
        (
            json!({ "configuration_protected_settings": { "a": "1" }, "configuration_protected_settings_wo": { "a": "1" } }),
            "error configuration_protected_settings[\"a\"]: ",
        ),
        (
            json!({ "configuration_settings": { "servicebus.enabled": "true" } }),
            "error configuration_settings[\"servicebus.enabled\"]: ",
        ),
        (
            json!({ "version": "1.1.50", "auto_upgrade_minor_version": true }),
            "error auto_upgrade_minor_version: ",
        ),
    ];
    let core = Core::new("arc_extension", &healthy_azure());
    for (written, expected) in cases {
        let told = core.validate(&config(written.clone())).await;
        assert!(told.iter().any(|text| text.starts_with(expected)), "{written}: {told:#?}");
    }
    assert_eq!(core.validate(&config(json!({}))).await, [""; 0]);
}

/// The CLI sends the value that it derives in the place of such a setting, without a word. It is
/// refused before the relay is made, too.
#[tokio::test(start_paused = true)]
async fn what_follows_from_the_cluster_is_not_written_otherwise() {
    let memory = healthy_azure();
    drift(&memory, &id(ARC), |cluster| cluster["properties"]["distribution"] = "openshift".into());
    let mut core = Core::new("arc_extension", &memory);
    let written = |value: &str| config(json!({ "configuration_settings": { "openshift": value } }));
    let told = core.apply(&written("false")).await;
    assert!(told[0].contains("`openshift` follows from the cluster"), "{told:#?}");
    assert!(any_contains(&told, "Leave it out"), "{told:#?}");
    assert!(memory.writes().is_empty() && core.state().is_null(), "{told:#?}");
    core.run(&written("True")).await;
    assert_eq!(core.state()["configuration_settings"]["openshift"], "True");
}

#[tokio::test]
async fn everything_may_be_unknown() {
    let memory = healthy_azure();
    let core = Core::new("arc_extension", &memory);
    let arguments = [
        "name",
        "cluster_id",
        "enable_training",
        "enable_inference",
        "log_analytics_ws",
        "cluster_purpose",
        "node_selector",
        "install_nvidia_device_plugin",
        "install_prom_op",
        "install_volcano",
        "install_dcgm_exporter",
        "install_blobfuse_sysctl",
        "install_blobfuse_flexvol",
        "volume_plugin_dir",
        "allow_insecure_connections",
        "inference_router_service_type",
        "inference_router_ha",
        "internal_load_balancer_provider",
        "ssl_secret",
        "ssl_cname",
        "ssl_cert_pem",
        "ssl_key_pem",
        "ssl_cert_pem_wo",
        "ssl_key_pem_wo",
        "ssl_pem_wo_version",
        "configuration_settings",
        "configuration_settings_version",
        "configuration_protected_settings",
        "configuration_protected_settings_wo",
        "configuration_protected_settings_wo_version",
        "release_train",
        "version",
        "auto_upgrade_minor_version",
        "relay",
        "service_bus",
        "log_analytics",
        "force_delete",
    ];
    let mut all = json!({});
    for argument in arguments {
        let written = config(json!({ argument: unknown() }));
        let told = core.validate(&written).await;
        assert!(!told.iter().any(|text| text.starts_with("error")), "{argument}: {told:#?}");
        assert!(!core.plan(&written).await.found.has_errors(), "{argument}");
        all[argument] = unknown();
    }
    assert!(!core.plan(&all).await.found.has_errors());
    for inside in ["node_selector", "configuration_settings"] {
        let written = config(json!({ inside: { "pool": unknown() } }));
        assert_eq!(core.validate(&written).await, [""; 0], "{inside}");
        assert!(!core.plan(&written).await.found.has_errors(), "{inside}");
    }
    assert_eq!(memory.writes(), [""; 0]);
}
