//! Our answer beside the CLI's.

use std::collections::BTreeMap;

use aml::settings::{
    self, ClusterKind, Connections, Declared, Derived, Era, Mode, Relay, ServiceBus, Wanted,
};
use aml::side_resource;
use serde_json::Value;
use vocabulary::{Attr, Problem, Sensitive, Step};

use crate::case::{Case, by_arguments};
use crate::key_of;

type Held = Result<(), String>;

/// A create: the same maps and side resources, or the same refusal.
pub(crate) fn create(case: &Case, era: Era) -> Held {
    let error = error(case);
    let Some(kind) = case.kind() else {
        return same("refusal", &Some("cluster_type"), &error);
    };
    create_of(case, &case.declared()?, kind, era)
}

/// The same where the arguments say what the case says in the CLI's words.
pub(crate) fn create_by_arguments(case: &Case) -> Held {
    let Some(kind) = case.kind() else { return Ok(()) };
    match case.declared().ok().and_then(by_arguments) {
        Some(declared) => create_of(case, &declared, kind, Era::Today),
        None => Ok(()),
    }
}

fn create_of(case: &Case, declared: &Declared, kind: ClusterKind, era: Era) -> Held {
    let (error, cluster) = (error(case), case.cluster(kind));
    let wanted = settings::required_connections(declared, kind, era);
    let connections = brought(only(case.connections(), wanted), declared, wanted);
    let derived = settings::derive(declared, &cluster, &connections, era);
    let version = case.input()["version"].as_str();
    let upgrade = case.input()["auto_upgrade"].as_bool();
    let release = settings::check_release(version.into(), upgrade.into());
    match (error, derived.map_err(|found| [found, release.clone().into_iter().collect()].concat()))
    {
        (Some(about), _) if is_side(about) => failing(case, wanted, about),
        (Some(about), Err(found)) => refused(about, &found),
        (Some(about), Ok(_)) => refused(about, release.as_slice()),
        (None, Err(found)) => Err(format!("we refuse it: {found:?}")),
        (None, Ok(derived)) => {
            maps(case, &derived)?;
            let train = settings::release_train(case.input()["release_train"].as_str());
            same("train", &Some(train), &case.output()["release_train"].as_str())?;
            // The CLI leaves it out where it is not given; the service then takes true, which it
            // refuses beside a version: there we send false.
            let sent = settings::auto_upgrade(upgrade, version);
            let expected = case.output()["auto_upgrade"].as_bool().unwrap_or(version.is_none());
            same("auto upgrade", &sent, &expected)?;
            let namespace = case.output()["release_namespace"].as_str();
            same("namespace", &Some(settings::RELEASE_NAMESPACE), &namespace)?;
            if era == Era::Today {
                let identity = case.output()["create_identity"].as_bool();
                same("identity", &Some(kind.takes_identity()), &identity)?;
            }
            side_resources(case, wanted)
        }
    }
}

/// How many settings of the user the CLI overwrites; each of them is named, and no other.
pub(crate) fn overwritten(case: &Case) -> Result<usize, String> {
    let sent = case.texts(&case.output()["settings"]);
    let written = case.texts(&case.input()["settings"]);
    let lost = written.iter().filter(|(key, value)| {
        let bug = case.is_bug(&format!("settings.{key}"));
        !bug && sent.get(*key).is_some_and(|sent| !sent.eq_ignore_ascii_case(value))
    });
    let lost: Vec<_> = lost.map(|(key, _)| format!("configuration_settings[\"{key}\"]")).collect();
    let Some(kind) = case.kind() else { return Ok(0) };
    let Ok(declared) = case.declared() else { return Ok(0) };
    let connections =
        only(case.connections(), settings::required_connections(&declared, kind, Era::Today));
    let derived = settings::derive(&declared, &case.cluster(kind), &connections, Era::Today);
    if derived.is_err() {
        return Ok(0);
    }
    let places = |found: Vec<Problem>| -> Vec<String> {
        found.iter().map(|problem| problem.path.to_reference()).collect()
    };
    // Settings of side resources are refused whether or not they are overwritten.
    let owned = places(settings::check_owned(&declared));
    let others: Vec<_> = lost.iter().filter(|key| !owned.contains(key)).cloned().collect();
    let overruled = places(settings::check_overwritten(&declared, &case.cluster(kind)));
    same("overruled", &overruled, &others)?;
    Ok(lost.len())
}

