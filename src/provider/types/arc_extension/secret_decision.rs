//! Whether the protected settings are sent, which plan and apply decide here.
//!
//! The service replaces the protected settings as a whole and never returns them. So they are left
//! out of an update unless one of its inputs changed, and then they must be complete.

use std::collections::BTreeMap;

use aml::settings::{self, serves_https, wire};
use framework::{Attr, AttrMap, Diagnostic, Path, Private, Sensitive};

use super::desired::{Current, Desired};
use super::model::Extension;
use super::protected_names::{Names, ProtectedNames, without};
use crate::connections;

/// In private state: it was imported, and nothing was written to it since. What the configuration
/// says of secrets is taken to be what Azure holds.
pub(super) const IMPORTED: &str = "imported";
/// In private state: it was imported, and its protected settings were never sent from here.
pub(super) const SECRETS_UNSEEN: &str = "secrets_unseen";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SecretDecision {
    /// They are left out of the request, and stay as they are.
    Keep,
    /// They are sent, because of a change or for a repair.
    Send { missing: Names },
    /// They are sent again, because the service shows these names no more.
    Restore { missing: Names },
}

impl SecretDecision {
    pub(super) fn sends(&self) -> bool {
        *self != SecretDecision::Keep
    }

    /// The names that are sent again because they are missing.
    pub(super) fn missing(&self) -> Names {
        match self {
            SecretDecision::Keep => Names::new(),
            SecretDecision::Send { missing } | SecretDecision::Restore { missing } => {
                missing.clone()
            }
        }
    }
}

/// What the decision is made from.
pub(super) struct SecretInputs<'a> {
    pub(super) current: &'a Current,
    pub(super) planned: &'a Desired,
    /// With the write-only values: the configuration in a plan, the planned values in an apply.
    pub(super) written: &'a Desired,
    /// The plain settings that the service holds.
    pub(super) settings: &'a BTreeMap<String, String>,
    /// Whether the extension failed or is not there, so that all of it is sent.
    pub(super) is_repair: bool,
    pub(super) is_imported: bool,
    pub(super) is_unseen: bool,
    pub(super) names: ProtectedNames,
}

impl<'a> SecretInputs<'a> {
    pub(super) fn new(
        current: &'a Current, planned: &'a Desired, written: &'a Desired,
        settings: &'a BTreeMap<String, String>, is_repair: bool, private: &Private,
    ) -> Self {
        let is_marked = |mark| private.get(mark).unwrap_or(false);
        let (is_imported, is_unseen) = (is_marked(IMPORTED), is_marked(SECRETS_UNSEEN));
        let names = ProtectedNames::load(private);
        Self { current, planned, written, settings, is_repair, is_imported, is_unseen, names }
    }

    pub(super) fn decide(&self) -> SecretDecision {
        let missing = self.names_to_restore();
        if self.is_changed() || (self.is_repair && !self.is_left_out()) {
            SecretDecision::Send { missing }
        } else if self.is_repair || missing.is_empty() {
            SecretDecision::Keep
        } else {
            SecretDecision::Restore { missing }
        }
    }

    /// Whether an input of the protected settings changes.
    fn is_changed(&self) -> bool {
        let (prior, planned) = (&self.current.model, &self.planned.model);
        self.turns_on_certificate()
            || connections::sends_secrets(
                &self.current.connections,
                &self.planned.connections,
                self.is_imported,
            )
            || !self.is_imported
                && (prior.ssl_cert_pem != planned.ssl_cert_pem
                    || prior.ssl_key_pem != planned.ssl_key_pem
                    || prior.ssl_pem_wo_version != planned.ssl_pem_wo_version
                    || prior.configuration_protected_settings
                        != planned.configuration_protected_settings
                    || prior.configuration_protected_settings_wo_version
                        != planned.configuration_protected_settings_wo_version)
    }

    /// Whether the router begins to use a certificate that was written before, and not sent.
    fn turns_on_certificate(&self) -> bool {
        let update = settings::update(&self.current.declared, &self.planned.declared);
        settings::turns_on_certificate(self.settings, &self.written.declared, &update.settings)
    }

    /// Names that were sent, are missing, and can be sent again.
    fn names_to_restore(&self) -> Names {
        let missing = self.names.missing();
        if missing.is_empty() || !self.unknown_secrets().is_empty() {
            return Names::new();
        }
        missing
    }

    /// Whether a repair leaves the protected settings out: they were never sent from here, the
    /// service shows none, and none is written.
    fn is_left_out(&self) -> bool {
        fn are_null<T>(attributes: &[&Attr<T>]) -> bool {
            attributes.iter().all(|attribute| attribute.is_null())
        }
        let written = &self.written.model;
        self.is_unseen
            && self.names.shown.is_empty()
            && are_null(&pems(written))
            && are_null(&protected_maps(written))
            && are_null(&[
                &written.ssl_pem_wo_version,
                &written.configuration_protected_settings_wo_version,
            ])
            && !connections::has_own_secrets(&self.written.connections)
    }

