//! What changed settings mean for those who use the cluster.

use vocabulary::Path;

use super::check::{EACH, list};
use super::declared::{Declared, is_false, is_true};
use super::selector::NODE_SELECTOR;
use super::update::{place, update};
use super::wire;
use crate::Impact;

const JOBS: &str = "running jobs may stop, and new ones may not start";
const ENDPOINTS: &str = "online endpoints and their deployments may stop answering";
const BOTH: &str = "running jobs may stop, and online endpoints and their deployments may stop \
                    answering";
const COST: &str = "a Log Analytics workspace takes the logs, and it may cost money";

/// What it means that an extension goes, for good or to be made again.
pub(super) fn loss(extension: &str) -> Impact {
    let means = "running jobs stop, and every compute attached through it breaks until it is \
                 attached again";
    Impact::new(Path::root(), extension, "is uninstalled", means)
}

/// What the changed settings of an update mean, as the CLI asks its user before it sends them; here
/// a setting in the protected map counts too.
pub fn impacts(before: &Declared, after: &Declared) -> Vec<Impact> {
    let plain = update(before, after).settings.into_iter();
    let plain = plain.filter_map(|(key, value)| {
        let at = place(&key);
        Some(Impact::new(
            at.clone(),
            at.to_reference(),
            format!("changes to {value}"),
            means(&key, &value)?,
        ))
    });
    let old = before.protected_known();
    let secret =
        after.protected_known().into_iter().filter(|(key, value)| old.get(key) != Some(value));
    let secret = secret.filter_map(|(key, value)| {
        let at = Path::root().attribute("configuration_protected_settings").key(&key);
        Some(Impact::new(at.clone(), at.to_reference(), "changes", means(&key, value.expose())?))
    });
    plain.chain(secret).chain(open(after)).collect()
}

/// Tells what happens to many entries of one map in the same way as one; `what` is how to say it of
/// several.
pub(super) fn fold_impacts(found: Vec<Impact>, what: &str) -> Vec<Impact> {
    let mut kinds: Vec<(Path, Vec<Impact>)> = Vec::new();
    for impact in found {
        let map: Path = impact.path.steps().first().cloned().into_iter().collect();
        let is_like =
            |known: &&mut (Path, Vec<Impact>)| known.0 == map && known.1[0].means == impact.means;
        match kinds.iter_mut().find(is_like) {
            Some((_, alike)) => alike.push(impact),
            None => kinds.push((map, vec![impact])),
        }
    }
    let told = |(map, alike): (Path, Vec<Impact>)| {
        if alike.len() <= EACH {
            return alike;
        }
        let names = list(alike.iter().map(|impact| impact.name.clone()), EACH);
        vec![Impact::new(map, names, what, alike[0].means.clone())]
    };
    kinds.into_iter().flat_map(told).collect()
}

/// Settings whose values are not known yet, and may turn out to be others.
fn open(after: &Declared) -> impl Iterator<Item = Impact> {
    let selector = after.settings.node_selector.is_unknown().then(|| NODE_SELECTOR.to_owned());
    let entries = after.plain_entries().into_iter();
    let keys = entries.filter(|(_, value)| value.is_unknown()).map(|(key, _)| key);
    keys.chain(selector).filter_map(|key| {
        let at = match key.as_str() {
            NODE_SELECTOR => Path::root().attribute("node_selector"),
            key => place(key),
        };
        let means = means(&key, "False").or_else(|| means(&key, "True"))?;
        Some(Impact::new(
            at.clone(),
            at.to_reference(),
            "may change: its value is not known yet",
            means,
        ))
    })
}

fn means(key: &str, value: &str) -> Option<&'static str> {
    match key {
        wire::ENABLE_TRAINING if is_false(value) => Some(JOBS),
        wire::ENABLE_INFERENCE if is_false(value) => Some(ENDPOINTS),
        wire::INSTALL_NVIDIA_DEVICE_PLUGIN if is_false(value) => Some(BOTH),
        wire::ALLOW_INSECURE_CONNECTIONS
        | wire::INFERENCE_ROUTER_SERVICE_TYPE
        | wire::INTERNAL_LOAD_BALANCER_PROVIDER
        | wire::SSL_CNAME => Some(ENDPOINTS),
        wire::LOG_ANALYTICS_WS if is_true(value) => Some(COST),
        _ if key.contains("nodeSelector") => Some(BOTH),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use vocabulary::{Attr, AttrMap};

    use super::{fold_impacts, impacts};
    use crate::settings::{Declared, Settings};

    #[test]
    fn twelve_labels_are_one_warning() {
        let labels = |of: usize| {
            let label = |at: usize| (format!("label{at:02}"), Attr::Known("x".to_owned()));
            Attr::Known((0..of).map(label).collect())
        };
        for (of, told) in [(3, 4), (12, 2)] {
            let settings = Settings {
                node_selector: labels(of),
                ssl_cname: Attr::Known("edge.example".to_owned()),
                ..Settings::default()
            };
            let after = Declared { settings, ..Declared::default() };
            let found = fold_impacts(impacts(&Declared::default(), &after), "change");
            assert_eq!(found.len(), told, "{found:#?}");
        }
        let after = Declared {
            settings: Settings { node_selector: labels(12), ..Settings::default() },
            ..Declared::default()
        };
        let found = fold_impacts(impacts(&Declared::default(), &after), "change");
        let expected = r#"node_selector["label00"], node_selector["label01"], node_selector["label02"] and 9 more change"#;
        assert_eq!(found[0].to_string(), expected);
        assert_eq!(found[0].path.to_reference(), "node_selector");
    }

    #[test]
    fn impacts_stand_on_their_attribute() {
        let after = Declared {
            settings: Settings { enable_training: Attr::Known(false), ..Settings::default() },
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
                ssl_cname: Attr::Unknown,
                cluster_purpose: Attr::Unknown,
                log_analytics_ws: Attr::Unknown,
                node_selector: Attr::Unknown,
                ..Settings::default()
            },
            ..Declared::default()
        };
        let found = impacts(&Declared::default(), &after);
        let told: Vec<_> = found.iter().map(|impact| impact.path.to_reference()).collect();
        assert_eq!(told, ["log_analytics_ws", "ssl_cname", "node_selector"]);
        let selector = entries(&[("disk", "ssd")]);
        let selector =
            selector.map(|labels| labels.into_keys().map(|label| (label, Attr::Unknown)).collect());
        let settings = Settings { node_selector: selector, ..Settings::default() };
        let found = impacts(&Declared::default(), &Declared { settings, ..Declared::default() });
        assert_eq!(found[0].path.to_reference(), r#"node_selector["disk"]"#);
    }

    fn entries(entries: &[(&str, &str)]) -> AttrMap<String> {
        let given =
            |(key, value): &(&str, &str)| ((*key).to_owned(), Attr::Known((*value).to_owned()));
        Attr::Known(entries.iter().map(given).collect())
    }
}
