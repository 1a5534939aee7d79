//! What an update sends: the plain settings that change (`Update` @3f6c0dae), and, when a secret
//! changes, the protected map as a whole, because the service replaces it as a whole.

use std::collections::BTreeMap;

use super::connections::{Connections, LOGS_STRING, Mode, Wanted, resolve};
use super::declared::{Declared, is_false, is_true};
use super::derive::{BUS_COPY, Derived, RELAY_COPY, copy};
use super::keys::{KEYS, NODE_SELECTOR, RETIRED, attribute_of};
use crate::{Impact, Place, Secret};

/// The plain half of a PATCH.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// `configurationSettings` to send: what is new or different. Empty: nothing to send.
    pub settings: BTreeMap<String, String>,
    /// What is no longer written. A PATCH cannot remove it: it stays in the service.
    pub leaving: Vec<Leaving>,
}

/// A setting that stays in the service although nobody writes it any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// Where it was written, counted from the extension.
    pub at: Place,
    /// The key on the wire.
    pub key: String,
    /// The value that stays.
    pub value: String,
}

impl Leaving {
    /// What the user has to know about it.
    pub fn impact(&self) -> Impact {
        let what = format!("stays {} in the service", self.value);
        let means = if RETIRED.iter().any(|(key, _)| *key == self.key) {
            "the product of today does not read it, so nothing is left to do".to_owned()
        } else {
            let known = KEYS.iter().find(|known| known.key == self.key);
            let write = match known.and_then(|known| known.default_today) {
                Some(default) => format!("write the service's default, {default}"),
                None => "write the value that it shall have".to_owned(),
            };
            format!("an update cannot remove a setting: {write}, or replace the extension")
        };
        Impact::new(self.at.clone(), self.at.to_string(), what, means)
    }
}

/// Compares what was written with what is. What is not known yet counts as not changed.
pub fn update(before: &Declared, after: &Declared) -> Update {
    let (old, mut new) = (plain(before), plain(after));
    if logs(before) == Some(true) && logs(after) == Some(false) {
        // What turns them on in a create is not what the user writes.
        let switches = ["logAnalyticsWS", "azure_log_analytics.enabled"];
        new.extend(switches.map(|key| (key.to_owned(), switch(false).to_owned())));
    }
    let changed = new.iter().filter(|(key, value)| old.get(*key) != Some(*value));
    let written = after.plain_entries();
    let sure = !after.plain.is_unknown() && !after.settings.node_selector.is_unknown();
    let gone = before.plain_known().into_iter();
    let gone = gone.filter(|(key, _)| sure && !written.contains_key(key) && !new.contains_key(key));
    Update {
        settings: changed.map(|(key, value)| (key.clone(), value.clone())).collect(),
        leaving: gone.map(|(key, value)| Leaving { at: place(&key), key, value }).collect(),
    }
}

/// Whether logs go to a workspace, as far as that is written.
fn logs(declared: &Declared) -> Option<bool> {
    let mode = declared.log_analytics.known().map(|mode| *mode != Mode::None);
    mode.or_else(|| declared.settings.log_analytics_ws.known().copied())
}

/// Where a key of the plain half is written.
fn place(key: &str) -> Place {
    match (attribute_of(key), key.strip_prefix(NODE_SELECTOR)) {
        (_, Some(label)) => Place::itself().attribute("node_selector").key(label),
        (Some(attribute), None) => Place::itself().attribute(attribute),
        (None, None) => Place::itself().attribute("configuration_settings").key(key),
    }
}

/// The plain half with what follows from it. Unlike in a create, a switch is written either way.
pub(super) fn plain(declared: &Declared) -> BTreeMap<String, String> {
    let mut maps = Derived { plain: declared.plain_known(), protected: declared.protected_known() };
    maps.modes(declared);
    if let Some(service) = given(&maps, "inferenceRouterServiceType") {
        let node_port = service.eq_ignore_ascii_case("nodePort");
        maps.set("scoringFe.serviceType.nodePort", switch(node_port));
    }
    if let Some(provider) = given(&maps, "internalLoadBalancerProvider") {
        let azure = provider.eq_ignore_ascii_case("azure");
        maps.set("scoringFe.serviceType.internalLoadBalancer", switch(azure));
    }
    let files = declared.ssl_cert_pem.known().zip(declared.ssl_key_pem.known()).is_some();
    if !files && let Some(secret) = given(&maps, "sslSecret") {
        maps.set("scoringFe.sslSecret", secret);
    }
    maps.plain
}

