//! Azure Resource Manager: checks who asks and in which version, finds what is meant, and hands
//! the request to the type's own service.

mod api_versions;
mod authorization;
mod computes;
mod connected_clusters;
mod error;
mod extension_types;
mod extensions;
mod generic;
mod groups;
mod operations;
mod pages;
mod path;
mod providers;
mod resource_types;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::faults::Effect;
use crate::http::{Request, Response};
use crate::options::Options;
use crate::store::Store;
use crate::traits::Trait;
use api_versions::RESOURCE_MANAGER;
use extension_types::CatalogueScope;
use operations::OperationQuery;
use path::{Path, Route};
use resource_types::{Behavior, ResourceType};

/// What a request meets here besides the objects.
pub(crate) struct RequestContext<'a> {
    pub(crate) options: &'a Options,
    /// Scheme, host and port under which clients know this server.
    pub(crate) origin: &'a str,
    pub(crate) effect: &'a Effect,
    pub(crate) now: Instant,
}

impl RequestContext<'_> {
    fn has_trait(&self, it: Trait) -> bool {
        self.options.traits.contains(&it)
    }
}

/// A request to a resource type, found valid as far as ARM itself looks.
struct ResourceCall<'a> {
    request: &'a Request,
    context: &'a RequestContext<'a>,
    path: &'a Path,
    resource_type: &'static ResourceType,
    version: String,
}

