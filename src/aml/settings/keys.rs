//! The typed settings: one list, from which the struct, the wire keys and the defaults come.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use vocabulary::{Attr, AttrMap};

use super::selector::{NODE_SELECTOR, canonical, label_of, selector_key};
use super::wire;
use super::wire::{
    ALLOW_INSECURE_CONNECTIONS, CLUSTER_PURPOSE, ENABLE_INFERENCE, ENABLE_TRAINING,
    INFERENCE_ROUTER_HA, INFERENCE_ROUTER_SERVICE_TYPE, INSTALL_NVIDIA_DEVICE_PLUGIN,
    INTERNAL_LOAD_BALANCER_PROVIDER, LOG_ANALYTICS_WS, SSL_CNAME, SSL_SECRET,
};
use crate::spelling::nearest;

/// Which product the settings are for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Era {
    /// The preview of June 2021, as CLI extension 0.6.0 installed it.
    Y2021,
    /// The product since.
    #[default]
    Today,
}

/// One typed setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Terraform's name.
    pub attribute: &'static str,
    /// The key on the wire; of the node selector, the prefix of its keys.
    pub key: &'static str,
    /// What the service of 2021 takes where the setting is not sent.
    pub default_2021: Option<&'static str>,
    /// What the service of today takes where the setting is not sent.
    pub default_today: Option<&'static str>,
}

/// A value that travels as text.
trait Wire: Sized {
    fn to_wire(&self) -> String;
    fn from_wire(text: &str) -> Option<Self>;
}

impl Wire for bool {
    fn to_wire(&self) -> String {
        if *self { "True".to_owned() } else { "False".to_owned() }
    }

