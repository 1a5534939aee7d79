//! Extension types and their versions, as a cluster or a region lists them (2024-11-01-preview).

use serde_json::{Value, json};

use super::path::Path;
use super::{RequestContext, error, pages};
use crate::catalogue;
use crate::http::{Request, Response};
use crate::names::error_code;
use crate::store::Store;

const PAGE_TOKEN: &str = "$skipToken";

/// The cluster or region that lists the catalogue.
pub(super) struct CatalogueScope {
    /// The prefix of IDs in responses.
    base: String,
    /// Only types and versions for this type of cluster, in the singular.
    cluster_type: Option<String>,
}

impl CatalogueScope {
    pub(super) fn of_cluster(cluster: &Value) -> Self {
        let id = cluster["id"].as_str().unwrap_or_default();
        let kind = cluster["type"].as_str().and_then(|types| types.split('/').nth(1));
        Self {
            base: format!("{id}/providers/Microsoft.KubernetesConfiguration"),
            cluster_type: kind.map(cluster_type),
        }
    }

    /// For all types of clusters, or the one of `clusterType`.
    pub(super) fn of_region(subscription: &str, location: &str, request: &Request) -> Self {
        let provider = "providers/Microsoft.KubernetesConfiguration";
        Self {
            base: format!("/subscriptions/{subscription}/{provider}/locations/{location}"),
            cluster_type: request.parameter("clusterType").as_deref().map(cluster_type),
        }
    }

    fn includes(&self, object: &Value) -> bool {
        let Some(wanted) = &self.cluster_type else { return true };
        let kinds = object["properties"]["supportedClusterTypes"].as_array().into_iter().flatten();
        kinds.filter_map(Value::as_str).any(|kind| cluster_type(kind) == *wanted)
    }
}

/// The segments from `extensionTypes` on: all types, a type, its versions, or a version.
pub(super) fn catalogue_segments(path: &Path) -> Vec<&str> {
    let mut segments: Vec<_> = path.pairs().flat_map(|(kind, name)| [kind, name]).collect();
    segments.extend(path.tail.as_deref());
    segments
}

pub(super) fn handle(
    store: &Store, context: &RequestContext<'_>, scope: &CatalogueScope, segments: &[&str],
) -> Result<Response, Response> {
    if context.request.method != "GET" {
        return Err(error::method_not_allowed(context.request));
    }
    let find_type = |name: &str| {
        let found = catalogue::find_type(store, name).filter(|it| scope.includes(it));
        found.ok_or_else(|| not_found(name))
    };
    match *segments {
        [_] => {
            let types = catalogue::extension_types(store).into_iter();
            let types = types.filter(|it| scope.includes(it)).map(|it| response_body(it, scope));
            Ok(pages::page(types.collect(), PAGE_TOKEN, context))
        }
        [_, name] => Ok(Response::json(200, response_body(find_type(name)?, scope))),
        [_, name, _] => {
            find_type(name)?;
            Ok(pages::page(versions(store, context.request, scope, name), PAGE_TOKEN, context))
        }
        [_, name, _, number] => {
            find_type(name)?;
            let version = catalogue::version(store, name, number).filter(|it| scope.includes(it));
            let version = version.ok_or_else(|| not_found(&format!("{name} {number}")))?;
            Ok(Response::json(200, response_body(version, scope)))
        }
        _ => {
            Err(error::error(404, error_code::NOT_FOUND, "There is no such part of the catalogue."))
        }
    }
}

/// The versions that the query asks for.
fn versions(
    store: &Store, request: &Request, scope: &CatalogueScope, extension_type: &str,
) -> Vec<Value> {
    let train = request.parameter("releaseTrain").unwrap_or_else(|| "stable".to_owned());
    let major = request.parameter("majorVersion");
    let latest = request.parameter("showLatest").is_some_and(|it| it.eq_ignore_ascii_case("true"));
    let is_major = |version: &str| {
        major.as_deref().is_none_or(|major| catalogue::major_version(version) == major)
    };
    let versions = catalogue::versions(store, extension_type, &train).into_iter();
    let versions = versions
        .filter(|it| is_major(catalogue::version_number(it)) && scope.includes(it))
        .map(|it| response_body(it, scope));
    versions.take(if latest { 1 } else { usize::MAX }).collect()
}

/// The ID lies below the cluster or region, and the release trains are left out.
fn response_body(object: &Value, scope: &CatalogueScope) -> Value {
    let mut body = object.clone();
    let id = object["id"].as_str().unwrap_or_default();
    let within = id.find("/extensionTypes/").and_then(|at| id.get(at..)).unwrap_or_default();
    body["id"] = json!(format!("{}{within}", scope.base));
    if let Some(properties) = body["properties"].as_object_mut() {
        properties.remove("releaseTrains");
    }
    body
}

fn not_found(what: &str) -> Response {
    error::error(404, error_code::NOT_FOUND, &format!("The extension type '{what}' was not found."))
}

/// `connectedCluster`, as the catalogue writes it, from `connectedClusters`, as IDs do.
fn cluster_type(kind: &str) -> String {
    kind.to_ascii_lowercase().trim_end_matches('s').to_owned()
}
