//! What is done to a resource.

use serde::Serialize;

use crate::plan::{Importing, Value};

/// What an apply does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is made.
    Create,
    /// It is changed where it stands.
    Update,
    /// It goes first, then a new one is made.
    Replace,
    /// A new one is made first, then it goes.
    CreateThenDelete,
    /// It goes.
    Delete,
    /// Terraform forgets it; it stays.
    Forget,
    /// A new one is made, and the old one stays and is forgotten.
    CreateThenForget,
    /// A data source is read.
    Read,
    /// Nothing, but that it may be imported or moved.
    NoOp,
    /// Something that this version does not know.
    Other,
}

/// Where a resource is imported from.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Import {
    /// The ID, where it is imported by one.
    pub id: Option<String>,
    /// The identity, where it is imported by one.
    pub identity: Value,
    /// True if neither is known yet.
    pub unknown: bool,
}

impl Action {
    /// The action that a plan spells as a list of steps.
    pub(crate) fn of(steps: &[String]) -> Action {
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        match steps[..] {
            ["create"] => Action::Create,
            ["update"] => Action::Update,
            ["delete", "create"] => Action::Replace,
            ["create", "delete"] => Action::CreateThenDelete,
            ["delete"] => Action::Delete,
            ["forget"] => Action::Forget,
            ["create", "forget"] | ["forget", "create"] => Action::CreateThenForget,
            ["read"] => Action::Read,
            [] | ["no-op"] => Action::NoOp,
            _ => Action::Other,
        }
    }

    /// True if an apply does anything.
    pub fn changes(self) -> bool {
        self != Action::NoOp
    }

    /// True if the old object goes and a new one comes.
    pub fn replaces(self) -> bool {
        matches!(self, Action::Replace | Action::CreateThenDelete)
    }
}

impl From<Importing> for Import {
    fn from(importing: Importing) -> Self {
        let null = serde_json::Value::Null;
        Import {
            id: importing.id.filter(|id| !id.is_empty()),
            identity: Value::from_change(importing.identity, &null, &null),
            unknown: importing.unknown,
        }
    }
}
