//! What is wrong with settings, and where.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vocabulary::{Attr, AttrMap, Sensitive};

use super::{check, check_installation};
use crate::settings::{ClusterKind, Declared, Era, Mode, Settings};

#[test]
fn nothing_enabled() {
    for off in [json!({ "enable_training": false }), json!({ "enable_inference": false })] {
        assert_eq!(errors(&declared(off, json!({}))), ["enable_training"]);
    }
    assert_eq!(errors(&training()), Vec::<String>::new());
    let protected = secrets(&[("enableTraining", "true")]);
    assert_eq!(errors(&Declared { protected, ..Declared::default() }), Vec::<String>::new());
}

/// What an extension that is there may have, and an installation must be told.
#[test]
fn only_an_installation_must_be_told_everything() {
    let named = json!({
        "enable_inference": true, "inference_router_service_type": "clusterIP",
        "ssl_cname": "edge.example",
    });
    let mut nameless = named.clone();
    nameless["ssl_cname"] = json!("");
    for (typed, at_once, installed) in [
        (json!({}), &[][..], &["enable_training"][..]),
        (named, &[], &["allow_insecure_connections"]),
        (nameless, &["allow_insecure_connections"], &[]),
    ] {
        let given = declared(typed.clone(), json!({}));
        assert_eq!(errors(&given), at_once, "{typed}");
        let found = check_installation(&given, Era::Today);
        let told: Vec<_> = found.iter().map(|one| one.path.to_reference()).collect();
        assert_eq!(told, installed, "{typed}");
    }
}

#[test]
fn keys_of_the_free_maps() {
    let plain = json!({
        "enableTraining": "true",
        "nodeSelector.disk": "ssd",
        "relayServerConnectionString": "s",
        "both": "1",
        "ClusterID": "1",
        "fine.key": "1",
    });
    let mut given = declared(json!({ "enable_training": true, "ssl_cname": "a" }), plain);
    given.protected =
        secrets(&[("both", "1"), ("sslCname", "a"), ("sslKeyPemFile", "p"), ("x", "1")]);
    let expected = [
        r#"configuration_settings["ClusterID"]"#,
        r#"configuration_settings["enableTraining"]"#,
        r#"configuration_settings["nodeSelector.disk"]"#,
        r#"configuration_settings["relayServerConnectionString"]"#,
        r#"configuration_protected_settings["both"]"#,
        r#"configuration_protected_settings["sslCname"]"#,
        r#"configuration_protected_settings["sslKeyPemFile"]"#,
    ];
    assert_eq!(errors(&given), expected);
    let found = check(&given, Attr::Unknown, Era::Today);
    let twice: Vec<_> =
        found.iter().filter(|one| one.cause.contains("is set here and by")).collect();
    assert_eq!(twice.len(), 2);
    assert!(twice[0].cause.ends_with("configuration_settings"), "{twice:?}");
    assert!(twice[1].cause.ends_with("ssl_cname"), "{twice:?}");
}

#[test]
fn a_key_that_is_refused_says_what_to_write_instead() {
    for (key, fix) in [
        ("installPromOp", "set install_prom_op instead"),
        ("InferenceRouterHA", "set inference_router_ha instead"),
        ("installNvidiaDevicePlugIn", "set install_nvidia_device_plugin instead"),
        ("nodeSelector.pool", "set node_selector instead, with the label \"pool\""),
        ("sslCertPemFile", "set ssl_cert_pem instead"),
        ("ClusterId", "did you mean clusterId? It follows from the cluster: leave it out"),
        (
            "relayServerConnectionString",
            "set relay.connection_string_wo, or move it to configuration_protected_settings",
        ),
    ] {
        let given = declared(json!({ "enable_training": true }), json!({ key: "true" }));
        let found = check(&given, Attr::Unknown, Era::Today);
        assert!(found.len() == 1 && found[0].is_error(), "{key}: {found:?}");
        assert_eq!(found[0].fix, fix, "{key}");
    }
    let protected = secrets(&[("sslKeyPemFile", "p")]);
    let found = check(&Declared { protected, ..training() }, Attr::Unknown, Era::Today);
    assert_eq!(found[0].fix, "set ssl_key_pem to its text instead");
}

