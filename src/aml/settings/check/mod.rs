//! What is wrong with the settings, all at once, each finding on its own place.
//!
//! Places count from the extension itself. What is not known yet is taken to be right.

mod inference;
mod owned;

use std::collections::BTreeSet;

use crate::given::present_keys;
use crate::settings::connections::{Connections, LOGS_STRING, Mode, Wanted, given_string, wanted};
use crate::settings::declared::{Cluster, ClusterKind, Declared, is_false, is_true};
use crate::settings::keys::{
    Era, FILES, RETIRED, Recognised, SECRETS, argument_of, attribute_of, recognise,
};
use crate::settings::tls;
use crate::{Given, Place, Problem, label, side_resource};

pub use owned::check_owned;

/// Checks what can be told without the cluster.
pub fn check(declared: &Declared, kind: Given<ClusterKind>, era: Era) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(check_components(declared));
    found.extend(free_keys(declared));
    found.extend(protected_keys(declared));
    found.extend(selector(declared));
    found.extend(tls::check(&declared.ssl_cert_pem, &declared.ssl_key_pem));
    found.extend(modes(declared));
    found.extend(brought(declared));
    found.extend(inference::check(declared, kind, era));
    found.extend(retired(declared, era));
    if kind == Given::Set(ClusterKind::Managed) && era == Era::Y2021 {
        let at = Place::itself().attribute("cluster_id");
        let fix = "connect the cluster to Azure Arc and name the connected cluster";
        found.push(Problem::error(at, "the product of 2021 does not go onto AKS", fix));
    }
    found
}

/// Checks everything, now that the cluster is known.
pub(super) fn check_for(declared: &Declared, cluster: &Cluster, era: Era) -> Vec<Problem> {
    let mut found = check(declared, Given::Set(cluster.kind), era);
    let wanted = wanted(declared, cluster.kind, era);
    if [wanted.relay, wanted.service_bus].contains(&Mode::Managed)
        && let Some(problem) = side_resource::check_cluster(&cluster.name)
    {
        let at = Place::itself().attribute("cluster_id");
        found.push(Problem { at, ..problem });
    }
    found
}

/// Each wanted side resource must be connected.
pub(super) fn check_connected(wanted: Wanted, connections: &Connections) -> Vec<Problem> {
    let pairs = [
        ("relay", wanted.relay, connections.relay.is_some()),
        ("service_bus", wanted.service_bus, connections.service_bus.is_some()),
        ("log_analytics", wanted.log_analytics, connections.log_analytics.is_some()),
    ];
    let missing = pairs.into_iter().filter(|(_, mode, there)| *mode != Mode::None && !there);
    let problem = |(attribute, _, _): (&str, _, _)| {
        let cause = format!("the {} is not connected", attribute.replace('_', " "));
        let fix = "give its connection string, or let the provider manage it";
        Problem::error(Place::itself().attribute(attribute), cause, fix)
    };
    missing.map(problem).collect()
}

fn at(attribute: &str) -> Place {
    Place::itself().attribute(attribute)
}

/// One of training and inference must be on, and what belongs to training needs training.
fn check_components(declared: &Declared) -> Vec<Problem> {
    let on = |key: &str| match declared.get(key) {
        Given::Unknown => None,
        Given::Unset => Some(false),
        Given::Set(value) => Some(is_true(&value)),
    };
    let (training, inference) = (on("enableTraining"), on("enableInference"));
    let mut found = Vec::new();
    if training == Some(false) && inference == Some(false) {
        let cause = "the extension would do nothing: neither training nor inference is enabled";
        let fix = "set enable_training or enable_inference to true";
        found.push(Problem::error(at("enable_training"), cause, fix));
    }
    if !declared.settings.volume_plugin_dir.is_unset() && training == Some(false) {
        let cause = "volume_plugin_dir has no meaning without training";
        let fix = "set enable_training to true, or leave it out";
        found.push(Problem::error(at("volume_plugin_dir"), cause, fix));
    }
    found
}

/// Keys of the free plain map.
fn free_keys(declared: &Declared) -> Vec<Problem> {
    let place = |key: &str| at("configuration_settings").key(key);
    let problem = |key: &String| {
        if SECRETS.contains(&key.as_str()) {
            let cause = format!(
                "{key} is a secret, and everybody with the right to read the extension sees it here"
            );
            let elsewhere = match argument_of(key) {
                Some((argument, attribute)) => format!("set {argument}.{attribute}, or "),
                None => String::new(),
            };
            let fix = format!("{elsewhere}move it to configuration_protected_settings");
            return Some(Problem::error(place(key), cause, fix));
        }
        unusual(key, place(key))
    };
    present_keys(&declared.plain).filter_map(problem).collect()
}

/// A key that has an attribute, or that is like a known one.
fn unusual(key: &str, at: Place) -> Option<Problem> {
    match recognise(key) {
        Recognised::Typed(attribute) => {
            let cause = format!("{key:?} has an attribute of its own");
            Some(Problem::error(at, cause, format!("set {attribute} instead")))
        }
        Recognised::WrongCase(known) => {
            let cause = format!("{key:?} is not a setting: case matters");
            Some(Problem::error(at, cause, format!("did you mean {known}?")))
        }
        Recognised::Near(known) => {
            let cause = format!("{key:?} is not a known setting");
            Some(Problem::warning(at, cause, format!("did you mean {known}?")))
        }
        Recognised::Free => None,
    }
}

