//! What goes into the derivation: what the user wrote, and the facts of the cluster.

use std::collections::BTreeMap;

use serde_json::Value;
use vocabulary::{Attr, AttrMap, Sensitive};

use super::Mode;
use super::selector::canonical;
use super::typed::Settings;

/// Everything a user wrote about the extension's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The typed settings.
    pub settings: Settings,
    /// `configuration_settings`: any other key.
    pub plain: AttrMap<String>,
    /// `configuration_protected_settings`, with those of its write-only twin.
    pub protected: AttrMap<Sensitive<String>>,
    /// `ssl_cert_pem` or its write-only twin.
    pub ssl_cert_pem: Attr<Sensitive<String>>,
    /// `ssl_key_pem` or its write-only twin.
    pub ssl_key_pem: Attr<Sensitive<String>>,
    /// `relay.mode`.
    pub relay: Attr<Mode>,
    /// `service_bus.mode`.
    pub service_bus: Attr<Mode>,
    /// `log_analytics.mode`.
    pub log_analytics: Attr<Mode>,
}

/// The kinds of cluster that the extension is installed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterKind {
    /// Arc: `Microsoft.Kubernetes/connectedClusters`.
    Connected,
    /// AKS: `Microsoft.ContainerService/managedClusters`.
    Managed,
}

/// What the derivation needs to know about a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// Arc or AKS.
    pub kind: ClusterKind,
    /// The ARM ID.
    pub id: String,
    /// The last segment of the ID.
    pub name: String,
    /// The region by its name, `eastus`, also where a cluster says `East US`.
    pub location: String,
    /// How many nodes there are. `None`: the cluster does not say.
    pub nodes: Option<u64>,
    /// Runs on `OpenShift`.
    pub openshift: bool,
    /// The distribution of Kubernetes. `None`: the cluster does not say, or is AKS.
    pub distribution: Option<String>,
    /// The version of Kubernetes. `None`: the cluster does not say.
    pub kubernetes_version: Option<String>,
}

impl ClusterKind {
    /// The kind of an ARM resource type, in any case. `None`: the extension does not go there.
    pub fn of(resource_type: &str) -> Option<Self> {
        match resource_type.to_ascii_lowercase().as_str() {
            "microsoft.kubernetes/connectedclusters" => Some(ClusterKind::Connected),
            "microsoft.containerservice/managedclusters" => Some(ClusterKind::Managed),
            _ => None,
        }
    }

    /// The kind of the cluster of an ARM ID, as far as it is one.
    pub fn of_id(id: &str) -> Option<Self> {
        let (_, below) = id.rsplit_once("/providers/")?;
        let (resource_type, _name) = below.rsplit_once('/')?;
        Self::of(resource_type)
    }

    /// True if the extension gets a system-assigned identity; AKS refuses one.
    pub fn takes_identity(self) -> bool {
        self == ClusterKind::Connected
    }
}

impl Cluster {
    /// Reads the facts from a cluster's `location` and `properties`.
    pub fn read(kind: ClusterKind, id: &str, location: &str, properties: &Value) -> Self {
        let nodes = match kind {
            ClusterKind::Connected => properties["totalNodeCount"].as_u64(),
            ClusterKind::Managed => pool_nodes(&properties["agentPoolProfiles"]),
        };
        let text = |name: &str| properties[name].as_str().filter(|text| !text.is_empty());
        let distribution = text("distribution");
        let version = text("currentKubernetesVersion").or(text("kubernetesVersion"));
        Cluster {
            kind,
            id: id.to_owned(),
            name: id.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or_default().to_owned(),
            location: location.to_lowercase().split_whitespace().collect(),
            nodes,
            openshift: distribution.is_some_and(|name| name.eq_ignore_ascii_case("openshift")),
            distribution: distribution.map(str::to_owned),
            kubernetes_version: version.map(str::to_owned),
        }
    }

    /// True if it is certain that there are too few nodes for high availability.
    pub(super) fn is_small(&self) -> bool {
        self.nodes.is_some_and(|nodes| nodes < 3)
    }
}

fn pool_nodes(pools: &Value) -> Option<u64> {
    pools.as_array()?.iter().map(|pool| pool["count"].as_u64()).sum()
}

