//! What the compiler cannot check of a provider's types.

#[cfg(test)]
mod tests;

use crate::calls::{Capabilities, check_config};
use crate::context::{Failure, Private};
use crate::dyn_types::{DynFunction, DynResource};
use crate::plan::{PlannedChange, Planner, PreserveScope};
use crate::schema::{Attribute, Body, Node, Presence, Schema};
use crate::server::Server;
use crate::traits::Provider;
use crate::value::{Type, Value, ValueError};
use vocabulary::Diagnostics;

/// Checks every type of a provider, and gives back what is wrong, one sentence each.
///
/// For every type: the schema is well formed, each attribute has help and each replacement its
/// reason, the model's fields are its attributes at every depth, values that are null, unknown or
/// filled survive the model, validate and plan accept everything unknown, and a plan of what is
/// already so is empty. A managed type has an identity. For every function: it says what it is for,
/// each parameter has help, and the fields of its arguments are its parameters at every depth.
pub fn conformance<P: Provider>() -> Vec<String> {
    let server = Server::new::<P>();
    let mut faults = Faults::default();
    let (provider, schema) = (server.provider(), &server.schemas().provider);
    faults.add("provider", model_faults(schema, |value| provider.round_trip(value, schema)));
    faults.add("provider", refusals(&provider.validate(&unknown_config(schema))));
    for (name, resource) in server.resources() {
        faults.add(name, model_faults(resource.schema(), |value| resource.round_trip(value)));
        faults.add(name, resource_faults(resource, name));
    }
    for (name, data_source) in server.data_sources() {
        let schema = data_source.schema();
        faults.add(name, model_faults(schema, |value| data_source.round_trip(value)));
        faults.add(name, refusals(&data_source.validate(&unknown_config(schema))));
    }
    for (name, list) in server.lists() {
        let name = format!("list of {name}");
        faults.add(&name, model_faults(list.schema(), |value| list.round_trip(value)));
        faults.add(&name, refusals(&list.validate(&unknown_config(list.schema()))));
    }
    for (name, function) in server.functions() {
        faults.add(name, function_faults(function));
    }
    faults.0
}

#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, name: &str, faults: Vec<String>) {
        self.0.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
    }
}

// === models ===

/// How a value is filled.
#[derive(Clone, Copy, Debug)]
enum Filling {
    /// The object is there, everything in it is null.
    Null,
    /// The object is there, everything in it is unknown.
    Unknown,
    /// One element in each collection, everything in it is null.
    NullLeaves,
    /// One element in each collection, everything in it is unknown.
    UnknownLeaves,
    /// Everything is set, down to one element of each collection.
    Full,
}

impl Filling {
    const ALL: [Self; 5] =
        [Self::Null, Self::Unknown, Self::NullLeaves, Self::UnknownLeaves, Self::Full];
}

/// What is wrong with the schema and, against it, the model.
fn model_faults(
    schema: &Schema, round_trip: impl Fn(&Value) -> Result<Value, ValueError>,
) -> Vec<String> {
    let mut faults = schema.faults();
    for filling in Filling::ALL {
        let value = filled_object(schema.model_shape(), filling);
        match round_trip(&value) {
            Ok(back) if back == value => {}
            Ok(_) => faults.push(format!("{filling:?} values change in the model")),
            Err(error) => faults.push(format!("{filling:?} values: {error}")),
        }
    }
    faults
}

fn filled_object(ty: &Type, filling: Filling) -> Value {
    let Type::Object(fields) = ty else { return Value::Null };
    Value::map(fields.iter().map(|(name, ty)| (name, filled_value(ty, filling))))
}

