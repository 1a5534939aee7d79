//! What is wrong with the settings, all at once, each finding on its own place.
//!
//! Places count from the extension itself. What is not known yet is taken to be right.

mod fold;
mod inference;
mod owned;

use std::collections::BTreeSet;

use vocabulary::{Attr, Path, Problem};

use crate::settings::connections::{Connections, Mode, Wanted, given_string, required_connections};
use crate::settings::declared::{Cluster, ClusterKind, Declared, is_false, is_true};
use crate::settings::keys::{
    Era, FILES, RETIRED, Recognised, SECRETS, argument_of, attribute_of, is_identity, recognise,
};
use crate::settings::selector::{label_of, unescape};
use crate::settings::typed::PURPOSES;
use crate::settings::{tls, wire};
use crate::{label, side_resource};

pub use fold::fold;
pub(super) use fold::{EACH, list};
pub use owned::check_owned;

/// Checks what can be told without the cluster.
pub fn check(declared: &Declared, kind: Attr<ClusterKind>, era: Era) -> Vec<Problem> {
    let mut found = Vec::new();
    found.extend(check_components(declared));
    found.extend(free_keys(declared));
    found.extend(protected_keys(declared));
    found.extend(selector(declared));
    found.extend(purpose(declared));
    found.extend(tls::check(&declared.ssl_cert_pem, &declared.ssl_key_pem));
    found.extend(modes(declared));
    found.extend(check_managed_strings(declared));
    found.extend(inference::check(declared, kind, era));
    found.extend(check_retired(declared, era));
    if kind == Attr::Known(ClusterKind::Managed) && era == Era::Y2021 {
        let at = Path::root().attribute("cluster_id");
        let fix = "connect the cluster to Azure Arc and name the connected cluster";
        found.push(Problem::error(at, "the product of 2021 does not go onto AKS", fix));
    }
    found
}

/// Checks what only an installation needs to be told. An extension that is there may have it, and
/// whoever takes it over cannot write everything: it was never read back, or nothing is to be said.
pub fn check_installation(declared: &Declared, era: Era) -> Vec<Problem> {
    let idle = check_enabled(declared).filter(|_| says_nothing(declared) == Some(true));
    let certificate = inference::check_certificate_or_http(declared, era);
    let certificate = certificate.filter(|_| inference::may_have_certificate(declared));
    idle.into_iter().chain(certificate).collect()
}

/// Checks everything, now that the cluster is known.
pub(super) fn check_for(declared: &Declared, cluster: &Cluster, era: Era) -> Vec<Problem> {
    let mut found = check(declared, Attr::Known(cluster.kind), era);
    let wanted = required_connections(declared, cluster.kind, era);
    if [wanted.relay, wanted.service_bus].contains(&Mode::Managed)
        && let Some(problem) = side_resource::check_cluster(&cluster.name)
    {
        found.push(problem.below("cluster_id"));
    }
    found
}

/// Each wanted side resource must be connected.
pub(super) fn check_connected(wanted: Wanted, connections: &Connections) -> Vec<Problem> {
    let pairs = [
        ("relay", wanted.relay, connections.relay.is_some()),
        ("service_bus", wanted.service_bus, connections.service_bus.is_some()),
        ("log_analytics", wanted.log_analytics, connections.log_analytics.is_some()),
    ];
    let missing = pairs.into_iter().filter(|(_, mode, there)| *mode != Mode::None && !there);
    let problem = |(attribute, _, _): (&str, _, _)| {
        let cause = format!("the {} is not connected", attribute.replace('_', " "));
        let fix = "give its connection string, or let the provider manage it";
        Problem::error(Path::root().attribute(attribute), cause, fix)
    };
    missing.map(problem).collect()
}

fn at(attribute: &str) -> Path {
    Path::root().attribute(attribute)
}

/// One of training and inference must be on, and what belongs to training needs training.
fn check_components(declared: &Declared) -> Vec<Problem> {
    let training = is_on(declared, wire::ENABLE_TRAINING);
    let mut found = Vec::new();
    if says_nothing(declared) == Some(false) {
        found.extend(check_enabled(declared));
    }
    if !declared.settings.volume_plugin_dir.is_null() && training == Some(false) {
        let cause = "volume_plugin_dir has no meaning without training";
        let fix = "set enable_training to true, or leave it out";
        found.push(Problem::error(at("volume_plugin_dir"), cause, fix));
    }
    found
}