fn given(maps: &Derived, key: &str) -> Option<String> {
    maps.get(key).filter(|value| !value.is_empty()).map(str::to_owned)
}

fn switch(on: bool) -> &'static str {
    if on { "True" } else { "False" }
}

/// Which connections a complete protected map needs: those that a mode asks for, else those that
/// the service uses, told by the plain map that it holds.
pub fn wanted_again(declared: &Declared, held: &BTreeMap<String, String>) -> Wanted {
    let again = |mode, on, string| resolve(declared, mode, on, string);
    let relay =
        is_connected(held, "relayserver.enabled", Some("relayserver.hybridConnectionResourceID"));
    let bus = is_connected(held, "servicebus.enabled", Some("servicebus.resourceID"));
    let logs = held.get("azure_log_analytics.enabled").is_some_and(|value| is_true(value));
    Wanted {
        relay: again(declared.relay, relay, RELAY_COPY.0),
        service_bus: again(declared.service_bus, bus, BUS_COPY.0),
        log_analytics: again(declared.log_analytics, logs, LOGS_STRING),
    }
}

/// Whether an extension that holds these plain settings uses a side resource, by the setting that
/// turns it on. The CLI of 2021 had none for those that it connected: there the ID tells.
pub fn is_connected(held: &BTreeMap<String, String>, switch: &str, id: Option<&str>) -> bool {
    match held.get(switch) {
        Some(on) => !is_false(on),
        None => id.and_then(|key| held.get(key)).is_some_and(|id| !id.is_empty()),
    }
}

/// The complete protected map of an update that changes a secret.
pub fn protected(declared: &Declared, connections: &Connections) -> BTreeMap<String, Secret> {
    let mut maps = Derived { plain: BTreeMap::new(), protected: declared.protected_known() };
    maps.connect(connections);
    maps.files(declared);
    copy(&mut maps.protected, RELAY_COPY);
    copy(&mut maps.protected, BUS_COPY);
    maps.protected
}

const JOBS: &str = "running jobs may stop, and new ones may not start";
const ENDPOINTS: &str = "online endpoints and their deployments may stop answering";
const BOTH: &str = "running jobs may stop, and online endpoints and their deployments may stop \
                    answering";
const COST: &str = "a Log Analytics workspace takes the logs, and it may cost money";

/// What it means that an extension goes, for good or to be made again.
pub fn loss(extension: &str) -> Impact {
    let means = "running jobs stop, and every compute attached through it breaks until it is \
                 attached again";
    Impact::new(Place::itself(), extension, "is uninstalled", means)
}

/// What the changed settings of an update mean, as the CLI asks its user before it sends them; here
/// a setting in the protected map counts too.
pub fn impacts(before: &Declared, after: &Declared) -> Vec<Impact> {
    let plain = update(before, after).settings.into_iter();
    let plain = plain.filter_map(|(key, value)| {
        let at = place(&key);
        Some(Impact::new(
            at.clone(),
            at.to_string(),
            format!("changes to {value}"),
            means(&key, &value)?,
        ))
    });
    let old = before.protected_known();
    let secret =
        after.protected_known().into_iter().filter(|(key, value)| old.get(key) != Some(value));
    let secret = secret.filter_map(|(key, value)| {
        let at = Place::itself().attribute("configuration_protected_settings").key(&key);
        Some(Impact::new(at.clone(), at.to_string(), "changes", means(&key, value.expose())?))
    });
    plain.chain(secret).chain(open(after)).collect()
}

