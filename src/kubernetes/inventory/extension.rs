//! What an extension meets in a cluster.

use std::collections::BTreeSet;

use aml::workload::tolerated_by_extension;
use vocabulary::Path;

use super::component::{Component, Controller};
use super::finding::Finding;
use crate::node::Node;
use crate::pool::Pools;
use crate::scheduling::{Labels, Toleration, first_unmatched, first_untolerated};

/// What the extension is told to install, and where it runs: with the defaults filled in.
#[derive(Clone, Debug, Default)]
pub struct ExtensionSettings {
    /// The namespace of its pods. What is there is its own.
    pub release_namespace: String,
    /// What it installs.
    pub installs: BTreeSet<Component>,
    /// Whether it serves online endpoints.
    pub enable_inference: bool,
    /// Whether its inference router has three replicas on three nodes.
    pub inference_router_ha: bool,
    /// Labels of the nodes that its pods run on.
    pub node_selector: Labels,
    /// Taints that its pods tolerate by its settings.
    pub tolerations: Vec<Toleration>,
}

/// How many nodes the inference router needs to be highly available.
const HA_NODES: usize = 3;
/// AKS puts this taint on nodes that are for its own pods.
const SYSTEM_TAINT: &str = "CriticalAddonsOnly";

/// What is in the way of an extension with these settings, in a cluster with these components.
pub fn check_components(settings: &ExtensionSettings, controllers: &[Controller]) -> Vec<Finding> {
    let foreign = controllers.iter().filter(|it| it.namespace != settings.release_namespace);
    let mut seen = BTreeSet::new();
    let finding = |controller: &Controller| {
        let component = controller.component()?;
        let conflicts = match component {
            Component::OldInferenceRouter => settings.enable_inference,
            other => settings.installs.contains(&other),
        };
        (conflicts && seen.insert(component)).then(|| conflict(component, controller))
    };
    foreign.filter_map(finding).collect()
}

/// What is in the way of an extension with these settings, on these nodes. What a pool that can grow
/// may mend is a note.
pub fn check_nodes(settings: &ExtensionSettings, nodes: &[Node], pools: &Pools) -> Vec<Finding> {
    let is_mended = pools.may_take(&settings.node_selector, &settings.all_tolerations());
    let found = check_current_nodes(settings, nodes).into_iter();
    let mut found: Vec<_> = found.map(|finding| finding.into_note_if(is_mended)).collect();
    found.extend(check_other_platforms(settings, nodes));
    found
}

fn conflict(component: Component, controller: &Controller) -> Finding {
    let Controller { namespace, name, .. } = controller;
    let cause = format!("{name} in namespace {namespace}");
    if let Some(attribute) = component.attribute() {
        return there_already(component, attribute, &cause, format!("set `{attribute} = false`"));
    }
    let fix =
        format!("delete it if nothing uses it: kubectl delete deployment {name} -n {namespace}");
    there_already(component, "enable_inference", &cause, fix)
}

fn there_already(component: Component, attribute: &str, cause: &str, fix: String) -> Finding {
    let what = match component {
        Component::NvidiaDevicePlugin => "NVIDIA's device plugin",
        Component::DcgmExporter => "NVIDIA's DCGM exporter",
        Component::PrometheusOperator => "the Prometheus operator",
        Component::Volcano => "Volcano",
        Component::BlobfuseFlexvolume => "the Blobfuse Flexvolume",
        Component::Blobfuse => "Blobfuse",
        Component::OldInferenceRouter => "the inference router of the older inference on AKS",
    };
    let cause = format!("the cluster has {what}: {cause}");
    Finding::new(attribute.into(), format!("Cluster has {what} already"), cause, fix)
}

impl Component {
    /// The extension's attribute that installs it. `None`: no attribute does.
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Component::NvidiaDevicePlugin => Some("install_nvidia_device_plugin"),
            Component::DcgmExporter => Some("install_dcgm_exporter"),
            Component::PrometheusOperator => Some("install_prom_op"),
            Component::Volcano => Some("install_volcano"),
            Component::BlobfuseFlexvolume => Some("install_blobfuse_flexvol"),
            Component::Blobfuse => Some("install_blobfuse_sysctl"),
            Component::OldInferenceRouter => None,
        }
    }
}

