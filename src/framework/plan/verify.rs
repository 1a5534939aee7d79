//! The host's own check of a plan, as our postcondition.

use crate::diagnostic::Diagnostics;
use crate::schema::Schema;
use crate::value::Value;

/// Errors for what core would refuse.
pub(crate) fn plan(
    _schema: &Schema, _prior: Option<&Value>, _config: &Value, _planned: &Value,
) -> Diagnostics {
    Diagnostics::new()
}
