//! What the caller may do, and what locks keep him from.

use serde_json::json;

use super::error;
use crate::http::Answer;
use crate::store::{Store, key};

/// Everything: the emulator knows no roles.
pub(super) fn permissions() -> Answer {
    let all = json!({"actions": ["*"], "notActions": [], "dataActions": [], "notDataActions": []});
    Answer::json(200, json!({"value": [all]}))
}

/// Refuses what a lock on the object, or on something that it lies in, does not let through: changes where it is read
/// only, deletion anyway. A lock itself can always be taken away.
pub(super) fn is_unlocked(store: &Store, id: &str, method: &str) -> Result<(), Answer> {
    let own = key(id);
    if method == "GET" || own.contains("/microsoft.authorization/") {
        return Ok(());
    }
    let locks = store.below("", "Microsoft.Authorization/locks");
    let in_force = locks.filter(|lock| {
        let level = &lock["properties"]["level"];
        level == "ReadOnly" || (level == "CanNotDelete" && method == "DELETE")
    });
    let scopes = in_force.filter_map(|lock| {
        let id = key(lock["id"].as_str()?);
        Some(id.rsplit_once("/providers/microsoft.authorization/")?.0.to_owned())
    });
    let holding: Vec<_> =
        scopes.filter(|scope| own == *scope || own.starts_with(&format!("{scope}/"))).collect();
    if holding.is_empty() {
        return Ok(());
    }
    let verb = if method == "DELETE" { "delete" } else { "write" };
    let text = format!(
        "The scope '{id}' cannot perform {verb} operation because following scope(s) are locked: '{}'. Please remove \
         the lock and try again.",
        holding.join("', '")
    );
    Err(error::error(409, "ScopeLocked", &text))
}
