//! The keys of settings on the wire, and what a key of a free map really is.

use vocabulary::nearest;

use super::selector::NODE_SELECTOR;
use super::typed::KEYS;
use super::wire;

/// Which product the settings are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Era {
    /// The preview of June 2021, as CLI extension 0.6.0 installed it.
    Y2021,
    /// The product since.
    #[default]
    Today,
}

/// Settings whose values are secret or local paths, with the attribute that takes their place.
pub(super) const FILES: [(&str, &str); 2] =
    [("sslCertPemFile", "ssl_cert_pem"), ("sslKeyPemFile", "ssl_key_pem")];

/// Keys whose values are secrets: they belong into the protected map.
pub(super) const SECRETS: [&str; 8] = [
    wire::RELAY_CONNECTION_STRING,
    wire::RELAY_CONNECTION_STRING_COPY,
    wire::RELAY_CONNECTION_STRING_2021,
    wire::SERVICE_BUS_CONNECTION_STRING,
    wire::SERVICE_BUS_CONNECTION_STRING_COPY,
    wire::LOG_ANALYTICS_SHARED_KEY,
    wire::ROUTER_SSL_CERT,
    wire::ROUTER_SSL_KEY,
];

/// Keys that say who looks after a side resource, which is what an argument is for: the argument,
/// and what in it takes their place. One that ends in a dot is the prefix of many.
const OWNED: [(&str, &str, &str); 14] = [
    (wire::RELAY_ENABLED, "relay", "mode"),
    (wire::RELAY_NAME, "relay", "hybrid_connection_id"),
    (wire::RELAY_ID, "relay", "hybrid_connection_id"),
    (wire::RELAY_CONNECTION_STRING, "relay", "connection_string_wo"),
    (wire::RELAY_CONNECTION_STRING_COPY, "relay", "connection_string_wo"),
    (wire::RELAY_CONNECTION_STRING_2021, "relay", "connection_string_wo"),
    (wire::SERVICE_BUS_ENABLED, "service_bus", "mode"),
    (wire::SERVICE_BUS_ID, "service_bus", "namespace_id"),
    (wire::SERVICE_BUS_TOPIC, "service_bus", "mode"),
    (wire::SERVICE_BUS_CONNECTION_STRING, "service_bus", "connection_string_wo"),
    (wire::SERVICE_BUS_CONNECTION_STRING_COPY, "service_bus", "connection_string_wo"),
    (wire::LOG_ANALYTICS_ENABLED, "log_analytics", "mode"),
    (wire::LOG_ANALYTICS_CUSTOMER_ID, "log_analytics", "customer_id"),
    (wire::LOG_ANALYTICS_SHARED_KEY, "log_analytics", "shared_key_wo"),
];

/// Keys of 2021 that are gone, with what took their place.
pub(super) const RETIRED: [(&str, Option<&str>); 7] = [
    ("installBlobfuseSysctl", None),
    ("installBlobfuseFlexvol", None),
    ("volumePluginDir", None),
    (wire::PRIVATE_ENDPOINT_NODE_PORT, Some("inference_router_service_type")),
    (wire::PRIVATE_ENDPOINT_INTERNAL_LOAD_BALANCER, Some("internal_load_balancer_provider")),
    (wire::INFERENCE_LOAD_BALANCER_HA, Some("inference_router_ha or cluster_purpose")),
    (wire::RELAY_CONNECTION_STRING_2021, Some(wire::RELAY_CONNECTION_STRING_COPY)),
];

/// Documented keys without an attribute, and those that are derived.
const FREE: [&str; 28] = [
    "amloperator.custom_ip_interface",
    "amloperator.custom_ip_interface_enabled",
    "amloperator.skipResourceValidation",
    wire::LOG_ANALYTICS_CUSTOMER_ID,
    wire::LOG_ANALYTICS_ENABLED,
    "blobCsiDriverEnabled",
    wire::CLUSTER_ID,
    wire::CLUSTER_NAME,
    wire::CLUSTER_NAME_FRIENDLY,
    wire::DOMAIN,
    "enable_https",
    wire::IS_AKS_MIGRATION,
    wire::JOB_SCHEDULER_LOCATION,
    wire::LOCATION,
    "nginxIngress.controller",
    "nginxIngress.controllerConfig.worker-processes",
    wire::NGINX_INGRESS_ENABLED,
    "nginxIngress.resources.controller.limits.memory",
    wire::OPENSHIFT,
    wire::PROMETHEUS_CLUSTER_NAME,
    wire::RELAY_ENABLED,
    wire::RELAY_NAME,
    wire::RELAY_ID,
    wire::ROUTER_NAMESPACE,
    wire::SERVICE_BUS_ENABLED,
    wire::SERVICE_BUS_ID,
    "volcanoScheduler.enable",
    "volcanoScheduler.schedulerConfigMap",
];