/// A node that advertises GPUs has a device plugin, though it may not be a daemon set.
pub fn check_advertised_gpus(
    settings: &ExtensionSettings, controllers: &[Controller], nodes: &[Node],
) -> Option<Finding> {
    let plugin = Component::NvidiaDevicePlugin;
    let is_seen = controllers.iter().any(|it| it.component() == Some(plugin));
    if is_seen || !settings.installs.contains(&plugin) {
        return None;
    }
    let node = nodes.iter().find(|node| !node.allocatable.get("nvidia.com/gpu").is_zero())?;
    let cause = format!("node {} advertises nvidia.com/gpu", node.name);
    let attribute = plugin.attribute()?;
    Some(there_already(plugin, attribute, &cause, format!("set `{attribute} = false`")))
}

fn check_current_nodes(settings: &ExtensionSettings, nodes: &[Node]) -> Vec<Finding> {
    let ready: Vec<&Node> = nodes.iter().filter(|node| node.is_schedulable()).collect();
    if ready.is_empty() {
        let cause = "no node of the cluster is ready";
        let fix = "see why: kubectl get nodes";
        return vec![Finding::new(Path::root(), "Cluster has no ready node", cause, fix)];
    }
    let matching: Vec<&Node> =
        ready.iter().copied().filter(|node| matches(settings, node)).collect();
    if matching.is_empty() {
        return vec![no_node_matches(settings)];
    }
    let usable: Vec<&Node> = matching.into_iter().filter(|node| node.runs_linux_amd64()).collect();
    if usable.is_empty() {
        let cause = "no ready node runs Linux on amd64, for which the extension is made";
        let summary = "No node of the cluster can run the extension";
        return vec![Finding::new(Path::root(), summary, cause, "add a node pool that does")];
    }
    let tolerated: Vec<&Node> =
        usable.iter().copied().filter(|node| untolerated(settings, node).is_none()).collect();
    if tolerated.is_empty() {
        return check_taints(settings, &usable).into_iter().collect();
    }
    check_ha(settings, tolerated.len()).into_iter().collect()
}

fn matches(settings: &ExtensionSettings, node: &Node) -> bool {
    let selector = settings.node_selector.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    first_unmatched(selector, &node.labels).is_none()
}

fn untolerated<'a>(
    settings: &ExtensionSettings, node: &'a Node,
) -> Option<&'a crate::scheduling::Taint> {
    first_untolerated(&node.taints, &settings.all_tolerations())
}

impl ExtensionSettings {
    /// The extension's own, and those of its settings.
    fn all_tolerations(&self) -> Vec<Toleration> {
        let own = tolerated_by_extension().into_iter().map(Toleration::from);
        own.chain(self.tolerations.iter().cloned()).collect()
    }
}

fn no_node_matches(settings: &ExtensionSettings) -> Finding {
    let labels = settings.node_selector.iter().map(|(key, value)| format!("{key}={value}"));
    let labels = labels.collect::<Vec<_>>().join(", ");
    let cause = format!("no ready node has the labels {labels}, so that the extension cannot run");
    let fix = "look at the labels of the nodes with `kubectl get nodes --show-labels`";
    Finding::new("node_selector".into(), "No node matches the extension's selector", cause, fix)
}

/// What keeps its pods away from each of the nodes that the extension could run on.
fn check_taints(settings: &ExtensionSettings, usable: &[&Node]) -> Option<Finding> {
    let taint = usable.iter().find_map(|node| untolerated(settings, node))?;
    let cause =
        format!("every ready node has a taint that the extension does not tolerate, as {taint}");
    let fix = if taint.key == SYSTEM_TAINT {
        "add a user node pool: a system pool with this taint takes pods of AKS only"
    } else {
        "add nodes without it, or taint them with ml.azure.com/amlarc=true instead"
    };
    Some(Finding::new(Path::root(), "Every node keeps the extension away", cause, fix))
}

