//! The maps of a create, as the CLI of today derives them (`Create` @3f6c0dae, in its order).
//!
//! Where the CLI is wrong this is not: the user's `domain` stays, a default is not added beside a
//! protected value, `openshift` is set without a node count, no local path is sent.

use std::collections::BTreeMap;

use vocabulary::{Path, Problem, Sensitive};

use super::check::{check_connected, check_for, check_installation};
use super::connections::{Connections, Mode, required_connections};
use super::declared::{Cluster, ClusterKind, Declared, is_true};
use super::keys::Era;
use super::{era_2021, tls, wire};
use crate::side_resource::TOPICS;

/// What is sent to the service. Both maps are complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Derived {
    /// `configurationSettings`.
    pub plain: BTreeMap<String, String>,
    /// `configurationProtectedSettings`.
    pub protected: BTreeMap<String, Sensitive<String>>,
}

/// Makes the maps of a create, or says why there are none.
///
/// `connections` holds every side resource that [`wanted`] names. What is not known counts as not
/// written, so this is for apply.
pub fn derive(
    declared: &Declared, cluster: &Cluster, connections: &Connections, era: Era,
) -> Result<Derived, Vec<Problem>> {
    let missing = check_installation(declared, era);
    if !missing.is_empty() {
        return Err([missing, find_refusals(declared, cluster, connections, era)].concat());
    }
    derive_again(declared, cluster, connections, era)
}

/// As [`derive()`], for an extension that is there and may have what is not written.
pub fn derive_again(
    declared: &Declared, cluster: &Cluster, connections: &Connections, era: Era,
) -> Result<Derived, Vec<Problem>> {
    let found = find_refusals(declared, cluster, connections, era);
    if !found.is_empty() {
        return Err(found);
    }
    let mut maps = Derived::from_written(declared);
    if era == Era::Y2021 {
        era_2021::derive(&mut maps, declared, cluster, connections);
        return Ok(maps);
    }
    maps.derive_without_connections(declared, cluster);
    maps.connect(connections);
    maps.copy_values();
    Ok(maps)
}

/// The plain settings that follow without any side resource, for a repair that leaves those as they
/// are.
pub fn settings_without_connections(
    declared: &Declared, cluster: &Cluster,
) -> BTreeMap<String, String> {
    let mut derived = Derived::from_written(declared);
    derived.derive_without_connections(declared, cluster);
    derived.copy_values();
    derived.plain
}

fn find_refusals(
    declared: &Declared, cluster: &Cluster, connections: &Connections, era: Era,
) -> Vec<Problem> {
    let mut found = check_for(declared, cluster, era);
    found.retain(Problem::is_error);
    found.extend(check_connected(required_connections(declared, cluster.kind, era), connections));
    found
}

/// What a user wrote of settings that follow from others or from the cluster, where those say
/// something else: the CLI overwrites such a value without a word.
///
/// Settings of side resources are not among them: [`super::check_owned`] refuses those.
pub fn check_overwritten(declared: &Declared, cluster: &Cluster) -> Vec<Problem> {
    let mut derived = Derived::from_written(declared);
    derived.derive_without_connections(declared, cluster);
    let written = declared.plain_known().into_iter();
    let other = written.filter_map(|(key, value)| {
        let sent = derived.plain.get(&key).filter(|sent| !sent.eq_ignore_ascii_case(&value))?;
        let cause =
            format!("`{key}` follows from the cluster or from other settings: it is `{sent}`");
        let at = Path::root().attribute("configuration_settings").key(&key);
        Some(Problem::error(at, cause, "leave it out"))
    });
    other.collect()
}

/// The plain settings that follow from side resources alone, for an update of an extension that
/// `held` these. A name or ID of the one before, which no update can take away, is emptied.
pub fn settings_of_connections(
    connections: &Connections, held: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut maps = Derived::default();
    let relay = connections.relay.is_some().then_some(&RELAY_IDS[..]);
    let bus = connections.service_bus.is_some().then_some(&BUS_IDS[..]);
    for key in relay.into_iter().chain(bus).flatten() {
        if held.get(*key).is_some_and(|id| !id.is_empty()) {
            maps.set(key, "");
        }
    }
    maps.connect(connections);
    maps.plain
}

