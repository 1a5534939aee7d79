//! The identity of an object: the attributes that tell it from all others, kept beside its state.
//!
//! It is spelled as the state is, and once it is stored it keeps its spelling: a client refuses an
//! identity that moves. Clients older than 1.12 ignore it.

use std::collections::BTreeMap;

use crate::dynamic_value::DynamicValue;
use crate::erased::ResourceTwin;
use crate::meaning::same;
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
pub(crate) fn of(
    schema: &Schema, state: &Value, stored: Option<&DynamicValue>,
) -> Option<DynamicValue> {
    let shape = shape(schema)?;
    let stored = stored.and_then(|stored| stored.open_type(&shape).ok()).unwrap_or_default();
    let keys = schema.identity().map(|key| {
        let has_value = |value: &&Value| !value.is_null() && !value.is_unknown();
        let value = state.get(key.name).filter(has_value)?;
        let kept = stored.get(key.name).filter(|kept| same(key, kept, value));
        Some((key.name, kept.unwrap_or(value).clone()))
    });
    let keys: Vec<_> = keys.collect::<Option<_>>()?;
    DynamicValue::of_type(&Value::map(keys), &shape).ok()
}

/// The keys of a state that an identity names; everything else is null.
pub(crate) fn keys(twin: &dyn ResourceTwin, identity: &DynamicValue) -> Result<Value, Diagnostics> {
    let schema = twin.schema();
    let shape = shape(schema).ok_or_else(|| Diagnostics::from(without()))?;
    let identity = identity.open_type(&shape).map_err(|error| unreadable(&error))?;
    let mut found = Diagnostics::new();
    for key in schema.identity().filter(|key| !named(&identity, key)) {
        found.push(incomplete(key));
    }
    if found.is_empty() {
        found.extend(misnamed(twin, &identity));
    }
    if found.has_errors() { Err(found) } else { Ok(filled(schema, &identity, |_| Value::Null)) }
}

fn named(identity: &Value, key: &Attribute) -> bool {
    identity.get(key.name).is_some_and(|value| !value.is_null() && !value.is_unknown())
}

/// What the type's own check says of the keys: it sees a configuration of which nothing else is
/// known.
fn misnamed(twin: &dyn ResourceTwin, identity: &Value) -> Diagnostics {
    let config = filled(twin.schema(), identity, |attribute| match attribute.presence {
        Presence::Computed => Value::Null,
        _ => Value::UNKNOWN,
    });
    let found = twin.validate(&config).into_iter().filter(Diagnostic::is_error);
    let about = |it: &Diagnostic| {
        let path = it.path.as_ref().map(ToString::to_string).unwrap_or_default();
        twin.schema().identity().any(|key| path == format!(".{}", key.name))
    };
    let mut errors = Diagnostics::new();
    // There may be no configuration that a path could point into.
    errors.extend(found.filter(about).map(|it| Diagnostic { path: None, ..it }));
    errors
}

fn filled(schema: &Schema, identity: &Value, other: impl Fn(&Attribute) -> Value) -> Value {
    schema.body().object(&|node| match node {
        Node::Attribute(each) => {
            let key = identity.get(each.name).filter(|_| each.identifies);
            key.cloned().unwrap_or_else(|| other(each))
        }
        Node::Block(block) => block.absent(),
    })
}

fn without() -> Diagnostic {
    Diagnostic::error("Type has no identity").detail("Import the object by its ID instead.")
}

fn unreadable(error: &ValueError) -> Diagnostic {
    Diagnostic::error("Identity cannot be read").detail(format!("{error}."))
}

fn incomplete(key: &Attribute) -> Diagnostic {
    Diagnostic::error("Identity is not complete")
        .detail(format!("It needs `{}`: {}", key.name, key.help))
}
