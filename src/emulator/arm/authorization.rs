//! Permissions and locks.

use serde_json::json;

use super::error;
use crate::http::Response;
use crate::names::{error_code, resource_type};
use crate::store::{Store, normalize_id};

/// Everything is allowed: there are no roles.
pub(super) fn permissions() -> Response {
    let all = json!({"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []});
    Response::json(200, json!({"value": [all]}))
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
