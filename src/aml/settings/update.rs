//! What an update sends: the plain settings that change (`Update` @3f6c0dae), and, when a secret
//! changes, the protected map as a whole, because the service replaces it as a whole.

use std::collections::BTreeMap;

use vocabulary::{Path, Sensitive};

use super::connections::{Connections, Mode, Wanted, resolve};
use super::declared::{Declared, is_false, is_true};
use super::derive::{BUS_COPY, Derived, RELAY_COPY, copy};
use super::keys::{RETIRED, attribute_of, is_passed_over};
use super::selector::label_of;
use super::typed::KEYS;
use super::{tls, turn_on, wire};
use crate::Impact;

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
    pub path: Path,
    /// The key on the wire.
    pub key: String,
    /// The value that stays.
    pub value: String,
}

impl Leaving {
    /// What the user has to know about it.
    pub fn impact(&self) -> Impact {
        let what = format!("stays {} in the service", self.value);
        let means = if RETIRED.iter().any(|(key, _)| *key == self.key) {
            "the product of today does not read it, so nothing is left to do".to_owned()
        } else if is_passed_over(&self.key) {
            "case matters: the service passes over it, so nothing is left to do".to_owned()
        } else {
            let known = KEYS.iter().find(|known| known.key == self.key);
            let write = match known.and_then(|known| known.default_today) {
                Some(default) => format!("write the service's default, {default}"),
                None => "write the value that it shall have".to_owned(),
            };
            format!("an update cannot remove a setting: {write}, or replace the extension")
        };
        Impact::new(self.path.clone(), self.path.to_reference(), what, means)
    }
}

/// Compares what was written with what is. What is not known yet counts as not changed.
pub fn update(before: &Declared, after: &Declared) -> Update {
    let (old, mut new) = (plain(before), plain(after));
    if logs(before) == Some(true) && logs(after) == Some(false) {
        // What turns them on in a create is not what the user writes.
        new.extend(LOGS.map(|key| (key.to_owned(), switch(false).to_owned())));
    }
    let changed = new.iter().filter(|(key, value)| old.get(*key) != Some(*value));
    let written = after.plain_entries();
    let sure = !after.plain.is_unknown() && !after.settings.node_selector.is_unknown();
    let gone = before.plain_known().into_iter();
    let gone = gone.filter(|(key, _)| sure && !written.contains_key(key) && !new.contains_key(key));
    Update {
        settings: changed.map(|(key, value)| (key.clone(), value.clone())).collect(),
        leaving: gone.map(|(key, value)| Leaving { path: place(&key), key, value }).collect(),
    }
}

/// As [`update`], for a service that `held` these settings: with what the change turns on, and with
/// everything that follows from what changes, also where it goes back to nothing.
pub fn change(held: &BTreeMap<String, String>, before: &Declared, after: &Declared) -> Update {
    let mut update = update(before, after);
    turn_on::turn_on(held, after, &mut update.settings);
    let follows = following(held, before, after, &update.settings);
    update.settings.extend(follows);
    update
}

/// What an update of these `settings` moves back to nothing: the service is told so only where it
/// `held` something else.
fn following(
    held: &BTreeMap<String, String>, before: &Declared, after: &Declared,
    settings: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let is_on = |key: &str| held.get(key).is_some_and(|value| is_true(value));
    let is_emptied = |key: &str| after.get(key).known().is_some_and(String::is_empty);
    let is_node_port = settings.get(wire::ROUTER_NODE_PORT).is_some_and(|value| is_true(value));
    let logs_end = logs(before) != Some(false) && logs(after) == Some(false);
    let certificate = tls::is_given(after) == Some(true) && !after.writes(wire::ROUTER_SSL_SECRET);
    let off = [
        (LOGS[0], logs_end),
        (LOGS[1], logs_end),
        (wire::ROUTER_NODE_PORT, is_emptied(wire::INFERENCE_ROUTER_SERVICE_TYPE)),
        (
            wire::ROUTER_INTERNAL_LOAD_BALANCER,
            is_emptied(wire::INTERNAL_LOAD_BALANCER_PROVIDER) || is_node_port,
        ),
    ];
    let off = off.into_iter().filter(|(key, ends)| *ends && is_on(key));
    let mut follows: BTreeMap<_, _> =
        off.map(|(key, _)| (key.to_owned(), switch(false).to_owned())).collect();
    let secret = held.get(wire::ROUTER_SSL_SECRET).is_some_and(|secret| !secret.is_empty());
    if secret && (certificate || is_emptied(wire::SSL_SECRET)) {
        follows.insert(wire::ROUTER_SSL_SECRET.to_owned(), String::new());
    }
    follows
}

