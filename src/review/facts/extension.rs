//! What happens to an extension, by the rules of `aml` that its plan warns by too.

use aml::catalogue::is_newer;
use aml::settings::{
    Change, ClusterKind, Declared, Era, KEYS, Mode, Settings, consequences, required_connections,
};
use aml::side_resource::{self, Argument, LOG_ANALYTICS, RELAY, SERVICE_BUS};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use vocabulary::{Attr, Sensitive};

use super::effect::{Effect, Outcome};
use super::plan_input::entries;
use super::{Action, Resource, Warning};
use crate::plan::Value;

const OBJECT: &str = "extension";

/// The version of an extension, where it changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Release {
    /// The version that runs now.
    pub from: Value,
    /// What it becomes.
    pub to: Upgrade,
    /// The release train before.
    pub train_before: Value,
    /// The release train after.
    pub train_after: Value,
    /// True if an older version takes the place of the one that runs. Since 1.2.
    pub version_goes_back: bool,
    /// True if the new train has versions that are less proven. Since 1.2.
    pub train_goes_back: bool,
}

/// Which version an extension is to have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "version")]
pub enum Upgrade {
    /// That one.
    Pinned(Value),
    /// The newest of the release train, again and again.
    Automatic,
}

/// Adds effects, warnings and the version of an extension.
pub(super) fn add_consequences(resource: &mut Resource, before: &Value, after: &Value) {
    let comes = resource.action == Action::Create || resource.action.replaces();
    let goes = resource.action == Action::Delete || resource.action.replaces();
    let again = resource.action.replaces() && before.get("cluster_id") == after.get("cluster_id");
    if goes {
        let name = before.get("name").text().unwrap_or_else(|| resource.address.clone());
        resource.warn("", consequences(&name, Change::Uninstall).loss);
        resource.effect(Outcome::Uninstalled, OBJECT, before.get("id").text(), "");
        add_removed_connections(resource, before, again);
    }
    if comes {
        resource.effect(Outcome::Installed, "cluster", after.get("cluster_id").text(), "");
        add_created_connections(resource, after, again);
    }
    match resource.action {
        Action::Update => {
            add_setting_impacts(resource, before, after);
            add_mode_changes(resource, before, after);
        }
        Action::Forget => {
            let detail = "it stays installed, and this configuration no longer manages it";
            resource.effect(Outcome::Kept, OBJECT, before.get("id").text(), detail);
        }
        _ => {}
    }
    if comes || resource.action == Action::Update {
        resource.release = release(before, after);
        resource.warnings.extend(resource.release.as_ref().and_then(downgrade));
    }
}

fn release(before: &Value, after: &Value) -> Option<Release> {
    let changes = ["version", "auto_upgrade_minor_version", "release_train"]
        .into_iter()
        .any(|name| before.get(name) != after.get(name));
    let to = match after.get("version") {
        Value::Absent => Upgrade::Automatic,
        pinned => Upgrade::Pinned(pinned.clone()),
    };
    let from = [before.get("current_version"), before.get("version")];
    let from = from.into_iter().find(|version| !version.is_absent()).cloned().unwrap_or_default();
    let (train_before, train_after) = (before.get("release_train"), after.get("release_train"));
    changes.then(|| Release {
        version_goes_back: before.get("version") != after.get("version")
            && version_goes_back(&from, after.get("version")),
        train_goes_back: train_goes_back(train_before, train_after),
        from,
        to,
        train_before: train_before.clone(),
        train_after: train_after.clone(),
    })
}

/// Versions are compared by their numbers: `1.1.9` comes before `1.1.39`.
fn version_goes_back(from: &Value, to: &Value) -> bool {
    let pair = from.text().zip(to.text());
    pair.and_then(|(from, to)| is_newer(&from, &to)).unwrap_or(false)
}

/// `stable` is the most proven train, then comes `preview`, then every other one.
fn train_goes_back(from: &Value, to: &Value) -> bool {
    let rank = |train: String| match train.to_lowercase().as_str() {
        "stable" => 2,
        "preview" => 1,
        _ => 0,
    };
    let pair = from.text().map(rank).zip(to.text().map(rank));
    pair.is_some_and(|(from, to)| to < from)
}

