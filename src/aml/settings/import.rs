//! From the service's plain map back to what a user would have written.

use std::collections::BTreeMap;

use vocabulary::{Attr, Path, Problem, Step};

use super::check::{check, check_owned};
use super::declared::{ClusterKind, Declared, is_false, is_true};
use super::keys::{Era, FILES, SECRETS, argument_of, attribute_of};
use super::selector::canonical;
use super::typed::{Settings, in_order};
use super::wire;

/// What a user would write for an extension that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// The typed settings.
    pub settings: Settings,
    /// `configuration_settings`: what has no attribute and is not derived.
    pub plain: BTreeMap<String, String>,
}

/// Keys that [`super::derive()`] makes, whatever their value.
const DERIVED: [&str; 10] = [
    wire::CLUSTER_ID,
    wire::CLUSTER_NAME,
    wire::CLUSTER_NAME_FRIENDLY,
    wire::DOMAIN,
    wire::JOB_SCHEDULER_LOCATION,
    wire::LOCATION,
    wire::OPENSHIFT,
    wire::PROMETHEUS_CLUSTER_NAME,
    wire::ROUTER_NAMESPACE,
    wire::ROUTER_SSL_SECRET,
];

/// Sorts the service's settings: a typed key into its attribute, any other into the free map, and
/// what the provider derives itself into neither. What side resources there are is for the caller to
/// tell: arguments stand for their keys.
///
/// What no configuration could say, because it is refused there, is left out: the service's other
/// spellings of a key, values that do not fit, inference without what it needs.
pub fn import(held: &BTreeMap<String, String>, kind: ClusterKind) -> Imported {
    let own = held.iter().filter(|(key, value)| !is_derived(key, value, held, kind));
    let mut imported = sort(own);
    while let Some(refused) = imported.find_refused_path(kind) {
        if !imported.leave_out(&refused) {
            break;
        }
    }
    imported
}

/// As [`import`], with what the provider derives too: for a user who wrote some of it.
pub fn import_all(held: &BTreeMap<String, String>) -> Imported {
    sort(held.iter())
}

fn sort<'a>(held: impl Iterator<Item = (&'a String, &'a String)>) -> Imported {
    let mut sorted = Imported::default();
    for (key, value) in in_order(held.filter(|(key, _)| !is_secret(key))) {
        if !sorted.settings.fill(key, value) && attribute_of(key).is_none() {
            sorted.plain.insert(key.clone(), value.clone());
        }
    }
    sorted
}

impl Imported {
    /// Where a configuration of this is refused.
    fn find_refused_path(&self, kind: ClusterKind) -> Option<Path> {
        let plain = self.plain.iter().map(|(key, value)| (key.clone(), Attr::Known(value.clone())));
        let declared = Declared {
            settings: self.settings.clone(),
            plain: Attr::Known(plain.collect()),
            ..Declared::default()
        };
        let found = check(&declared, Attr::Known(kind), Era::Today);
        let mut found = found.into_iter().chain(check_owned(&declared));
        found.find(Problem::is_error).map(|problem| problem.path)
    }

    /// Leaves out what stands at a place; where nothing does, what is asked for there is needed by
    /// inference. False: there is nothing to leave out.
    fn leave_out(&mut self, place: &Path) -> bool {
        match place.steps() {
            [Step::Attribute(map), Step::Key(key), ..] if map == "configuration_settings" => {
                self.plain.remove(key).is_some()
            }
            [Step::Attribute(_), Step::Key(label), ..] => self.settings.leave_out_label(label),
            [Step::Attribute(attribute), ..] => {
                self.settings.leave_out(attribute) || self.settings.leave_out("enable_inference")
            }
            _ => false,
        }
    }
}

/// Of the plain settings that the service holds those that nobody writes, without secrets. Where it
/// has a setting in two spellings, the one that is not read stays.
pub fn undeclared_settings(
    held: &BTreeMap<String, String>, written: &Declared,
) -> BTreeMap<String, String> {
    let mut beyond = effective(held);
    beyond.retain(|key, _| !written.writes(key) || is_second_spelling(key, held));
    beyond
}

/// Whether a node's label has another key too, which is the one that Helm reads.
fn is_second_spelling(key: &str, held: &BTreeMap<String, String>) -> bool {
    let read = canonical(key);
    read != key && held.contains_key(&read)
}

/// What a service that `held` these settings is sent so that it reads all of them anew, with what
/// changes: no secrets, and of two spellings the one that is read.
pub fn settings_to_resend(
    held: &BTreeMap<String, String>, changed: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut all = effective(held);
    all.extend(changed.clone());
    in_one_spelling(all)
}

