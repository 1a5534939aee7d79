//! The pools of nodes of an AKS cluster, from `agentPoolProfiles` as Azure Resource Manager tells
//! them (`ManagedClusterAgentPoolProfile` of `Microsoft.ContainerService`).

use kubernetes::pool::{Pool, Pools};
use kubernetes::scheduling::{Labels, Taint};
use serde_json::Value;

/// By what AKS marks the nodes of spot machines, as a label and as a taint.
const SPOT: (&str, &str) = ("kubernetes.azure.com/scalesetpriority", "spot");

/// The pools in the properties of a managed cluster. Where AKS makes nodes beside its pools (node
/// auto-provisioning), or tells no pools, they are unknown.
pub(crate) fn read(cluster: &Value) -> Pools {
    let profiles = cluster["agentPoolProfiles"].as_array();
    match profiles.filter(|_| !is(&cluster["nodeProvisioningProfile"]["mode"], "Auto")) {
        Some(profiles) => Pools::Known(profiles.iter().filter_map(pool).collect()),
        None => Pools::Unknown,
    }
}

fn pool(profile: &Value) -> Option<Pool> {
    let count = |member: &str| u32::try_from(profile[member].as_u64()?).ok();
    let name = profile["name"].as_str()?;
    // A pool that is stopped stays so until somebody starts it.
    let grows =
        profile["enableAutoScaling"] == true && !is(&profile["powerState"]["code"], "Stopped");
    Some(Pool {
        name: name.to_owned(),
        labels: labels(name, profile),
        taints: taints(profile),
        operating_system: lower_case(&profile["osType"]).unwrap_or_default(),
        count: count("count").unwrap_or_default(),
        max_count: count("maxCount").filter(|_| grows),
    })
}

/// Its own labels, and those that AKS gives to the nodes of every pool and that follow from what it
/// tells of this one ("Reserved system labels" and "Deprecated labels" in AKS' documentation of labels).
fn labels(name: &str, profile: &Value) -> Labels {
    let own = profile["nodeLabels"].as_object().into_iter().flatten();
    let mut labels: Labels =
        own.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
    let is_spot = is(&profile["scaleSetPriority"], SPOT.1);
    let size = profile["vmSize"].as_str().map(str::to_owned);
    for (key, value) in [
        ("agentpool", Some(name.to_owned())),
        ("kubernetes.azure.com/agentpool", Some(name.to_owned())),
        ("kubernetes.azure.com/mode", lower_case(&profile["mode"])),
        ("kubernetes.azure.com/role", Some("agent".to_owned())),
        ("kubernetes.io/os", lower_case(&profile["osType"])),
        ("node.kubernetes.io/instance-type", size),
        (SPOT.0, is_spot.then(|| SPOT.1.to_owned())),
    ] {
        labels.extend(value.map(|value| (key.to_owned(), value)));
    }
    labels
}

/// Its own taints, such as `sku=gpu:NoSchedule`, and that of spot machines.
fn taints(profile: &Value) -> Vec<Taint> {
    let own = profile["nodeTaints"].as_array().into_iter().flatten();
    let mut taints: Vec<_> = own.filter_map(|taint| parse_taint(taint.as_str()?)).collect();
    if is(&profile["scaleSetPriority"], SPOT.1) {
        let (key, value) = (SPOT.0.to_owned(), SPOT.1.to_owned());
        taints.push(Taint { key, value, effect: "NoSchedule".to_owned() });
    }
    taints
}

/// `key=value:effect` or `key:effect`, as `kubectl` writes taints.
fn parse_taint(text: &str) -> Option<Taint> {
    let (what, effect) = text.rsplit_once(':')?;
    let (key, value) = what.split_once('=').unwrap_or((what, ""));
    Some(Taint { key: key.to_owned(), value: value.to_owned(), effect: effect.to_owned() })
}

/// Whether the service says this word, in whatever case.
fn is(value: &Value, word: &str) -> bool {
    value.as_str().is_some_and(|text| text.eq_ignore_ascii_case(word))
}

