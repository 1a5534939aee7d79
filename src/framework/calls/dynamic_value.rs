//! Values as their bytes crossed the wire.

use crate::schema::Schema;
use crate::value::{Type, Value, ValueError};
use vocabulary::Diagnostic;

/// One value as its bytes crossed the wire; only a type can read it. Both empty: null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DynamicValue {
    /// As Terraform sends and expects it.
    pub msgpack: Vec<u8>,
    /// Read where `msgpack` is empty; never written.
    pub json: Vec<u8>,
}

/// Nil in msgpack.
const NIL: [u8; 1] = [0xc0];

impl DynamicValue {
    /// Whether the value is null, without reading it.
    pub(crate) fn is_null(&self) -> bool {
        match (self.msgpack.as_slice(), self.json.as_slice()) {
            ([], json) => json.is_empty() || json.trim_ascii() == b"null",
            (msgpack, _) => msgpack == NIL,
        }
    }

    /// Reads the value of a type with that schema.
    pub(crate) fn decode(&self, schema: &Schema) -> Result<Value, Diagnostic> {
        self.decode_as(schema.shape()).map_err(|error| schema_mismatch(&error))
    }

    /// Reads a value of that type.
    pub(crate) fn decode_as(&self, ty: &Type) -> Result<Value, ValueError> {
        Value::from_wire(&self.msgpack, &self.json, ty)
    }

    /// Writes a value of that type.
    pub(crate) fn encode_as(value: &Value, ty: &Type) -> Result<Self, ValueError> {
        Ok(Self { msgpack: value.to_msgpack(ty)?, json: Vec::new() })
    }

    /// Writes a value of a type with that schema.
    pub(crate) fn encode(value: &Value, schema: &Schema) -> Result<Self, Diagnostic> {
        Self::encode_as(value, schema.shape()).map_err(|error| schema_mismatch(&error))
    }
}

fn schema_mismatch(error: &ValueError) -> Diagnostic {
    let detail = format!(
        "A value and the schema disagree: {}.\n\n\
         This is a bug in the provider, which should be reported in its issue tracker.",
        error.message,
    );
    let diagnostic = Diagnostic::error("Value does not fit its schema").detail(detail);
    if error.path.is_root() { diagnostic } else { diagnostic.at(error.path.clone()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::text;

    #[test]
    fn null_is_seen_without_opening() {
        let of = |msgpack: &[u8], json: &[u8]| DynamicValue {
            msgpack: msgpack.into(),
            json: json.into(),
        };
        let schema = Schema::new("A thing.").with([text("a")]);
        let object =
            DynamicValue::encode(&Value::map([("a", Value::Null)]), &schema).expect("it fits");
        for (closed, null) in [
            (of(b"", b""), true),
            (of(b"\xc0", b""), true),
            (of(b"", b" null\n"), true),
            (of(b"", b"{}"), false),
            (object, false),
        ] {
            assert_eq!(closed.is_null(), null, "{closed:?}");
            assert_eq!(closed.decode(&schema).expect("it opens").is_null(), null, "{closed:?}");
        }
    }
}
