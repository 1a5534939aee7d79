//! The typed settings: one list, from which the struct, the keys on the wire, the defaults and the fields
//! of the provider's models come.

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

/// The list of typed settings, which goes to a macro behind whatever else that is to be given: each with
/// its attribute, its type, its key on the wire, and what the service of 2021 and that of today take
/// where it is not sent.
#[doc(hidden)]
#[macro_export]
macro_rules! typed_settings {
    ($then:path $(, $($with:tt)*)?) => {
        $then! {
            { $($($with)*)? }
            today {
                /// Training jobs may run.
                enable_training: bool = ENABLE_TRAINING, Some("False"), Some("False");
                /// Online endpoints may run.
                enable_inference: bool = ENABLE_INFERENCE, Some("False"), Some("False");
                /// Logs go to a Log Analytics workspace, which may cost money.
                log_analytics_ws: bool = LOG_ANALYTICS_WS, Some("False"), Some("False");
                /// Installs NVIDIA's device plugin; conflicts with one that is there.
                install_nvidia_device_plugin: bool = INSTALL_NVIDIA_DEVICE_PLUGIN, Some("True"), Some("False");
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
            retired {
                /// Installs Blobfuse 1.3.7. 2021 only.
                install_blobfuse_sysctl: bool = "installBlobfuseSysctl", Some("True with training"), None;
                /// Installs the Blobfuse Flexvolume. 2021 only.
                install_blobfuse_flexvol: bool = "installBlobfuseFlexvol", Some("True with training"), None;
                /// Where the Blobfuse Flexvolume goes. 2021 only, with training.
                volume_plugin_dir: String = "volumePluginDir", Some("/etc/kubernetes/volumeplugins"), None;
            }
        }
    };
}

/// A struct with a field for each typed setting beside its own, and the ways from it to [`Settings`] and
/// back. `today struct` leaves out what only the product of 2021 knew.
#[macro_export]
macro_rules! with_typed_settings {
    ($($model:tt)*) => { $crate::typed_settings! { $crate::add_typed_settings, $($model)* } };
}

#[doc(hidden)]
#[macro_export]
macro_rules! add_typed_settings {
    (
        { today $($model:tt)* }
        today { $($today:tt)* }
        retired { $($retired:tt)* }
    ) => {
        $crate::add_fields! { { $($model)* } $($today)* }
    };
    (
        { $($model:tt)* }
        today { $($today:tt)* }
        retired { $($retired:tt)* }
    ) => {
        $crate::add_fields! { { $($model)* } $($today)* $($retired)* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! add_fields {
    (
        { $(#[$meta:meta])* $visibility:vis struct $name:ident { $($own:tt)* } }
        $($(#[$doc:meta])* $attribute:ident: $type:ty = $key:tt, $y2021:expr, $today:expr;)*
    ) => {
        $(#[$meta])*
        $visibility struct $name {
            $($own)*
            $($visibility $attribute: ::vocabulary::Attr<$type>,)*
            $visibility node_selector: ::vocabulary::AttrMap<String>,
        }

        impl From<&$name> for $crate::settings::Settings {
            fn from(model: &$name) -> Self {
                let mut settings = Self::default();
                $(settings.$attribute = model.$attribute.clone();)*
                settings.node_selector = model.node_selector.clone();
                settings
            }
        }

        impl $name {
            /// The same with these typed settings.
            $visibility fn with_settings(self, settings: $crate::settings::Settings) -> Self {
                Self {
                    $($attribute: settings.$attribute,)*
                    node_selector: settings.node_selector,
                    ..self
                }
            }
        }
    };
}

macro_rules! define_settings {
    (
        {}
        today { $($today:tt)* }
        retired { $($retired:tt)* }
    ) => {
        define_settings! { $($today)* $($retired)* }
    };
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

typed_settings!(define_settings);

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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use vocabulary::Attr;

    use super::{KEYS, Settings};

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
}