/// Those that say which cluster it is: the provider takes them from the cluster, and guessing one of
/// them would invite to overwrite it.
const IDENTITIES: [&str; 6] = [
    wire::CLUSTER_ID,
    wire::CLUSTER_NAME,
    wire::CLUSTER_NAME_FRIENDLY,
    wire::JOB_SCHEDULER_LOCATION,
    wire::LOCATION,
    wire::PROMETHEUS_CLUSTER_NAME,
];

/// What a key of a free map really is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recognised {
    /// There is an attribute for it.
    Typed(&'static str),
    /// A known key in the wrong case: the service passes over it.
    WrongCase(&'static str),
    /// Close to a known key, which it may mean.
    Near(&'static str),
    /// Known, or like nothing known.
    Free,
}

pub(super) fn recognise(key: &str) -> Recognised {
    let selector = key.get(..NODE_SELECTOR.len()).unwrap_or_default();
    if selector.eq_ignore_ascii_case(NODE_SELECTOR) {
        return Recognised::Typed("node_selector");
    }
    let typed = KEYS.iter().map(|key| (key.key, key.attribute)).chain(FILES);
    for (known, attribute) in typed.clone() {
        if known.eq_ignore_ascii_case(key) {
            return Recognised::Typed(attribute);
        }
    }
    let retired = RETIRED.iter().map(|(key, _)| *key);
    let free = || FREE.into_iter().chain(SECRETS).chain(retired.clone());
    if free().any(|known| known == key) {
        return Recognised::Free;
    }
    if let Some(known) = free().find(|known| known.eq_ignore_ascii_case(key)) {
        return Recognised::WrongCase(known);
    }
    let guessed = free().filter(|known| !IDENTITIES.contains(known));
    match nearest(key, guessed) {
        Some(known) => Recognised::Near(known),
        None => nearest(key, typed.map(|(known, _)| known))
            .and_then(attribute_of)
            .map_or(Recognised::Free, Recognised::Near),
    }
}

/// Whether it says which cluster it is, which the provider takes from the cluster.
pub(super) fn is_identity(key: &str) -> bool {
    IDENTITIES.contains(&key)
}

/// Whether the service passes over it because of its case.
pub(super) fn is_passed_over(key: &str) -> bool {
    match recognise(key) {
        Recognised::WrongCase(_) => true,
        Recognised::Typed(_) => attribute_of(key).is_none(),
        Recognised::Near(_) | Recognised::Free => false,
    }
}

/// The argument that a key stands for, and the attribute in it.
pub(super) fn argument_of(key: &str) -> Option<(&'static str, &'static str)> {
    let is = |known: &str| known == key || (known.ends_with('.') && key.starts_with(known));
    OWNED
        .iter()
        .find(|(known, ..)| is(known))
        .map(|(_, argument, attribute)| (*argument, *attribute))
}

/// The attribute of a wire key.
pub(super) fn attribute_of(key: &str) -> Option<&'static str> {
    let typed = KEYS.iter().map(|key| (key.key, key.attribute)).chain(FILES);
    let single = typed.into_iter().find(|(known, _)| *known == key).map(|(_, attribute)| attribute);
    single.or(key.starts_with(NODE_SELECTOR).then_some("node_selector"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{FILES, FREE, OWNED, RETIRED, Recognised, SECRETS, recognise};
    use crate::settings::KEYS;
    use crate::settings::tolerations::{OF_EXTENSION, OF_WORKLOADS};

    /// The page that explains every key.
    const PAGE: &str = include_str!("../../provider/guides/extension_settings.md");

    #[test]
    fn keys_are_recognised() {
        assert_eq!(recognise("enableTraining"), Recognised::Typed("enable_training"));
        assert_eq!(recognise("InferenceRouterHA"), Recognised::Typed("inference_router_ha"));
        assert_eq!(recognise("nodeselector.disk"), Recognised::Typed("node_selector"));
        assert_eq!(recognise("sslCertPemFile"), Recognised::Typed("ssl_cert_pem"));
        assert_eq!(recognise("doamin"), Recognised::Near("domain"));
        assert_eq!(recognise("enableTrainig"), Recognised::Near("enable_training"));
        assert_eq!(recognise("ClusterId"), Recognised::WrongCase("clusterId"));
        for meant in ["clusterName", "cluster-name", "clusterIds", "locations"] {
            assert_eq!(recognise(meant), Recognised::Free, "r11: {meant}");
        }
        for free in ["domain", "foo", "foo.bar", "toleration[0].key", "RelayConnectionString"] {
            assert_eq!(recognise(free), Recognised::Free, "{free}");
        }
    }

    #[test]
    fn the_page_has_each_key_and_no_other() {
        let shown: BTreeSet<_> = rows().flat_map(|row| words(row[0])).collect();
        let shown: BTreeSet<_> = shown.into_iter().map(without_placeholder).collect();
        let consts = include_str!("wire.rs").lines().filter_map(|line| line.split('"').nth(1));
        let lists = KEYS.iter().map(|key| key.key).chain(consts).chain(FREE).chain(SECRETS);
        let lists = lists.chain(FILES.map(|(key, _)| key)).chain(RETIRED.map(|(key, _)| key));
        let known: BTreeSet<_> = lists.chain([OF_EXTENSION, OF_WORKLOADS]).collect();
        assert!(known.len() > 60, "{known:?}");
        assert_eq!(shown, known);
    }

    #[test]
    fn the_page_has_the_argument_and_the_defaults_of_each_key() {
        for key in KEYS {
            let found: Vec<_> = rows()
                .filter(|row| row.len() == 6 && without_placeholder(words(row[0])[0]) == key.key)
                .collect();
            let [row] = &found[..] else { panic!("{}: {found:?}", key.key) };
            let defaults = [key.default_today, key.default_2021];
            let defaults = defaults.map(|it| it.map_or("—".to_owned(), |it| format!("`{it}`")));
            assert_eq!(words(row[1]), [key.attribute], "{}", key.key);
            assert_eq!([row[3], row[4]], [&defaults[0], &defaults[1]], "{}", key.key);
        }
    }

    #[test]
    fn the_page_has_the_argument_of_what_one_owns() {
        for (key, argument, attribute) in OWNED {
            let written = format!("{argument}.{attribute}");
            let is_it = |row: &Vec<&str>| {
                without_placeholder(words(row[0])[0]) == key && words(row[1]) == [written.as_str()]
            };
            let is_retired = RETIRED.iter().any(|(it, _)| *it == key);
            assert_eq!(rows().any(|row| is_it(&row)), !is_retired, "{key}: {written}");
        }
    }

    /// Secrets are marked where they stand.
    #[test]
    fn the_page_marks_secrets() {
        let marked = rows().filter(|row| row[0].ends_with("(secret)"));
        let marked: BTreeSet<_> = marked.flat_map(|row| words(row[0])).collect();
        let expected = SECRETS.into_iter().filter(|key| RETIRED.iter().all(|(it, _)| it != key));
        assert_eq!(marked, expected.collect());
    }

    /// The cells of the rows that tables of keys have.
    fn rows() -> impl Iterator<Item = Vec<&'static str>> {
        let rows = PAGE.lines().filter(|line| line.starts_with("| `"));
        rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
    }

    /// What stands in a cell as code.
    fn words(cell: &str) -> Vec<&str> {
        cell.split('`').skip(1).step_by(2).collect()
    }

    /// The key itself, where the page shows it with an example of what follows: `toleration[0].key`,
    /// `nodeSelector.LABEL`.
    fn without_placeholder(key: &str) -> &str {
        let head = key.split('[').next().unwrap_or_default();
        let last = head.rsplit('.').next().unwrap_or_default();
        let is_example = last.len() < head.len() && last.chars().all(|it| it.is_ascii_uppercase());
        &head[..head.len() - if is_example { last.len() } else { 0 }]
    }
}