impl Derived {
    /// What is written, with both flags.
    fn from_written(declared: &Declared) -> Self {
        let mut maps =
            Self { plain: declared.plain_known(), protected: declared.protected_known() };
        maps.flags();
        maps
    }

    /// What follows without any side resource: steps 5 to 7.
    fn derive_without_connections(&mut self, declared: &Declared, cluster: &Cluster) {
        self.modes(declared);
        if self.is_on(wire::ENABLE_INFERENCE) {
            self.inference(declared);
        }
        self.facts(cluster);
        self.defaults(cluster);
    }

    /// A setting from either map.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let plain = self.plain.get(key).map(String::as_str);
        plain.or_else(|| self.protected.get(key).map(|secret| secret.expose().as_str()))
    }

    pub(super) fn is_on(&self, key: &str) -> bool {
        self.get(key).is_some_and(is_true)
    }

    pub(super) fn set(&mut self, key: &str, value: impl Into<String>) {
        self.plain.insert(key.to_owned(), value.into());
    }

    /// Sets what the user left out.
    pub(super) fn set_missing(&mut self, key: &str, value: impl Into<String>) {
        if self.get(key).is_none() {
            self.set(key, value);
        }
    }

    fn protect(&mut self, key: &str, value: Sensitive<String>) {
        self.protected.insert(key.to_owned(), value);
    }

    /// Step 4: both flags always stand in the plain map.
    fn flags(&mut self) {
        for key in [wire::ENABLE_TRAINING, wire::ENABLE_INFERENCE] {
            match self.protected.remove(key) {
                Some(value) if is_true(value.expose()) => self.set(key, "True"),
                Some(_) => self.set(key, "False"),
                None => self.set_missing(key, "False"),
            }
        }
    }

    /// What the modes of the side resources say in the CLI's words.
    pub(super) fn modes(&mut self, declared: &Declared) {
        let switches = [
            (&declared.relay, wire::RELAY_ENABLED),
            (&declared.service_bus, wire::SERVICE_BUS_ENABLED),
        ];
        for (mode, key) in switches {
            if let Some(mode) = mode.known() {
                self.set_missing(key, if *mode == Mode::None { "false" } else { "true" });
            }
        }
        if declared.log_analytics.known().is_some_and(|mode| *mode != Mode::None) {
            self.set_missing(wire::LOG_ANALYTICS_WS, "True");
        }
    }

    /// Step 5: the router of inference.
    fn inference(&mut self, declared: &Declared) {
        if self.is_on(wire::IS_AKS_MIGRATION) {
            self.set(wire::ROUTER_NAMESPACE, "default");
            if !self.protected.contains_key(wire::IS_AKS_MIGRATION) {
                self.set(wire::IS_AKS_MIGRATION, "true");
            }
        }
        let is =
            |value: Option<&str>, word: &str| value.is_some_and(|v| v.eq_ignore_ascii_case(word));
        if is(self.get(wire::INFERENCE_ROUTER_SERVICE_TYPE), "nodePort") {
            self.set(wire::ROUTER_NODE_PORT, "True");
        } else if is(self.get(wire::INTERNAL_LOAD_BALANCER_PROVIDER), "azure") {
            self.set(wire::ROUTER_INTERNAL_LOAD_BALANCER, "True");
        }
        if !self.is_on(wire::ALLOW_INSECURE_CONNECTIONS) {
            self.encryption(declared);
        }
    }

    /// Step 5h: certificate and key go before the secret.
    fn encryption(&mut self, declared: &Declared) {
        if !self.files(declared)
            && let Some(secret) = self.get(wire::SSL_SECRET).map(str::to_owned)
        {
            self.set(wire::ROUTER_SSL_SECRET, secret);
        }
    }

    /// Puts certificate and key where both are given as texts. False: they are not given at all.
    pub(super) fn files(&mut self, declared: &Declared) -> bool {
        let pair = (declared.ssl_cert_pem.known(), declared.ssl_key_pem.known());
        let (Some(certificate), Some(key)) = pair else {
            return tls::is_given(declared) == Some(true);
        };
        self.protect(wire::ROUTER_SSL_CERT, tls::encode(certificate));
        self.protect(wire::ROUTER_SSL_KEY, tls::encode(key));
        true
    }

    /// Step 6: what follows from the cluster's size and distribution.
    fn facts(&mut self, cluster: &Cluster) {
        if cluster.is_small() {
            self.set_missing(wire::CLUSTER_PURPOSE, "DevTest");
            self.set_missing(wire::INFERENCE_ROUTER_HA, "false");
        }
        if cluster.openshift {
            self.set(wire::OPENSHIFT, "true");
        }
    }

    /// Step 7.
    fn defaults(&mut self, cluster: &Cluster) {
        let aks = cluster.kind == ClusterKind::Managed;
        self.place(cluster);
        self.set_missing(wire::SERVICE_BUS_ENABLED, "false");
        self.set_missing(wire::RELAY_ENABLED, if aks { "false" } else { "true" });
        self.set_missing(wire::NGINX_INGRESS_ENABLED, if aks { "true" } else { "false" });
    }

    /// Which cluster this is, and where.
    pub(super) fn place(&mut self, cluster: &Cluster) {
        self.set_missing(wire::CLUSTER_NAME, &cluster.id);
        self.set_missing(wire::DOMAIN, format!("{}.cloudapp.azure.com", cluster.location));
        self.set_missing(wire::LOCATION, &cluster.location);
        self.set_missing(wire::JOB_SCHEDULER_LOCATION, &cluster.location);
        self.set_missing(wire::CLUSTER_NAME_FRIENDLY, &cluster.name);
    }

    /// Steps 8 to 10: the side resources.
    pub(super) fn connect(&mut self, connections: &Connections) {
        if let Some(logs) = &connections.log_analytics {
            self.set(wire::LOG_ANALYTICS_ENABLED, "True");
            self.set(wire::LOG_ANALYTICS_CUSTOMER_ID, &logs.customer_id);
            self.protect(wire::LOG_ANALYTICS_SHARED_KEY, logs.shared_key.clone());
        }
        if let Some(relay) = &connections.relay {
            self.protect(wire::RELAY_CONNECTION_STRING, relay.connection_string.clone());
            if let Some(id) = &relay.hybrid_connection_id {
                let name = id.rsplit('/').next().unwrap_or_default();
                self.set(wire::RELAY_NAME, name);
                self.set(wire::RELAY_ID, id);
            }
        }
        if let Some(bus) = &connections.service_bus {
            self.protect(wire::SERVICE_BUS_CONNECTION_STRING, bus.connection_string.clone());
            if let Some(id) = &bus.namespace_id {
                self.set(wire::SERVICE_BUS_ID, id);
                for (topic, subscription) in TOPICS {
                    self.set(&format!("{}{topic}", wire::SERVICE_BUS_TOPIC), subscription);
                }
            }
        }
    }

    /// Step 11: values that the charts look for under a second key.
    pub(super) fn copy_values(&mut self) {
        copy(&mut self.protected, RELAY_COPY);
        copy(&mut self.protected, BUS_COPY);
        for (from, to) in CLUSTER_COPIES {
            copy(&mut self.plain, (from, to));
            copy(&mut self.protected, (from, to));
        }
    }
}

pub(super) const RELAY_COPY: (&str, &str) =
    (wire::RELAY_CONNECTION_STRING, wire::RELAY_CONNECTION_STRING_COPY);
pub(super) const BUS_COPY: (&str, &str) =
    (wire::SERVICE_BUS_CONNECTION_STRING, wire::SERVICE_BUS_CONNECTION_STRING_COPY);
const RELAY_IDS: [&str; 2] = [wire::RELAY_NAME, wire::RELAY_ID];
const BUS_IDS: [&str; 1] = [wire::SERVICE_BUS_ID];
const CLUSTER_COPIES: [(&str, &str); 2] =
    [(wire::CLUSTER_NAME, wire::CLUSTER_ID), (wire::CLUSTER_NAME, wire::PROMETHEUS_CLUSTER_NAME)];

/// Copies within one map, where the target is not set.
pub(super) fn copy<T: Clone>(map: &mut BTreeMap<String, T>, (from, to): (&str, &str)) {
    if let Some(value) = map.get(from).cloned() {
        map.entry(to.to_owned()).or_insert(value);
    }
}