#[test]
fn labels_are_written_as_they_are() {
    for label in ["kubernetes.io/os", "node.kubernetes.io/instance-type", "a.b", "pool"] {
        let given = declared(
            json!({ "enable_training": true, "node_selector": { label: "linux" } }),
            json!({}),
        );
        assert_eq!(check(&given, Attr::Unknown, Era::Today), [], "{label}");
    }
    for (label, fix) in [
        (r"kubernetes\.io/os", r#"write the label itself, "kubernetes.io/os""#),
        ("a,b", "kubectl get nodes"),
        ("a b", "kubectl get nodes"),
        ("a=b", "kubectl get nodes"),
        (r"a\b", r#"write the label itself, "ab""#),
        (r"a\", "kubectl get nodes"),
    ] {
        let given = declared(
            json!({ "enable_training": true, "node_selector": { label: "linux" } }),
            json!({}),
        );
        let found = check(&given, Attr::Unknown, Era::Today);
        assert!(found.len() == 1 && found[0].is_error(), "{label}: {found:?}");
        assert_eq!(found[0].path.to_reference(), format!("node_selector[{label:?}]"));
        assert!(found[0].fix.contains(fix), "{label}: {found:?}");
    }
}

#[test]
fn a_key_with_the_escape_is_named_with_its_argument() {
    for (key, fix) in [
        (
            r"nodeSelector.kubernetes\.io/os",
            r#"set node_selector instead, with the label "kubernetes.io/os""#,
        ),
        (
            "nodeSelector.kubernetes.io/os",
            r#"set node_selector instead, with the label "kubernetes.io/os""#,
        ),
        ("nodeselector.a", "set node_selector instead"),
    ] {
        let given = declared(json!({ "enable_training": true }), json!({ key: "linux" }));
        let found = check(&given, Attr::Unknown, Era::Today);
        assert!(found.len() == 1 && found[0].is_error(), "{key}: {found:?}");
        assert_eq!(found[0].path.to_reference(), format!("configuration_settings[{key:?}]"));
        assert_eq!(found[0].fix, fix);
    }
}

#[test]
fn what_the_service_takes_counts_as_a_certificate() {
    let inference = json!({
        "enable_inference": true, "inference_router_service_type": "clusterIP",
        "ssl_cname": "edge.example",
    });
    let taken: &[&str] = &["scoringFe.sslCert", "scoringFe.sslKey"];
    for (keys, expected) in [
        (taken, &[][..]),
        (&taken[..1], &["allow_insecure_connections"]),
        (&taken[1..], &["allow_insecure_connections"]),
        (&["scoringFe.sslSecret"], &[]),
    ] {
        let mut given = declared(inference.clone(), json!({}));
        let entries: Vec<_> = keys.iter().map(|key| (*key, "x")).collect();
        given.protected = secrets(&entries);
        assert_eq!(errors(&given), expected, "{keys:?}");
    }
    let mut twice = declared(inference, json!({}));
    twice.protected = secrets(&[("scoringFe.sslCert", "x"), ("scoringFe.sslKey", "x")]);
    let pem = "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n";
    twice.ssl_key_pem = Attr::Known(Sensitive::from(pem));
    twice.ssl_cert_pem = Attr::Known(Sensitive::from(pem.replace("PRIVATE KEY", "CERTIFICATE")));
    let found = check(&twice, Attr::Unknown, Era::Today);
    assert_eq!(found.iter().filter(|it| it.cause.contains("which is sent")).count(), 2);
}

#[test]
fn a_purpose_is_one_of_two_in_any_case() {
    for (purpose, is_refused) in [
        ("DevTest", false),
        ("devtest", false),
        ("FASTPROD", false),
        ("DenseProd", true),
        ("Dev Test", true),
        ("", true),
    ] {
        let typed = json!({ "enable_training": true, "cluster_purpose": purpose });
        let given = declared(typed, json!({}));
        let expected = if is_refused { vec!["cluster_purpose"] } else { vec![] };
        assert_eq!(errors(&given), expected, "{purpose}");
    }
    let typed = json!({ "enable_training": true, "cluster_purpose": "devtest" });
    let sent = declared(typed, json!({})).plain_known();
    assert_eq!(sent["clusterPurpose"], "DevTest", "the service's own casing");
}

#[test]
fn nobody_is_sent_to_what_follows_from_the_cluster() {
    for key in ["clusterName", "cluster-name", "clusterid2", "locations", "clusternameFriendly"] {
        let given = declared(json!({ "enable_training": true }), json!({ key: "x" }));
        let found = check(&given, Attr::Unknown, Era::Today);
        let guessed = found.iter().any(|it| it.fix.contains("did you mean"));
        assert!(!guessed, "{key}: {found:?}");
    }
    let given = declared(json!({ "enable_training": true }), json!({ "relayserver.enable": "x" }));
    let found = check(&given, Attr::Unknown, Era::Today);
    assert_eq!(found[0].fix, "did you mean relay.mode?");
}

#[test]
fn a_cluster_ip_has_no_load_balancer() {
    for (service, provider, expected) in [
        ("ClusterIP", "azure", Some(false)),
        ("clusterip", "Azure", Some(false)),
        ("nodePort", "azure", Some(true)),
        ("loadBalancer", "azure", None),
        ("clusterIP", "", None),
    ] {
        let typed = json!({
            "enable_inference": true, "allow_insecure_connections": true,
            "inference_router_service_type": service,
            "internal_load_balancer_provider": provider,
        });
        let found =
            check(&declared(typed, json!({})), Attr::Known(ClusterKind::Managed), Era::Today);
        let told: Vec<_> = found.iter().map(|it| (it.path.to_reference(), it.is_error())).collect();
        let expected = expected.map(|is| ("internal_load_balancer_provider".to_owned(), is));
        assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "{service} {provider}");
    }
}

#[test]
fn a_near_miss_is_guessed() {
    for (key, fix) in
        [("doamin", "did you mean domain?"), ("enableTrainig", "did you mean enable_training?")]
    {
        let given = declared(json!({ "enable_training": true }), json!({ key: "a" }));
        let found = check(&given, Attr::Unknown, Era::Today);
        assert!(found.len() == 1 && !found[0].is_error(), "{key}: {found:?}");
        assert_eq!(found[0].fix, fix);
    }
}

#[test]
fn the_router_of_inference() {
    for written in [
        json!({ "enable_inference": true }),
        json!({
            "enable_inference": true, "allow_insecure_connections": false,
            "inference_router_service_type": "internal",
        }),
    ] {
        let expected = ["allow_insecure_connections", "inference_router_service_type"];
        assert_eq!(errors(&declared(written.clone(), json!({}))), expected, "{written}");
    }

    let nameless = json!({
        "enable_inference": true, "ssl_secret": "s",
        "inference_router_service_type": "NodePort", "internal_load_balancer_provider": "azure",
    });
    let expected = ["ssl_cname", "internal_load_balancer_provider"];
    assert_eq!(errors(&declared(nameless, json!({}))), expected);
}

#[test]
fn what_is_not_used_is_noted() {
    let mut given = declared(
        json!({
            "enable_inference": true, "inference_router_service_type": "ClusterIP",
            "allow_insecure_connections": true, "ssl_secret": "s", "ssl_cname": "a",
        }),
        json!({}),
    );
    let pem = |label: &str| {
        let text = format!("-----BEGIN {label}-----\nMIIB\n-----END {label}-----\n");
        Attr::Known(Sensitive::from(text))
    };
    given.ssl_cert_pem = pem("CERTIFICATE");
    given.ssl_key_pem = pem("PRIVATE KEY");
    let found = check(&given, Attr::Unknown, Era::Today);
    let told: Vec<_> = found.iter().map(|one| (one.is_error(), one.path.to_reference())).collect();
    let expected = ["allow_insecure_connections", "ssl_secret"];
    assert_eq!(told, expected.map(|at| (false, at.to_owned())));
}

#[test]
fn training_alone_has_a_plugin_folder() {
    let given = json!({ "enable_training": false, "enable_inference": true,
        "allow_insecure_connections": true, "inference_router_service_type": "ClusterIP",
        "volume_plugin_dir": "/x" });
    assert_eq!(errors(&declared(given, json!({}))), ["volume_plugin_dir"]);
}

#[test]
fn settings_of_2021_are_noted_today() {
    let typed = json!({ "enable_training": true, "install_blobfuse_sysctl": true });
    let given = declared(typed, json!({ "inferenceLoadBalancerHA": "true" }));
    let found = check(&given, Attr::Unknown, Era::Today);
    let told: Vec<_> = found.iter().map(|p| (p.is_error(), p.path.to_reference())).collect();
    let expected =
        ["install_blobfuse_sysctl", r#"configuration_settings["inferenceLoadBalancerHA"]"#];
    assert_eq!(told, expected.map(|at| (false, at.to_owned())));
    assert_eq!(check(&given, Attr::Unknown, Era::Y2021), []);
    let secret = secrets(&[("RelayConnectionString", "s")]);
    let found = check(&Declared { protected: secret, ..training() }, Attr::Unknown, Era::Today);
    assert_eq!(
        found[0].path.to_reference(),
        r#"configuration_protected_settings["RelayConnectionString"]"#
    );
    assert_eq!(found[0].fix, "set relayserver.relayConnectionString instead");
    let aks = check(&given, Attr::Known(ClusterKind::Managed), Era::Y2021);
    assert_eq!(aks.len(), 1);
}

#[test]
fn modes_and_settings_agree() {
    let mut given = training();
    given.relay = Attr::Known(Mode::None);
    given.plain =
        Attr::Known([("relayserver.enabled".to_owned(), Attr::Known("true".to_owned()))].into());
    given.settings.log_analytics_ws = Attr::Known(false);
    given.log_analytics = Attr::Known(Mode::Managed);
    assert_eq!(errors(&given), ["relay.mode", "log_analytics.mode"]);
    let found = check(&given, Attr::Unknown, Era::Today);
    assert!(found[0].cause.contains("the mode of relay says false"), "{found:?}");
    assert!(found[1].cause.contains("the mode of log_analytics says true"), "{found:?}");
}

#[test]
fn a_string_and_a_managed_resource_exclude_each_other() {
    let mut given = training();
    given.protected = secrets(&[("relayServerConnectionString", "s")]);
    given.relay = Attr::Known(Mode::Managed);
    assert_eq!(errors(&given), ["relay.mode"]);
    given.relay = Attr::Known(Mode::Existing);
    assert_eq!(errors(&given), Vec::<String>::new());
}

#[test]
fn what_is_not_known_passes() {
    let settings = Settings { enable_training: Attr::Unknown, ..Settings::default() };
    let all = [
        Declared { settings, ..Declared::default() },
        Declared { plain: Attr::Unknown, ..Declared::default() },
        Declared { protected: Attr::Unknown, ..Declared::default() },
    ];
    for given in all {
        assert_eq!(check(&given, Attr::Unknown, Era::Today), []);
    }
    let mut given = declared(json!({ "enable_inference": true }), json!({}));
    given.settings.allow_insecure_connections = Attr::Unknown;
    given.settings.inference_router_service_type = Attr::Unknown;
    given.settings.node_selector = Attr::Unknown;
    given.ssl_cert_pem = Attr::Unknown;
    given.ssl_key_pem = Attr::Unknown;
    given.relay = Attr::Unknown;
    assert_eq!(check(&given, Attr::Unknown, Era::Today), []);
}

fn errors(given: &Declared) -> Vec<String> {
    let found = check(given, Attr::Known(ClusterKind::Connected), Era::Today);
    found.iter().filter(|p| p.is_error()).map(|p| p.path.to_reference()).collect()
}

fn training() -> Declared {
    declared(json!({ "enable_training": true }), json!({}))
}

fn declared(typed: Value, plain: Value) -> Declared {
    let settings = serde_json::from_value(typed).unwrap();
    let plain: BTreeMap<String, Option<String>> = serde_json::from_value(plain).unwrap();
    let plain = plain.into_iter().map(|(key, value)| (key, value.into())).collect();
    Declared { settings, plain: Attr::Known(plain), ..Declared::default() }
}

fn secrets(entries: &[(&str, &str)]) -> AttrMap<Sensitive<String>> {
    let secret =
        |(key, value): &(&str, &str)| ((*key).to_owned(), Attr::Known(Sensitive::from(*value)));
    Attr::Known(entries.iter().map(secret).collect())
}
