//! The identity of an object: the attributes that tell it from all others, kept beside its state.
//!
//! It is spelled as the state is, and once it is stored it keeps its spelling: a client refuses an
//! identity that moves. Clients older than 1.12 ignore it.

use std::collections::BTreeMap;

use super::DynamicValue;
use crate::dyn_types::DynResource;
use crate::schema::semantic_equality::semantically_equal;
use crate::schema::{Attribute, Node, Presence, Schema};
use crate::value::{Type, Value, ValueError};
use vocabulary::{Diagnostic, Diagnostics};

/// The type of an identity; `None` where no attribute identifies.
pub(crate) fn shape(schema: &Schema) -> Option<Type> {
    let keys = schema.identity().map(|key| (key.name.to_owned(), key.shape()));
    let keys: BTreeMap<_, _> = keys.collect();
    (!keys.is_empty()).then_some(Type::Object(keys))
}

/// The identity that is in a state or a plan, in the spelling of `stored` where it means the same.
///
/// `None` where there is no object, or a key of it has no value, or none that is known yet: clients
/// cannot write a plan down that holds an unknown identity.
pub(crate) fn from_state(
    schema: &Schema, state: &Value, stored: Option<&DynamicValue>,
) -> Option<DynamicValue> {
    let shape = shape(schema)?;
    let stored = stored.and_then(|stored| stored.decode_as(&shape).ok()).unwrap_or_default();
    let keys = schema.identity().map(|key| {
        let has_value = |value: &&Value| !value.is_null() && !value.is_unknown();
        let value = state.get(key.name).filter(has_value)?;
        let stored = stored.get(key.name).filter(|stored| semantically_equal(key, stored, value));
        Some((key.name, stored.unwrap_or(value).clone()))
    });
    let keys: Vec<_> = keys.collect::<Option<_>>()?;
    DynamicValue::encode_as(&Value::map(keys), &shape).ok()
}

/// The keys of a state that an identity names; everything else is null.
pub(crate) fn keys(
    resource: &dyn DynResource, identity: &DynamicValue,
) -> Result<Value, Diagnostics> {
    let schema = resource.schema();
    let shape = shape(schema).ok_or_else(|| Diagnostics::from(no_identity()))?;
    let identity = identity.decode_as(&shape).map_err(|error| unreadable_error(&error))?;
    let mut diagnostics = Diagnostics::new();
    for key in schema.identity().filter(|key| !has_value(&identity, key)) {
        diagnostics.push(missing_attribute_error(key));
    }
    if diagnostics.is_empty() {
        diagnostics.extend(key_errors(resource, &identity));
    }
    if diagnostics.has_errors() {
        Err(diagnostics)
    } else {
        Ok(with_keys(schema, &identity, |_| Value::Null))
    }
}

fn has_value(identity: &Value, key: &Attribute) -> bool {
    identity.get(key.name).is_some_and(|value| !value.is_null() && !value.is_unknown())
}

/// What the type's own check says of the keys: it sees a configuration of which nothing else is
/// known.
fn key_errors(resource: &dyn DynResource, identity: &Value) -> Diagnostics {
    let config = with_keys(resource.schema(), identity, |attribute| match attribute.presence {
        Presence::Computed => Value::Null,
        _ => Value::UNKNOWN,
    });
    let errors = resource.validate(&config).into_iter().filter(Diagnostic::is_error);
    let is_of_key = |it: &Diagnostic| {
        let path = it.path.as_ref().map(ToString::to_string).unwrap_or_default();
        resource.schema().identity().any(|key| path == format!(".{}", key.name))
    };
    let mut diagnostics = Diagnostics::new();
    // There may be no configuration that a path could point into.
    diagnostics.extend(errors.filter(is_of_key).map(|it| Diagnostic { path: None, ..it }));
    diagnostics
}

fn with_keys(schema: &Schema, identity: &Value, other: impl Fn(&Attribute) -> Value) -> Value {
    schema.body().object(&|node| match node {
        Node::Attribute(each) => {
            let key = identity.get(each.name).filter(|_| each.identifies);
            key.cloned().unwrap_or_else(|| other(each))
        }
        Node::Block(block) => block.absent_value(),
    })
}

fn no_identity() -> Diagnostic {
    Diagnostic::error("Type has no identity").detail("Import the object by its ID instead.")
}

fn unreadable_error(error: &ValueError) -> Diagnostic {
    Diagnostic::error("Identity cannot be read").detail(format!("{error}."))
}

fn missing_attribute_error(key: &Attribute) -> Diagnostic {
    Diagnostic::error("Identity is not complete")
        .detail(format!("It needs `{}`: {}", key.name, key.help))
}