/// An extension that does neither.
fn check_enabled(declared: &Declared) -> Option<Problem> {
    let parts = [wire::ENABLE_TRAINING, wire::ENABLE_INFERENCE].map(|key| is_on(declared, key));
    if parts != [Some(false); 2] {
        return None;
    }
    let cause = "the extension would do nothing: neither training nor inference is enabled";
    let fix = "set enable_training or enable_inference to true";
    Some(Problem::error(at("enable_training"), cause, fix))
}

/// Whether neither is mentioned. `None`: not known yet.
fn says_nothing(declared: &Declared) -> Option<bool> {
    let parts = [wire::ENABLE_TRAINING, wire::ENABLE_INFERENCE].map(|key| declared.get(key));
    if parts.iter().any(Attr::is_unknown) {
        return None;
    }
    Some(parts.iter().all(Attr::is_null))
}

/// Whether a flag is on. `None`: not known yet.
fn is_on(declared: &Declared, key: &str) -> Option<bool> {
    match declared.get(key) {
        Attr::Unknown => None,
        Attr::Null => Some(false),
        Attr::Known(value) => Some(is_true(&value)),
    }
}

/// Keys of the free plain map.
fn free_keys(declared: &Declared) -> Vec<Problem> {
    let place = |key: &str| at("configuration_settings").key(key);
    let problem = |key: &String| {
        if SECRETS.contains(&key.as_str()) {
            let cause = format!(
                "{key} is a secret, and everybody with the right to read the extension sees it here"
            );
            let elsewhere = match argument_of(key) {
                Some((argument, attribute)) => format!("set {argument}.{attribute}, or "),
                None => String::new(),
            };
            let fix = format!("{elsewhere}move it to configuration_protected_settings");
            return Some(Problem::error(place(key), cause, fix));
        }
        check_key(key, place(key))
    };
    declared.plain.present_keys().filter_map(problem).collect()
}

/// A key that has an attribute, or that is like a known one.
fn check_key(key: &str, at: Path) -> Option<Problem> {
    match recognise(key) {
        Recognised::Typed(attribute) => {
            let cause = format!("{key:?} has an attribute of its own");
            let label = label_of(key).filter(|label| !label.is_empty());
            let label = label.map(|label| format!(", with the label {label:?}"));
            let fix = format!("set {attribute} instead{}", label.unwrap_or_default());
            Some(Problem::error(at, cause, fix))
        }
        Recognised::WrongCase(known) => {
            let cause = format!("{key:?} is not a setting: case matters");
            Some(Problem::error(at, cause, suggest_key(known)))
        }
        Recognised::Near(known) => {
            let cause = format!("{key:?} is not a known setting");
            Some(Problem::warning(at, cause, suggest_key(known)))
        }
        Recognised::Free => None,
    }
}

/// What may be meant. Nobody is sent to a setting that is refused or overwrites what follows from
/// the cluster.
fn suggest_key(known: &str) -> String {
    match argument_of(known) {
        Some((argument, attribute)) => format!("did you mean {argument}.{attribute}?"),
        None if is_identity(known) => {
            format!("did you mean {known}? It follows from the cluster: leave it out")
        }
        None => format!("did you mean {known}?"),
    }
}

/// Keys of the protected map: paths, near misses, and keys that stand in the plain half too.
fn protected_keys(declared: &Declared) -> Vec<Problem> {
    let plain: BTreeSet<String> = declared.plain_entries().into_keys().collect();
    let protected = declared.protected.known().into_iter().flatten();
    let keys = protected.filter(|(_, value)| !value.is_null()).map(|(key, _)| key);
    let problem = |key: &String| {
        let place = at("configuration_protected_settings").key(key);
        if let Some((_, attribute)) = FILES.iter().find(|(file, _)| file == key) {
            let cause = format!("{key:?} is the path of a file on somebody's machine");
            return Some(Problem::error(
                place,
                cause,
                format!("set {attribute} to its text instead"),
            ));
        }
        if let Some(attribute) = tls::text_beside(declared, key) {
            let cause = format!("{key:?} is set here and by {attribute}, which is sent");
            return Some(Problem::warning(place, cause, "leave one of the two out"));
        }
        if plain.contains(key) {
            let other = attribute_of(key).map_or("configuration_settings", |attribute| attribute);
            let cause = format!("{key:?} is set here and by {other}");
            return Some(Problem::error(place, cause, "leave one of the two out"));
        }
        // A typed setting may be kept secret; only its spelling counts.
        if attribute_of(key).is_some() { None } else { check_key(key, place) }
    };
    keys.filter_map(problem).collect()
}

