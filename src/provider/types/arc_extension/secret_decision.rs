//! The protected settings: when an update sends them, and what must be known then.
//!
//! The service replaces the protected map as a whole and never gives it back. So it is left out of
//! an update unless one of its inputs changed, and then it must be complete.

use std::collections::BTreeMap;

use aml::settings;
use framework::{Attr, AttrMap, Diagnostic, Path, Private, Sensitive};

use super::desired::declared;
use super::model::Extension;
use super::protected_names::{self, Names, without};
use crate::connections;

/// In the object's memory: it was imported, and nothing was written to it since. What the
/// configuration says of secrets is taken to be what Azure holds.
pub(super) const IMPORTED: &str = "imported";
/// In the object's memory: it was imported, and its protected map was never sent from here.
pub(super) const SECRETS_UNSEEN: &str = "secrets_unseen";

/// Whether a memory has this mark.
pub(super) fn is_marked(memory: &Private, mark: &str) -> bool {
    memory.get(mark).unwrap_or(false)
}

/// Whether an input of the protected map changes, which sends it. `fresh` as in [`IMPORTED`].
pub(super) fn change(prior: &Extension, planned: &Extension, fresh: bool) -> bool {
    if connections::is_sent(prior, planned, fresh) {
        return true;
    }
    !fresh
        && (prior.ssl_cert_pem != planned.ssl_cert_pem
            || prior.ssl_key_pem != planned.ssl_key_pem
            || prior.ssl_pem_wo_version != planned.ssl_pem_wo_version
            || prior.configuration_protected_settings != planned.configuration_protected_settings
            || prior.configuration_protected_settings_wo_version
                != planned.configuration_protected_settings_wo_version)
}

/// Whether an update makes the router use a certificate that was written before, and not sent.
/// `held` is what the service holds, `written` has the write-only values.
pub(super) fn turns_on_certificate(
    held: &BTreeMap<String, String>, prior: &Extension, planned: &Extension, written: &Extension,
) -> bool {
    let settings = settings::update(&declared(prior), &declared(planned)).settings;
    settings::turns_on_certificate(held, &declared(written), &settings)
}

/// Whether all plain settings are sent once more. A version that is no longer written says nothing.
pub(super) fn repeats(prior: &Extension, planned: &Extension) -> bool {
    let version = &planned.configuration_settings_version;
    !version.is_null() && *version != prior.configuration_settings_version
}

/// The arguments of a fresh import that are taken to be what Azure holds.
pub(super) fn taken_on_trust(prior: &Extension, planned: &Extension) -> Vec<Path> {
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
    .filter(|(_, new)| *new)
    .map(|(attribute, _)| Path::from(attribute))
    .chain(connections::taken_on_trust(prior, planned))
    .collect()
}

/// What was sent, is missing, and can be sent again. `written` has the write-only values.
pub(super) fn drifted(prior: &Extension, written: &Extension, memory: &Private) -> Names {
    let missing = protected_names::missing(memory);
    if missing.is_empty() || !unknown(prior, written, memory).is_empty() {
        return Names::new();
    }
    missing
}

/// Whether a repair goes without the protected map: it was never sent from here, nothing shows of
/// it, and nothing of it is written.
pub(super) fn is_left_out(written: &Extension, memory: &Private) -> bool {
    fn is_null<T>(of: &[&Attr<T>]) -> bool {
        of.iter().all(|attr| attr.is_null())
    }
    is_marked(memory, SECRETS_UNSEEN)
        && protected_names::shown(memory).is_empty()
        && is_null(&pems(written))
        && is_null(&protected_maps(written))
        && is_null(&[
            &written.ssl_pem_wo_version,
            &written.configuration_protected_settings_wo_version,
        ])
        && !connections::brings_secrets(written)
}

/// What a complete protected map would need and nobody has written. `written` has the write-only
/// values.
pub(super) fn unknown(prior: &Extension, written: &Extension, memory: &Private) -> Vec<Diagnostic> {
    let others = others(memory);
    let shown = match others.as_slice() {
        [] => String::new(),
        names => format!("\n\nThe service shows these: {}.", names.join(", ")),
    };
    let parts = [
        (
            lacks_tls(prior, written, memory),
            "ssl_cert_pem",
            format!(
                "The certificate and its key are not written. Set `ssl_cert_pem` and `ssl_key_pem`, \
                 or their `_wo` twins.{shown}"
            ),
        ),
        (
            lacks_map(written, memory),
            "configuration_protected_settings",
            format!(
                "Other protected settings are not written, and the extension may have some. Set \
                 `configuration_protected_settings` or its `_wo` twin; `{{}}` where there are \
                 none.{shown}"
            ),
        ),
    ];
    let missing = parts.into_iter().filter(|(missing, ..)| *missing);
    let keys = connections::lacks_keys(prior, written).into_iter();
    let keys = keys.map(|(argument, fix)| refusal(argument, &fix));
    missing.map(|(_, attribute, fix)| refusal(attribute, &fix)).chain(keys).collect()
}

