//! What an update sends: the plain settings that change (`Update` @3f6c0dae), and, when a secret
//! changes, the protected map as a whole, because the service replaces it as a whole.

use std::collections::BTreeMap;

use super::connections::{Connections, Mode, Wanted, given_string};
use super::declared::{Declared, is_false, is_true};
use super::derive::{BUS_COPY, Derived, RELAY_COPY, copy};
use super::keys::{NODE_SELECTOR, attribute_of};
use crate::{Impact, Place, Secret};

/// The plain half of a PATCH.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// `configurationSettings` to send: what is new or different. Empty: nothing to send.
    pub settings: BTreeMap<String, String>,
    /// What is no longer written. A PATCH cannot remove it: it stays in the service.
    pub leaving: Vec<Leaving>,
}

/// A setting that stays in the service although nobody writes it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Where it was written, counted from the extension.
    pub at: Place,
    /// The key on the wire.
    pub key: String,
    /// The value that stays.
    pub value: String,
}

/// Compares what was written with what is. What is not known yet counts as not changed.
pub fn update(before: &Declared, after: &Declared) -> Update {
    let (old, new) = (plain(before), plain(after));
    let changed = new.iter().filter(|(key, value)| old.get(*key) != Some(*value));
    let written = after.plain_entries();
    let sure = !after.plain.is_unknown() && !after.settings.node_selector.is_unknown();
    let gone = before.plain_known().into_iter();
    let gone = gone.filter(|(key, _)| sure && !written.contains_key(key));
    Update {
        settings: changed.map(|(key, value)| (key.clone(), value.clone())).collect(),
        leaving: gone.map(|(key, value)| Leaving { at: place(&key), key, value }).collect(),
    }
}

/// Where a key of the plain half is written.
fn place(key: &str) -> Place {
    match (attribute_of(key), key.strip_prefix(NODE_SELECTOR)) {
        (_, Some(label)) => Place::itself().attribute("node_selector").key(label),
        (Some(attribute), None) => Place::itself().attribute(attribute),
        (None, None) => Place::itself().attribute("configuration_settings").key(key),
    }
}

/// The plain half with what follows from it. Here, unlike in a create, a switch is written either way.
fn plain(declared: &Declared) -> BTreeMap<String, String> {
    let mut maps = Derived { plain: declared.plain_known(), protected: declared.protected_known() };
    maps.modes(declared);
    if let Some(service) = given(&maps, "inferenceRouterServiceType") {
        let node_port = service.eq_ignore_ascii_case("nodePort");
        maps.set("scoringFe.serviceType.nodePort", switch(node_port));
    }
    if let Some(provider) = given(&maps, "internalLoadBalancerProvider") {
        let azure = provider.eq_ignore_ascii_case("azure");
        maps.set("scoringFe.serviceType.internalLoadBalancer", switch(azure));
    }
    let files = declared.ssl_cert_pem.known().zip(declared.ssl_key_pem.known()).is_some();
    if !files && let Some(secret) = given(&maps, "sslSecret") {
        maps.set("scoringFe.sslSecret", secret);
    }
    maps.plain
}

fn given(maps: &Derived, key: &str) -> Option<String> {
    maps.get(key).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn switch(on: bool) -> &'static str {
    if on { "True" } else { "False" }
}

/// Which connections a complete protected map needs, from what the service holds in its plain map.
pub fn wanted_again(declared: &Declared, held: &BTreeMap<String, String>) -> Wanted {
    let again = |on: bool, mode: Option<&Mode>, string: &str| {
        if !on || given_string(declared, string) {
            return Mode::None;
        }
        mode.copied().unwrap_or(Mode::Managed)
    };
    let on = |key: &str| held.get(key).is_some_and(|value| !is_false(value));
    let logs = held.get("azure_log_analytics.enabled").is_some_and(|value| is_true(value));
    Wanted {
        relay: again(on("relayserver.enabled"), declared.relay.known(), RELAY_COPY.0),
        service_bus: again(on("servicebus.enabled"), declared.service_bus.known(), BUS_COPY.0),
        log_analytics: again(
            logs,
            declared.log_analytics.known(),
            "azure_log_analytics.connection_string",
        ),
    }
}

/// The complete protected map of an update that changes a secret.
pub fn protected(declared: &Declared, connections: &Connections) -> BTreeMap<String, Secret> {
    let mut maps = Derived { plain: BTreeMap::new(), protected: declared.protected_known() };
    maps.connect(connections);
    maps.files(declared);
    copy(&mut maps.protected, RELAY_COPY);
    copy(&mut maps.protected, BUS_COPY);
    maps.protected
}

const JOBS: &str = "running jobs may stop, and new ones may not start";
const ENDPOINTS: &str = "online endpoints and their deployments may stop answering";
const BOTH: &str = "running jobs may stop, and online endpoints and their deployments may stop \
                    answering";
const COST: &str = "a Log Analytics workspace takes the logs, and it may cost money";

/// What the changed settings of an update mean, as the CLI asks its user before it sends them.
pub fn impacts(settings: &BTreeMap<String, String>) -> Vec<Impact> {
    let impact = |(key, value): (&String, &String)| {
        let at = place(key);
        let name = at.to_string();
        Some(Impact::new(at, name, format!("changes to {value}"), means(key, value)?))
    };
    settings.iter().filter_map(impact).collect()
}

fn means(key: &str, value: &str) -> Option<&'static str> {
    match key {
        "enableTraining" if is_false(value) => Some(JOBS),
        "enableInference" if is_false(value) => Some(ENDPOINTS),
        "installNvidiaDevicePlugin" if is_false(value) => Some(BOTH),
        "allowInsecureConnections"
        | "inferenceRouterServiceType"
        | "internalLoadBalancerProvider"
        | "sslCname" => Some(ENDPOINTS),
        "logAnalyticsWS" if is_true(value) => Some(COST),
        _ if key.contains("nodeSelector") => Some(BOTH),
        _ => None,
    }
}
