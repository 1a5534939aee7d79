//! The catalogue of the extension's versions: which there are, and which clusters each refuses.
//!
//! Its shape is that of `extensionTypes/versions`, API version 2024-11-01-preview. How Kubernetes
//! versions are written in it, Microsoft describes for those who publish extensions: `=1.2.12`,
//! `>1.1.13`, `<1.3.14`, and `1.1.2...1.1.15` without its left end; the API's examples have two
//! dots. `All` is every distribution.

use std::cmp::Ordering;

use serde_json::Value;

use crate::settings::{Cluster, ClusterKind};
use crate::version::Version;

/// The kinds of clusters that refusals are sorted by, and what the CLI calls each.
const CLUSTER_TYPES: [(&str, &str); 4] = [
    ("connectedCluster", "connectedClusters"),
    ("managedCluster", "managedClusters"),
    ("provisionedCluster", "provisionedClusters"),
    ("appliances", "appliances"),
];

/// One version of the extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The version as the service writes it, such as `1.1.39`.
    pub version: String,
    /// The kinds of clusters that take it, in the CLI's words: `connectedClusters`. Empty: the
    /// catalogue does not say.
    pub cluster_types: Vec<String>,
    /// The Kubernetes versions that it does not run on.
    pub refuses: Vec<Refusal>,
}

/// Kubernetes versions of some distributions that a version does not run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind of cluster, in the CLI's words.
    pub cluster_type: String,
    /// Distributions as the service writes them: `k3s`, `AKS`, `All`.
    pub distributions: Vec<String>,
    /// Versions and ranges of them as the service writes them.
    pub versions: Vec<String>,
}

/// Why a version does not run on a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is not for clusters of that kind.
    ClusterType,
    /// It refuses the version of Kubernetes.
    Kubernetes {
        /// What the cluster runs.
        version: String,
        /// What the catalogue says, such as `>1.26`.
        refused: String,
    },
}

impl Release {
    /// Reads the `properties` of one version. `None`: they name none.
    pub fn read(properties: &Value) -> Option<Self> {
        let refused = &properties["unsupportedKubernetesVersions"];
        let refusals = |(wire, called): (&str, &str)| {
            let items = refused[wire].as_array().into_iter().flatten();
            items.map(|item| Refusal::read(item, called)).collect::<Vec<_>>()
        };
        Some(Release {
            version: properties["version"].as_str()?.to_owned(),
            cluster_types: texts(&properties["supportedClusterTypes"])
                .map(|found| cli_cluster_type(&found))
                .collect(),
            refuses: CLUSTER_TYPES.into_iter().flat_map(refusals).collect(),
        })
    }

    /// Why this version does not run on the cluster, if the catalogue says so for certain. What it
    /// says in words that can be read in two ways is not certain.
    pub fn refusal(&self, cluster: &Cluster) -> Option<Reason> {
        let kind = cluster_type(cluster.kind);
        if self.is_for_others_only(kind) {
            return Some(Reason::ClusterType);
        }
        let runs = cluster.kubernetes_version.as_ref()?;
        let version = runs.parse().ok()?;
        let about = |refusal: &&Refusal| refusal.cluster_type == kind && refusal.is_about(cluster);
        let mut refused = self.refuses.iter().filter(about).flat_map(|refusal| &refusal.versions);
        let refused = refused.find(|text| holds(text, &version))?;
        Some(Reason::Kubernetes { version: runs.clone(), refused: refused.clone() })
    }

    /// Whether kinds of clusters are named, each of them is known, and this is none of them.
    fn is_for_others_only(&self, kind: &str) -> bool {
        let is_other = |found: &String| {
            found != kind && CLUSTER_TYPES.iter().any(|(_, called)| called == found)
        };
        !self.cluster_types.is_empty() && self.cluster_types.iter().all(is_other)
    }

    /// Whether the catalogue says for certain that this version does not run on the cluster.
    pub fn refuses(&self, cluster: &Cluster) -> bool {
        self.refusal(cluster).is_some()
    }
}

impl Refusal {
    fn read(item: &Value, cluster_type: &str) -> Self {
        Refusal {
            cluster_type: cluster_type.to_owned(),
            distributions: texts(&item["distributions"]).collect(),
            versions: texts(&item["unsupportedVersions"]).collect(),
        }
    }

    fn is_about(&self, cluster: &Cluster) -> bool {
        let own = match (cluster.kind, &cluster.distribution) {
            (ClusterKind::Managed, None) => "aks",
            (_, distribution) => distribution.as_deref().unwrap_or_default(),
        };
        let mut named = self.distributions.iter().map(|name| plain(name));
        named.any(|name| name == "all" || name == plain(own))
    }
}