/// An update: the same change of the plain map, the same complete protected map.
pub(crate) fn update(case: &Case) -> Held {
    let declared = case.declared()?;
    let held = case.texts(&case.input()["original_settings"]);
    let wanted = settings::connections_of_protected_settings(&declared, &held);
    if case.is_bug("error") {
        return Ok(());
    }
    match error(case) {
        Some(about) if is_side(about) => failing(case, wanted, about),
        Some(about) => {
            let mut whole = declared.clone();
            whole.settings.enable_inference = Attr::Known(true);
            refused(about, &settings::check(&whole, Attr::Unknown, Era::Today))
        }
        None => {
            let update = settings::update(&Declared::default(), &declared);
            let mut connections = only(case.connections(), wanted);
            // The CLI looks for the workspace whether or not the extension uses it.
            let logs = case.input()["side"]["log_analytics"] == "exists";
            let given =
                case.input()["protected"]["azure_log_analytics.connection_string"].is_string();
            connections.log_analytics = case.connections().log_analytics.filter(|_| logs && !given);
            let protected = match &declared.protected {
                Attr::Known(secrets) if secrets.is_empty() && declared.ssl_cert_pem.is_null() => {
                    BTreeMap::new()
                }
                _ => settings::derive_protected(&declared, &connections),
            };
            maps(case, &Derived { plain: update.settings, protected })?;
            prompts(case, &declared)
        }
    }
}

fn error(case: &Case) -> Option<&str> {
    case.output()["error"]["about"].as_str()
}

fn is_side(about: &str) -> bool {
    ["relay", "service_bus", "log_analytics"].contains(&about)
}

/// Azure refuses a side resource that we want too.
fn failing(case: &Case, wanted: Wanted, about: &str) -> Held {
    let mode = match about {
        "relay" => wanted.relay,
        "service_bus" => wanted.service_bus,
        _ => wanted.log_analytics,
    };
    same(about, &mode, &Mode::Managed)?;
    let makes = case.input()["side"][about] == "exists";
    same("it exists", &makes, &false)
}

/// Everything that the CLI complains about is among what we complain about.
fn refused(about: &str, found: &[Problem]) -> Held {
    let errors = found.iter().filter(|problem| problem.is_error());
    let keys: Vec<String> = errors.map(key).collect();
    match about.split(',').find(|about| !keys.iter().any(|key| key == about)) {
        Some(missing) => Err(format!("nothing about {missing}: {found:?}")),
        None => Ok(()),
    }
}

fn key(problem: &Problem) -> String {
    match problem.path.steps() {
        [Step::Attribute(map), Step::Key(key)] if map.starts_with("configuration_") => key.clone(),
        [Step::Attribute(attribute), ..] => key_of(attribute).to_owned(),
        _ => String::new(),
    }
}

fn maps(case: &Case, ours: &Derived) -> Held {
    let mut plain = case.texts(&case.output()["settings"]);
    let mut protected = case.texts(&case.output()["protected"]);
    let mut our_plain = ours.plain.clone();
    let secrets = ours.protected.iter();
    let mut our_protected: BTreeMap<String, String> =
        secrets.map(|(key, secret)| (key.clone(), secret.expose().clone())).collect();
    for map in [&mut plain, &mut our_plain] {
        map.retain(|key, _| !case.is_bug(&format!("settings.{key}")));
        for (key, value) in map.iter_mut() {
            // A flag that a user of the CLI typed goes out as typed; ours is `True` or `False`.
            let switch = ["relayserver.enabled", "servicebus.enabled"].contains(&key.as_str());
            let typed = settings::KEYS.iter().any(|known| known.key == key);
            if (switch || typed) && is_flag(value) {
                *value = value.to_lowercase();
            }
        }
    }
    for map in [&mut protected, &mut our_protected] {
        map.retain(|key, _| !case.is_bug(&format!("protected.{key}")));
    }
    same("settings", &our_plain, &plain)?;
    same("protected", &our_protected, &protected)
}

fn is_flag(text: &str) -> bool {
    text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
}

