//! A request to a resource, a collection or an action: what Resource Manager checks itself, and
//! which handler answers.

use std::time::Duration;

use serde_json::{Value, json};

use super::extension_types::CatalogueScope;
use super::operations::{self, OperationQuery};
use super::path::Path;
use super::resource_types::{self, Behavior, ResourceType};
use super::{
    RequestContext, authorization, body, check_subscription_exists, computes, connected_clusters,
    error, extension_types, extensions, generic, managed_clusters, pages, providers,
};
use crate::http::Response;
use crate::store::Store;

/// A request that passed the checks of Resource Manager.
pub(super) struct ResourceCall<'a> {
    pub(super) context: &'a RequestContext<'a>,
    pub(super) path: &'a Path,
    pub(super) resource_type: &'static ResourceType,
    /// The api-version.
    pub(super) version: String,
}

pub(super) fn handle(
    store: &mut Store, context: &RequestContext<'_>, path: &Path, version: String,
) -> Result<Response, Response> {
    let method = context.request.method.as_str();
    if let Some(query) = OperationQuery::below_resource(path) {
        return operations::handle_poll(store, context, &query);
    }
    let is_collection = path.tail.is_some() && method != "POST";
    let types = if is_collection { path.listed_type() } else { path.resource_type() };
    let resource_type = find_resource_type(&types, &version)?;
    check_subscription_exists(store, &path.subscription)?;
    if method != "GET" {
        providers::check_registered(store, path)?;
    }
    store.get(&path.group_id()).ok_or_else(|| error::group_not_found(&path.group))?;
    authorization::check_locks(store, &path.id(), method)?;
    let call = ResourceCall { context, path, resource_type, version };
    if resource_type.behavior == Behavior::ExtensionCatalogue {
        let scope = CatalogueScope::of_cluster(call.scope_resource(store)?);
        let segments = extension_types::catalogue_segments(path);
        return extension_types::handle(store, context, &scope, &segments);
    }
    call.check_parent_exists(store)?;
    let before = store.get(&path.id()).cloned();
    let response = if is_collection { call.list(store) } else { call.handle(store) }?;
    if context.effect.lag_ms > 0 && method != "GET" {
        let until = context.now + Duration::from_millis(context.effect.lag_ms);
        store.delay_reads(&path.id(), before, until);
    }
    Ok(response)
}

pub(super) fn find_resource_type(
    types: &str, version: &str,
) -> Result<&'static ResourceType, Response> {
    let namespace = types.split('/').next().unwrap_or_default();
    if !resource_types::is_namespace(namespace) {
        return Err(error::invalid_namespace(namespace));
    }
    let resource_type =
        resource_types::find(types).ok_or_else(|| error::invalid_resource_type(types, version))?;
    if !resource_types::is_api_version(version) {
        return Err(error::invalid_api_version(version, resource_type.versions));
    }
    if !resource_type.versions.has(version) {
        return Err(error::unsupported_api_version(version, resource_type));
    }
    Ok(resource_type)
}

/// The objects of a type below an ID, without their secrets. Log Analytics has no pages.
pub(super) fn list(
    store: &Store, context: &RequestContext<'_>, resource_type: &ResourceType, below: &str,
) -> Response {
    let version = context.request.parameter("api-version").unwrap_or_default();
    let objects = store.list(below, resource_type.name, context.now).into_iter();
    let all: Vec<_> =
        objects.map(|object| response_body(resource_type, &version, object, context)).collect();
    match (resource_type.namespace(), resource_type.behavior) {
        ("Microsoft.OperationalInsights", _) => Response::json(200, json!({ "value": all })),
        (_, Behavior::Permissions) => authorization::permissions(context.options.role.as_ref()),
        (_, Behavior::Compute) => pages::page(all, "$skip", context),
        _ => pages::page(all, "$skipToken", context),
    }
}