/// A word of the service as it stands in labels of nodes.
fn lower_case(value: &Value) -> Option<String> {
    Some(value.as_str()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use kubernetes::pool::{Pool, Pools};
    use serde_json::{Value, json};

    use super::read;

    #[test]
    fn a_pool_tells_its_size_its_labels_and_its_taints() {
        let pool = pool(&json!({
            "name": "gpu",
            "mode": "User",
            "osType": "Linux",
            "vmSize": "Standard_NC6s_v3",
            "count": 0,
            "minCount": 0,
            "maxCount": 4,
            "enableAutoScaling": true,
            "scaleSetPriority": "Spot",
            "nodeLabels": { "team": "vision" },
            "nodeTaints": ["sku=gpu:NoSchedule", "idle:PreferNoSchedule"],
        }));
        let labels: Vec<_> =
            pool.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let expected = [
            "agentpool=gpu",
            "kubernetes.azure.com/agentpool=gpu",
            "kubernetes.azure.com/mode=user",
            "kubernetes.azure.com/role=agent",
            "kubernetes.azure.com/scalesetpriority=spot",
            "kubernetes.io/os=linux",
            "node.kubernetes.io/instance-type=Standard_NC6s_v3",
            "team=vision",
        ];
        assert_eq!(labels, expected);
        let taints: Vec<_> = pool.taints.iter().map(ToString::to_string).collect();
        let spot = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule";
        assert_eq!(taints, ["sku=gpu:NoSchedule", "idle:PreferNoSchedule", spot]);
        assert_eq!((pool.name.as_str(), pool.operating_system.as_str()), ("gpu", "linux"));
        assert_eq!((pool.count, pool.max_count, pool.can_grow()), (0, Some(4), true));
    }

    #[test]
    fn a_pool_grows_only_by_the_autoscaler() {
        for (profile, grows) in [
            (json!({ "count": 1, "maxCount": 3, "enableAutoScaling": true }), true),
            (json!({ "count": 3, "maxCount": 3, "enableAutoScaling": true }), false),
            (json!({ "count": 1, "maxCount": 3, "enableAutoScaling": false }), false),
            (json!({ "count": 1, "maxCount": 3, "enableAutoScaling": null }), false),
            (json!({ "count": 1, "maxCount": 3 }), false),
            (json!({ "count": 1, "maxCount": null, "enableAutoScaling": true }), false),
            (
                json!({ "count": 0, "maxCount": 3, "enableAutoScaling": true, "powerState": { "code": "Stopped" } }),
                false,
            ),
        ] {
            let mut named = profile.clone();
            named["name"] = json!("p");
            assert_eq!(pool(&named).can_grow(), grows, "{profile}");
        }
    }

    #[test]
    fn where_pools_are_not_all_that_makes_nodes_they_are_unknown() {
        let profiles = json!([{ "name": "p" }]);
        for (cluster, expected) in [
            (json!({ "agentPoolProfiles": profiles }), Some(1)),
            (json!({ "agentPoolProfiles": [{ "count": 3 }] }), Some(0)),
            (json!({ "agentPoolProfiles": [] }), Some(0)),
            (json!({}), None),
            (json!({ "agentPoolProfiles": null }), None),
            (
                json!({ "agentPoolProfiles": profiles, "nodeProvisioningProfile": { "mode": "Manual" } }),
                Some(1),
            ),
            (
                json!({ "agentPoolProfiles": profiles, "nodeProvisioningProfile": { "mode": "Auto" } }),
                None,
            ),
        ] {
            let count = match read(&cluster) {
                Pools::Known(pools) => Some(pools.len()),
                Pools::Unknown => None,
            };
            assert_eq!(count, expected, "{cluster}");
        }
    }

    fn pool(profile: &Value) -> Pool {
        match read(&json!({ "agentPoolProfiles": [profile] })) {
            Pools::Known(mut pools) if pools.len() == 1 => pools.remove(0),
            other => panic!("{other:?}"),
        }
    }
}
