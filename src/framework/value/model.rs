//! Values as typed models.
use super::{Type, Value, ValueError};
use serde::Serialize;
use serde::de::DeserializeOwned;
/// Reads a model.
pub fn from_value<M: DeserializeOwned>(_: &Value) -> Result<M, ValueError> {
    Err(ValueError::new("soon"))
}
/// Writes a model.
pub fn to_value<M: Serialize + ?Sized>(_: &M, _: &Type) -> Result<Value, ValueError> {
    Err(ValueError::new("soon"))
}