/// The same without the keys of labels that have another key, which is the one that Helm reads.
pub fn in_one_spelling(settings: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let second: Vec<_> =
        settings.keys().filter(|key| is_second_spelling(key, &settings)).cloned().collect();
    let mut settings = settings;
    settings.retain(|key, _| !second.contains(key));
    settings
}

/// Everything that the service holds, without secrets and paths.
pub fn effective(held: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let shown = held.iter().filter(|(key, _)| !is_secret(key));
    shown.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// In any case: what somebody misspelled is a secret too.
fn is_secret(key: &str) -> bool {
    let files = FILES.iter().map(|(file, _)| *file);
    SECRETS.into_iter().chain(files).any(|secret| secret.eq_ignore_ascii_case(key))
}

fn is_derived(key: &str, value: &str, held: &BTreeMap<String, String>, kind: ClusterKind) -> bool {
    let aks = kind == ClusterKind::Managed;
    let inference = held.get(wire::ENABLE_INFERENCE).is_some_and(|value| is_true(value));
    match key {
        // A component that is not written is sent as off.
        wire::ENABLE_TRAINING | wire::ENABLE_INFERENCE => is_false(value),
        // A small cluster gets these with training alone too, where they have no effect.
        wire::CLUSTER_PURPOSE => !inference && value.eq_ignore_ascii_case("DevTest"),
        wire::INFERENCE_ROUTER_HA => !inference && is_false(value),
        wire::NGINX_INGRESS_ENABLED => {
            if aks {
                is_true(value)
            } else {
                is_false(value)
            }
        }
        _ => {
            let argument = argument_of(key).is_some();
            argument || DERIVED.contains(&key) || key.starts_with("scoringFe.serviceType.")
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use vocabulary::{Attr, Sensitive};

    use super::{effective, import};
    use crate::settings::{
        Cluster, ClusterKind, Connections, Declared, Era, Relay, Settings, derive,
    };

    #[test]
    fn a_typed_key_and_a_free_one() {
        let held = map(&[
            ("enableTraining", "True"),
            ("installPromOp", "false"),
            ("nodeSelector.disk", "ssd"),
            ("foo.bar", "1"),
            ("domain", "eastus.cloudapp.azure.com"),
            ("relayserver.enabled", "false"),
            ("nginxIngress.enabled", "false"),
            ("servicebus.topicSubMapping.t", "s"),
        ]);
        let imported = import(&held, ClusterKind::Connected);
        let selector = [("disk".to_owned(), Attr::Known("ssd".to_owned()))].into();
        let settings = Settings {
            enable_training: Attr::Known(true),
            install_prom_op: Attr::Known(false),
            node_selector: Attr::Known(selector),
            ..Settings::default()
        };
        assert_eq!(imported.settings, settings);
        assert_eq!(imported.plain, map(&[("foo.bar", "1")]));
        let aks = import(&held, ClusterKind::Managed);
        assert_eq!(aks.plain, map(&[("foo.bar", "1"), ("nginxIngress.enabled", "false")]));
    }

    #[test]
    fn what_was_declared_comes_back() {
        let settings = Settings {
            enable_training: Attr::Known(true),
            install_volcano: Attr::Known(false),
            ..Settings::default()
        };
        let plain = [("enable_https".to_owned(), Attr::Known("false".to_owned()))].into();
        let plain = Attr::Known(plain);
        let declared = Declared { settings: settings.clone(), plain, ..Declared::default() };
        let relay = Relay {
            hybrid_connection_id: Some("/relay/hybridConnections/arc".to_owned()),
            connection_string: Sensitive::from("s"),
        };
        let connections = Connections { relay: Some(relay), ..Connections::default() };
        let properties = serde_json::json!({ "totalNodeCount": 1, "distribution": "openshift" });
        let cluster = Cluster::read(ClusterKind::Connected, "/clusters/arc", "EastUS", &properties);
        let derived = derive(&declared, &cluster, &connections, Era::Today).unwrap();
        let imported = import(&derived.plain, ClusterKind::Connected);
        assert_eq!(imported.settings, settings);
        assert_eq!(imported.plain, map(&[("enable_https", "false")]));
    }

    /// What the service may hold and no configuration can say: each is left out, and nothing else.
    #[test]
    fn what_cannot_be_written_is_left_out() {
        let fine = [("enableTraining", "True"), ("installVolcano", "false"), ("foo.bar", "1")];
        let inference = [("enableInference", "True"), ("inferenceRouterServiceType", "clusterIP")];
        let left_out: &[&[(&str, &str)]] = &[
            // Spellings that the service passes over, doubled or alone.
            &[("InferenceRouterHA", "True")],
            &[("EnableTraining", "True"), ("ENABLEINFERENCE", "True")],
            &[("Domain", "d"), ("ClusterID", "c")],
            &[("nodeselector.disk", "ssd"), ("NodeSelector.disk", "ssd")],
            &[("RelayServer.Enabled", "false"), ("relayserverconnectionstring", "s")],
            // No values of theirs.
            &[("installPromOp", "odd")],
            &[("enableInference", "")],
            &[("clusterPurpose", "DenseProd")],
            // No labels.
            &[("nodeSelector.", "a"), ("nodeSelector.a b", "c"), ("nodeSelector.a", "b c")],
            &[
                (r"nodeSelector.a\,b", "c"),
                (r"nodeSelector.a\=b", "c"),
                (r"nodeSelector.a\\b", "c"),
            ],
            // Secrets and paths in the wrong map.
            &[("relayServerConnectionString", "s"), ("scoringFe.sslKey", "s")],
            &[("sslCertPemFile", "p"), ("SslKeyPemFile", "p")],
            // Inference without what it needs.
            &[("enableInference", "True")],
            &[("enableInference", "True"), ("allowInsecureConnections", "True")],
            // What follows from others, without them.
            &[("scoringFe.sslSecret", "s"), ("scoringFe.serviceType.nodePort", "True")],
            &[("azure_log_analytics.enabled", "True"), ("relayserver.hybridConnectionName", "c")],
        ];
        for held in left_out {
            let whole = map(&[&fine[..], held].concat());
            let imported = import(&whole, ClusterKind::Connected);
            let mut settings = Settings {
                enable_training: Attr::Known(true),
                install_volcano: Attr::Known(false),
                ..Settings::default()
            };
            settings.allow_insecure_connections = imported.settings.allow_insecure_connections;
            assert_eq!(imported.settings, settings, "{held:?}");
            assert_eq!(imported.plain, map(&[("foo.bar", "1")]), "{held:?}");
        }
        let whole = [&fine[..], &inference, &[("allowInsecureConnections", "True")]].concat();
        let imported = import(&map(&whole), ClusterKind::Connected);
        assert_eq!(imported.settings.enable_inference, Attr::Known(true), "it has what it needs");
    }

    #[test]
    fn of_two_spellings_the_one_that_is_read_counts() {
        let held = map(&[
            ("enableTraining", "True"),
            ("inferenceRouterHA", "False"),
            ("InferenceRouterHA", "True"),
            (r"nodeSelector.kubernetes\.io/os", "linux"),
            ("nodeSelector.kubernetes.io/os", "windows"),
            ("nodeSelector.kubernetes.io/arch", "arm64"),
        ]);
        let Settings { node_selector, .. } = import(&held, ClusterKind::Connected).settings;
        let given = |value: &str| Attr::Known(value.to_owned());
        let labels = [("kubernetes.io/arch", "arm64"), ("kubernetes.io/os", "linux")];
        let labels = labels.map(|(label, value)| (label.to_owned(), given(value)));
        assert_eq!(node_selector, Attr::Known(labels.into()));
        let written = Declared {
            settings: Settings {
                enable_training: Attr::Known(true),
                inference_router_ha: Attr::Known(false),
                node_selector,
                ..Settings::default()
            },
            ..Declared::default()
        };
        let beyond = super::undeclared_settings(&held, &written);
        let others = [("InferenceRouterHA", "True"), ("nodeSelector.kubernetes.io/os", "windows")];
        assert_eq!(beyond, map(&others), "the others are shown");
    }

    #[test]
    fn what_is_derived_can_be_written_too() {
        let held = map(&[("enableInference", "False"), ("domain", "d"), ("sslKeyPemFile", "p")]);
        assert_eq!(import(&held, ClusterKind::Connected), super::Imported::default());
        let sorted = super::import_all(&held);
        assert_eq!(sorted.settings.enable_inference, Attr::Known(false));
        assert_eq!(sorted.plain, map(&[("domain", "d")]));
    }

    #[test]
    fn secrets_are_not_shown() {
        let held = map(&[("a", "1"), ("relayServerConnectionString", "s"), ("sslKeyPemFile", "p")]);
        assert_eq!(effective(&held), map(&[("a", "1")]));
    }

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }
}
