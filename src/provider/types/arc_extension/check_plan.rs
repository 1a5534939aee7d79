//! What a plan of an extension would meet in its cluster.

use std::collections::BTreeMap;

use aml::settings::tolerations::{OF_EXTENSION, read_tolerations};
use aml::settings::{Declared, KEYS, RELEASE_NAMESPACE, Settings};
use framework::Attr;
use kubernetes::inventory::{
    Component, ExtensionSettings, check_advertised_gpus, check_components, check_nodes,
};
use kubernetes::node::Node;
use kubernetes::scheduling::Toleration;

use super::desired::{Current, Desired};
use super::model::Extension;
use crate::cluster_checks::Look;
use crate::context::Context;

/// A cluster of fewer nodes is not highly available by default, as with the CLI.
const HA_NODES: usize = 3;

pub(super) async fn check_plan(
    context: &mut Context<'_>, prior: Option<Extension>, planned: Extension,
) {
    let look = Look::begin(context, &planned.cluster_checks, &planned.cluster_id).await;
    let Some(mut look) = look else { return };
    let held = prior.map(|prior| Current::new(prior).settings().clone()).unwrap_or_default();
    let planned = Planned::new(held, Desired::new(planned).declared);
    look.check_components(context, |components, nodes| {
        let settings = planned.settings(nodes);
        let mut found = check_components(&settings, components);
        found.extend(check_advertised_gpus(&settings, components, nodes));
        found
    })
    .await;
    // Where something of its place is not known yet, it is looked at when it is applied.
    if look.goes_on() && planned.declared.is_plain_known() {
        look.check_room(context, |room, _| {
            check_nodes(&planned.settings(&room.nodes), &room.nodes, &room.pools)
        })
        .await;
    }
}

/// What the service will hold, as far as it is known.
struct Planned {
    declared: Declared,
    plain: BTreeMap<String, String>,
    typed: Settings,
}

impl Planned {
    /// What the service `held` stays where nothing else is written.
    fn new(mut held: BTreeMap<String, String>, declared: Declared) -> Planned {
        held.extend(declared.plain_known());
        Planned { typed: Settings::read(&held), plain: held, declared }
    }

    fn settings(&self, nodes: &[Node]) -> ExtensionSettings {
        let is_on = |setting: &Attr<bool>| setting.known() == Some(&true);
        let labels = self.typed.node_selector.known_elements();
        let tolerations = read_tolerations(&self.plain, OF_EXTENSION).into_iter();
        let is_large = nodes.len() >= HA_NODES;
        ExtensionSettings {
            release_namespace: RELEASE_NAMESPACE.to_owned(),
            installs: Component::ALL.into_iter().filter(|it| self.installs(*it)).collect(),
            enable_inference: is_on(&self.typed.enable_inference),
            inference_router_ha: *self.typed.inference_router_ha.known().unwrap_or(&is_large),
            node_selector: labels.map(|(key, label)| (key.clone(), label.clone())).collect(),
            tolerations: tolerations.map(Toleration::from).collect(),
        }
    }

    /// Whether it installs a component: as is written, else as the service does by itself. What is not
    /// known yet is no finding.
    fn installs(&self, component: Component) -> bool {
        let Some(attribute) = component.attribute() else { return false };
        let Some(key) = KEYS.iter().find(|key| key.attribute == attribute) else { return false };
        let is_used =
            component != Component::Volcano || self.typed.enable_training.known() == Some(&true);
        let is_known = !self.declared.writes(key.key) || self.plain.contains_key(key.key);
        let value = self.plain.get(key.key).map(String::as_str).or(key.default_today);
        is_used && is_known && value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use framework::Attr;
    use kubernetes::inventory::Component::{
        self, DcgmExporter, NvidiaDevicePlugin, PrometheusOperator, Volcano,
    };
    use kubernetes::node::Node;

    use super::super::desired::Desired;
    use super::{Extension, Planned};

    /// Who writes something.
    type Change = fn(&mut Extension);
    /// What the service holds, what is written, and what is installed.
    type Case = (&'static [(&'static str, &'static str)], Change, &'static [Component]);

    fn planned(held: &[(&str, &str)], change: Change) -> Planned {
        let mut extension = Extension { enable_training: true.into(), ..Extension::default() };
        change(&mut extension);
        let held = held.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Planned::new(held.collect(), Desired::new(extension).declared)
    }

    #[test]
    fn what_is_installed_is_what_is_written_else_what_is_held_else_the_default() {
        let none: Change = |_| {};
        let cases: [Case; 7] = [
            (&[], none, &[PrometheusOperator, Volcano]),
            (&[("installVolcano", "False")], none, &[PrometheusOperator]),
            (
                &[("installVolcano", "False")],
                |it| it.install_volcano = true.into(),
                &[PrometheusOperator, Volcano],
            ),
            (&[], |it| it.install_prom_op = Attr::Unknown, &[Volcano]),
            (&[], |it| it.enable_training = false.into(), &[PrometheusOperator]),
            (
                &[],
                |it| it.install_nvidia_device_plugin = true.into(),
                &[NvidiaDevicePlugin, PrometheusOperator, Volcano],
            ),
            (
                &[("installDcgmExporter", "true")],
                none,
                &[DcgmExporter, PrometheusOperator, Volcano],
            ),
        ];
        for (held, change, expected) in cases {
            let installs = planned(held, change).settings(&[]).installs;
            assert_eq!(installs, expected.iter().copied().collect::<BTreeSet<_>>(), "{held:?}");
        }
    }

    #[test]
    fn a_router_is_highly_available_by_default_where_there_are_enough_nodes() {
        for (nodes, written, expected) in [
            (2, Attr::Null, false),
            (3, Attr::Null, true),
            (2, Attr::Known(true), true),
            (3, Attr::Known(false), false),
        ] {
            let mut extension = Extension { enable_inference: true.into(), ..Extension::default() };
            extension.inference_router_ha = written;
            let planned = Planned::new([].into(), Desired::new(extension).declared);
            let nodes = vec![Node::default(); nodes];
            assert_eq!(planned.settings(&nodes).inference_router_ha, expected, "{written:?}");
        }
    }

    #[test]
    fn its_place_is_that_of_its_settings() {
        let planned = planned(&[("nodeSelector.disk", "ssd")], |it| {
            let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
            it.node_selector = [pair("pool", "ml")].into_iter().collect();
            it.configuration_settings = [
                pair("toleration[0].key", "sku"),
                pair("toleration[0].operator", "Exists"),
                pair("workLoadToleration[0].key", "jobs"),
            ]
            .into_iter()
            .collect();
        });
        let settings = planned.settings(&[]);
        let labels: Vec<_> = settings.node_selector.keys().map(String::as_str).collect();
        assert_eq!(labels, ["disk", "pool"]);
        let keys: Vec<_> = settings.tolerations.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["sku"]);
    }
}