/// What the CLI calls a kind of cluster, and the catalogue's parameter `clusterType` with it.
pub fn cluster_type(kind: ClusterKind) -> &'static str {
    match kind {
        ClusterKind::Connected => "connectedClusters",
        ClusterKind::Managed => "managedClusters",
    }
}

/// Sorts versions by their own order, the newest first; what is no version comes last.
pub fn sort(releases: &mut [Release]) {
    let version = |of: &Release| of.version.parse::<Version>().ok();
    releases.sort_by_key(|release| std::cmp::Reverse(version(release)));
}

/// Those around a version that is not there, of versions that begin with the newest: at most two
/// on either side. Of what is no version, the newest.
pub fn nearby_versions<'a>(releases: &'a [Release], wanted: &str) -> Vec<&'a str> {
    let version = |text: &str| text.parse::<Version>().ok();
    let at = version(wanted).map_or(0, |wanted| {
        let newer = |release: &&Release| version(&release.version).is_some_and(|it| it > wanted);
        releases.iter().take_while(newer).count()
    });
    let begins = at.saturating_sub(2);
    releases.iter().skip(begins).take(at + 2 - begins).map(|it| it.version.as_str()).collect()
}

/// Whether one version is newer than another. What is no version is not compared.
pub fn is_newer(version: &str, than: &str) -> Option<bool> {
    let (version, than): (Version, Version) = (version.parse().ok()?, than.parse().ok()?);
    Some(version > than)
}

/// The CLI's word for a kind of cluster that an answer may write in the singular.
fn cli_cluster_type(found: &str) -> String {
    let known = CLUSTER_TYPES.iter().find(|(wire, called)| {
        wire.eq_ignore_ascii_case(found) || called.eq_ignore_ascii_case(found)
    });
    known.map_or(found, |(_, called)| called).to_owned()
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    list.as_array().into_iter().flatten().filter_map(|text| text.as_str().map(str::to_owned))
}

/// A distribution's name without case and signs: a cluster says `aks_engine`.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// Whether a range that the catalogue writes certainly has the version in it.
fn holds(range: &str, version: &Version) -> bool {
    let range: String = range.chars().filter(|c| !c.is_whitespace()).collect();
    let parsed = |text: &str| text.parse::<Version>().ok();
    let is =
        |text: &str, order: Ordering| parsed(text).is_some_and(|it| is_surely(version, order, &it));
    if let Some(bound) = range.strip_prefix('>') {
        return is(bound, Ordering::Greater);
    }
    if let Some(bound) = range.strip_prefix('<') {
        return is(bound, Ordering::Less);
    }
    if let Some((left, right)) = range.split_once("..") {
        let right = right.trim_start_matches('.');
        let ends = parsed(right).is_some_and(|it| version.cmp_numbers(&it) != Ordering::Greater);
        return ends && is(left, Ordering::Greater);
    }
    is(range.trim_start_matches('='), Ordering::Equal)
}

