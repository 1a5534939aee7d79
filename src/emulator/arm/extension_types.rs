//! The catalogue of extensions, as a cluster or a region sees it (2024-11-01-preview).

use serde_json::{Value, json};

use super::path::Path;
use super::{Site, error, pages};
use crate::catalogue;
use crate::http::{Answer, Request};
use crate::store::Store;

const TOKEN: &str = "$skipToken";

/// Where the catalogue is looked at from.
pub(super) struct View {
    /// What the IDs in answers begin with.
    base: String,
    /// The kind of cluster that it is cut down to, in the singular.
    cluster_type: Option<String>,
}

impl View {
    /// As a cluster sees it.
    pub(super) fn of_cluster(cluster: &Value) -> Self {
        let id = cluster["id"].as_str().unwrap_or_default();
        let kind = cluster["type"].as_str().and_then(|types| types.split('/').nth(1));
        Self {
            base: format!("{id}/providers/Microsoft.KubernetesConfiguration"),
            cluster_type: kind.map(singular),
        }
    }

    /// As a region sees it, for all kinds of clusters or one.
    pub(super) fn of_region(subscription: &str, location: &str, request: &Request) -> Self {
        let provider = "providers/Microsoft.KubernetesConfiguration";
        Self {
            base: format!("/subscriptions/{subscription}/{provider}/locations/{location}"),
            cluster_type: request.parameter("clusterType").as_deref().map(singular),
        }
    }

    fn takes(&self, object: &Value) -> bool {
        let Some(wanted) = &self.cluster_type else { return true };
        let kinds = object["properties"]["supportedClusterTypes"].as_array().into_iter().flatten();
        kinds.filter_map(Value::as_str).any(|kind| singular(kind) == *wanted)
    }
}

/// What of the catalogue a path names: nothing for all types, a type, its versions, one version.
pub(super) fn named(path: &Path) -> Vec<&str> {
    let mut segments: Vec<_> = path.pairs().flat_map(|(kind, name)| [kind, name]).collect();
    segments.extend(path.tail.as_deref());
    segments
}

/// Answers what follows `extensionTypes`, that word included.
pub(super) fn answer(
    store: &Store, request: &Request, site: &Site<'_>, view: &View, named: &[&str],
) -> Result<Answer, Answer> {
    if request.method != "GET" {
        return Err(error::not_allowed(&request.method, &request.path));
    }
    let known = |name: &str| {
        let found = catalogue::one(store, name).filter(|found| view.takes(found));
        found.ok_or_else(|| absent(name))
    };
    match *named {
        [_] => {
            let all = catalogue::types(store).into_iter().filter(|found| view.takes(found));
            Ok(pages::page(all.map(|found| shown(found, view)).collect(), TOKEN, request, site))
        }
        [_, name] => Ok(Answer::json(200, shown(known(name)?, view))),
        [_, name, _] => {
            known(name)?;
            Ok(pages::page(versions(store, request, view, name), TOKEN, request, site))
        }
        [_, name, _, number] => {
            known(name)?;
            let found = catalogue::version(store, name, number).filter(|found| view.takes(found));
            let found = found.ok_or_else(|| absent(&format!("{name} {number}")))?;
            Ok(Answer::json(200, shown(found, view)))
        }
        _ => Err(error::error(404, "NotFound", "There is no such part of the catalogue.")),
    }
}

/// The versions that the query asks for.
fn versions(store: &Store, request: &Request, view: &View, extension_type: &str) -> Vec<Value> {
    let train = request.parameter("releaseTrain").unwrap_or_else(|| "stable".to_owned());
    let wanted = request.parameter("majorVersion");
    let latest = request.parameter("showLatest").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    let all = catalogue::versions(store, extension_type, &train).into_iter();
    let of_major = |found: &&Value| {
        wanted.as_deref().is_none_or(|major| catalogue::major(catalogue::number(found)) == major)
    };
    let found = all.filter(of_major).filter(|found| view.takes(found));
    found.take(if latest { 1 } else { usize::MAX }).map(|found| shown(found, view)).collect()
}

/// An entry as answers show it: its ID below the cluster or region, without its release trains.
fn shown(object: &Value, view: &View) -> Value {
    let mut shown = object.clone();
    let id = object["id"].as_str().unwrap_or_default();
    let within = id.find("/extensionTypes/").and_then(|at| id.get(at..)).unwrap_or_default();
    shown["id"] = json!(format!("{}{within}", view.base));
    if let Some(properties) = shown["properties"].as_object_mut() {
        properties.remove("releaseTrains");
    }
    shown
}

fn absent(what: &str) -> Answer {
    error::error(404, "NotFound", &format!("The extension type '{what}' was not found."))
}

/// `connectedCluster`, as the catalogue writes it, of `connectedClusters`, as IDs do.
fn singular(kind: &str) -> String {
    kind.to_ascii_lowercase().trim_end_matches('s').to_owned()
}
