//! From the service's plain map back to what a user would have written.

use std::collections::BTreeMap;

use super::declared::{ClusterKind, is_false, is_true};
use super::keys::{FILES, SECRETS, Settings, argument_of, attribute_of};

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
    "clusterId",
    "cluster_name",
    "cluster_name_friendly",
    "domain",
    "jobSchedulerLocation",
    "location",
    "openshift",
    "prometheus.prometheusSpec.externalLabels.cluster_name",
    "scoringFe.namespace",
    "scoringFe.sslSecret",
];

/// Sorts the service's settings: a typed key into its attribute, any other into the free map, and
/// what the provider derives itself into neither. What side resources there are is for the caller to
/// tell: arguments stand for their keys.
pub fn import(held: &BTreeMap<String, String>, kind: ClusterKind) -> Imported {
    sort(held.iter().filter(|(key, value)| !is_derived(key, value, held, kind)))
}

/// As [`import`], with what the provider derives too: for a user who wrote some of it.
pub fn sorted(held: &BTreeMap<String, String>) -> Imported {
    sort(held.iter())
}

fn sort<'a>(held: impl Iterator<Item = (&'a String, &'a String)>) -> Imported {
    let mut sorted = Imported::default();
    for (key, value) in held.filter(|(key, _)| !is_secret(key)) {
        if !sorted.settings.fill(key, value) && attribute_of(key).is_none() {
            sorted.plain.insert(key.clone(), value.clone());
        }
    }
    sorted
}

/// Everything that the service holds, without secrets and paths.
pub fn effective(held: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let shown = held.iter().filter(|(key, _)| !is_secret(key));
    shown.map(|(key, value)| (key.clone(), value.clone())).collect()
}

fn is_secret(key: &str) -> bool {
    SECRETS.contains(&key) || FILES.iter().any(|(file, _)| *file == key)
}

fn is_derived(key: &str, value: &str, held: &BTreeMap<String, String>, kind: ClusterKind) -> bool {
    let aks = kind == ClusterKind::Managed;
    let inference = held.get("enableInference").is_some_and(|value| is_true(value));
    match key {
        // A component that is not written is sent as off.
        "enableTraining" | "enableInference" => is_false(value),
        // A small cluster gets these with training alone too, where they have no effect.
        "clusterPurpose" => !inference && value == "DevTest",
        "inferenceRouterHA" => !inference && is_false(value),
        "nginxIngress.enabled" => {
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

    use super::{effective, import};
    use crate::Given;
    use crate::Secret;
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
        let selector = [("disk".to_owned(), Given::Set("ssd".to_owned()))].into();
        let settings = Settings {
            enable_training: Given::Set(true),
            install_prom_op: Given::Set(false),
            node_selector: Given::Set(selector),
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
            enable_training: Given::Set(true),
            install_volcano: Given::Set(false),
            ..Settings::default()
        };
        let plain = [("enable_https".to_owned(), Given::Set("false".to_owned()))].into();
        let plain = Given::Set(plain);
        let declared = Declared { settings: settings.clone(), plain, ..Declared::default() };
        let relay = Relay {
            hybrid_connection_id: Some("/relay/hybridConnections/arc".to_owned()),
            connection_string: Secret::new("s"),
        };
        let connections = Connections { relay: Some(relay), ..Connections::default() };
        let properties = serde_json::json!({ "totalNodeCount": 1, "distribution": "openshift" });
        let cluster = Cluster::read(ClusterKind::Connected, "/clusters/arc", "EastUS", &properties);
        let derived = derive(&declared, &cluster, &connections, Era::Today).unwrap();
        let imported = import(&derived.plain, ClusterKind::Connected);
        assert_eq!(imported.settings, settings);
        assert_eq!(imported.plain, map(&[("enable_https", "false")]));
    }

    #[test]
    fn what_is_derived_can_be_written_too() {
        let held = map(&[("enableInference", "False"), ("domain", "d"), ("sslKeyPemFile", "p")]);
        assert_eq!(import(&held, ClusterKind::Connected), super::Imported::default());
        let sorted = super::sorted(&held);
        assert_eq!(sorted.settings.enable_inference, Given::Set(false));
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
