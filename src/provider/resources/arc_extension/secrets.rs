//! The protected settings: when an update sends them, and what must be known then.
//!
//! The service replaces the protected map as a whole and never gives it back. So it is left out of
//! an update unless one of its inputs changed, and then it must be complete.

use std::collections::BTreeMap;

use aml::settings::Mode;
use azure::Id;
use framework::{Attr, AttrMap, Diagnostic, Private, Sensitive};

use super::declared::{declared, mode_of};
use super::model::{Extension, Relay};
use crate::side_resources::Place;

/// In the object's memory: it was imported, and nothing was written to it since. What the
/// configuration says of secrets is taken to be what Azure holds.
pub(super) const FRESH: &str = "imported";
/// In the object's memory: it was imported, and its protected map was never sent from here.
pub(super) const UNSEEN: &str = "secrets_unseen";

/// Whether a memory has this mark.
pub(super) fn is_marked(memory: &Private, mark: &str) -> bool {
    memory.get(mark).unwrap_or(false)
}

/// Whether an input of the protected map changes, which sends it. `fresh` as in [`FRESH`].
pub(super) fn change(prior: &Extension, planned: &Extension, fresh: bool) -> bool {
    let relay = planned.relay.known().and_then(|relay| mode_of(relay.mode.known()?));
    // Without a relay its string is of no use, and of no harm.
    let connects = relay_changes(prior, planned) && relay != Some(Mode::None);
    if connects || logs_begin(prior, planned) {
        return true;
    }
    !fresh
        && (prior.ssl_cert_pem != planned.ssl_cert_pem
            || prior.ssl_key_pem != planned.ssl_key_pem
            || prior.ssl_pem_wo_version != planned.ssl_pem_wo_version
            || prior.configuration_protected_settings != planned.configuration_protected_settings
            || prior.configuration_protected_settings_wo_version
                != planned.configuration_protected_settings_wo_version
            || versions(&prior.relay) != versions(&planned.relay))
}

/// The arguments of a fresh import that are taken to be what Azure holds.
pub(super) fn taken_on_trust(prior: &Extension, planned: &Extension) -> Vec<&'static str> {
    fn new<T>(prior: &Attr<T>, planned: &Attr<T>) -> bool {
        prior.is_null() && !planned.is_null()
    }
    let versions = &planned.configuration_protected_settings_wo_version;
    [
        ("ssl_cert_pem", new(&prior.ssl_cert_pem, &planned.ssl_cert_pem)),
        ("ssl_key_pem", new(&prior.ssl_key_pem, &planned.ssl_key_pem)),
        ("ssl_pem_wo_version", new(&prior.ssl_pem_wo_version, &planned.ssl_pem_wo_version)),
        (
            "configuration_protected_settings",
            new(&prior.configuration_protected_settings, &planned.configuration_protected_settings),
        ),
        (
            "configuration_protected_settings_wo_version",
            new(&prior.configuration_protected_settings_wo_version, versions),
        ),
    ]
    .into_iter()
    .filter_map(|(attribute, new)| new.then_some(attribute))
    .collect()
}

/// What a complete protected map would need and nobody has written. `written` has the write-only
/// values; `unseen` as in [`UNSEEN`].
pub(super) fn unknown(prior: &Extension, written: &Extension, unseen: bool) -> Vec<Diagnostic> {
    let parts = [
        (
            lacks_tls(prior, written, unseen),
            "ssl_cert_pem",
            "The certificate and its key are not written. Set `ssl_cert_pem` and `ssl_key_pem`, or \
             their `_wo` twins.",
        ),
        (
            lacks_map(written, unseen),
            "configuration_protected_settings",
            "Other protected settings are not written, and the extension may have some. Set \
             `configuration_protected_settings` or its `_wo` twin; `{}` where there are none.",
        ),
        (
            unseen && written.relay.is_null() && uses(prior, written, &RELAY),
            "relay",
            "The connection string of its relay is not written. Set `relay = { mode = \"existing\", \
             … }`.",
        ),
        (
            uses(prior, written, &SERVICE_BUS),
            "configuration_protected_settings",
            "The connection string of its service bus is not written. Set \
             serviceBusConnectionString here.",
        ),
        (
            uses(prior, written, &LOGS) && written.log_analytics_ws.known() != Some(&true),
            "configuration_protected_settings",
            "The key of its Log Analytics workspace is not written. Set \
             azure_log_analytics.connection_string here.",
        ),
    ];
    let missing = parts.into_iter().filter(|(missing, ..)| *missing);
    missing.map(|(_, attribute, fix)| refusal(attribute, fix)).collect()
}

/// The settings that the service holds, as the state has them.
pub(super) fn held(of: &Extension) -> BTreeMap<String, String> {
    let mut held = known(&of.effective_configuration_settings);
    held.extend(declared(of).plain_known());
    held
}

fn known(map: &AttrMap<String>) -> BTreeMap<String, String> {
    let entries = map.known().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.known()?.clone()))).collect()
}