/// What turns logs on.
const LOGS: [&str; 2] = [wire::LOG_ANALYTICS_WS, wire::LOG_ANALYTICS_ENABLED];

/// Whether logs go to a workspace, as far as that is written.
fn logs(declared: &Declared) -> Option<bool> {
    let mode = declared.log_analytics.known().map(|mode| *mode != Mode::None);
    mode.or_else(|| declared.settings.log_analytics_ws.known().copied())
}

/// Where a key of the plain half is written.
pub(super) fn place(key: &str) -> Path {
    match (attribute_of(key), label_of(key)) {
        (_, Some(label)) => Path::root().attribute("node_selector").key(label),
        (Some(attribute), None) => Path::root().attribute(attribute),
        (None, None) => Path::root().attribute("configuration_settings").key(key),
    }
}

/// The plain half with what follows from it. Unlike in a create, a switch is written either way.
pub(super) fn plain(declared: &Declared) -> BTreeMap<String, String> {
    let mut maps = Derived { plain: declared.plain_known(), protected: declared.protected_known() };
    maps.modes(declared);
    let is = |value: &str, word: &str| switch(value.eq_ignore_ascii_case(word));
    if let Some(service) = non_empty(&maps, wire::INFERENCE_ROUTER_SERVICE_TYPE) {
        maps.set(wire::ROUTER_NODE_PORT, is(&service, "nodePort"));
    }
    if let Some(provider) = non_empty(&maps, wire::INTERNAL_LOAD_BALANCER_PROVIDER) {
        maps.set(wire::ROUTER_INTERNAL_LOAD_BALANCER, is(&provider, "azure"));
    }
    if tls::is_given(declared) != Some(true)
        && let Some(secret) = non_empty(&maps, wire::SSL_SECRET)
    {
        maps.set(wire::ROUTER_SSL_SECRET, secret);
    }
    maps.plain
}

fn non_empty(maps: &Derived, key: &str) -> Option<String> {
    maps.get(key).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn switch(on: bool) -> &'static str {
    if on { "True" } else { "False" }
}

/// Which connections a complete protected map needs: those that a mode asks for, else those that
/// the service uses, told by the plain map that it holds.
pub fn connections_of_protected_settings(
    declared: &Declared, held: &BTreeMap<String, String>,
) -> Wanted {
    let again = |mode, on, string| resolve(declared, mode, on, string);
    let relay = is_connected(held, wire::RELAY_ENABLED, Some(wire::RELAY_ID));
    let bus = is_connected(held, wire::SERVICE_BUS_ENABLED, Some(wire::SERVICE_BUS_ID));
    let logs = held.get(wire::LOG_ANALYTICS_ENABLED).is_some_and(|value| is_true(value));
    Wanted {
        relay: again(declared.relay, relay, RELAY_COPY.0),
        service_bus: again(declared.service_bus, bus, BUS_COPY.0),
        log_analytics: again(declared.log_analytics, logs, wire::LOG_ANALYTICS_SHARED_KEY),
    }
}

/// Whether an extension that holds these plain settings uses a side resource, by the setting that
/// turns it on. The CLI of 2021 had none for those that it connected: there the ID tells.
pub fn is_connected(held: &BTreeMap<String, String>, switch: &str, id: Option<&str>) -> bool {
    match held.get(switch) {
        Some(on) => !is_false(on),
        None => id.and_then(|key| held.get(key)).is_some_and(|id| !id.is_empty()),
    }
}

/// Whether the value of a protected setting is fetched from a side resource.
pub fn is_fetched(key: &str) -> bool {
    let copies = [RELAY_COPY, BUS_COPY].into_iter().flat_map(|(from, to)| [from, to]);
    let mut keys =
        copies.chain([wire::LOG_ANALYTICS_SHARED_KEY, wire::RELAY_CONNECTION_STRING_2021]);
    keys.any(|known| known.eq_ignore_ascii_case(key))
}

/// The complete protected map of an update that changes a secret.
pub fn derive_protected(
    declared: &Declared, connections: &Connections,
) -> BTreeMap<String, Sensitive<String>> {
    let mut maps = Derived { plain: BTreeMap::new(), protected: declared.protected_known() };
    maps.connect(connections);
    maps.files(declared);
    copy(&mut maps.protected, RELAY_COPY);
    copy(&mut maps.protected, BUS_COPY);
    maps.protected
}

#[cfg(test)]
mod tests;