/// What the service shows and a complete protected map would not have, nor had before.
pub(super) fn lost(written: &Extension, memory: &Private) -> Names {
    let maps = protected_maps(written).into_iter().filter_map(Attr::known);
    let mut sent: Names = maps.flat_map(|map| map.keys().cloned()).collect();
    if pems(written).iter().any(|pem| !pem.is_null()) {
        sent.extend(TLS.map(str::to_owned));
    }
    sent.extend(protected_names::sent(memory));
    without(&others(memory).into_iter().collect(), &sent)
}

/// Of the names that the service shows, those that nobody but the user knows the values of.
fn others(memory: &Private) -> Vec<String> {
    let shown = protected_names::shown(memory).into_iter();
    shown.filter(|name| !settings::is_fetched(name)).collect()
}

/// The settings that the service holds, as the state has them.
pub(crate) fn held(of: &Extension) -> BTreeMap<String, String> {
    let mut held = known(&of.effective_configuration_settings);
    held.extend(declared(of).plain_known());
    held
}

fn known(map: &AttrMap<String>) -> BTreeMap<String, String> {
    let entries = map.known().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.known()?.clone()))).collect()
}

fn refusal(attribute: &'static str, fix: &str) -> Diagnostic {
    Diagnostic::error("Secrets of the extension are not known")
        .detail(format!(
            "This change sends the protected settings, which the service replaces as a whole and \
             never gives back: what is not sent again is lost.\n\n{fix}"
        ))
        .at(attribute)
}

// === other parts ===

type ProtectedMap = AttrMap<Sensitive<String>>;

fn protected_maps(of: &Extension) -> [&ProtectedMap; 2] {
    [&of.configuration_protected_settings, &of.configuration_protected_settings_wo]
}

fn pems(of: &Extension) -> [&Attr<Sensitive<String>>; 4] {
    [&of.ssl_cert_pem, &of.ssl_key_pem, &of.ssl_cert_pem_wo, &of.ssl_key_pem_wo]
}

/// The settings that certificate and key become.
const TLS: [&str; 2] = ["scoringFe.sslCert", "scoringFe.sslKey"];

fn lacks_map(written: &Extension, memory: &Private) -> bool {
    let sent = !written.configuration_protected_settings_wo_version.is_null()
        && written.configuration_protected_settings_wo.is_null();
    let is_unwritten = protected_maps(written).iter().all(|map| map.is_null());
    // Where names are shown, they are all that there is.
    let others = others(memory);
    let may_be = protected_names::shown(memory).is_empty()
        || others.iter().any(|name| !TLS.contains(&name.as_str()));
    sent || (is_marked(memory, SECRETS_UNSEEN) && is_unwritten && may_be)
}

fn lacks_tls(prior: &Extension, written: &Extension, memory: &Private) -> bool {
    let sent = !written.ssl_pem_wo_version.is_null();
    let maps = protected_maps(written);
    let is_taken =
        maps.iter().any(|map| map.is_unknown() || TLS.iter().any(|key| map.contains_key(key)));
    let shown = protected_names::shown(memory);
    let has = if shown.is_empty() {
        has_tls(prior)
    } else {
        shown.contains(TLS[0]) && uses_certificate(prior)
    };
    pems(written).iter().all(|pem| pem.is_null())
        && !is_taken
        && (sent || (is_marked(memory, SECRETS_UNSEEN) && has))
}

/// Whether the router uses a certificate that is not a Kubernetes secret.
fn has_tls(prior: &Extension) -> bool {
    let is_named = held(prior).get("sslCname").is_some_and(|name| !name.is_empty());
    is_named && uses_certificate(prior)
}

/// Whether inference answers over HTTPS, and not with a Kubernetes secret.
fn uses_certificate(prior: &Extension) -> bool {
    let held = held(prior);
    let set = |key: &str| held.get(key).is_some_and(|value| !value.is_empty());
    encrypts(prior) && !set("sslSecret") && !set("scoringFe.sslSecret")
}

/// Whether inference answers over HTTPS.
pub(super) fn encrypts(of: &Extension) -> bool {
    let held = held(of);
    let is = |key: &str| held.get(key).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    is("enableInference") && !is("allowInsecureConnections")
}