/// The object as GET returns it.
fn response_body(
    resource_type: &ResourceType, version: &str, object: &Value, context: &RequestContext<'_>,
) -> Value {
    match resource_type.behavior {
        Behavior::Extension => extensions::response_body(object, version, context),
        Behavior::Compute => computes::response_body(object, context),
        _ => generic::response_body(object),
    }
}

impl ResourceCall<'_> {
    fn list(&self, store: &Store) -> Result<Response, Response> {
        if self.context.request.method != "GET" {
            return Err(error::method_not_allowed(self.context.request));
        }
        let response = list(store, self.context, self.resource_type, &self.path.id());
        Ok(self.with_supported_versions(response))
    }

    fn handle(&self, store: &mut Store) -> Result<Response, Response> {
        let response = match (self.context.request.method.as_str(), self.resource_type.behavior) {
            ("GET", _) => self.get(store),
            (_, Behavior::Extension) => extensions::handle(store, self),
            (_, Behavior::Compute) => computes::handle(store, self),
            (_, Behavior::ManagedCluster) => managed_clusters::handle(store, self),
            (_, Behavior::ConnectedCluster) => connected_clusters::handle(store, self),
            _ => generic::handle(store, self),
        };
        response.map(|response| self.with_supported_versions(response))
    }

    fn get(&self, store: &Store) -> Result<Response, Response> {
        match store.visible(&self.path.id(), self.context.now) {
            Some(object) => {
                let body = response_body(self.resource_type, &self.version, object, self.context);
                Ok(Response::json(200, body))
            }
            // The extension service answers its own 404 outside ARM's error envelope.
            None if self.resource_type.behavior == Behavior::Extension => Err(Response::empty(404)),
            None => Err(error::resource_not_found(self.path)),
        }
    }

    fn with_supported_versions(&self, response: Response) -> Response {
        match self.resource_type.behavior {
            Behavior::Extension => response.with("api-supported-versions", self.version.clone()),
            _ => response,
        }
    }

    /// A missing cluster is reported as a resource, as is what an action is about; any other
    /// missing parent as a parent.
    fn check_parent_exists(&self, store: &Store) -> Result<(), Response> {
        let Some(parent) = self.path.parent() else { return Ok(()) };
        if store.get(&parent.id()).is_some() {
            return Ok(());
        }
        let method = self.context.request.method.as_str();
        let is_action = method == "POST" && self.path.tail.is_some();
        Err(if is_action || self.path.is_extension_resource() {
            error::resource_not_found(&parent)
        } else {
            let action = if method == "GET" { "read" } else { "write" };
            error::parent_not_found(self.resource_type, &parent, action)
        })
    }

    /// The resource that this extension resource extends.
    fn scope_resource<'a>(&self, store: &'a Store) -> Result<&'a Value, Response> {
        let scope = self.path.scope().ok_or_else(|| error::resource_not_found(self.path))?;
        store.get(&scope.id()).ok_or_else(|| error::resource_not_found(&scope))
    }

    /// Null when the resource lies right in the resource group.
    pub(super) fn parent<'a>(&self, store: &'a Store) -> &'a Value {
        let parent = self.path.parent().and_then(|parent| store.get(&parent.id()));
        parent.unwrap_or(&Value::Null)
    }

    /// The ID as the service writes it: the parent's own, then its own spelling of the type.
    pub(super) fn id(&self, store: &Store) -> String {
        let is_top_level = self.path.parent().is_none();
        let group = self.path.group_id();
        let parent = if is_top_level { store.get(&group) } else { Some(self.parent(store)) };
        let parent_id = parent.and_then(|it| it["id"].as_str()).unwrap_or(&group);
        let provider = if is_top_level || self.path.is_extension_resource() {
            format!("/providers/{}", self.resource_type.namespace())
        } else {
            String::new()
        };
        format!("{parent_id}{provider}/{}/{}", self.resource_type.segment, self.path.name())
    }

    pub(super) fn body(&self) -> Result<Value, Response> {
        body::read(self.context.request)
    }
}
