//! From values to models and back. The `timeouts` block is the framework's: no model has it.

use super::panic;
use crate::context::Failure;
use crate::schema::Schema;
use crate::schema::timeouts::BLOCK;
use crate::traits::Model;
use crate::value::{Value, ValueError, model};
use vocabulary::{Diagnostic, Diagnostics};

pub(super) fn read_model<M: Model>(value: &Value) -> Result<M, Failure> {
    model::from_object_with(value, BLOCK).map_err(model_mismatch)
}

pub(super) fn write_model<M: Model>(model: &M, schema: &Schema) -> Result<Value, Failure> {
    model::to_value(model, schema.model_shape()).map_err(model_mismatch)
}

/// The value as it comes back from its model.
pub(super) fn round_trip<M: Model>(value: &Value, schema: &Schema) -> Result<Value, ValueError> {
    model::to_value(&model::from_value::<M>(value)?, schema.model_shape())
}

/// What an author's `validate` says of a configuration or a state.
pub(super) fn validate<M: Model>(value: &Value, check: fn(&M, &mut Diagnostics)) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let model = read_model(value);
    let result = model.and_then(|model| panic::catch(|| check(&model, &mut diagnostics)));
    diagnostics.extend(result.err().into_iter().flat_map(Failure::into_diagnostics));
    diagnostics
}

/// A value that its own model does not hold: a bug, unless the user's value has no place in it.
pub(super) fn model_mismatch(error: ValueError) -> Failure {
    let ValueError { path, message } = error;
    let detail = format!("The provider cannot hold this value: {message}.");
    let diagnostic = Diagnostic::error("Value cannot be used").detail(detail);
    if path.is_root() { diagnostic.into() } else { diagnostic.at(path).into() }
}