/// What the extension is for (`az k8s-extension`: `DevTest` and `FastProd`).
fn purpose(declared: &Declared) -> Option<Problem> {
    let purpose = declared.settings.cluster_purpose.known()?;
    if PURPOSES.iter().any(|known| known.eq_ignore_ascii_case(purpose)) {
        return None;
    }
    let cause = format!("{purpose:?} is not a purpose of a cluster");
    Some(Problem::error(at("cluster_purpose"), cause, "set it to DevTest or FastProd"))
}

fn selector(declared: &Declared) -> Vec<Problem> {
    let mut found = Vec::new();
    for (key, value) in declared.settings.node_selector.known().into_iter().flatten() {
        let place = at("node_selector").key(key);
        let faults = [label::key_fault(key), value.known().and_then(|v| label::value_fault(v))];
        for fault in faults.into_iter().flatten() {
            found.push(Problem::error(place.clone(), fault, label_fix(key)));
        }
    }
    found
}

/// Who writes a key as Helm wants it has only to leave the backslashes out.
fn label_fix(key: &str) -> String {
    let label = unescape(key);
    if label != key && label::key_fault(&label).is_none() {
        return format!("write the label itself, {label:?}: what Helm needs is added");
    }
    "look at the labels of the nodes with `kubectl get nodes --show-labels`".to_owned()
}

/// A managed resource whose connection string the user brings: which of the two is meant?
fn check_managed_strings(declared: &Declared) -> Vec<Problem> {
    let pairs = [
        ("relay", &declared.relay, wire::RELAY_CONNECTION_STRING),
        ("service_bus", &declared.service_bus, wire::SERVICE_BUS_CONNECTION_STRING),
        ("log_analytics", &declared.log_analytics, wire::LOG_ANALYTICS_SHARED_KEY),
    ];
    let both = pairs.into_iter().filter(|(_, mode, string)| {
        **mode == Attr::Known(Mode::Managed) && given_string(declared, string)
    });
    let problem = |(attribute, _, string): (&str, _, &str)| {
        let cause = format!("{string} is given, so there is nothing to manage");
        let fix = "leave the string out, or set the mode to existing";
        Problem::error(at(attribute).attribute("mode"), cause, fix)
    };
    both.map(problem).collect()
}

/// A mode and a setting that contradict each other.
fn modes(declared: &Declared) -> Vec<Problem> {
    let says = |key: &str| declared.get(key).known().map(|value| !is_false(value));
    let pairs = [
        ("relay", &declared.relay, wire::RELAY_ENABLED),
        ("service_bus", &declared.service_bus, wire::SERVICE_BUS_ENABLED),
        ("log_analytics", &declared.log_analytics, wire::LOG_ANALYTICS_WS),
    ];
    let contradicts = |(attribute, mode, key): (&str, &Attr<Mode>, &str)| {
        let (mode, on) = (*mode.known()?, says(key)?);
        if (mode != Mode::None) == on {
            return None;
        }
        let setting = attribute_of(key).unwrap_or(key);
        let cause = format!("{setting} says {on}, but the mode of {attribute} says {}", !on);
        let fix = format!("leave {setting} out: the mode decides");
        Some(Problem::error(at(attribute).attribute("mode"), cause, fix))
    };
    pairs.into_iter().filter_map(contradicts).collect()
}

/// Settings that the product of today passes over.
fn check_retired(declared: &Declared, era: Era) -> Vec<Problem> {
    if era == Era::Y2021 {
        return Vec::new();
    }
    let plain = declared.plain_entries();
    let secret = declared.protected.known();
    let is_secret = |key: &str| secret.and_then(|map| map.get(key)).is_some_and(|it| !it.is_null());
    let gone = RETIRED.iter().filter(|(key, _)| plain.contains_key(*key) || is_secret(key));
    let problem = |(key, successor): &(&str, Option<&str>)| {
        let place = match attribute_of(key) {
            _ if !plain.contains_key(*key) => at("configuration_protected_settings").key(*key),
            Some(attribute) => at(attribute),
            None => at("configuration_settings").key(*key),
        };
        let cause = format!("{key} has no effect since the product of 2021");
        let fix = match successor {
            Some(successor) => format!("set {successor} instead"),
            None => "leave it out: nothing took its place".to_owned(),
        };
        Problem::warning(place, cause, fix)
    };
    gone.map(problem).collect()
}

#[cfg(test)]
mod tests;
