//! When a call must be over.

use std::time::{Duration, Instant};

use crate::schema::Schema;
use crate::schema::timeouts::Operation;
use crate::value::Value;

/// `began` plus what `object` says in its `timeouts` block, or what the type says, or azurerm's
/// custom where neither says anything.
pub(super) fn deadline(
    schema: &Schema, operation: Operation, object: &Value, began: Instant,
) -> Instant {
    let said = schema.timeouts().and_then(|defaults| defaults.limit(operation, object));
    let minutes = if operation == Operation::Read { 5 } else { 30 };
    let limit = said.unwrap_or(Duration::from_mins(minutes));
    // Only a limit of centuries has no end that the clock can name: it then ends in a day.
    began.checked_add(limit).unwrap_or(began + Duration::from_hours(24))
}