fn refusal(attribute: &str, fix: &str) -> Diagnostic {
    Diagnostic::error("Secrets of the extension are not known")
        .detail(format!(
            "This change sends the protected settings, which the service replaces as a whole and \
             never gives back: what is not sent again is lost.\n\n{fix}"
        ))
        .at(attribute)
}

// === relay ===

/// Whether the relay that is written is another one than the service holds.
pub(super) fn relay_changes(prior: &Extension, planned: &Extension) -> bool {
    let Attr::Known(relay) = &planned.relay else { return planned.relay.is_unknown() };
    prior.relay.known().map(identity) != Some(identity(relay)) && !is_held(relay, prior)
}

/// What tells one relay from another.
fn identity(relay: &Relay) -> (&Attr<String>, Attr<Id>) {
    let id = relay.hybrid_connection_id.as_ref();
    (&relay.mode, id.and_then(|id| id.parse().ok().into()))
}

fn is_held(relay: &Relay, prior: &Extension) -> bool {
    let held = held(prior);
    let on = held.get("relayserver.enabled").is_some_and(|on| !on.eq_ignore_ascii_case("false"));
    let connection = held.get("relayserver.hybridConnectionResourceID");
    let connection: Option<Id> = connection.and_then(|id| id.parse().ok());
    let managed = || {
        let cluster: Id = prior.cluster_id.known()?.parse().ok()?;
        Place { cluster, location: String::new() }.hybrid_connection().ok()
    };
    match relay.mode.known().map(|word| mode_of(word)) {
        Some(Some(Mode::None)) => !on,
        Some(Some(Mode::Existing)) => on && connection == identity(relay).1.into_known(),
        Some(_) => on && connection.is_some() && connection == managed(),
        // Without a mode, what the kind of cluster takes.
        None => !relay.mode.is_unknown(),
    }
}

fn versions(relay: &Attr<Relay>) -> (Attr<i64>, Attr<i64>) {
    match relay {
        Attr::Known(relay) => (relay.connection_string_wo_version, relay.keys_version),
        Attr::Null => (Attr::Null, Attr::Null),
        Attr::Unknown => (Attr::Unknown, Attr::Unknown),
    }
}

// === other parts ===

/// A side resource in the words of the settings.
struct Beside {
    /// The plain setting that turns it on.
    switch: &'static str,
    /// The plain setting that says that its keys can be fetched.
    ours: &'static str,
    /// The protected setting that brings them.
    string: &'static str,
}

const RELAY: Beside = Beside {
    switch: "relayserver.enabled",
    ours: "relayserver.hybridConnectionResourceID",
    string: "relayServerConnectionString",
};
const SERVICE_BUS: Beside =
    Beside { switch: "servicebus.enabled", ours: "", string: "serviceBusConnectionString" };
const LOGS: Beside = Beside {
    switch: "azure_log_analytics.enabled",
    ours: "logAnalyticsWS",
    string: "azure_log_analytics.connection_string",
};

/// Whether the extension uses one whose keys are neither written nor to be fetched.
fn uses(prior: &Extension, written: &Extension, beside: &Beside) -> bool {
    let held = held(prior);
    let on = held.get(beside.switch).is_some_and(|on| !on.eq_ignore_ascii_case("false"));
    let maps = protected_maps(written);
    on && !held.contains_key(beside.ours)
        && !maps.iter().any(|map| map.is_unknown() || map.has(beside.string))
}

type ProtectedMap = AttrMap<Sensitive<String>>;

fn protected_maps(of: &Extension) -> [&ProtectedMap; 2] {
    [&of.configuration_protected_settings, &of.configuration_protected_settings_wo]
}

fn lacks_map(written: &Extension, unseen: bool) -> bool {
    let sent = !written.configuration_protected_settings_wo_version.is_null()
        && written.configuration_protected_settings_wo.is_null();
    sent || (unseen && protected_maps(written).iter().all(|map| map.is_null()))
}

fn lacks_tls(prior: &Extension, written: &Extension, unseen: bool) -> bool {
    let pems = [
        &written.ssl_cert_pem,
        &written.ssl_key_pem,
        &written.ssl_cert_pem_wo,
        &written.ssl_key_pem_wo,
    ];
    let sent = !written.ssl_pem_wo_version.is_null();
    pems.iter().all(|pem| pem.is_null()) && (sent || (unseen && has_tls(prior)))
}

/// Logs that begin need the workspace's key.
fn logs_begin(prior: &Extension, planned: &Extension) -> bool {
    let on = |of: &Extension| of.log_analytics_ws.known() == Some(&true);
    let held = held(prior).contains_key("azure_log_analytics.enabled");
    on(planned) && !on(prior) && !held
}

/// Whether the router uses a certificate that is not a Kubernetes secret.
fn has_tls(prior: &Extension) -> bool {
    let held = held(prior);
    let is = |key: &str| held.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let set = |key: &str| held.get(key).is_some_and(|value| !value.is_empty());
    is("enableInference")
        && !is("allowInsecureConnections")
        && set("sslCname")
        && !set("sslSecret")
        && !set("scoringFe.sslSecret")
}
