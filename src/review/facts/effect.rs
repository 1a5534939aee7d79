//! What comes, goes and stays in Azure besides the values of a plan.

use serde::Serialize;

/// What becomes of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A cluster becomes a compute of a workspace.
    Attached,
    /// The cluster stays; the workspace no longer uses it.
    Detached,
    /// An extension is installed on a cluster.
    Installed,
    /// An extension leaves a cluster.
    Uninstalled,
    /// It is made, or taken over if it is there already.
    Created,
    /// It is deleted.
    Deleted,
    /// It stays, and nothing will delete it.
    Kept,
}

/// What becomes of one object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// What becomes of it.
    #[serde(rename = "fate")]
    pub outcome: Outcome,
    /// What kind of object it is, in words: `relay namespace`.
    pub object: String,
    /// Its ARM ID or its name, as far as it is known.
    pub id: Option<String>,
    /// Why, or what follows: a lower-case sentence without a full stop. Empty: nothing to say.
    pub detail: String,
    /// True if Azure bills it by itself.
    pub costs: bool,
}

impl Effect {
    /// An effect that costs nothing by itself.
    pub(super) fn new(outcome: Outcome, object: &str, id: Option<String>, detail: &str) -> Effect {
        Effect { outcome, object: object.to_owned(), id, detail: detail.to_owned(), costs: false }
    }
}
