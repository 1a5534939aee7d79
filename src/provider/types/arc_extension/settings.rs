//! The settings of the model for the rules of `aml`, and back.

use std::collections::BTreeMap;

use aml::settings::{Declared, Imported};
use framework::{Attr, AttrMap, Sensitive};

use super::model::Extension;
use crate::connections::{ConnectionArguments, LOG_ANALYTICS, RELAY, SERVICE_BUS};

/// Everything that is written of the settings. A write-only twin counts as the other attribute.
pub(super) fn declared(of: &Extension, connections: &ConnectionArguments) -> Declared {
    Declared {
        settings: of.into(),
        plain: of.configuration_settings.clone(),
        protected: protected(of),
        ssl_cert_pem: first_written(&of.ssl_cert_pem_wo, &of.ssl_cert_pem).clone(),
        ssl_key_pem: first_written(&of.ssl_key_pem_wo, &of.ssl_key_pem).clone(),
        relay: RELAY.mode(connections),
        service_bus: SERVICE_BUS.mode(connections),
        log_analytics: LOG_ANALYTICS.mode(connections),
    }
}

/// The model with settings that the service holds.
pub(super) fn fill_settings(known: Extension, held: Imported) -> Extension {
    let Imported { settings, plain } = held;
    let configuration_settings = if plain.is_empty() { Attr::Null } else { text_map(plain) };
    Extension { configuration_settings, ..known.with_settings(settings) }
}

pub(super) fn text_map(entries: BTreeMap<String, String>) -> AttrMap<String> {
    entries.into_iter().collect()
}

fn protected(of: &Extension) -> AttrMap<Sensitive<String>> {
    let maps = [&of.configuration_protected_settings, &of.configuration_protected_settings_wo];
    if maps.iter().any(|map| map.is_unknown()) {
        return Attr::Unknown;
    }
    let written: Vec<_> = maps.into_iter().filter_map(Attr::known).collect();
    if written.is_empty() {
        return Attr::Null;
    }
    let entries = written.into_iter().flatten();
    Attr::Known(entries.map(|(key, value)| (key.clone(), value.clone())).collect())
}

fn first_written<'a, T>(first: &'a Attr<T>, second: &'a Attr<T>) -> &'a Attr<T> {
    if first.is_null() { second } else { first }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aml::settings::{KEYS, import_all, update};

    use super::super::desired::Desired;
    use super::super::schema::schema;
    use super::{Extension, fill_settings};

    #[test]
    fn every_typed_setting_has_an_attribute_and_comes_back() {
        let schema = schema();
        let attributes: Vec<_> = schema.attributes().iter().map(|each| each.name).collect();
        for key in KEYS {
            assert!(attributes.contains(&key.attribute), "{}", key.attribute);
            let wire =
                if key.key.ends_with('.') { format!("{}pool", key.key) } else { key.key.into() };
            let value = if key.default_today == Some("False") { "True" } else { "False" };
            let held = BTreeMap::from([(wire.clone(), value.to_owned())]);
            let model = fill_settings(Extension::default(), import_all(&held));
            let none = Desired::new(Extension::default()).declared;
            let sent = update(&none, &Desired::new(model).declared).settings;
            assert_eq!(sent.get(&wire).map(String::as_str), Some(value), "{wire}");
        }
    }
}