    fn from_wire(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

impl Wire for String {
    fn to_wire(&self) -> String {
        self.clone()
    }

    fn from_wire(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

macro_rules! settings {
    ($($(#[$doc:meta])* $attribute:ident: $type:ty = $key:tt, $y2021:expr, $today:expr;)*) => {
        /// The typed settings, under Terraform's names.
        ///
        /// In JSON each is its value or null, so none is unknown.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(default)]
        pub struct Settings {
            $($(#[$doc])*
            #[serde(deserialize_with = "value_or_null")]
            pub $attribute: Attr<$type>,)*
            /// Labels of the nodes that the extension's own pods run on.
            #[serde(deserialize_with = "texts_or_null")]
            pub node_selector: AttrMap<String>,
        }

        /// The typed settings with their wire keys and the defaults of both eras.
        pub const KEYS: &[Key] = &[
            $(Key {
                attribute: stringify!($attribute),
                key: $key,
                default_2021: $y2021,
                default_today: $today,
            },)*
            Key {
                attribute: "node_selector",
                key: NODE_SELECTOR,
                default_2021: None,
                default_today: None,
            },
        ];

        impl Settings {
            /// Each setting but the node selector under its wire key.
            fn single(&self) -> Vec<(&'static str, Attr<String>)> {
                vec![$(($key, self.$attribute.as_ref().map(Wire::to_wire)),)*]
            }

            /// Fills the attribute of a wire key. False: there is none, or it cannot hold the value.
            pub(super) fn fill(&mut self, key: &str, value: &str) -> bool {
                match key {
                    $($key => match Wire::from_wire(value) {
                        Some(value) => self.$attribute = Attr::Known(value),
                        None => return false,
                    },)*
                    _ => return self.fill_selector(key, value),
                }
                true
            }

            /// Takes what is written of an attribute out. False: nothing is.
            pub(super) fn leave_out(&mut self, attribute: &str) -> bool {
                match attribute {
                    $(stringify!($attribute) => {
                        !std::mem::take(&mut self.$attribute).is_null()
                    })*
                    _ => false,
                }
            }
        }
    };
}

settings! {
    /// Training jobs may run.
    enable_training: bool = ENABLE_TRAINING, Some("False"), Some("False");
    /// Online endpoints may run.
    enable_inference: bool = ENABLE_INFERENCE, Some("False"), Some("False");
    /// Logs go to a Log Analytics workspace, which may cost money.
    log_analytics_ws: bool = LOG_ANALYTICS_WS, Some("False"), Some("False");
    /// Installs NVIDIA's device plugin; conflicts with one that is there.
    install_nvidia_device_plugin: bool = INSTALL_NVIDIA_DEVICE_PLUGIN, Some("True"), Some("False");
    /// Installs Blobfuse 1.3.7. 2021 only.
    install_blobfuse_sysctl: bool = "installBlobfuseSysctl", Some("True with training"), None;
    /// Installs the Blobfuse Flexvolume. 2021 only.
    install_blobfuse_flexvol: bool = "installBlobfuseFlexvol", Some("True with training"), None;
    /// Where the Blobfuse Flexvolume goes. 2021 only, with training.
    volume_plugin_dir: String = "volumePluginDir", Some("/etc/kubernetes/volumeplugins"), None;
    /// Installs the Prometheus operator.
    install_prom_op: bool = "installPromOp", None, Some("True");
    /// Installs the Volcano scheduler, which training needs.
    install_volcano: bool = "installVolcano", None, Some("True");
    /// Installs the exporter of GPU metrics.
    install_dcgm_exporter: bool = "installDcgmExporter", None, Some("False");
    /// Endpoints answer over plain HTTP.
    allow_insecure_connections: bool = ALLOW_INSECURE_CONNECTIONS, Some("False"), Some("False");
    /// `loadBalancer`, `nodePort` or `clusterIP`, in any case. Inference needs it.
    inference_router_service_type: String = INFERENCE_ROUTER_SERVICE_TYPE, None, None;
    /// Three replicas of the router; needs three nodes.
    inference_router_ha: bool = INFERENCE_ROUTER_HA, None, Some("True");
    /// `azure`: an internal load balancer of AKS.
    internal_load_balancer_provider: String = INTERNAL_LOAD_BALANCER_PROVIDER, None, None;
    /// A Kubernetes secret in namespace `azureml` with `cert.pem` and `key.pem`.
    ssl_secret: String = SSL_SECRET, None, None;
    /// The name that the certificate is for.
    ssl_cname: String = SSL_CNAME, None, None;
    /// `DevTest` or `FastProd`, in any case.
    cluster_purpose: String = CLUSTER_PURPOSE, None, None;
}

fn value_or_null<'de, T, D>(deserializer: D) -> Result<Attr<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Attr::from)
}

fn texts_or_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<AttrMap<String>, D::Error> {
    let texts: Attr<BTreeMap<String, Option<String>>> = value_or_null(deserializer)?;
    Ok(texts.map(|texts| texts.into_iter().map(|(key, text)| (key, text.into())).collect()))
}

impl Settings {
    /// The typed settings that a service's plain map holds, derived ones too. A value that does not
    /// fit its attribute is passed over.
    pub fn read(held: &BTreeMap<String, String>) -> Self {
        let mut settings = Settings::default();
        for (key, value) in in_order(held.iter()) {
            settings.fill(key, value);
        }
        settings
    }

    /// Everything that is written, under its wire key. An unknown node selector has no key yet.
    pub(super) fn on_the_wire(&self) -> Vec<(String, Attr<String>)> {
        let single = self.single().into_iter().map(|(key, value)| match key {
            wire::CLUSTER_PURPOSE => (key.to_owned(), value.map(purpose)),
            _ => (key.to_owned(), value),
        });
        let selector = self.node_selector.known().into_iter().flatten();
        let selector = selector.map(|(label, value)| (selector_key(label), value.clone()));
        single.chain(selector).filter(|(_, value)| !value.is_null()).collect()
    }

    /// Takes a label out. False: it is none of these.
    pub(super) fn leave_out_label(&mut self, label: &str) -> bool {
        let Attr::Known(labels) = &mut self.node_selector else { return false };
        let removed = labels.remove(label).is_some();
        if labels.is_empty() {
            self.node_selector = Attr::Null;
        }
        removed
    }

    fn fill_selector(&mut self, key: &str, value: &str) -> bool {
        let Some(label) = label_of(key) else { return false };
        let labels = self.node_selector.known_elements().map(|(k, v)| (k.clone(), v.clone()));
        let labels = labels.chain([(label, value.to_owned())]);
        let labels = labels.map(|(label, value)| (label, Attr::Known(value))).collect();
        self.node_selector = Attr::Known(labels);
        true
    }
}

/// What the extension may be for (`az k8s-extension`, `AzureMLKubernetes.py`).
pub(super) const PURPOSES: [&str; 2] = ["DevTest", "FastProd"];

/// A purpose in the service's own casing.
fn purpose(written: String) -> String {
    let known = PURPOSES.into_iter().find(|known| known.eq_ignore_ascii_case(&written));
    known.map_or(written, str::to_owned)
}

/// Where one label has keys of two spellings, the one that Helm reads comes last.
pub(super) fn in_order<'a>(
    held: impl Iterator<Item = (&'a String, &'a String)>,
) -> Vec<(&'a String, &'a String)> {
    let mut held: Vec<_> = held.collect();
    held.sort_by_key(|(key, _)| canonical(key) == **key);
    held
}

/// Settings whose values are secret or local paths, with the attribute that takes their place.
pub(super) const FILES: [(&str, &str); 2] =
    [("sslCertPemFile", "ssl_cert_pem"), ("sslKeyPemFile", "ssl_key_pem")];

/// Keys whose values are secrets: they belong into the protected map.
pub(super) const SECRETS: [&str; 8] = [
    wire::RELAY_CONNECTION_STRING,
    wire::RELAY_CONNECTION_STRING_COPY,
    wire::RELAY_CONNECTION_STRING_2021,
    wire::SERVICE_BUS_CONNECTION_STRING,
    wire::SERVICE_BUS_CONNECTION_STRING_COPY,
    wire::LOG_ANALYTICS_SHARED_KEY,
    wire::ROUTER_SSL_CERT,
    wire::ROUTER_SSL_KEY,
];

/// Keys that say who looks after a side resource, which is what an argument is for: the argument,
/// and what in it takes their place. One that ends in a dot is the prefix of many.
const OWNED: [(&str, &str, &str); 14] = [
    (wire::RELAY_ENABLED, "relay", "mode"),
    (wire::RELAY_NAME, "relay", "hybrid_connection_id"),
    (wire::RELAY_ID, "relay", "hybrid_connection_id"),
    (wire::RELAY_CONNECTION_STRING, "relay", "connection_string_wo"),
    (wire::RELAY_CONNECTION_STRING_COPY, "relay", "connection_string_wo"),
    (wire::RELAY_CONNECTION_STRING_2021, "relay", "connection_string_wo"),
    (wire::SERVICE_BUS_ENABLED, "service_bus", "mode"),
    (wire::SERVICE_BUS_ID, "service_bus", "namespace_id"),
    (wire::SERVICE_BUS_TOPIC, "service_bus", "mode"),
    (wire::SERVICE_BUS_CONNECTION_STRING, "service_bus", "connection_string_wo"),
    (wire::SERVICE_BUS_CONNECTION_STRING_COPY, "service_bus", "connection_string_wo"),
    (wire::LOG_ANALYTICS_ENABLED, "log_analytics", "mode"),
    (wire::LOG_ANALYTICS_CUSTOMER_ID, "log_analytics", "customer_id"),
    (wire::LOG_ANALYTICS_SHARED_KEY, "log_analytics", "shared_key_wo"),
];

/// Keys of 2021 that are gone, with what took their place.
pub(super) const RETIRED: [(&str, Option<&str>); 7] = [
    ("installBlobfuseSysctl", None),
    ("installBlobfuseFlexvol", None),
    ("volumePluginDir", None),
    (wire::PRIVATE_ENDPOINT_NODE_PORT, Some("inference_router_service_type")),
    (wire::PRIVATE_ENDPOINT_INTERNAL_LOAD_BALANCER, Some("internal_load_balancer_provider")),
    (wire::INFERENCE_LOAD_BALANCER_HA, Some("inference_router_ha or cluster_purpose")),
    (wire::RELAY_CONNECTION_STRING_2021, Some(wire::RELAY_CONNECTION_STRING_COPY)),
];

/// Documented keys without an attribute, and those that are derived.
const FREE: [&str; 28] = [
    "amloperator.custom_ip_interface",
    "amloperator.custom_ip_interface_enabled",
    "amloperator.skipResourceValidation",
    wire::LOG_ANALYTICS_CUSTOMER_ID,
    wire::LOG_ANALYTICS_ENABLED,
    "blobCsiDriverEnabled",
    wire::CLUSTER_ID,
    wire::CLUSTER_NAME,
    wire::CLUSTER_NAME_FRIENDLY,
    wire::DOMAIN,
    "enable_https",
    wire::IS_AKS_MIGRATION,
    wire::JOB_SCHEDULER_LOCATION,
    wire::LOCATION,
    "nginxIngress.controller",
    "nginxIngress.controllerConfig.worker-processes",
    wire::NGINX_INGRESS_ENABLED,
    "nginxIngress.resources.controller.limits.memory",
    wire::OPENSHIFT,
    wire::PROMETHEUS_CLUSTER_NAME,
    wire::RELAY_ENABLED,
    wire::RELAY_NAME,
    wire::RELAY_ID,
    wire::ROUTER_NAMESPACE,
    wire::SERVICE_BUS_ENABLED,
    wire::SERVICE_BUS_ID,
    "volcanoScheduler.enable",
    "volcanoScheduler.schedulerConfigMap",
];

/// Those that say which cluster it is: the provider takes them from the cluster, and guessing one of
/// them would invite to overwrite it.
const IDENTITIES: [&str; 6] = [
    wire::CLUSTER_ID,
    wire::CLUSTER_NAME,
    wire::CLUSTER_NAME_FRIENDLY,
    wire::JOB_SCHEDULER_LOCATION,
    wire::LOCATION,
    wire::PROMETHEUS_CLUSTER_NAME,
];

/// What a key of a free map really is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Recognised {
    /// There is an attribute for it.
    Typed(&'static str),
    /// A known key in the wrong case: the service passes over it.
    WrongCase(&'static str),
    /// Close to a known key, which it may mean.
    Near(&'static str),
    /// Known, or like nothing known.
    Free,
}

pub(super) fn recognise(key: &str) -> Recognised {
    let selector = key.get(..NODE_SELECTOR.len()).unwrap_or_default();
    if selector.eq_ignore_ascii_case(NODE_SELECTOR) {
        return Recognised::Typed("node_selector");
    }
    let typed = KEYS.iter().map(|key| (key.key, key.attribute)).chain(FILES);
    for (known, attribute) in typed.clone() {
        if known.eq_ignore_ascii_case(key) {
            return Recognised::Typed(attribute);
        }
    }
    let retired = RETIRED.iter().map(|(key, _)| *key);
    let free = || FREE.into_iter().chain(SECRETS).chain(retired.clone());
    if free().any(|known| known == key) {
        return Recognised::Free;
    }
    if let Some(known) = free().find(|known| known.eq_ignore_ascii_case(key)) {
        return Recognised::WrongCase(known);
    }
    let guessed = free().filter(|known| !IDENTITIES.contains(known));
    match nearest(key, guessed) {
        Some(known) => Recognised::Near(known),
        None => nearest(key, typed.map(|(known, _)| known))
            .and_then(attribute_of)
            .map_or(Recognised::Free, Recognised::Near),
    }
}

/// Whether it says which cluster it is, which the provider takes from the cluster.
pub(super) fn is_identity(key: &str) -> bool {
    IDENTITIES.contains(&key)
}

/// Whether the service passes over it because of its case.
pub(super) fn is_passed_over(key: &str) -> bool {
    match recognise(key) {
        Recognised::WrongCase(_) => true,
        Recognised::Typed(_) => attribute_of(key).is_none(),
        Recognised::Near(_) | Recognised::Free => false,
    }
}

/// The argument that a key stands for, and the attribute in it.
pub(super) fn argument_of(key: &str) -> Option<(&'static str, &'static str)> {
    let is = |known: &str| known == key || (known.ends_with('.') && key.starts_with(known));
    OWNED
        .iter()
        .find(|(known, ..)| is(known))
        .map(|(_, argument, attribute)| (*argument, *attribute))
}

/// The attribute of a wire key.
pub(super) fn attribute_of(key: &str) -> Option<&'static str> {
    let typed = KEYS.iter().map(|key| (key.key, key.attribute)).chain(FILES);
    let single = typed.into_iter().find(|(known, _)| *known == key).map(|(_, attribute)| attribute);
    single.or(key.starts_with(NODE_SELECTOR).then_some("node_selector"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vocabulary::Attr;

    use super::{KEYS, Recognised, Settings, recognise};

    #[test]
    fn an_attribute_is_the_snake_case_of_its_key() {
        for key in KEYS {
            let squeezed = key.attribute.replace('_', "");
            let wire = key.key.trim_end_matches('.').to_lowercase();
            assert_eq!(squeezed, wire);
        }
    }

    #[test]
    fn settings_read_and_write_in_terraforms_names() {
        let written = json!({ "enable_training": true, "node_selector": { "disk": "ssd" } });
        let read: Settings = serde_json::from_value(written).unwrap();
        assert_eq!(read.enable_training, Attr::Known(true));
        let wire = read.on_the_wire();
        let expected = [("enableTraining", "True"), ("nodeSelector.disk", "ssd")];
        let expected = expected.map(|(key, value)| (key.to_owned(), Attr::Known(value.to_owned())));
        assert_eq!(wire, expected);
    }

    #[test]
    fn settings_are_read_from_what_the_service_holds() {
        let held = [
            ("enableInference", "false"),
            ("installVolcano", "odd"),
            ("clusterPurpose", "DevTest"),
        ];
        let held = held.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let expected = Settings {
            enable_inference: Attr::Known(false),
            cluster_purpose: Attr::Known("DevTest".to_owned()),
            ..Settings::default()
        };
        assert_eq!(Settings::read(&held.into()), expected);
    }

    #[test]
    fn keys_are_recognised() {
        assert_eq!(recognise("enableTraining"), Recognised::Typed("enable_training"));
        assert_eq!(recognise("InferenceRouterHA"), Recognised::Typed("inference_router_ha"));
        assert_eq!(recognise("nodeselector.disk"), Recognised::Typed("node_selector"));
        assert_eq!(recognise("sslCertPemFile"), Recognised::Typed("ssl_cert_pem"));
        assert_eq!(recognise("doamin"), Recognised::Near("domain"));
        assert_eq!(recognise("enableTrainig"), Recognised::Near("enable_training"));
        assert_eq!(recognise("ClusterId"), Recognised::WrongCase("clusterId"));
        for meant in ["clusterName", "cluster-name", "clusterIds", "locations"] {
            assert_eq!(recognise(meant), Recognised::Free, "r11: {meant}");
        }
        for free in ["domain", "foo", "foo.bar", "toleration[0].key", "RelayConnectionString"] {
            assert_eq!(recognise(free), Recognised::Free, "{free}");
        }
    }
}