/// Nodes on which a pod of the extension may land and fail.
fn check_other_platforms(settings: &ExtensionSettings, nodes: &[Node]) -> Vec<Finding> {
    let is_open = |node: &&Node| {
        node.is_schedulable() && matches(settings, node) && untolerated(settings, node).is_none()
    };
    let open: Vec<&Node> = nodes.iter().filter(is_open).collect();
    if !open.iter().any(|node| node.runs_linux_amd64()) {
        return Vec::new();
    }
    let finding = |label: &str, value: &str, is_other: fn(&Node) -> bool| {
        let node = open.iter().find(|node| is_other(node))?;
        let cause =
            format!("pods of the extension may land on node {}, where they cannot run", node.name);
        let fix = format!("add `\"{label}\" = \"{value}\"` to `node_selector`");
        let summary = "Extension may land on nodes that cannot run it";
        Some(Finding::new("node_selector".into(), summary, cause, fix))
    };
    let windows = finding("kubernetes.io/os", "linux", |it| it.operating_system == "windows");
    let arm = finding("kubernetes.io/arch", "amd64", |it| it.architecture == "arm64");
    windows.into_iter().chain(arm).collect()
}

fn check_ha(settings: &ExtensionSettings, nodes: usize) -> Option<Finding> {
    let is_short = settings.enable_inference && settings.inference_router_ha && nodes < HA_NODES;
    is_short.then(|| {
        let cause = format!(
            "the inference router runs on {HA_NODES} nodes to be highly available, and {nodes} would \
             take it"
        );
        let fix = "set `inference_router_ha = false`, or add nodes";
        let summary = "Too few nodes for a highly available router";
        Finding::new("inference_router_ha".into(), summary, cause, fix)
    })
}

#[cfg(test)]
mod tests {
    use vocabulary::Severity;

    use super::{ExtensionSettings, Finding, check_advertised_gpus, check_components, check_nodes};
    use crate::amounts::Amounts;
    use crate::inventory::{Component, Controller};
    use crate::node::Node;
    use crate::pool::{Pool, Pools};
    use crate::scheduling::{Taint, Toleration};

    #[test]
    fn what_is_there_already_names_the_attribute() {
        for (namespace, name, attribute) in [
            ("kube-system", "nvidia-device-plugin", Some("install_nvidia_device_plugin")),
            ("monitoring", "prometheus-operator", Some("install_prom_op")),
            ("volcano-system", "volcano-scheduler", Some("install_volcano")),
            ("gpu", "dcgm-exporter", Some("install_dcgm_exporter")),
            ("kube-system", "blobfuse-flexvol-installer", Some("install_blobfuse_flexvol")),
            ("default", "azureml-fe", Some("enable_inference")),
            ("azureml", "volcano-scheduler", None),
            ("azureml", "azureml-fe-v2", None),
            ("default", "web", None),
        ] {
            let found = check_extension(&all(), &[controller(namespace, name)], &nodes(3));
            let places: Vec<_> = found.iter().map(|it| it.path.to_reference()).collect();
            assert_eq!(places, attribute.into_iter().collect::<Vec<_>>(), "{namespace}/{name}");
        }
        let off =
            ExtensionSettings { release_namespace: "azureml".to_owned(), ..Default::default() };
        let there = ["nvidia-device-plugin", "azureml-fe"].map(|name| controller("x", name));
        assert_eq!(check_extension(&off, &there, &nodes(1)), []);
    }