/// Settings whose values are not known yet, and may turn out to be others.
fn open(after: &Declared) -> impl Iterator<Item = Impact> {
    let selector = after.settings.node_selector.is_unknown().then(|| NODE_SELECTOR.to_owned());
    let entries = after.plain_entries().into_iter();
    let keys = entries.filter(|(_, value)| value.is_unknown()).map(|(key, _)| key);
    keys.chain(selector).filter_map(|key| {
        let at = match key.as_str() {
            NODE_SELECTOR => Place::itself().attribute("node_selector"),
            key => place(key),
        };
        let means = means(&key, "False").or_else(|| means(&key, "True"))?;
        Some(Impact::new(
            at.clone(),
            at.to_string(),
            "may change: its value is not known yet",
            means,
        ))
    })
}

fn means(key: &str, value: &str) -> Option<&'static str> {
    match key {
        "enableTraining" if is_false(value) => Some(JOBS),
        "enableInference" if is_false(value) => Some(ENDPOINTS),
        "installNvidiaDevicePlugin" if is_false(value) => Some(BOTH),
        "allowInsecureConnections"
        | "inferenceRouterServiceType"
        | "internalLoadBalancerProvider"
        | "sslCname" => Some(ENDPOINTS),
        "logAnalyticsWS" if is_true(value) => Some(COST),
        _ if key.contains("nodeSelector") => Some(BOTH),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{impacts, update, wanted_again};
    use crate::Given;
    use crate::settings::{Declared, Mode, Settings};

    #[test]
    fn only_what_changes_is_sent() {
        let before = declared(&[("keep", "1"), ("change", "1"), ("go", "1")]);
        let after = declared(&[("keep", "1"), ("change", "2"), ("new", "1")]);
        let update = update(&before, &after);
        let sent: Vec<_> = update.settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
        assert_eq!(sent, ["change=2", "new=1"]);
        let leaving: Vec<_> = update.leaving.iter().map(|one| one.at.to_string()).collect();
        assert_eq!(leaving, [r#"configuration_settings["go"]"#]);
    }

    #[test]
    fn a_switch_is_turned_off_again() {
        let service = |value: &str| Declared {
            settings: Settings {
                inference_router_service_type: Given::Set(value.to_owned()),
                ..Settings::default()
            },
            ..Declared::default()
        };
        let update = update(&service("NodePort"), &service("LoadBalancer"));
        assert_eq!(update.settings["scoringFe.serviceType.nodePort"], "False");
        assert_eq!(update.settings["inferenceRouterServiceType"], "LoadBalancer");
        assert_eq!(update.leaving, []);
    }

    #[test]
    fn a_typed_setting_that_leaves_is_named() {
        let before = Declared {
            settings: Settings {
                install_volcano: Given::Set(false),
                node_selector: entries(&[("disk", "ssd")]),
                ..Settings::default()
            },
            ..Declared::default()
        };
        let update = update(&before, &Declared::default());
        let leaving: Vec<_> =
            update.leaving.iter().map(|one| format!("{} stays {}", one.at, one.value)).collect();
        assert_eq!(leaving, ["install_volcano stays False", r#"node_selector["disk"] stays ssd"#]);
        let impact = update.leaving[0].impact();
        assert_eq!(impact.to_string(), "install_volcano stays False in the service");
        assert!(impact.means.contains("write the service's default, True,"), "{}", impact.means);
        assert!(update.settings.is_empty());
    }

    #[test]
    fn a_setting_of_2021_leaves_nothing_to_do() {
        let before = declared(&[("installBlobfuseSysctl", "True"), ("somethingElse", "1")]);
        let update = update(&before, &Declared::default());
        let means: Vec<_> = update.leaving.iter().map(|one| one.impact().means).collect();
        assert!(means[0].contains("nothing is left to do"), "{means:?}");
        assert!(means[1].contains("replace the extension"), "{means:?}");
    }

    #[test]
    fn what_is_not_known_yet_leaves_nothing() {
        let before = declared(&[("a", "1")]);
        let unknown = Declared { plain: Given::Unknown, ..Declared::default() };
        assert_eq!(update(&before, &unknown).leaving, []);
        let entry = Given::Set([("a".to_owned(), Given::Unknown)].into());
        let unknown = Declared { plain: entry, ..Declared::default() };
        assert_eq!(update(&before, &unknown), super::Update::default());
    }

    #[test]
    fn a_mode_is_sent_as_its_switch() {
        let none = Declared { relay: Given::Set(Mode::None), ..Declared::default() };
        let update = update(&Declared::default(), &none);
        assert_eq!(update.settings["relayserver.enabled"], "false");
    }

    #[test]
    fn a_switch_that_a_mode_takes_over_does_not_leave() {
        let settings = Settings { log_analytics_ws: Given::Set(true), ..Settings::default() };
        let before = Declared { settings, ..declared(&[("servicebus.enabled", "true")]) };
        let modes = |mode| Declared {
            service_bus: Given::Set(mode),
            log_analytics: Given::Set(mode),
            ..Declared::default()
        };
        assert_eq!(update(&before, &modes(Mode::Managed)), super::Update::default());
        let off = update(&before, &modes(Mode::None));
        let sent: Vec<_> = off.settings.iter().map(|(k, v)| format!("{k}={v}")).collect();
        let expected = [
            "azure_log_analytics.enabled=False",
            "logAnalyticsWS=False",
            "servicebus.enabled=false",
        ];
        assert_eq!(sent, expected);
        assert_eq!(off.leaving, []);
        assert_eq!(update(&before, &Declared::default()).leaving.len(), 2);
    }

    #[test]
    fn a_mode_is_wanted_before_the_service_has_it() {
        let held = [("relayserver.enabled".to_owned(), "false".to_owned())].into();
        assert_eq!(wanted_again(&Declared::default(), &held).relay, Mode::None);
        let existing = Declared { relay: Given::Set(Mode::Existing), ..Declared::default() };
        assert_eq!(wanted_again(&existing, &held).relay, Mode::Existing);
    }

    #[test]
    fn what_the_cli_of_2021_connected_has_no_switch() {
        let ids = ["relayserver.hybridConnectionResourceID", "servicebus.resourceID"];
        let mut held: BTreeMap<_, _> = ids.map(|key| (key.to_owned(), "/id".to_owned())).into();
        let again = wanted_again(&Declared::default(), &held);
        assert_eq!((again.relay, again.service_bus), (Mode::Managed, Mode::Managed));
        held.insert("servicebus.enabled".to_owned(), "False".to_owned());
        assert_eq!(wanted_again(&Declared::default(), &held).service_bus, Mode::None);
    }

    #[test]
    fn impacts_stand_on_their_attribute() {
        let after = Declared {
            settings: Settings { enable_training: Given::Set(false), ..Settings::default() },
            plain: entries(&[("foo", "1")]),
            ..Declared::default()
        };
        let found = impacts(&Declared::default(), &after);
        let told: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["enable_training changes to False"]);
        assert_eq!(impacts(&after, &after), []);
    }

    #[test]
    fn what_is_not_known_yet_may_have_an_impact() {
        let after = Declared {
            settings: Settings {
                ssl_cname: Given::Unknown,
                cluster_purpose: Given::Unknown,
                log_analytics_ws: Given::Unknown,
                node_selector: Given::Unknown,
                ..Settings::default()
            },
            ..Declared::default()
        };
        let found = impacts(&Declared::default(), &after);
        let told: Vec<_> = found.iter().map(|impact| impact.at.to_string()).collect();
        assert_eq!(told, ["log_analytics_ws", "ssl_cname", "node_selector"]);
        let selector = entries(&[("disk", "ssd")]);
        let selector = selector
            .map(|labels| labels.into_keys().map(|label| (label, Given::Unknown)).collect());
        let settings = Settings { node_selector: selector, ..Settings::default() };
        let found = impacts(&Declared::default(), &Declared { settings, ..Declared::default() });
        assert_eq!(found[0].at.to_string(), r#"node_selector["disk"]"#);
    }

    fn declared(plain: &[(&str, &str)]) -> Declared {
        Declared { plain: entries(plain), ..Declared::default() }
    }

    fn entries(entries: &[(&str, &str)]) -> Given<crate::Entries> {
        let given =
            |(key, value): &(&str, &str)| ((*key).to_owned(), Given::Set((*value).to_owned()));
        Given::Set(entries.iter().map(given).collect())
    }
}