impl Declared {
    /// Whether the plain half writes this wire key, typed or free. A label's key may be spelled
    /// with or without the escape.
    pub fn writes(&self, key: &str) -> bool {
        self.plain_entry(&canonical(key)).is_some()
    }

    /// What is written of one key in the plain half, typed or free.
    fn plain_entry(&self, key: &str) -> Option<Attr<String>> {
        let typed = self.settings.on_the_wire();
        let typed = typed.into_iter().rev().find(|(known, _)| known == key);
        let free = || self.plain.known()?.get(key).filter(|value| !value.is_null()).cloned();
        typed.map(|(_, value)| value).or_else(free)
    }

    /// What is written in the plain half, typed or free, as far as its keys are known.
    pub(super) fn plain_entries(&self) -> BTreeMap<String, Attr<String>> {
        let free = self.plain.known().into_iter().flatten();
        let free = free.filter(|(_, value)| !value.is_null());
        let mut all: BTreeMap<_, _> =
            free.map(|(key, value)| (key.clone(), value.clone())).collect();
        all.extend(self.settings.on_the_wire());
        all
    }

    /// Whether nothing of the plain half is still unknown.
    pub fn is_plain_known(&self) -> bool {
        let whole = !self.plain.is_unknown() && !self.settings.node_selector.is_unknown();
        whole && !self.plain_entries().values().any(Attr::is_unknown)
    }

    /// The plain half under its wire keys, without what is not known.
    pub fn plain_known(&self) -> BTreeMap<String, String> {
        let known = |(key, value): (String, Attr<String>)| Some((key, value.known()?.clone()));
        self.plain_entries().into_iter().filter_map(known).collect()
    }

    /// The protected half, without what is not known.
    pub(super) fn protected_known(&self) -> BTreeMap<String, Sensitive<String>> {
        let entries = self.protected.known().into_iter().flatten();
        let known = |(key, value): (&String, &Attr<Sensitive<String>>)| {
            Some((key.clone(), value.known()?.clone()))
        };
        entries.filter_map(known).collect()
    }

    /// A setting from the plain half, else from the protected one.
    pub(super) fn get(&self, key: &str) -> Attr<String> {
        match self.plain_entry(key) {
            Some(value) => value,
            None => self.secret(key).map(|secret| secret.expose().to_owned()),
        }
    }

    /// An entry of the protected map; unknown where the map is, or the plain one that goes before.
    pub(super) fn secret(&self, key: &str) -> Attr<Sensitive<String>> {
        let entry = self.protected.known().and_then(|entries| entries.get(key));
        match entry {
            Some(entry) if !entry.is_null() => entry.clone(),
            _ if self.plain.is_unknown() || self.protected.is_unknown() => Attr::Unknown,
            _ => Attr::Null,
        }
    }
}

/// True for `true` in any case, as the CLI reads its flags.
pub(super) fn is_true(text: &str) -> bool {
    text.eq_ignore_ascii_case("true")
}

/// True for `false` in any case: the one value that turns relay and service bus off.
pub(super) fn is_false(text: &str) -> bool {
    text.eq_ignore_ascii_case("false")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Cluster, ClusterKind};

    #[test]
    fn the_id_of_a_cluster_tells_its_kind() {
        let below = "/subscriptions/s/resourceGroups/g/providers/";
        for (id, expected) in [
            ("Microsoft.Kubernetes/connectedClusters/arc", Some(ClusterKind::Connected)),
            ("microsoft.containerservice/ManagedClusters/aks", Some(ClusterKind::Managed)),
            ("Microsoft.Compute/virtualMachines/vm", None),
            ("Microsoft.Kubernetes/connectedClusters/arc/extensions/aml", None),
        ] {
            assert_eq!(ClusterKind::of_id(&format!("{below}{id}")), expected, "{id}");
        }
        assert_eq!(ClusterKind::of_id("arc"), None);
    }

    #[test]
    fn a_region_goes_by_its_name() {
        for (location, expected) in [
            ("eastus", "eastus"),
            ("EastUS", "eastus"),
            ("East US", "eastus"),
            (" West  Europe ", "westeurope"),
        ] {
            let cluster = Cluster::read(ClusterKind::Connected, "/c", location, &json!({}));
            assert_eq!(cluster.location, expected, "{location:?}");
        }
    }
}