/// Answers any request that is not for sign-in.
pub(crate) fn handle(
    store: &mut Store, request: &Request, tokens: &[String], context: &RequestContext<'_>,
) -> Response {
    let head = request.method == "HEAD";
    let as_get = head.then(|| Request { method: "GET".to_owned(), ..request.clone() });
    let response = authorize(request, tokens, context)
        .and_then(|()| check_content_type(request))
        .and_then(|()| route(store, as_get.as_ref().unwrap_or(request), context));
    let response = response.unwrap_or_else(|refused| refused);
    let response = if head { head_response(request, &response) } else { response };
    [
        ("cache-control", "no-cache"),
        ("expires", "-1"),
        ("pragma", "no-cache"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("x-content-type-options", "nosniff"),
    ]
    .into_iter()
    .fold(response, |response, (name, value)| response.with(name, value))
}

fn authorize(
    request: &Request, tokens: &[String], context: &RequestContext<'_>,
) -> Result<(), Response> {
    let header = request.headers.get("authorization").map_or("", String::as_str);
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    let is_issued = tokens.iter().any(|it| it == token.trim());
    if scheme.eq_ignore_ascii_case("bearer") && is_issued {
        return Ok(());
    }
    Err(error::unauthenticated(context.origin, !header.is_empty()))
}

/// Resource Manager reads no body but JSON, and believes what its header says.
fn check_content_type(request: &Request) -> Result<(), Response> {
    let content_type = request.headers.get("content-type").map_or("<null>", String::as_str);
    let media = content_type.split(';').next().unwrap_or_default().trim();
    if request.body.is_empty() || media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let text = format!(
        "The content media type '{media}' is not supported. Only 'application/json' is supported."
    );
    Err(error::error(415, "UnsupportedMediaType", &text))
}

/// What HEAD says of the answer of GET: whether a group or a resource is there has a status of its own.
fn head_response(request: &Request, response: &Response) -> Response {
    let one = match path::parse(&request.path) {
        Some(Route::Group(..)) => true,
        Some(Route::Resource(path)) => {
            path.tail.is_none() && OperationQuery::below_resource(&path).is_none()
        }
        _ => false,
    };
    Response::empty(if one && response.status == 200 { 204 } else { response.status })
}

fn route(
    store: &mut Store, request: &Request, context: &RequestContext<'_>,
) -> Result<Response, Response> {
    let nothing = || {
        error::error(404, "NotFound", "No HTTP resource was found that matches the request URI.")
    };
    let route = path::parse(&request.path).ok_or_else(nothing)?;
    let version = request.parameter("api-version").ok_or_else(error::missing_api_version)?;
    match route {
        Route::Resource(path) => resource(store, request, context, &path, version),
        Route::OperationStatus { subscription, namespace, name, result } => {
            let poll = OperationQuery::below_location(&subscription, &namespace, &name, result);
            operations::handle_poll(store, request, context, &poll)
        }
        Route::SubscriptionList(subscription, types) => {
            check_subscription_exists(store, &subscription)?;
            if let Some(namespace) = generic::name_check_provider(&types) {
                return generic::check_name_availability(store, request, namespace, &version);
            }
            let resource_type = find_resource_type(&types, &version)?;
            if request.method != "GET" {
                return Err(error::method_not_allowed(&request.method, &request.path));
            }
            let below = format!("/subscriptions/{subscription}");
            Ok(list(store, context, resource_type, &below, request))
        }
        Route::Regional { subscription, location, namespace, below } => {
            let types: Vec<_> = below.iter().step_by(2).map(String::as_str).collect();
            let types = format!("{namespace}/{}", types.join("/"));
            let resource_type = find_resource_type(&types, &version)?;
            if resource_type.behavior != Behavior::ExtensionCatalogue {
                return Err(error::invalid_resource_type(&types, &version));
            }
            check_subscription_exists(store, &subscription)?;
            let scope = CatalogueScope::of_region(&subscription, &location, request);
            let below: Vec<_> = below.iter().map(String::as_str).collect();
            extension_types::handle(store, request, context, &scope, &below)
        }
        _ if !RESOURCE_MANAGER.contains(&version.as_str()) => {
            Err(error::invalid_api_version(&version, RESOURCE_MANAGER))
        }
        Route::Group(subscription, group) => {
            check_subscription_exists(store, &subscription)?;
            groups::handle(store, request, context, &subscription, &group)
        }
        Route::Resources(subscription, group) => {
            check_subscription_exists(store, &subscription)?;
            groups::list_resources(store, request, context, &subscription, group.as_deref())
        }
        above => providers::handle(store, request, context, above),
    }
}

fn resource(
    store: &mut Store, request: &Request, context: &RequestContext<'_>, path: &Path,
    version: String,
) -> Result<Response, Response> {
    let method = request.method.as_str();
    if let Some(poll) = OperationQuery::below_resource(path) {
        return operations::handle_poll(store, request, context, &poll);
    }
    let collection = path.tail.is_some() && method != "POST";
    let resource_type = find_resource_type(
        &if collection { path.listed_type() } else { path.resource_type() },
        &version,
    )?;
    check_subscription_exists(store, &path.subscription)?;
    if method != "GET" {
        providers::check_registered(store, path)?;
    }
    store.get(&path.group_id()).ok_or_else(|| error::group_not_found(&path.group))?;
    authorization::check_locks(store, &path.id(), method)?;
    let call = ResourceCall { request, context, path, resource_type, version };
    if resource_type.behavior == Behavior::ExtensionCatalogue {
        let cluster = call.scope_resource(store)?;
        let named = extension_types::catalogue_segments(path);
        return extension_types::handle(
            store,
            request,
            context,
            &CatalogueScope::of_cluster(cluster),
            &named,
        );
    }
    call.check_parent_exists(store)?;
    let before = store.get(&path.id()).cloned();
    let response = call.handle(store, collection)?;
    if context.effect.lag_ms > 0 && method != "GET" {
        let until = context.now + std::time::Duration::from_millis(context.effect.lag_ms);
        store.delay_reads(&path.id(), before, until);
    }
    Ok(response)
}

fn find_resource_type(types: &str, version: &str) -> Result<&'static ResourceType, Response> {
    let namespace = types.split('/').next().unwrap_or_default();
    let is_issued = resource_types::RESOURCE_TYPES
        .iter()
        .any(|resource_type| resource_type.namespace().eq_ignore_ascii_case(namespace));
    if !is_issued {
        return Err(error::invalid_namespace(namespace));
    }
    let resource_type =
        resource_types::find(types).ok_or_else(|| error::invalid_resource_type(types, version))?;
    if !resource_types::is_api_version(version) {
        return Err(error::invalid_api_version(version, resource_type.versions));
    }
    if !resource_type.supports(version) {
        return Err(error::unsupported_api_version(version, resource_type));
    }
    Ok(resource_type)
}

fn check_subscription_exists(store: &Store, id: &str) -> Result<(), Response> {
    let found = store.get(&format!("/subscriptions/{id}"));
    found.map(|_| ()).ok_or_else(|| error::subscription_not_found(id))
}

/// The objects of a type below an ID, without their secrets. Log Analytics knows no pages.
fn list(
    store: &Store, context: &RequestContext<'_>, resource_type: &ResourceType, below: &str,
    request: &Request,
) -> Response {
    let version = request.parameter("api-version").unwrap_or_default();
    let found = store.list(below, resource_type.name, context.now).into_iter();
    let all: Vec<_> =
        found.map(|object| response_body(resource_type, &version, object, context)).collect();
    match (resource_type.namespace(), resource_type.behavior) {
        ("Microsoft.OperationalInsights", _) => Response::json(200, json!({ "value": all })),
        (_, Behavior::Permissions) => authorization::permissions(),
        (_, Behavior::Compute) => pages::page(all, "$skip", request, context),
        _ => pages::page(all, "$skipToken", request, context),
    }
}

