//! The protected settings: when an update sends them, and what must be known then.
//!
//! The service replaces the protected map as a whole and never gives it back. So it is left out of
//! an update unless one of its inputs changed, and then it must be complete.

use std::collections::BTreeMap;

use aml::settings;
use framework::{Attr, AttrMap, Diagnostic, Path, Private, Sensitive};

use super::beside;
use super::declared::declared;
use super::model::Extension;

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
    if beside::is_sent(prior, planned, fresh) {
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
    .chain(beside::taken_on_trust(prior, planned))
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
    ];
    let missing = parts.into_iter().filter(|(missing, ..)| *missing);
    let keys = beside::lacks_keys(prior, written).into_iter();
    let keys = keys.map(|(argument, fix)| refusal(argument, &fix));
    missing.map(|(_, attribute, fix)| refusal(attribute, fix)).chain(keys).collect()
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
