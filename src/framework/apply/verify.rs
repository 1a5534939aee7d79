//! The host's own check of a result, as our postcondition.

use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// Errors for what came back other than it was planned.
pub(crate) fn result(_schema: &Schema, _planned: &Value, _actual: &Value) -> Diagnostics {
    Diagnostics::new()
}