    /// Errors of what the complete protected settings need and the configuration does not have.
    pub(super) fn unknown_secrets(&self) -> Vec<Diagnostic> {
        let shown = match self.names_of_user().as_slice() {
            [] => String::new(),
            names => format!("\n\nThe service shows these: {}.", names.join(", ")),
        };
        let parts = [
            (
                self.lacks_certificate(),
                "ssl_cert_pem",
                format!(
                    "The certificate and its key are not written. Set `ssl_cert_pem` and \
                     `ssl_key_pem`, or their `_wo` twins.{shown}"
                ),
            ),
            (
                self.lacks_protected_map(),
                "configuration_protected_settings",
                format!(
                    "Other protected settings are not written, and the extension may have some. Set \
                     `configuration_protected_settings` or its `_wo` twin; `{{}}` where there are \
                     none.{shown}"
                ),
            ),
        ];
        let missing = parts.into_iter().filter(|(missing, ..)| *missing);
        let keys =
            connections::missing_secrets(&self.current.connections, &self.written.connections);
        let keys = keys.into_iter().map(|(argument, fix)| unknown_secret(argument, &fix));
        missing.map(|(_, attribute, fix)| unknown_secret(attribute, &fix)).chain(keys).collect()
    }

    /// Names that the service shows, and that sending the protected settings removes.
    pub(super) fn removed_names(&self) -> Names {
        let maps = protected_maps(&self.written.model).into_iter().filter_map(Attr::known);
        let mut sent: Names = maps.flat_map(|map| map.keys().cloned()).collect();
        if pems(&self.written.model).iter().any(|pem| !pem.is_null()) {
            sent.extend(TLS_SETTINGS.map(str::to_owned));
        }
        sent.extend(self.names.sent.clone());
        without(&self.names_of_user().into_iter().collect(), &sent)
    }

    /// The attributes of secrets that are new after an import, and taken to be what Azure holds.
    pub(super) fn trusted_attributes(&self) -> Vec<Path> {
        fn is_new<T>(prior: &Attr<T>, planned: &Attr<T>) -> bool {
            prior.is_null() && !planned.is_null()
        }
        let (before, after) = (&self.current.model, &self.planned.model);
        let own = [
            ("ssl_cert_pem", is_new(&before.ssl_cert_pem, &after.ssl_cert_pem)),
            ("ssl_key_pem", is_new(&before.ssl_key_pem, &after.ssl_key_pem)),
            ("ssl_pem_wo_version", is_new(&before.ssl_pem_wo_version, &after.ssl_pem_wo_version)),
            (
                "configuration_protected_settings",
                is_new(
                    &before.configuration_protected_settings,
                    &after.configuration_protected_settings,
                ),
            ),
            (
                "configuration_protected_settings_wo_version",
                is_new(
                    &before.configuration_protected_settings_wo_version,
                    &after.configuration_protected_settings_wo_version,
                ),
            ),
        ];
        let own = own.into_iter().filter(|(_, is_new)| *is_new).map(|(name, _)| Path::from(name));
        let prior = &self.current.connections.arguments;
        let versions = connections::trusted_versions(prior, &self.planned.connections);
        own.chain(versions).collect()
    }

    // === parts ===

    /// Names that the service shows, of secrets that only the user knows.
    fn names_of_user(&self) -> Vec<String> {
        let shown = self.names.shown.iter();
        shown.filter(|name| !settings::is_fetched(name)).cloned().collect()
    }

    fn lacks_protected_map(&self) -> bool {
        let written = &self.written.model;
        let is_write_only_gone = !written.configuration_protected_settings_wo_version.is_null()
            && written.configuration_protected_settings_wo.is_null();
        let is_unwritten = protected_maps(written).iter().all(|map| map.is_null());
        // Where names are shown, they are all that there is.
        let may_have_others = self.names.shown.is_empty()
            || self.names_of_user().iter().any(|name| !TLS_SETTINGS.contains(&name.as_str()));
        is_write_only_gone || (self.is_unseen && is_unwritten && may_have_others)
    }

    fn lacks_certificate(&self) -> bool {
        let (written, held) = (&self.written.model, self.current.settings());
        let is_write_only = !written.ssl_pem_wo_version.is_null();
        let is_in_map = protected_maps(written)
            .iter()
            .any(|map| map.is_unknown() || TLS_SETTINGS.iter().any(|key| map.contains_key(key)));
        let has_certificate = if self.names.shown.is_empty() {
            held.get(wire::SSL_CNAME).is_some_and(|name| !name.is_empty()) && uses_certificate(held)
        } else {
            self.names.shown.contains(TLS_SETTINGS[0]) && uses_certificate(held)
        };
        pems(written).iter().all(|pem| pem.is_null())
            && !is_in_map
            && (is_write_only || (self.is_unseen && has_certificate))
    }
}

fn unknown_secret(attribute: &'static str, fix: &str) -> Diagnostic {
    Diagnostic::error("Secrets of the extension are not known")
        .detail(format!(
            "This change sends the protected settings, which the service replaces as a whole and \
             never gives back: what is not sent again is lost.\n\n{fix}"
        ))
        .at(attribute)
}

type ProtectedMap = AttrMap<Sensitive<String>>;

fn protected_maps(of: &Extension) -> [&ProtectedMap; 2] {
    [&of.configuration_protected_settings, &of.configuration_protected_settings_wo]
}

fn pems(of: &Extension) -> [&Attr<Sensitive<String>>; 4] {
    [&of.ssl_cert_pem, &of.ssl_key_pem, &of.ssl_cert_pem_wo, &of.ssl_key_pem_wo]
}

/// The settings that certificate and key become.
const TLS_SETTINGS: [&str; 2] = [wire::ROUTER_SSL_CERT, wire::ROUTER_SSL_KEY];

/// Whether the router uses a certificate that is not a Kubernetes secret.
fn uses_certificate(settings: &BTreeMap<String, String>) -> bool {
    let is_set = |key: &str| settings.get(key).is_some_and(|value| !value.is_empty());
    serves_https(settings) && !is_set(wire::SSL_SECRET) && !is_set(wire::ROUTER_SSL_SECRET)
}
