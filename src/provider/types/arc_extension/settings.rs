//! The settings of the model in the terms of `aml`, and back.

use std::collections::BTreeMap;

use aml::settings::{Declared, Imported, SecretEntries, Settings};
use aml::{Entries, Given, Secret};
use framework::{Attr, AttrMap, Sensitive};

use super::model::Extension;
use crate::connections::{ConnectionArguments, LOG_ANALYTICS, RELAY, SERVICE_BUS};

/// Everything that is written of the settings. A write-only twin counts as the other attribute.
pub(super) fn declared(of: &Extension, connections: &ConnectionArguments) -> Declared {
    Declared {
        settings: settings(of),
        plain: entries(&of.configuration_settings),
        protected: protected(of),
        ssl_cert_pem: secret(first_written(&of.ssl_cert_pem_wo, &of.ssl_cert_pem)),
        ssl_key_pem: secret(first_written(&of.ssl_key_pem_wo, &of.ssl_key_pem)),
        relay: RELAY.mode(connections),
        service_bus: SERVICE_BUS.mode(connections),
        log_analytics: LOG_ANALYTICS.mode(connections),
    }
}

fn settings(of: &Extension) -> Settings {
    Settings {
        enable_training: given(&of.enable_training),
        enable_inference: given(&of.enable_inference),
        log_analytics_ws: given(&of.log_analytics_ws),
        install_nvidia_device_plugin: given(&of.install_nvidia_device_plugin),
        install_blobfuse_sysctl: given(&of.install_blobfuse_sysctl),
        install_blobfuse_flexvol: given(&of.install_blobfuse_flexvol),
        volume_plugin_dir: given(&of.volume_plugin_dir),
        install_prom_op: given(&of.install_prom_op),
        install_volcano: given(&of.install_volcano),
        install_dcgm_exporter: given(&of.install_dcgm_exporter),
        allow_insecure_connections: given(&of.allow_insecure_connections),
        inference_router_service_type: given(&of.inference_router_service_type),
        inference_router_ha: given(&of.inference_router_ha),
        internal_load_balancer_provider: given(&of.internal_load_balancer_provider),
        ssl_secret: given(&of.ssl_secret),
        ssl_cname: given(&of.ssl_cname),
        cluster_purpose: given(&of.cluster_purpose),
        node_selector: entries(&of.node_selector),
    }
}

/// The model with settings that the service holds.
pub(super) fn fill_settings(known: Extension, held: Imported) -> Extension {
    let Imported { settings, plain } = held;
    Extension {
        enable_training: attr(settings.enable_training),
        enable_inference: attr(settings.enable_inference),
        log_analytics_ws: attr(settings.log_analytics_ws),
        install_nvidia_device_plugin: attr(settings.install_nvidia_device_plugin),
        install_blobfuse_sysctl: attr(settings.install_blobfuse_sysctl),
        install_blobfuse_flexvol: attr(settings.install_blobfuse_flexvol),
        volume_plugin_dir: attr(settings.volume_plugin_dir),
        install_prom_op: attr(settings.install_prom_op),
        install_volcano: attr(settings.install_volcano),
        install_dcgm_exporter: attr(settings.install_dcgm_exporter),
        allow_insecure_connections: attr(settings.allow_insecure_connections),
        inference_router_service_type: attr(settings.inference_router_service_type),
        inference_router_ha: attr(settings.inference_router_ha),
        internal_load_balancer_provider: attr(settings.internal_load_balancer_provider),
        ssl_secret: attr(settings.ssl_secret),
        ssl_cname: attr(settings.ssl_cname),
        cluster_purpose: attr(settings.cluster_purpose),
        node_selector: map(settings.node_selector),
        configuration_settings: if plain.is_empty() { Attr::Null } else { text_map(plain) },
        ..known
    }
}

pub(super) fn text_map(entries: BTreeMap<String, String>) -> AttrMap<String> {
    entries.into_iter().collect()
}

fn protected(of: &Extension) -> Given<SecretEntries> {
    let maps = [&of.configuration_protected_settings, &of.configuration_protected_settings_wo];
    if maps.iter().any(|map| map.is_unknown()) {
        return Given::Unknown;
    }
    let written: Vec<_> = maps.into_iter().filter_map(Attr::known).collect();
    if written.is_empty() {
        return Given::Unset;
    }
    let entries = written.into_iter().flatten();
    Given::Set(entries.map(|(key, value)| (key.clone(), secret(value))).collect())
}

fn entries(written: &AttrMap<String>) -> Given<Entries> {
    given(written).map(|map| map.iter().map(|(key, value)| (key.clone(), given(value))).collect())
}

fn first_written<'a, T>(first: &'a Attr<T>, second: &'a Attr<T>) -> &'a Attr<T> {
    if first.is_null() { second } else { first }
}

fn given<T: Clone>(written: &Attr<T>) -> Given<T> {
    match written {
        Attr::Null => Given::Unset,
        Attr::Unknown => Given::Unknown,
        Attr::Known(value) => Given::Set(value.clone()),
    }
}

fn secret(written: &Attr<Sensitive<String>>) -> Given<Secret> {
    match written {
        Attr::Null => Given::Unset,
        Attr::Unknown => Given::Unknown,
        Attr::Known(value) => Given::Set(Secret::new(value.expose())),
    }
}

fn attr<T>(given: Given<T>) -> Attr<T> {
    match given {
        Given::Unset => Attr::Null,
        Given::Unknown => Attr::Unknown,
        Given::Set(value) => Attr::Known(value),
    }
}

fn map(given: Given<Entries>) -> AttrMap<String> {
    attr(given).map(|entries| entries.into_iter().map(|(key, value)| (key, attr(value))).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aml::settings::{KEYS, sorted, update};

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
            let model = fill_settings(Extension::default(), sorted(&held));
            let none = Desired::new(Extension::default()).declared;
            let sent = update(&none, &Desired::new(model).declared).settings;
            assert_eq!(sent.get(&wire).map(String::as_str), Some(value), "{wire}");
        }
    }
}