/// The CLI touches exactly the side resources that we want, under our names, with our bodies.
fn side_resources(case: &Case, wanted: Wanted) -> Held {
    if case.is_bug("calls") {
        return Ok(());
    }
    let calls = case.output()["calls"].as_array().cloned().unwrap_or_default();
    let reaches = |what: &str| calls.iter().any(|call| kind(call).starts_with(what));
    let modes = [wanted.relay, wanted.service_bus, wanted.log_analytics];
    let managed = modes.map(|mode| mode == Mode::Managed);
    let touched = [reaches("relay."), reaches("servicebus."), reaches("loganalytics.")];
    same("side resources", &managed, &touched)?;
    calls.iter().try_for_each(|call| one_call(case, call))
}

fn kind(call: &Value) -> &str {
    call["kind"].as_str().unwrap()
}

fn one_call(case: &Case, call: &Value) -> Held {
    let (names, kind) = (case.names(), kind(call));
    let name = match kind.split('.').next().unwrap() {
        "relay" => names.relay_namespace,
        "servicebus" => names.service_bus_namespace,
        _ => names.log_analytics_workspace,
    };
    let called = call["namespace"].as_str().or(call["name"].as_str());
    same(kind, &Some(name.as_str()), &called)?;
    let location = case.input()["cluster"]["location"].as_str().unwrap().to_lowercase();
    // The CLI does not say whose they are.
    let mut tags = side_resource::tags("", &side_resource::Tags::new());
    tags.remove(side_resource::OWNER);
    let body = match kind {
        "relay.namespace.put" | "loganalytics.workspace.put" => {
            side_resource::tagged_body(&location, &tags)
        }
        "relay.hybridConnection.put" => side_resource::hybrid_connection_body(),
        "relay.authorizationRule.put" => side_resource::relay_rule_body(),
        "servicebus.namespace.put" => side_resource::service_bus_body(&location, &tags),
        "servicebus.topic.put" => side_resource::topic_body(),
        "servicebus.subscription.put" => side_resource::subscription_body(),
        _ => return Ok(()),
    };
    // The name of the service bus's tier travels in any case.
    let (ours, theirs) = (body.to_string().to_lowercase(), call["body"].to_string().to_lowercase());
    same("body", &ours, &theirs)?;
    let rule = kind == "relay.authorizationRule.put" && call["name"] != side_resource::RELAY_RULE;
    let topics = side_resource::TOPICS.map(|(topic, subscription)| match kind {
        "servicebus.topic.put" => call["name"] == topic,
        "servicebus.subscription.put" => call["topic"] == topic && call["name"] == subscription,
        _ => true,
    });
    same("names inside", &(!rule && topics.contains(&true)), &true)
}

/// We warn of what the CLI asks to confirm.
fn prompts(case: &Case, declared: &Declared) -> Held {
    let impacts = settings::impacts(&Declared::default(), declared);
    let told = |word: &str| impacts.iter().any(|impact| impact.means.contains(word));
    let ours = [told("jobs"), told("endpoints"), told("Log Analytics")];
    let asked = |prompt: &str| case.output()["prompts"][prompt] == true;
    same("warnings", &ours, &["jobs", "endpoints", "log_analytics"].map(asked))
}

/// The strings that the user brings are connected as they are.
fn brought(mut all: Connections, declared: &Declared, wanted: Wanted) -> Connections {
    let string = |key: &str| match declared.protected.known().and_then(|map| map.get(key)) {
        Some(Attr::Known(string)) => string.clone(),
        _ => Sensitive::from(""),
    };
    if wanted.relay == Mode::Existing {
        let connection_string = string("relayServerConnectionString");
        all.relay = Some(Relay { hybrid_connection_id: None, connection_string });
    }
    if wanted.service_bus == Mode::Existing {
        let connection_string = string("serviceBusConnectionString");
        all.service_bus = Some(ServiceBus { namespace_id: None, connection_string });
    }
    all
}

/// The connections that are wanted.
fn only(all: Connections, wanted: Wanted) -> Connections {
    Connections {
        relay: all.relay.filter(|_| wanted.relay != Mode::None),
        service_bus: all.service_bus.filter(|_| wanted.service_bus != Mode::None),
        log_analytics: all.log_analytics.filter(|_| wanted.log_analytics != Mode::None),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, ours: &T, theirs: &T) -> Held {
    if ours == theirs { Ok(()) } else { Err(format!("{what}: ours {ours:?}, theirs {theirs:?}")) }
}