/// Keys of the protected map: paths, near misses, and keys that stand in the plain half too.
fn protected_keys(declared: &Declared) -> Vec<Problem> {
    let plain: BTreeSet<String> = declared.plain_entries().into_keys().collect();
    let protected = declared.protected.known().into_iter().flatten();
    let keys = protected.filter(|(_, value)| !value.is_unset()).map(|(key, _)| key);
    let problem = |key: &String| {
        let place = at("configuration_protected_settings").key(key);
        if let Some((_, attribute)) = FILES.iter().find(|(file, _)| file == key) {
            let cause = format!("{key:?} is the path of a file on somebody's machine");
            return Some(Problem::error(
                place,
                cause,
                format!("set {attribute} to its text instead"),
            ));
        }
        if plain.contains(key) {
            let other = attribute_of(key).map_or("configuration_settings", |attribute| attribute);
            let cause = format!("{key:?} is set here and by {other}");
            return Some(Problem::error(place, cause, "leave one of the two out"));
        }
        // A typed setting may be kept secret; only its spelling counts.
        if attribute_of(key).is_some() { None } else { unusual(key, place) }
    };
    keys.filter_map(problem).collect()
}

fn selector(declared: &Declared) -> Vec<Problem> {
    let mut found = Vec::new();
    for (key, value) in declared.settings.node_selector.known().into_iter().flatten() {
        let place = at("node_selector").key(key);
        let faults = [label::key_fault(key), value.known().and_then(|v| label::value_fault(v))];
        for fault in faults.into_iter().flatten() {
            let fix = "look at the labels of the nodes with `kubectl get nodes --show-labels`";
            found.push(Problem::error(place.clone(), fault, fix));
        }
        if key.contains(['.', '/']) {
            let cause = format!(
                "how the extension reads a label such as {key}, with a dot or a slash, is not documented"
            );
            found.push(Problem::warning(place, cause, "use a label without dots and slashes"));
        }
    }
    found
}

/// A managed resource whose connection string the user brings: which of the two is meant?
fn brought(declared: &Declared) -> Vec<Problem> {
    let pairs = [
        ("relay", &declared.relay, "relayServerConnectionString"),
        ("service_bus", &declared.service_bus, "serviceBusConnectionString"),
        ("log_analytics", &declared.log_analytics, LOGS_STRING),
    ];
    let both = pairs.into_iter().filter(|(_, mode, string)| {
        **mode == Given::Set(Mode::Managed) && given_string(declared, string)
    });
    let problem = |(attribute, _, string): (&str, _, &str)| {
        let cause = format!("{string} is given, so there is nothing to manage");
        let fix = "leave the string out, or set the mode to existing";
        Problem::error(at(attribute).attribute("mode"), cause, fix)
    };
    both.map(problem).collect()
}

/// A mode and a setting that contradict each other.
fn modes(declared: &Declared) -> Vec<Problem> {
    let says = |key: &str| declared.get(key).known().map(|value| !is_false(value));
    let pairs = [
        ("relay", &declared.relay, "relayserver.enabled"),
        ("service_bus", &declared.service_bus, "servicebus.enabled"),
        ("log_analytics", &declared.log_analytics, "logAnalyticsWS"),
    ];
    let contradicts = |(attribute, mode, key): (&str, &Given<Mode>, &str)| {
        let (mode, on) = (*mode.known()?, says(key)?);
        if (mode != Mode::None) == on {
            return None;
        }
        let setting = attribute_of(key).unwrap_or(key);
        let cause = format!("{setting} says {on}, but the mode of {attribute} says {}", !on);
        let fix = format!("leave {setting} out: the mode decides");
        Some(Problem::error(at(attribute).attribute("mode"), cause, fix))
    };
    pairs.into_iter().filter_map(contradicts).collect()
}