/// The warning that a release goes back.
fn downgrade(release: &Release) -> Option<Warning> {
    let text = |value: &Value| value.text().unwrap_or_default();
    let version = match &release.to {
        Upgrade::Pinned(version) => text(version),
        Upgrade::Automatic => String::new(),
    };
    let version = format!("goes back from {} to {version}", text(&release.from));
    let (old, new) = (text(&release.train_before), text(&release.train_after));
    let train = format!("goes back from {old} to {new}");
    let (name, what, means) = match (release.version_goes_back, release.train_goes_back) {
        (true, _) => ("version", version, "a downgrade: the older one takes its place"),
        (_, true) => ("release_train", train, "a downgrade: its versions are less proven"),
        (false, false) => return None,
    };
    let (at, name, means) = (name.to_owned(), name.to_owned(), means.to_owned());
    Some(Warning { at, name, what, means })
}

/// Settings that change in place, each with what it means; and those that stay behind.
fn add_setting_impacts(resource: &mut Resource, before: &Value, after: &Value) {
    let (old, new) = declared_pair(before, after);
    let change = Change::Update { before: &old, after: &new };
    let consequences = consequences(&resource.address, change);
    for impact in consequences.changing {
        let found = Warning::at("", &impact);
        let path = if found.at.starts_with("configuration_protected_settings") {
            // Its keys are sensitive with it.
            "configuration_protected_settings"
        } else {
            &found.at
        };
        match resource.settings.iter_mut().find(|setting| setting.path == path) {
            Some(setting) => setting.impact = Some(found.means),
            None => resource.warnings.push(Warning {
                at: path.to_owned(),
                name: path.to_owned(),
                ..found
            }),
        }
    }
    resource.warn("", consequences.leaving);
}

// === connections ===

/// The arguments that may make the provider look after a side resource.
const ARGUMENTS: [Argument; 3] = [RELAY, SERVICE_BUS, LOG_ANALYTICS];

/// What a mode makes the provider look after, in the order of [`ARGUMENTS`].
fn managed_connections(declared: &Declared, kind: ClusterKind) -> [bool; 3] {
    let wanted = required_connections(declared, kind, Era::Today);
    [wanted.relay, wanted.service_bus, wanted.log_analytics].map(|mode| mode == Mode::Managed)
}

fn add_created_connections(resource: &mut Resource, after: &Value, again: bool) {
    let cluster = after.get("cluster_id").text();
    let sure = cluster.is_some();
    for (n, wanted) in managed_connections(&declared_settings(after), kind_of(cluster.as_deref()))
        .into_iter()
        .enumerate()
    {
        let there = |effect: &Effect| {
            effect.outcome == Outcome::Kept && effect.object == ARGUMENTS[n].billed
        };
        if wanted && !(again && resource.effects.iter().any(there)) {
            let detail =
                if sure { "or taken over if it is there" } else { "if the cluster is Arc" };
            add_created(resource, n, cluster.as_deref(), detail);
        }
    }
}

fn add_created(resource: &mut Resource, n: usize, cluster: Option<&str>, detail: &str) {
    let id = cluster.and_then(|cluster| connection_name(cluster, n));
    let effect = Effect::new(Outcome::Created, ARGUMENTS[n].billed, id, detail);
    resource.effects.push(Effect { costs: true, ..effect });
}

/// The name that a side resource of a cluster gets.
fn connection_name(cluster: &str, n: usize) -> Option<String> {
    let names = side_resource::names_of_cluster_id(cluster)?;
    let names = [names.relay_namespace, names.service_bus_namespace, names.log_analytics_workspace];
    names.into_iter().nth(n)
}

/// Not knowing the cluster, it is taken for Arc, which needs more.
fn kind_of(cluster: Option<&str>) -> ClusterKind {
    cluster.and_then(ClusterKind::of_id).unwrap_or(ClusterKind::Connected)
}