fn filled_value(ty: &Type, filling: Filling) -> Value {
    match (filling, ty) {
        (Filling::Null, _) => Value::Null,
        (Filling::Unknown, _) => Value::UNKNOWN,
        (_, Type::List(element) | Type::Set(element)) => {
            Value::List(vec![filled_value(element, filling)])
        }
        (_, Type::Map(element)) => Value::map([("key", filled_value(element, filling))]),
        (_, Type::Object(_)) => filled_object(ty, filling),
        (_, Type::Tuple(elements)) => {
            Value::List(elements.iter().map(|element| filled_value(element, filling)).collect())
        }
        (Filling::NullLeaves, _) => Value::Null,
        (Filling::UnknownLeaves, _) => Value::UNKNOWN,
        (Filling::Full, Type::Bool) => Value::Bool(true),
        (Filling::Full, Type::Number) => Value::from(1),
        (Filling::Full, Type::String | Type::Dynamic) => Value::from("1"),
    }
}

// === calls ===

fn resource_faults(resource: &dyn DynResource, name: &str) -> Vec<String> {
    let schema = resource.schema();
    let config = unknown_config(schema);
    let mut diagnostics = resource.validate(&config);
    check_config(schema, &config, Capabilities::ALL, &mut diagnostics);
    diagnostics.extend(match plan(resource, name, None, config) {
        Ok(planned) => planned.diagnostics,
        Err(diagnostics) => diagnostics,
    });
    let mut faults = refusals(&diagnostics);
    if !plans_nothing_twice(resource, name) {
        faults.push("a plan of what is already so is not empty".to_owned());
    }
    if schema.identity().next().is_none() {
        faults.push("no attribute identifies an object".to_owned());
    }
    faults
}

/// Whether a user's least configuration, once applied as planned, plans no change. It may be
/// refused: "1" is not everywhere a legal text.
fn plans_nothing_twice(resource: &dyn DynResource, name: &str) -> bool {
    let config = required_config(resource.schema().body());
    let Ok(first) = plan(resource, name, None, config.clone()) else { return true };
    if first.diagnostics.has_errors() {
        return true;
    }
    let state = first.state.with_nulls_for_unknowns();
    plan(resource, name, Some(state.clone()), config).is_ok_and(|second| second.state == state)
}

fn plan(
    resource: &dyn DynResource, type_name: &str, prior: Option<Value>, config: Value,
) -> Result<PlannedChange, Diagnostics> {
    let preserve = PreserveScope::EachAttribute;
    let planner = Planner { resource, type_name, config, prior, preserve };
    planner.plan(&Private::default()).map_err(Failure::into_diagnostics)
}

fn function_faults(function: &dyn DynFunction) -> Vec<String> {
    let signature = function.signature();
    // Parameters follow the rules of attributes.
    let parameters = Schema::new("").with(signature.parameters.clone());
    let mut faults = parameters.faults();
    let texts = [("summary", signature.summary), ("help", signature.help.as_str())];
    let missing = texts.into_iter().filter(|(_, text)| text.is_empty());
    faults.extend(missing.map(|(part, _)| format!("has no {part}")));
    let arguments = filled_object(parameters.shape(), Filling::Full);
    let mismatch = function.check_arguments(&arguments).err();
    faults.extend(mismatch.map(|error| format!("its arguments: {error}")));
    faults
}

fn refusals(diagnostics: &Diagnostics) -> Vec<String> {
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error());
    errors.map(|it| format!("refuses unknown values: {}: {}", it.summary, it.detail)).collect()
}

// === configurations ===

/// Everything unknown that a user can write.
fn unknown_config(schema: &Schema) -> Value {
    config(schema.body(), &|attribute| match attribute.presence {
        Presence::Computed => Value::Null,
        _ => Value::UNKNOWN,
    })
}

/// Only what a user must write.
fn required_config(body: &Body) -> Value {
    config(body, &|attribute| match attribute.presence {
        Presence::Required => filled_value(&attribute.shape(), Filling::Full),
        _ => Value::Null,
    })
}

fn config(body: &Body, value: &dyn Fn(&Attribute) -> Value) -> Value {
    body.object(&|node| match node {
        Node::Attribute(attribute) => value(attribute),
        Node::Block(block) if block.required => block.once(config(&block.body, value)),
        Node::Block(block) => block.absent_value(),
    })
}