/// Settings that the product of today passes over.
fn retired(declared: &Declared, era: Era) -> Vec<Problem> {
    if era == Era::Y2021 {
        return Vec::new();
    }
    let plain = declared.plain_entries();
    let secret = declared.protected.known();
    let is_secret =
        |key: &str| secret.and_then(|map| map.get(key)).is_some_and(|it| !it.is_unset());
    let gone = RETIRED.iter().filter(|(key, _)| plain.contains_key(*key) || is_secret(key));
    let problem = |(key, successor): &(&str, Option<&str>)| {
        let place = match attribute_of(key) {
            _ if !plain.contains_key(*key) => at("configuration_protected_settings").key(*key),
            Some(attribute) => at(attribute),
            None => at("configuration_settings").key(*key),
        };
        let cause = format!("{key} has no effect since the product of 2021");
        let fix = match successor {
            Some(successor) => format!("set {successor} instead"),
            None => "leave it out: nothing took its place".to_owned(),
        };
        Problem::warning(place, cause, fix)
    };
    gone.map(problem).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::check;
    use crate::settings::{ClusterKind, Declared, Era, Mode, Settings};
    use crate::{Given, Secret};

    #[test]
    fn nothing_enabled() {
        assert_eq!(errors(&declared(json!({}), json!({}))), ["enable_training"]);
        assert_eq!(errors(&training()), Vec::<String>::new());
        let protected = secrets(&[("enableTraining", "true")]);
        assert_eq!(errors(&Declared { protected, ..Declared::default() }), Vec::<String>::new());
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
    }

    #[test]
    fn a_near_miss_is_guessed() {
        let given = declared(json!({ "enable_training": true }), json!({ "doamin": "a" }));
        let found = check(&given, Given::Unknown, Era::Today);
        assert_eq!(found.len(), 1);
        assert!(!found[0].is_error());
        assert_eq!(found[0].fix, "did you mean domain?");
    }

    #[test]
    fn the_router_of_inference() {
        let bare = json!({ "enable_inference": true });
        let expected = ["allow_insecure_connections", "inference_router_service_type"];
        assert_eq!(errors(&declared(bare, json!({}))), expected);

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
            Given::Set(Secret::new(text))
        };
        given.ssl_cert_pem = pem("CERTIFICATE");
        given.ssl_key_pem = pem("PRIVATE KEY");
        let found = check(&given, Given::Unknown, Era::Today);
        let told: Vec<_> = found.iter().map(|one| (one.is_error(), one.at.to_string())).collect();
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
        let found = check(&given, Given::Unknown, Era::Today);
        let told: Vec<_> = found.iter().map(|p| (p.is_error(), p.at.to_string())).collect();
        let expected =
            ["install_blobfuse_sysctl", r#"configuration_settings["inferenceLoadBalancerHA"]"#];
        assert_eq!(told, expected.map(|at| (false, at.to_owned())));
        assert_eq!(check(&given, Given::Unknown, Era::Y2021), []);
        let secret = secrets(&[("RelayConnectionString", "s")]);
        let found =
            check(&Declared { protected: secret, ..training() }, Given::Unknown, Era::Today);
        assert_eq!(
            found[0].at.to_string(),
            r#"configuration_protected_settings["RelayConnectionString"]"#
        );
        assert_eq!(found[0].fix, "set relayserver.relayConnectionString instead");
        let aks = check(&given, Given::Set(ClusterKind::Managed), Era::Y2021);
        assert_eq!(aks.len(), 1);
    }

    #[test]
    fn modes_and_settings_agree() {
        let mut given = training();
        given.relay = Given::Set(Mode::None);
        given.plain =
            Given::Set([("relayserver.enabled".to_owned(), Given::Set("true".to_owned()))].into());
        given.settings.log_analytics_ws = Given::Set(false);
        given.log_analytics = Given::Set(Mode::Managed);
        assert_eq!(errors(&given), ["relay.mode", "log_analytics.mode"]);
    }

    #[test]
    fn a_string_and_a_managed_resource_exclude_each_other() {
        let mut given = training();
        given.protected = secrets(&[("relayServerConnectionString", "s")]);
        given.relay = Given::Set(Mode::Managed);
        assert_eq!(errors(&given), ["relay.mode"]);
        given.relay = Given::Set(Mode::Existing);
        assert_eq!(errors(&given), Vec::<String>::new());
    }

    #[test]
    fn what_is_not_known_passes() {
        let settings = Settings { enable_training: Given::Unknown, ..Settings::default() };
        let all = [
            Declared { settings, ..Declared::default() },
            Declared { plain: Given::Unknown, ..Declared::default() },
            Declared { protected: Given::Unknown, ..Declared::default() },
        ];
        for given in all {
            assert_eq!(check(&given, Given::Unknown, Era::Today), []);
        }
        let mut given = declared(json!({ "enable_inference": true }), json!({}));
        given.settings.allow_insecure_connections = Given::Unknown;
        given.settings.inference_router_service_type = Given::Unknown;
        given.settings.node_selector = Given::Unknown;
        given.ssl_cert_pem = Given::Unknown;
        given.ssl_key_pem = Given::Unknown;
        given.relay = Given::Unknown;
        assert_eq!(check(&given, Given::Unknown, Era::Today), []);
    }

    fn errors(given: &Declared) -> Vec<String> {
        let found = check(given, Given::Set(ClusterKind::Connected), Era::Today);
        found.iter().filter(|p| p.is_error()).map(|p| p.at.to_string()).collect()
    }

    fn training() -> Declared {
        declared(json!({ "enable_training": true }), json!({}))
    }

    fn declared(typed: Value, plain: Value) -> Declared {
        let settings = serde_json::from_value(typed).unwrap();
        let plain = serde_json::from_value(plain).unwrap();
        Declared { settings, plain: Given::Set(plain), ..Declared::default() }
    }

    fn secrets(entries: &[(&str, &str)]) -> Given<crate::settings::SecretEntries> {
        let secret =
            |(key, value): &(&str, &str)| ((*key).to_owned(), Given::Set(Secret::new(*value)));
        Given::Set(entries.iter().map(secret).collect())
    }
}
