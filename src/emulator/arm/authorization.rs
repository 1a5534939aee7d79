//! Roles and locks.

use serde_json::json;

use super::path::{Path, Route, regional_type};
use super::{RequestContext, error};
use crate::entra::SERVICE_PRINCIPAL as CLIENT;
use crate::http::Response;
use crate::names::{error_code, resource_type};
use crate::role::Role;
use crate::store::{Store, normalize_id};

/// Without a role everything is allowed.
pub(super) fn permissions(role: Option<&Role>) -> Response {
    let (actions, not_actions) = match role {
        Some(role) => (role.actions().to_vec(), role.not_actions().to_vec()),
        None => (vec!["*".to_owned()], Vec::new()),
    };
    let permissions = json!({
        "actions": actions, "notActions": not_actions, "dataActions": [], "notDataActions": []
    });
    Response::json(200, json!({"value": [permissions]}))
}

/// Refuses what the role does not have, in the words of Resource Manager.
pub(super) fn check_role(context: &RequestContext<'_>, route: &Route) -> Result<(), Response> {
    let Some(role) = &context.options.role else { return Ok(()) };
    let request = context.request;
    let Some(action) = action_of(route, &request.method) else { return Ok(()) };
    let scope = &request.path;
    if !role.allows(&action) {
        let text = format!(
            "The client '{CLIENT}' with object id '{CLIENT}' does not have authorization to perform action \
             '{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh \
             your credentials."
        );
        return Err(error::error(403, error_code::AUTHORIZATION_FAILED, &text));
    }
    let assigned = assigned_identities(&request.body);
    if assigned.is_empty() || role.allows(ASSIGN) {
        return Ok(());
    }
    let text = format!(
        "The client '{CLIENT}' with object id '{CLIENT}' has permission to perform action '{action}' on scope \
         '{scope}'; however, it does not have permission to perform action(s) '{ASSIGN}' on the linked scope(s) '{}' \
         (respectively) or the linked scope(s) are invalid.",
        assigned.join(",")
    );
    Err(error::error(403, error_code::LINKED_AUTHORIZATION_FAILED, &text))
}

/// Who gives an object an identity must be allowed to.
const ASSIGN: &str = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

fn assigned_identities(body: &[u8]) -> Vec<String> {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let identities = body["identity"]["userAssignedIdentities"].as_object();
    identities.into_iter().flatten().map(|(id, _)| id.clone()).collect()
}

/// The action that a request is. No public source names one for the status of an operation below a location.
fn action_of(route: &Route, method: &str) -> Option<String> {
    match route {
        Route::Tenants | Route::OperationStatus { .. } => None,
        Route::Subscriptions | Route::Subscription(_) => {
            Some("Microsoft.Resources/subscriptions/read".to_owned())
        }
        Route::Locations(_) => Some("Microsoft.Resources/subscriptions/locations/read".to_owned()),
        Route::Providers(_) | Route::Provider(..) => {
            Some("Microsoft.Resources/subscriptions/providers/read".to_owned())
        }
        Route::ProviderAction(_, namespace, verb) => Some(format!("{namespace}/{verb}/action")),
        Route::Resources(..) => Some("Microsoft.Resources/subscriptions/resources/read".to_owned()),
        Route::Groups(_) | Route::Group(..) => {
            Some(format!("Microsoft.Resources/subscriptions/resourceGroups/{}", verb(method)))
        }
        Route::Regional { namespace, below, .. } => {
            let kind = regional_type(below);
            Some(format!("{namespace}/locations/{kind}/{}", verb(method)))
        }
        Route::SubscriptionList(_, types) if method == "POST" => Some(format!("{types}/action")),
        Route::SubscriptionList(_, types) => Some(format!("{types}/read")),
        Route::Resource(path) => Some(action_on(path, method)),
    }
}

fn action_on(path: &Path, method: &str) -> String {
    match &path.tail {
        Some(tail) if method == "POST" => format!("{}/{tail}/action", path.resource_type()),
        Some(_) => format!("{}/{}", path.listed_type(), verb(method)),
        None => format!("{}/{}", path.resource_type(), verb(method)),
    }
}

fn verb(method: &str) -> &'static str {
    match method {
        "PUT" | "PATCH" => "write",
        "DELETE" => "delete",
        _ => "read",
    }
}

/// Refuses what a lock on the object or on a scope above it forbids: any change with `ReadOnly`,
/// deletion with both levels. A lock itself can always be removed.
pub(super) fn check_locks(store: &Store, id: &str, method: &str) -> Result<(), Response> {
    let own = normalize_id(id);
    if method == "GET" || own.contains("/microsoft.authorization/") {
        return Ok(());
    }
    let locks = store.descendants("", resource_type::LOCK);
    let in_force = locks.filter(|lock| {
        let level = &lock["properties"]["level"];
        level == "ReadOnly" || (level == "CanNotDelete" && method == "DELETE")
    });
    let scopes = in_force.filter_map(|lock| {
        let id = normalize_id(lock["id"].as_str()?);
        Some(id.rsplit_once("/providers/microsoft.authorization/")?.0.to_owned())
    });
    let locked_scopes: Vec<_> =
        scopes.filter(|scope| own == *scope || own.starts_with(&format!("{scope}/"))).collect();
    if locked_scopes.is_empty() {
        return Ok(());
    }
    let action = if method == "DELETE" { "delete" } else { "write" };
    let text = format!(
        "The scope '{id}' cannot perform {action} operation because following scope(s) are locked: '{}'. Please remove \
         the lock and try again.",
        locked_scopes.join("', '")
    );
    Err(error::error(409, error_code::SCOPE_LOCKED, &text))
}
