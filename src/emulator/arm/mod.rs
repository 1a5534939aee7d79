//! Azure Resource Manager: checks token and api-version, finds the resource, and passes the request
//! to the handler of its type.

pub(crate) mod api_versions;
mod authorization;
mod body;
mod computes;
mod connected_clusters;
mod error;
mod extension_types;
mod extensions;
mod generic;
mod groups;
mod managed_clusters;
mod operations;
mod pages;
mod path;
mod providers;
mod resource_call;
mod resource_types;

use tokio::time::Instant;

use crate::cluster::Kubeconfig;
use crate::faults::Effect;
use crate::http::{Request, Response};
use crate::names::error_code;
use crate::options::Options;
use crate::store::Store;
use crate::traits::Trait;
use api_versions::RESOURCE_MANAGER;
use extension_types::CatalogueScope;
use operations::OperationQuery;
use path::Route;
use resource_call::{find_resource_type, list};
use resource_types::Behavior;

/// A request and everything but the objects that its response depends on.
#[derive(Clone, Copy)]
pub(crate) struct RequestContext<'a> {
    pub(crate) request: &'a Request,
    pub(crate) options: &'a Options,
    /// Scheme, host and port under which clients know this server.
    pub(crate) origin: &'a str,
    /// Of the cluster behind the emulated ones.
    pub(crate) kubeconfig: &'a Kubeconfig,
    pub(crate) effect: &'a Effect,
    pub(crate) now: Instant,
}

pub(crate) fn handle(
    store: &mut Store, tokens: &[String], context: &RequestContext<'_>,
) -> Response {
    let response = match context.request.method.as_str() {
        "HEAD" => head(store, tokens, context),
        _ => check_and_route(store, tokens, context),
    };
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

fn check_and_route(store: &mut Store, tokens: &[String], context: &RequestContext<'_>) -> Response {
    authorize(tokens, context)
        .and_then(|()| body::check_content_type(context.request))
        .and_then(|()| route(store, context))
        .unwrap_or_else(|refused| refused)
}

fn authorize(tokens: &[String], context: &RequestContext<'_>) -> Result<(), Response> {
    let header = context.request.headers.get("authorization").map_or("", String::as_str);
    let (scheme, token) = header.split_once(' ').unwrap_or((header, ""));
    let is_issued = tokens.iter().any(|it| it == token.trim());
    if scheme.eq_ignore_ascii_case("bearer") && is_issued {
        return Ok(());
    }
    Err(error::unauthenticated(context.origin, !header.is_empty()))
}

/// The status of GET, but 204 for a group or a resource that exists.
fn head(store: &mut Store, tokens: &[String], context: &RequestContext<'_>) -> Response {
    let get = Request { method: "GET".to_owned(), ..context.request.clone() };
    let context = RequestContext { request: &get, ..*context };
    let status = check_and_route(store, tokens, &context).status;
    let is_existence_check = match path::parse(&get.path) {
        Some(Route::Group(..)) => true,
        Some(Route::Resource(path)) => {
            path.tail.is_none() && OperationQuery::below_resource(&path).is_none()
        }
        _ => false,
    };
    Response::empty(if is_existence_check && status == 200 { 204 } else { status })
}

fn route(store: &mut Store, context: &RequestContext<'_>) -> Result<Response, Response> {
    let request = context.request;
    let route = path::parse(&request.path).ok_or_else(|| {
        let text = "No HTTP resource was found that matches the request URI.";
        error::error(404, error_code::NOT_FOUND, text)
    })?;
    let version = request.parameter("api-version").ok_or_else(error::missing_api_version)?;
    authorization::check_role(context, &route)?;
    match route {
        Route::Resource(path) => resource_call::handle(store, context, &path, version),
        Route::OperationStatus { subscription, namespace, name, result } => {
            let query = OperationQuery::below_location(&subscription, &namespace, &name, result);
            operations::handle_poll(store, context, &query)
        }
        Route::SubscriptionList(subscription, types) => {
            check_subscription_exists(store, &subscription)?;
            list_in_subscription(store, context, &subscription, &types, &version)
        }
        Route::Regional { subscription, location, namespace, below } => {
            let types = format!("{namespace}/{}", path::regional_type(&below));
            if find_resource_type(&types, &version)?.behavior != Behavior::ExtensionCatalogue {
                return Err(error::invalid_resource_type(&types, &version));
            }
            check_subscription_exists(store, &subscription)?;
            let scope = CatalogueScope::of_region(&subscription, &location, request);
            let below: Vec<_> = below.iter().map(String::as_str).collect();
            extension_types::handle(store, context, &scope, &below)
        }
        _ if !RESOURCE_MANAGER.has(&version) => {
            Err(error::invalid_api_version(&version, RESOURCE_MANAGER))
        }
        Route::Group(subscription, group) => {
            check_subscription_exists(store, &subscription)?;
            groups::handle(store, context, &subscription, &group)
        }
        Route::Resources(subscription, group) => {
            check_subscription_exists(store, &subscription)?;
            groups::list_resources(store, context, &subscription, group.as_deref())
        }
        above => providers::handle(store, context, above),
    }
}

fn list_in_subscription(
    store: &Store, context: &RequestContext<'_>, subscription: &str, types: &str, version: &str,
) -> Result<Response, Response> {
    if let Some(namespace) = generic::name_check_provider(types) {
        return generic::check_name_availability(store, context.request, namespace, version);
    }
    let resource_type = find_resource_type(types, version)?;
    if context.request.method != "GET" {
        return Err(error::method_not_allowed(context.request));
    }
    Ok(list(store, context, resource_type, &format!("/subscriptions/{subscription}")))
}

fn check_subscription_exists(store: &Store, id: &str) -> Result<(), Response> {
    let subscription = store.get(&format!("/subscriptions/{id}"));
    subscription.map(|_| ()).ok_or_else(|| error::subscription_not_found(id))
}

impl RequestContext<'_> {
    fn has_trait(&self, it: Trait) -> bool {
        self.options.traits.contains(&it)
    }
}