/// The connections that the state has of an extension that goes. A replacement deletes none of it; on
/// the same cluster it is used `again`.
fn add_removed_connections(resource: &mut Resource, before: &Value, again: bool) {
    let replaced = resource.action.replaces();
    for connection in before.get("side_resources").items() {
        let kind = connection.get("kind").text().unwrap_or_default();
        let stays = ARGUMENTS.iter().any(|argument| {
            argument.kinds.contains(&kind.as_str())
                && before.get(argument.name).get("delete_on_destroy").flag() == Some(false)
        });
        let created = connection.get("created").flag() == Some(true);
        let (outcome, detail) = match () {
            () if again => (Outcome::Kept, "the new extension uses it again"),
            () if replaced => (Outcome::Kept, "a replacement deletes nothing beside the extension"),
            () if !created => (Outcome::Kept, "this resource did not create it"),
            () if stays => (Outcome::Kept, "delete_on_destroy is false"),
            () => (Outcome::Deleted, "unless something else still uses it"),
        };
        let effect = Effect::new(
            outcome,
            &side_resource::noun_of(&kind),
            connection.get("id").text(),
            detail,
        );
        resource.effects.push(Effect { costs: kind != side_resource::HYBRID_CONNECTION, ..effect });
    }
}

/// Modes that change: what was managed stays, what is managed now is made.
fn add_mode_changes(resource: &mut Resource, before: &Value, after: &Value) {
    let cluster = after.get("cluster_id").text();
    let kind = kind_of(cluster.as_deref());
    let (old, new) = (
        managed_connections(&declared_settings(before), kind),
        managed_connections(&declared_settings(after), kind),
    );
    for n in 0..ARGUMENTS.len() {
        if new[n] && !old[n] {
            add_created(resource, n, cluster.as_deref(), "or taken over if it is there");
        }
        if old[n] && !new[n] {
            let detail = "the extension no longer uses it, and it is not deleted";
            let id = cluster.as_deref().and_then(|cluster| connection_name(cluster, n));
            let effect = Effect::new(Outcome::Kept, ARGUMENTS[n].billed, id, detail);
            resource.effects.push(Effect { costs: true, ..effect });
        }
    }
}

// === for the rules of `aml` ===

/// Both sides, without the typed settings that are not known on both.
fn declared_pair(before: &Value, after: &Value) -> (Declared, Declared) {
    let is_comparable = |name: &str| {
        let sides = [before.get(name), after.get(name)];
        let open = |side: &Value| matches!(side, Value::Unknown | Value::Sensitive(_));
        !sides.into_iter().any(open)
    };
    let only = |side: &Value| Declared {
        settings: settings(side, is_comparable),
        ..declared_settings(side)
    };
    (only(before), only(after))
}

/// Everything that is written about the settings of one side.
fn declared_settings(of: &Value) -> Declared {
    Declared {
        settings: settings(of, |_| true),
        plain: entries(of.get("configuration_settings"), |value| value),
        protected: entries(of.get("configuration_protected_settings"), Value::expose).map(|map| {
            map.into_iter().map(|(key, value)| (key, value.map(Sensitive::from))).collect()
        }),
        ssl_cert_pem: secret(of.get("ssl_cert_pem")),
        ssl_key_pem: secret(of.get("ssl_key_pem")),
        relay: mode(of.get("relay")),
        service_bus: mode(of.get("service_bus")),
        log_analytics: mode(of.get("log_analytics")),
    }
}

/// The typed settings. One that does not fit, as from an older schema, counts as not written.
fn settings(of: &Value, is_comparable: impl Fn(&str) -> bool) -> Settings {
    let mut known = Map::new();
    for key in KEYS.iter().filter(|key| is_comparable(key.attribute)) {
        let one = Json::Object(
            [(key.attribute.to_owned(), plain(of.get(key.attribute)))].into_iter().collect(),
        );
        if serde_json::from_value::<Settings>(one.clone()).is_ok() {
            known.extend(one.as_object().cloned().into_iter().flatten());
        }
    }
    let mut settings: Settings = serde_json::from_value(Json::Object(known)).unwrap_or_default();
    if is_comparable("node_selector") {
        settings.node_selector = entries(of.get("node_selector"), |value| value);
    }
    settings
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Known(known) => known.clone(),
        _ => Json::Null,
    }
}

fn secret(of: &Value) -> Attr<Sensitive<String>> {
    match of.expose() {
        Value::Absent => Attr::Null,
        Value::Known(Json::String(text)) => Attr::Known(Sensitive::new(text.clone())),
        _ => Attr::Unknown,
    }
}

fn mode(of: &Value) -> Attr<Mode> {
    match of.get("mode") {
        Value::Absent => Attr::Null,
        Value::Known(word) => serde_json::from_value(word.clone()).map_or(Attr::Null, Attr::Known),
        _ => Attr::Unknown,
    }
}