    #[test]
    fn a_component_of_several_parts_is_one_finding() {
        let parts = ["volcano-scheduler", "volcano-controllers"].map(|name| controller("v", name));
        let found = check_extension(&all(), &parts, &nodes(3));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].fix, "set `install_volcano = false`");
    }

    #[test]
    fn gpus_that_are_advertised_have_a_device_plugin() {
        let mut gpu = node("gpu");
        gpu.allocatable = Amounts::from_iter([("nvidia.com/gpu", "1")]);
        let nodes = [node("a"), node("b"), gpu];
        let found = check_extension(&all(), &[], &nodes);
        assert_eq!(places(&found), ["install_nvidia_device_plugin"]);
        let own = [controller("azureml", "nvidia-device-plugin-daemonset")];
        assert_eq!(check_extension(&all(), &own, &nodes), []);
    }

    #[test]
    fn nodes_that_the_extension_cannot_use_are_told() {
        let change = |change: fn(&mut Node)| {
            let mut nodes = nodes(3);
            nodes.iter_mut().for_each(change);
            nodes
        };
        let critical = |node: &mut Node| node.taints = vec![taint("CriticalAddonsOnly")];
        for (nodes, place, words) in [
            (vec![], "", "no node of the cluster is ready"),
            (change(|node| node.is_cordoned = true), "", "no node of the cluster is ready"),
            (change(|node| node.labels.clear()), "node_selector", "has the labels pool=ml"),
            (change(|node| node.operating_system = "windows".into()), "", "Linux on amd64"),
            (
                change(critical),
                "",
                "taint that the extension does not tolerate, as CriticalAddonsOnly",
            ),
            (nodes(2), "inference_router_ha", "and 2 would take it"),
        ] {
            let mut settings = all();
            settings.node_selector = [("pool".to_owned(), "ml".to_owned())].into();
            let found = check_extension(&settings, &[], &nodes);
            assert_eq!(places(&found), [place], "{words}");
            assert!(found[0].cause.contains(words), "{}", found[0].cause);
        }
        let mut settings = all();
        settings.tolerations =
            vec![Toleration { operator: "Exists".to_owned(), ..Toleration::default() }];
        assert_eq!(check_extension(&settings, &[], &change(critical)), []);
    }

    #[test]
    fn nodes_of_other_platforms_are_to_be_left_out_by_the_selector() {
        for (change, label) in [
            (
                (|node| node.operating_system = "windows".into()) as fn(&mut Node),
                "kubernetes.io/os",
            ),
            (|node| node.architecture = "arm64".into(), "kubernetes.io/arch"),
        ] {
            let mut nodes = nodes(4);
            change(&mut nodes[0]);
            let found = check_extension(&all(), &[], &nodes);
            assert_eq!(places(&found), ["node_selector"]);
            assert!(found[0].fix.contains(label), "{}", found[0].fix);
            nodes[0].taints = vec![taint("os")];
            assert_eq!(check_extension(&all(), &[], &nodes), []);
        }
    }

    #[test]
    fn what_a_pool_that_can_grow_may_mend_is_a_note() {
        let grows =
            |count| Pool { name: "ml".into(), count, max_count: Some(3), ..Pool::default() };
        for (pools, severity) in [
            (Pools::Unknown, Severity::Warning),
            (Pools::Known(vec![grows(1)]), Severity::Warning),
            (Pools::Known(vec![grows(3)]), Severity::Error),
            (Pools::Known(vec![]), Severity::Error),
        ] {
            for nodes in [vec![], nodes(2)] {
                let found = check_nodes(&all(), &nodes, &pools);
                assert_eq!(found.len(), 1, "{found:?}");
                assert_eq!(found[0].severity, severity, "{pools:?}");
            }
        }
    }

    /// Everything that is found.
    fn check_extension(
        settings: &ExtensionSettings, controllers: &[Controller], nodes: &[Node],
    ) -> Vec<Finding> {
        let mut found = check_components(settings, controllers);
        found.extend(check_advertised_gpus(settings, controllers, nodes));
        found.extend(check_nodes(settings, nodes, &Pools::Known(Vec::new())));
        found
    }

    fn all() -> ExtensionSettings {
        use Component::{
            Blobfuse, BlobfuseFlexvolume, DcgmExporter, NvidiaDevicePlugin, PrometheusOperator,
            Volcano,
        };
        ExtensionSettings {
            release_namespace: "azureml".to_owned(),
            installs: [
                Blobfuse,
                BlobfuseFlexvolume,
                DcgmExporter,
                NvidiaDevicePlugin,
                PrometheusOperator,
                Volcano,
            ]
            .into(),
            enable_inference: true,
            inference_router_ha: true,
            ..ExtensionSettings::default()
        }
    }

    fn places(found: &[Finding]) -> Vec<String> {
        found.iter().map(|finding| finding.path.to_reference()).collect()
    }

    fn controller(namespace: &str, name: &str) -> Controller {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        Controller { namespace, name, images: Vec::new() }
    }

    fn nodes(count: usize) -> Vec<Node> {
        (0..count).map(|number| node(&format!("n{number}"))).collect()
    }

    fn node(name: &str) -> Node {
        Node {
            name: name.to_owned(),
            is_ready: true,
            operating_system: "linux".to_owned(),
            architecture: "amd64".to_owned(),
            labels: [("pool".to_owned(), "ml".to_owned())].into(),
            ..Node::default()
        }
    }

    fn taint(key: &str) -> Taint {
        Taint { key: key.to_owned(), value: "true".to_owned(), effect: "NoSchedule".to_owned() }
    }
}
