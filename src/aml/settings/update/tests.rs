//! What an update sends, and what leaves.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vocabulary::{Attr, AttrMap, Sensitive};

use super::{change, connections_of_protected_settings, update};
use crate::settings::{Declared, Mode, Settings};

#[test]
fn only_what_changes_is_sent() {
    let before = declared(&[("keep", "1"), ("change", "1"), ("go", "1")]);
    let after = declared(&[("keep", "1"), ("change", "2"), ("new", "1")]);
    let update = update(&before, &after);
    let sent: Vec<_> = update.settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
    assert_eq!(sent, ["change=2", "new=1"]);
    let leaving: Vec<_> = update.leaving.iter().map(|one| one.path.to_reference()).collect();
    assert_eq!(leaving, [r#"configuration_settings["go"]"#]);
}

#[test]
fn a_switch_is_turned_off_again() {
    let service = |value: &str| Declared {
        settings: Settings {
            inference_router_service_type: Attr::Known(value.to_owned()),
            ..Settings::default()
        },
        ..Declared::default()
    };
    let update = update(&service("NodePort"), &service("LoadBalancer"));
    assert_eq!(update.settings["scoringFe.serviceType.nodePort"], "False");
    assert_eq!(update.settings["inferenceRouterServiceType"], "LoadBalancer");
    assert_eq!(update.leaving, []);
}

type Map = &'static [(&'static str, &'static str)];
const NONE: Map = &[];

// Every key that is derived from a typed setting, in each of the setting's moves: what is written
// before and after, what the service holds of the derived keys, and what is sent.

#[test]
fn what_follows_from_the_routers_type_and_balancer() {
    const NODE_PORT: &str = "scoringFe.serviceType.nodePort";
    const INTERNAL: &str = "scoringFe.serviceType.internalLoadBalancer";
    let service = |to: &str| json!({ "inference_router_service_type": to });
    let provider = |to: &str| json!({ "internal_load_balancer_provider": to });
    let mut balanced = service("loadBalancer");
    balanced["internal_load_balancer_provider"] = json!("azure");
    let cases: [(Value, Value, Map, Map); 6] = [
        (
            service("nodePort"),
            service("loadBalancer"),
            &[(NODE_PORT, "True")],
            &[("inferenceRouterServiceType", "loadBalancer"), (NODE_PORT, "False")],
        ),
        (
            service("clusterIP"),
            service("nodePort"),
            NONE,
            &[("inferenceRouterServiceType", "nodePort"), (NODE_PORT, "True")],
        ),
        (
            service("nodePort"),
            service(""),
            &[(NODE_PORT, "True")],
            &[("inferenceRouterServiceType", ""), (NODE_PORT, "False")],
        ),
        (
            provider("azure"),
            provider(""),
            &[(INTERNAL, "True")],
            &[("internalLoadBalancerProvider", ""), (INTERNAL, "False")],
        ),
        (
            provider(""),
            provider("Azure"),
            NONE,
            &[("internalLoadBalancerProvider", "Azure"), (INTERNAL, "True")],
        ),
        (
            balanced,
            service("nodePort"),
            &[(INTERNAL, "True")],
            &[("inferenceRouterServiceType", "nodePort"), (INTERNAL, "False"), (NODE_PORT, "True")],
        ),
    ];
    cases.into_iter().for_each(follows);
}

#[test]
fn what_follows_from_the_certificates_secret() {
    const SECRET: &str = "scoringFe.sslSecret";
    let secret = |name: &str| json!({ "ssl_secret": name });
    let pem = json!({ "pem": true });
    let both = json!({ "ssl_secret": "a", "pem": true });
    let held: Map = &[(SECRET, "a")];
    let cases: [(Value, Value, Map, Map); 8] = [
        (secret("a"), secret("b"), held, &[(SECRET, "b"), ("sslSecret", "b")]),
        (secret("a"), secret(""), held, &[(SECRET, ""), ("sslSecret", "")]),
        (secret("a"), pem.clone(), held, &[(SECRET, "")]),
        (secret("a"), both.clone(), held, &[(SECRET, "")]),
        (secret("a"), json!({ "taken": true }), held, &[(SECRET, "")]),
        (both, secret("a"), &[(SECRET, "")], &[(SECRET, "a")]),
        (pem.clone(), secret("b"), NONE, &[(SECRET, "b"), ("sslSecret", "b")]),
        (pem.clone(), pem, &[(SECRET, "")], NONE),
    ];
    cases.into_iter().for_each(follows);
}

#[test]
fn what_follows_from_logs_and_modes() {
    const LOGS: &str = "azure_log_analytics.enabled";
    let off: Map = &[(LOGS, "False"), ("logAnalyticsWS", "False")];
    let on: Map = &[(LOGS, "True"), ("logAnalyticsWS", "True")];
    let logs = |on: bool| json!({ "log_analytics_ws": on });
    let mode = |argument: &str, mode: &str| json!({ argument: mode });
    let cases: [(Value, Value, Map, Map); 6] = [
        (logs(true), logs(false), on, off),
        // Also of an extension of which nothing was written.
        (json!({}), logs(false), &[(LOGS, "True")], off),
        (json!({}), mode("log_analytics", "none"), on, off),
        (mode("log_analytics", "managed"), mode("log_analytics", "none"), on, off),
        (
            mode("relay", "managed"),
            mode("relay", "none"),
            &[("relayserver.enabled", "true")],
            &[("relayserver.enabled", "false")],
        ),
        (
            mode("service_bus", "none"),
            mode("service_bus", "managed"),
            &[("servicebus.enabled", "false")],
            &[("servicebus.enabled", "true")],
        ),
    ];
    cases.into_iter().for_each(follows);
}

/// Makes one move, and plans a second time: nothing is sent then, because the service holds it.
fn follows((before, after, held, expected): (Value, Value, Map, Map)) {
    let texts = |map: Map| -> BTreeMap<String, String> {
        map.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    let (before, after) = (written(&before), written(&after));
    let mut held = texts(held);
    held.extend(before.plain_known());
    let sent = change(&held, &before, &after).settings;
    assert_eq!(sent, texts(expected), "{before:?} to {after:?}");
    held.extend(sent);
    assert_eq!(change(&held, &after, &after).settings, BTreeMap::new(), "{after:?}");
}

/// Typed settings, with words for what is no setting.
fn written(of: &Value) -> Declared {
    let mut of = of.clone();
    let fields = of.as_object_mut().expect("an object");
    let mut taken = |name: &str| fields.remove(name);
    let (pem, map) = (taken("pem").is_some(), taken("taken").is_some());
    let mut mode = |name: &str| match taken(name) {
        Some(mode) => Attr::Known(serde_json::from_value(mode).expect("a mode")),
        None => Attr::Null,
    };
    let (relay, service_bus) = (mode("relay"), mode("service_bus"));
    let log_analytics = mode("log_analytics");
    let secret = |is: bool| if is { Attr::Known(Sensitive::from("x")) } else { Attr::Null };
    let keys = ["scoringFe.sslCert", "scoringFe.sslKey"];
    Declared {
        settings: serde_json::from_value(of).expect("settings"),
        ssl_cert_pem: secret(pem),
        ssl_key_pem: secret(pem),
        protected: Attr::Known(keys.map(|key| (key.to_owned(), secret(map))).into()),
        relay,
        service_bus,
        log_analytics,
        ..Declared::default()
    }
}

#[test]
fn a_typed_setting_that_leaves_is_named() {
    let before = Declared {
        settings: Settings {
            install_volcano: Attr::Known(false),
            node_selector: entries(&[("disk", "ssd")]),
            ..Settings::default()
        },
        ..Declared::default()
    };
    let update = update(&before, &Declared::default());
    let leaving: Vec<_> = update
        .leaving
        .iter()
        .map(|one| format!("{} stays {}", one.path.to_reference(), one.value))
        .collect();
    assert_eq!(leaving, ["install_volcano stays False", r#"node_selector["disk"] stays ssd"#]);
    let impact = update.leaving[0].impact();
    assert_eq!(impact.to_string(), "install_volcano stays False in the service");
    assert!(impact.means.contains("write the service's default, True,"), "{}", impact.means);
    assert!(update.settings.is_empty());
}

#[test]
fn a_setting_of_2021_leaves_nothing_to_do() {
    let before = declared(&[
        ("InferenceRouterHA", "True"),
        ("installBlobfuseSysctl", "True"),
        ("somethingElse", "1"),
    ]);
    let update = update(&before, &Declared::default());
    let means: Vec<_> = update.leaving.iter().map(|one| one.impact().means).collect();
    assert!(means[0].contains("case matters") && means[0].contains("nothing is left to do"));
    assert!(means[1].contains("nothing is left to do"), "{means:?}");
    assert!(means[2].contains("replace the extension"), "{means:?}");
}

#[test]
fn what_is_not_known_yet_leaves_nothing() {
    let before = declared(&[("a", "1")]);
    let unknown = Declared { plain: Attr::Unknown, ..Declared::default() };
    assert_eq!(update(&before, &unknown).leaving, []);
    let entry = Attr::Known([("a".to_owned(), Attr::Unknown)].into());
    let unknown = Declared { plain: entry, ..Declared::default() };
    assert_eq!(update(&before, &unknown), super::Update::default());
}

#[test]
fn a_mode_is_sent_as_its_switch() {
    let none = Declared { relay: Attr::Known(Mode::None), ..Declared::default() };
    let update = update(&Declared::default(), &none);
    assert_eq!(update.settings["relayserver.enabled"], "false");
}

#[test]
fn a_switch_that_a_mode_takes_over_does_not_leave() {
    let settings = Settings { log_analytics_ws: Attr::Known(true), ..Settings::default() };
    let before = Declared { settings, ..declared(&[("servicebus.enabled", "true")]) };
    let modes = |mode| Declared {
        service_bus: Attr::Known(mode),
        log_analytics: Attr::Known(mode),
        ..Declared::default()
    };
    assert_eq!(update(&before, &modes(Mode::Managed)), super::Update::default());
    let off = update(&before, &modes(Mode::None));
    let sent: Vec<_> = off.settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let expected =
        ["azure_log_analytics.enabled=False", "logAnalyticsWS=False", "servicebus.enabled=false"];
    assert_eq!(sent, expected);
    assert_eq!(off.leaving, []);
    assert_eq!(update(&before, &Declared::default()).leaving.len(), 2);
}

#[test]
fn a_mode_is_wanted_before_the_service_has_it() {
    let held = [("relayserver.enabled".to_owned(), "false".to_owned())].into();
    assert_eq!(connections_of_protected_settings(&Declared::default(), &held).relay, Mode::None);
    let existing = Declared { relay: Attr::Known(Mode::Existing), ..Declared::default() };
    assert_eq!(connections_of_protected_settings(&existing, &held).relay, Mode::Existing);
}

#[test]
fn what_the_cli_of_2021_connected_has_no_switch() {
    let ids = ["relayserver.hybridConnectionResourceID", "servicebus.resourceID"];
    let mut held: BTreeMap<_, _> = ids.map(|key| (key.to_owned(), "/id".to_owned())).into();
    let again = connections_of_protected_settings(&Declared::default(), &held);
    assert_eq!((again.relay, again.service_bus), (Mode::Managed, Mode::Managed));
    held.insert("servicebus.enabled".to_owned(), "False".to_owned());
    assert_eq!(
        connections_of_protected_settings(&Declared::default(), &held).service_bus,
        Mode::None
    );
}

fn declared(plain: &[(&str, &str)]) -> Declared {
    Declared { plain: entries(plain), ..Declared::default() }
}

fn entries(entries: &[(&str, &str)]) -> AttrMap<String> {
    let given = |(key, value): &(&str, &str)| ((*key).to_owned(), Attr::Known((*value).to_owned()));
    Attr::Known(entries.iter().map(given).collect())
}