/// Whether a version stands so to a bound, both where `1.22` is `1.22.0` and where it is all of
/// `1.22`. No cluster runs `1.22` itself, so equal to it is all of that line.
fn is_surely(version: &Version, order: Ordering, bound: &Version) -> bool {
    let written = bound.numbers().len().min(version.numbers().len());
    let line = version.numbers()[..written].cmp(&bound.numbers()[..written]);
    match order {
        Ordering::Equal => line == Ordering::Equal && written == bound.numbers().len(),
        _ => line == order && version.cmp_numbers(bound) == order,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cluster(kind: ClusterKind, properties: &Value) -> Cluster {
        Cluster::read(kind, "/c", "eastus", properties)
    }

    fn arc(distribution: &str, version: &str) -> Cluster {
        let properties = json!({ "distribution": distribution, "kubernetesVersion": version });
        cluster(ClusterKind::Connected, &properties)
    }

    /// The values of the API's own example, `GetExtensionTypeVersionByLocation`.
    fn example() -> Release {
        let of = |distribution: &str, versions: &[&str]| json!({ "distributions": [distribution], "unsupportedVersions": versions });
        Release::read(&json!({
            "version": "1.1.0",
            "supportedClusterTypes": ["connectedCluster"],
            "unsupportedKubernetesVersions": {
                "appliances": [of("AKS", &["1.18..1.21"])],
                "connectedCluster": [of("AKS", &[]), of("GKE", &[">1.22"])],
                "managedCluster": [of("AKS", &[])],
                "provisionedCluster": null,
            },
        }))
        .expect("it names its version")
    }

    #[test]
    fn the_example_of_the_api() {
        let release = example();
        assert_eq!(release.version, "1.1.0");
        assert_eq!(release.cluster_types, ["connectedClusters"]);
        let kinds: Vec<_> = release.refuses.iter().map(|it| it.cluster_type.as_str()).collect();
        let expected = ["connectedClusters", "connectedClusters", "managedClusters", "appliances"];
        assert_eq!(kinds, expected);
        let (version, refused) = ("1.23.1-gke.100".to_owned(), ">1.22".to_owned());
        let reason = release.refusal(&arc("gke", "1.23.1-gke.100"));
        assert_eq!(reason, Some(Reason::Kubernetes { version, refused }));
        assert!(!release.refuses(&arc("gke", "1.22.5")), "all of 1.22, or 1.22.0 alone?");
        assert!(!release.refuses(&arc("aks", "1.19.0")) && !release.refuses(&arc("k3s", "1.30")));
        let aks = json!({ "currentKubernetesVersion": "1.29.4" });
        let reason = release.refusal(&cluster(ClusterKind::Managed, &aks));
        assert_eq!(reason, Some(Reason::ClusterType));
        assert_eq!(Release::read(&json!({ "supportedClusterTypes": [] })), None);
    }

    #[test]
    fn ranges_hold_what_every_reading_of_them_holds() {
        for (range, inside, outside) in [
            ("=1.2.12", &["1.2.12", "v1.2.12+k3s1"][..], &["1.2.13", "1.2", "1.2.1"][..]),
            ("1.28", &["1.28.0", "1.28.9"], &["1.29.0", "1.2.8"]),
            (">1.22", &["1.23.0", "2.0"], &["1.22.0", "1.22.9", "1.9.0"]),
            ("> 1.22.3", &["1.22.4", "1.22.10"], &["1.22.3", "1.22.2"]),
            ("<1.9", &["1.8.99", "1.2"], &["1.9.0", "1.10.0"]),
            ("1.1.2...1.1.15", &["1.1.3", "1.1.15"], &["1.1.2", "1.1.16", "1.1.1"]),
            ("1.18..1.21", &["1.19.0", "1.20.9", "1.21.0"], &["1.18.4", "1.21.5", "1.22.0"]),
            ("none", &[], &["1.22.0"]),
            ("", &[], &["1.22.0"]),
            ("..", &[], &["1.22.0"]),
        ] {
            for (version, expected) in
                inside.iter().map(|it| (it, true)).chain(outside.iter().map(|it| (it, false)))
            {
                let parsed = version.parse().expect("a version");
                assert_eq!(holds(range, &parsed), expected, "{version} in {range:?}");
            }
        }
    }

    #[test]
    fn distributions_without_case_and_signs() {
        let refusal = |distribution: &str| Refusal {
            cluster_type: "connectedClusters".to_owned(),
            distributions: vec![distribution.to_owned()],
            versions: vec![">1.0".to_owned()],
        };
        for (named, own, expected) in [
            ("All", "k3s", true),
            ("AKS Engine", "aks_engine", true),
            ("K3S", "k3s", true),
            ("AKS", "k3s", false),
        ] {
            assert_eq!(refusal(named).is_about(&arc(own, "1.29.4")), expected, "{named}");
        }
        let aks = cluster(ClusterKind::Managed, &json!({ "kubernetesVersion": "1.29.4" }));
        assert!(refusal("AKS").is_about(&aks));
    }

    #[test]
    fn what_is_not_known_refuses_nothing() {
        let mut release = example();
        let aks = cluster(ClusterKind::Managed, &json!({}));
        release.cluster_types = vec!["connectedClusters".to_owned(), "of the future".to_owned()];
        assert!(!release.refuses(&aks));
        release.cluster_types.clear();
        assert!(!release.refuses(&aks));
        assert!(!release.refuses(&cluster(ClusterKind::Connected, &json!({}))));
        assert!(!release.refuses(&arc("gke", "unknown")));
    }

    #[test]
    fn the_newest_comes_first() {
        let release = |version: &str| Release { version: version.to_owned(), ..example() };
        let mut releases = ["1.1.9", "nightly", "1.1.39", "1.2.0-preview", "1.1.10"].map(release);
        sort(&mut releases);
        let sorted: Vec<_> = releases.iter().map(|it| it.version.as_str()).collect();
        assert_eq!(sorted, ["1.2.0-preview", "1.1.39", "1.1.10", "1.1.9", "nightly"]);
        for (wanted, around) in [
            ("1.1.20", &["1.2.0-preview", "1.1.39", "1.1.10", "1.1.9"][..]),
            ("9", &["1.2.0-preview", "1.1.39"]),
            ("0.1", &["1.1.10", "1.1.9", "nightly"]),
            ("latest", &["1.2.0-preview", "1.1.39"]),
        ] {
            assert_eq!(nearby_versions(&releases, wanted), around, "{wanted}");
        }
        assert_eq!(nearby_versions(&[], "1.1.20"), [""; 0]);
        assert_eq!(is_newer("1.1.10", "1.1.9"), Some(true));
        assert_eq!(is_newer("1.1.9", "1.1.9"), Some(false));
        assert_eq!(is_newer("nightly", "1.1.9"), None);
    }
}