/// An object as GET shows it.
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
    fn handle(&self, store: &mut Store, collection: bool) -> Result<Response, Response> {
        let response = match (self.request.method.as_str(), self.resource_type.behavior) {
            ("GET", _) if collection => {
                Ok(list(store, self.context, self.resource_type, &self.path.id(), self.request))
            }
            _ if collection => {
                Err(error::method_not_allowed(&self.request.method, &self.request.path))
            }
            ("GET", behavior) => self.get(store, behavior),
            (_, Behavior::Extension) => extensions::handle(store, self),
            (_, Behavior::Compute) => computes::handle(store, self),
            (_, Behavior::ConnectedCluster) => connected_clusters::handle(store, self),
            _ => generic::handle(store, self),
        };
        if self.resource_type.behavior == Behavior::Extension {
            let versioned = |it: Response| it.with("api-supported-versions", self.version.clone());
            return response.map(versioned);
        }
        response
    }

    fn get(&self, store: &Store, behavior: Behavior) -> Result<Response, Response> {
        match store.visible(&self.path.id(), self.context.now) {
            Some(object) => Ok(Response::json(
                200,
                response_body(self.resource_type, &self.version, object, self.context),
            )),
            // The extension service answers its own 404 outside ARM's error envelope.
            None if behavior == Behavior::Extension => Err(Response::empty(404)),
            None => Err(error::resource_not_found(self.path)),
        }
    }

    /// A missing cluster is spoken of as a resource, as is what an action is about; any other missing parent as a parent.
    fn check_parent_exists(&self, store: &Store) -> Result<(), Response> {
        let Some(parent) = self.path.parent() else { return Ok(()) };
        if store.get(&parent.id()).is_some() {
            return Ok(());
        }
        let verb = if self.request.method == "GET" { "read" } else { "write" };
        let acts = self.request.method == "POST" && self.path.tail.is_some();
        Err(if acts || self.path.is_extension_resource() {
            error::resource_not_found(&parent)
        } else {
            error::parent_not_found(self.resource_type, &parent, verb)
        })
    }

    /// The object of another provider that this lies under.
    fn scope_resource<'a>(&self, store: &'a Store) -> Result<&'a Value, Response> {
        let host = self.path.scope().ok_or_else(|| error::resource_not_found(self.path))?;
        store.get(&host.id()).ok_or_else(|| error::resource_not_found(&host))
    }

    /// The ID as the service writes it: the parent's own, then its own spelling of the type.
    fn id(&self, store: &Store) -> String {
        let parent = self.path.parent();
        let stored = parent.as_ref().and_then(|parent| store.get(&parent.id()));
        let base = stored.and_then(|it| it["id"].as_str()).map(str::to_owned);
        let base = base.unwrap_or_else(|| {
            let group = store.get(&self.path.group_id()).and_then(|it| it["id"].as_str());
            group.map_or_else(|| self.path.group_id(), str::to_owned)
        });
        let provider = if parent.is_none() || self.path.is_extension_resource() {
            format!("/providers/{}", self.resource_type.namespace())
        } else {
            String::new()
        };
        format!("{base}{provider}/{}/{}", self.resource_type.segment, self.path.name())
    }

    /// The body, which must be a JSON object.
    fn body(&self) -> Result<Value, Response> {
        match self.request.json() {
            Some(body @ Value::Object(_)) => Ok(body),
            _ => Err(error::invalid_content("Unexpected end or form of the content")),
        }
    }
}

/// Refuses a name that the type does not have, at the given place of the body. Null passes.
fn reject_unknown_members(at: &str, value: &Value, is_issued: &[&str]) -> Result<(), Response> {
    let object = match value {
        Value::Null => return Ok(()),
        Value::Object(object) => object,
        _ => return Err(error::invalid_content(&format!("{at} must be an object"))),
    };
    match object.keys().find(|name| !is_issued.contains(&name.as_str())) {
        Some(name) => Err(error::invalid_content(&format!(
            "Could not find member '{name}' on object of type '{at}'"
        ))),
        None => Ok(()),
    }
}

/// Refuses a map whose values are not all strings. Null passes for the map, and for its values
/// where the type says so.
fn reject_non_strings(at: &str, value: &Value, nulls: bool) -> Result<(), Response> {
    let Some(object) = value.as_object() else {
        return match value {
            Value::Null => Ok(()),
            _ => Err(error::invalid_content(&format!("{at} must be an object"))),
        };
    };
    match object.iter().find(|(_, it)| !it.is_string() && (!nulls || !it.is_null())) {
        Some((name, _)) => {
            Err(error::invalid_content(&format!("the value of '{name}' in {at} must be a string")))
        }
        None => Ok(()),
    }
}
