//! One case: its input as a user of the provider would write it, and the CLI's answer.

use std::collections::BTreeMap;

use aml::settings::{
    Cluster, ClusterKind, Connections, Declared, KEYS, LogAnalytics, Mode, Relay, ServiceBus,
};
use aml::side_resource;
use serde_json::{Map, Value, json};
use vocabulary::{Attr, Sensitive};

pub(crate) struct Case(Value);

impl Case {
    /// All cases of a fixture, whose first entry tells where they are from.
    pub(crate) fn all(fixture: &str) -> Vec<Case> {
        let all: Vec<Value> = serde_json::from_str(fixture).unwrap();
        assert!(all[0]["source"].is_string());
        all.into_iter().skip(1).map(Case).collect()
    }

    pub(crate) fn name(&self) -> &str {
        self.0["name"].as_str().unwrap()
    }

    pub(crate) fn input(&self) -> &Value {
        &self.0["input"]
    }

    pub(crate) fn output(&self) -> &Value {
        &self.0["output"]
    }

    /// What the CLI gets wrong here.
    pub(crate) fn is_bug(&self, part: &str) -> bool {
        self.0["bug_about"].as_array().is_some_and(|parts| parts.iter().any(|bug| bug == part))
    }

    /// A map of texts, with the group's ID put in.
    pub(crate) fn texts(&self, map: &Value) -> BTreeMap<String, String> {
        let entries = map.as_object().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap().replace("$GROUP", &self.group());
        entries.map(|(key, value)| (key.clone(), text(value))).collect()
    }

    fn text(&self, field: &str) -> &str {
        self.input()[field].as_str().unwrap()
    }

    fn group(&self) -> String {
        let (subscription, group) = (self.text("subscription"), self.text("resource_group"));
        format!("/subscriptions/{subscription}/resourceGroups/{group}")
    }

    /// `None`: not a cluster that the provider installs on.
    pub(crate) fn kind(&self) -> Option<ClusterKind> {
        ClusterKind::of(&self.resource_type())
    }

    fn resource_type(&self) -> String {
        let kind = self.text("cluster_type");
        let aks = kind.eq_ignore_ascii_case("managedClusters");
        let provider = if aks { "Microsoft.ContainerService" } else { "Microsoft.Kubernetes" };
        let provider = self.input()["cluster_rp"].as_str().unwrap_or(provider);
        format!("{provider}/{kind}")
    }

    pub(crate) fn cluster(&self, kind: ClusterKind) -> Cluster {
        let (group, kind_text, name) =
            (self.group(), self.resource_type(), self.text("cluster_name"));
        let found = &self.input()["cluster"];
        let location = found["location"].as_str().unwrap_or("eastus");
        let id = format!("{group}/providers/{kind_text}/{name}");
        Cluster::read(kind, &id, location, &found["properties"])
    }

    pub(crate) fn names(&self) -> side_resource::Names {
        let (subscription, group) = (self.text("subscription"), self.text("resource_group"));
        side_resource::names(self.text("cluster_name"), subscription, group)
    }

    /// The connections that the fake Azure gave, all three.
    pub(crate) fn connections(&self) -> Connections {
        let (names, group, cluster) = (self.names(), self.group(), self.text("cluster_name"));
        let relay = format!(
            "{group}/providers/Microsoft.Relay/namespaces/{}/hybridConnections/{cluster}",
            names.relay_namespace
        );
        let bus = names.service_bus_namespace;
        let bus = format!("{group}/providers/Microsoft.ServiceBus/namespaces/{bus}");
        Connections {
            relay: Some(Relay {
                hybrid_connection_id: Some(relay),
                connection_string: Sensitive::from("FAKE-RELAY-CONNECTION-STRING"),
            }),
            service_bus: Some(ServiceBus {
                namespace_id: Some(bus),
                connection_string: Sensitive::from("FAKE-SERVICE-BUS-CONNECTION-STRING"),
            }),
            log_analytics: Some(LogAnalytics {
                customer_id: "00000000-0000-0000-0000-0000000000ca".to_owned(),
                shared_key: Sensitive::from("FAKE-LOG-ANALYTICS-SHARED-KEY"),
            }),
        }
    }

    /// The input under Terraform's names. An error: a typed attribute cannot carry it.
    pub(crate) fn declared(&self) -> Result<Declared, String> {
        let (mut typed, mut plain) = (Map::new(), BTreeMap::new());
        for (key, value) in self.texts(&self.input()["settings"]) {
            let selector = key.strip_prefix("nodeSelector.").map(str::to_owned);
            if let Some(label) = selector {
                let labels = typed.entry("node_selector").or_insert(json!({}));
                labels[label] = value.into();
            } else if let Some(known) = KEYS.iter().find(|known| known.key == key) {
                typed.insert(known.attribute.to_owned(), typed_value(known.attribute, &value));
            } else {
                plain.insert(key, Attr::Known(value));
            }
        }
        let settings = serde_json::from_value(typed.into()).map_err(|error| error.to_string())?;
        let mut protected = self.texts(&self.input()["protected"]);
        let mut pem = |key: &str| {
            let pem = protected.remove(key).map(|text| text.replace("<empty-file>", ""));
            Attr::from(pem.map(Sensitive::from))
        };
        let (ssl_cert_pem, ssl_key_pem) = (pem("sslCertPemFile"), pem("sslKeyPemFile"));
        let secret = |(key, value): (String, String)| (key, Attr::Known(Sensitive::from(value)));
        Ok(Declared {
            settings,
            plain: Attr::Known(plain),
            protected: Attr::Known(protected.into_iter().map(secret).collect()),
            ssl_cert_pem,
            ssl_key_pem,
            ..Declared::default()
        })
    }
}

/// What the arguments `relay` and `service_bus` say, in place of the CLI's words for it. `None`: the case
/// has no such word, or one that is neither true nor false.
pub(crate) fn by_arguments(mut declared: Declared) -> Option<Declared> {
    let Attr::Known(plain) = &mut declared.plain else { return None };
    let mut mode = |switch: &str, string: &str| {
        let Some(Attr::Known(text)) = plain.remove(switch) else { return Some(Attr::Null) };
        let on: bool = text.to_lowercase().parse().ok()?;
        let secrets = declared.protected.known();
        let given = secrets.is_some_and(|secrets| secrets.contains_key(string));
        Some(Attr::Known(match (on, given) {
            (true, true) => Mode::Existing,
            (true, false) => Mode::Managed,
            (false, _) => Mode::None,
        }))
    };
    let relay = mode("relayserver.enabled", "relayServerConnectionString")?;
    let service_bus = mode("servicebus.enabled", "serviceBusConnectionString")?;
    if relay.is_null() && service_bus.is_null() {
        return None;
    }
    Some(Declared { relay, service_bus, ..declared })
}

/// A flag where the attribute is one and the text can be.
fn typed_value(attribute: &str, text: &str) -> Value {
    let read = |value: Value| {
        let one = json!({ attribute: value });
        serde_json::from_value::<aml::settings::Settings>(one).is_ok()
    };
    match text.to_lowercase().as_str() {
        "true" if read(true.into()) => true.into(),
        "false" if read(false.into()) => false.into(),
        _ => text.into(),
    }
}
