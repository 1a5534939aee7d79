//! What the compiler cannot check of a provider's types.

use crate::calls::{Capabilities, refuse};
use crate::erased::{DataSourceTwin, FunctionTwin, ResourceTwin};
use crate::plan::{Change, Planned, Units};
use crate::private::Private;
use crate::provider::Provider;
use crate::schema::{Attribute, Body, Node, Presence, Schema};
use crate::server::Server;
use crate::value::{Type, Value, ValueError};
use vocabulary::Diagnostics;

/// Walks every type of a provider, and gives back what is wrong, one sentence each.
///
/// For every type: the schema is well formed, each attribute has help and each replacement its
/// reason, the model's fields are its attributes at every depth, values that are null, unknown or
/// filled survive the model, validate and plan accept everything unknown, and a plan of what is
/// already so is empty. A managed type has an identity. For every function: it says what it is for, each parameter has help, and
/// the fields of its arguments are its parameters at every depth.
pub fn conformance<P: Provider>() -> Vec<String> {
    let server = Server::new::<P>();
    let schemas = server.schemas();
    let provider = server.provider();
    let mut found = Vec::new();
    shape(&mut found, "provider", &schemas.provider, |value| {
        provider.round_trip(value, &schemas.provider)
    });
    say(&mut found, "provider", refused(&provider.validate(&unknown(&schemas.provider))));
    for (name, twin) in server.resources() {
        shape(&mut found, name, twin.schema(), |value| twin.round_trip(value));
        say(&mut found, name, resource(twin, name));
        if twin.schema().identity().next().is_none() {
            found.push(format!("{name}: no attribute identifies an object"));
        }
    }
    for (name, twin) in server.data_sources() {
        shape(&mut found, name, twin.schema(), |value| twin.round_trip(value));
        say(&mut found, name, data_source(twin));
    }
    for (name, twin) in server.lists() {
        let name = format!("list of {name}");
        shape(&mut found, &name, twin.schema(), |value| twin.round_trip(value));
        say(&mut found, &name, refused(&twin.validate(&unknown(twin.schema()))));
    }
    for (name, twin) in server.functions() {
        say(&mut found, name, function(twin));
    }
    found
}

fn say(found: &mut Vec<String>, name: &str, faults: Vec<String>) {
    found.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
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

/// The schema and, against it, the model.
fn shape(
    found: &mut Vec<String>, name: &str, schema: &Schema,
    round_trip: impl Fn(&Value) -> Result<Value, ValueError>,
) {
    say(found, name, schema.faults());
    for filling in Filling::ALL {
        let value = filled(schema.model_shape(), filling);
        match round_trip(&value) {
            Ok(back) if back == value => {}
            Ok(_) => found.push(format!("{name}: {filling:?} values change in the model")),
            Err(error) => found.push(format!("{name}: {filling:?} values: {error}")),
        }
    }
}

/// An object of that type.
fn filled(ty: &Type, filling: Filling) -> Value {
    let Type::Object(fields) = ty else { return Value::Null };
    Value::map(fields.iter().map(|(name, ty)| (name, inside(ty, filling))))
}

fn inside(ty: &Type, filling: Filling) -> Value {
    match (filling, ty) {
        (Filling::Null, _) => Value::Null,
        (Filling::Unknown, _) => Value::UNKNOWN,
        (_, Type::List(element) | Type::Set(element)) => {
            Value::List(vec![inside(element, filling)])
        }
        (_, Type::Map(element)) => Value::map([("key", inside(element, filling))]),
        (_, Type::Object(_)) => filled(ty, filling),
        (_, Type::Tuple(elements)) => {
            Value::List(elements.iter().map(|element| inside(element, filling)).collect())
        }
        (Filling::NullLeaves, _) => Value::Null,
        (Filling::UnknownLeaves, _) => Value::UNKNOWN,
        (Filling::Full, Type::Bool) => Value::Bool(true),
        (Filling::Full, Type::Number) => Value::from(1),
        (Filling::Full, Type::String | Type::Dynamic) => Value::from("1"),
    }
}

// === calls ===

fn resource(twin: &dyn ResourceTwin, name: &str) -> Vec<String> {
    let config = unknown(twin.schema());
    let mut diagnostics = twin.validate(&config);
    refuse(twin.schema(), &config, Capabilities::ALL, &mut diagnostics);
    let mut found = refused(&diagnostics);
    match plan(twin, name, None, config) {
        Ok(planned) => found.extend(refused(&planned.diagnostics)),
        Err(diagnostics) => found.extend(refused(&diagnostics)),
    }
    // A user's least configuration may be refused, as "1" is not everywhere a legal text.
    let config = least(twin.schema().body());
    let first =
        plan(twin, name, None, config.clone()).ok().filter(|it| !it.diagnostics.has_errors());
    let Some(made) = first.map(|first| first.state.with_nulls_for_unknowns()) else { return found };
    match plan(twin, name, Some(made.clone()), config) {
        Ok(again) if again.state == made => {}
        _ => found.push("a plan of what is already so is not empty".to_owned()),
    }
    found
}

fn plan(
    twin: &dyn ResourceTwin, type_name: &str, prior: Option<Value>, config: Value,
) -> Result<Planned, Diagnostics> {
    let change = Change { twin, type_name, config, prior, units: Units::Every };
    change.plan(&Private::default()).map_err(crate::Failure::into_diagnostics)
}

fn data_source(twin: &dyn DataSourceTwin) -> Vec<String> {
    refused(&twin.validate(&unknown(twin.schema())))
}

fn function(twin: &dyn FunctionTwin) -> Vec<String> {
    let signature = twin.signature();
    // Parameters follow the rules of attributes.
    let parameters = Schema::new("").with(signature.parameters.clone());
    let mut found = parameters.faults();
    let texts = [("summary", signature.summary), ("help", signature.help.as_str())];
    let missing = texts.into_iter().filter(|(_, text)| text.is_empty());
    found.extend(missing.map(|(part, _)| format!("has no {part}")));
    let arguments = filled(parameters.shape(), Filling::Full);
    found.extend(twin.reads(&arguments).err().map(|error| format!("its arguments: {error}")));
    found
}

fn refused(diagnostics: &Diagnostics) -> Vec<String> {
    let errors = diagnostics.iter().filter(|found| found.is_error());
    errors.map(|it| format!("refuses unknown values: {}: {}", it.summary, it.detail)).collect()
}

// === configurations ===

/// Everything unknown that a user can write.
fn unknown(schema: &Schema) -> Value {
    configuration(schema.body(), &|attribute| match attribute.presence {
        Presence::Computed => Value::Null,
        _ => Value::UNKNOWN,
    })
}

/// Only what a user must write.
fn least(body: &Body) -> Value {
    configuration(body, &|attribute| match attribute.presence {
        Presence::Required => inside(&attribute.shape(), Filling::Full),
        _ => Value::Null,
    })
}

fn configuration(body: &Body, of: &dyn Fn(&Attribute) -> Value) -> Value {
    body.object(&|node| match node {
        Node::Attribute(attribute) => of(attribute),
        Node::Block(block) if block.required => block.once(configuration(&block.body, of)),
        Node::Block(block) => block.absent(),
    })
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    use super::conformance;
    use crate::toy::Toy;
    use crate::{
        Attr, Context, Diagnostic, Diagnostics, Failure, Function, FunctionError, Plan, Provider,
        Resource, Saved, Schema, Signature, Type, Types, field, object, text,
    };

    #[test]
    fn a_provider_that_holds_it_is_found_to() {
        assert_eq!(conformance::<Toy>(), [""; 0]);
    }

    #[test]
    fn whoever_does_not_hold_it_is_told_where() {
        let found = conformance::<Careless>();
        for expected in [
            "careless_thing: .label: replaces without a reason",
            "careless_thing: .label: has no help",
            "careless_thing: refuses unknown values: Name is missing",
            "careless_thing: refuses unknown values: Provider panicked",
            "careless_thing: a plan of what is already so is not empty",
            "careless_thing: no attribute identifies an object",
            "careless_other: Full values: .inner",
            "twist: .way: has no help",
            "twist: has no summary",
            "twist: its arguments: .way: the model",
        ] {
            assert!(found.iter().any(|it| it.starts_with(expected)), "{expected}: {found:#?}");
        }
    }

    struct Careless;

    #[derive(Clone, Serialize, Deserialize)]
    struct Nothing {}

    impl Provider for Careless {
        const NAME: &'static str = "careless";
        type Config = Nothing;
        type Error = Failure;

        fn schema() -> Schema {
            Schema::new("A provider.")
        }

        fn configure(_: Nothing) -> Result<Self, Diagnostic> {
            Ok(Self)
        }

        fn types() -> Types<Self> {
            Types::new().resource::<CarelessThing>().resource::<Other>().function::<Twist>()
        }
    }

    struct CarelessThing;

    #[derive(Clone, Serialize, Deserialize)]
    struct Thing {
        name: Attr<String>,
        label: Attr<String>,
        turn: Attr<String>,
    }

    impl Resource for CarelessThing {
        const NAME: &'static str = "thing";
        type Provider = Careless;
        type Model = Thing;

        fn schema() -> Schema {
            Schema::new("A thing.").with([
                text("name").required().help("Name."),
                text("label").optional().replace(""),
                text("turn").optional().computed().help("Moves at every plan."),
            ])
        }

        fn validate(config: &Thing, found: &mut Diagnostics) {
            if config.name.known().is_none() {
                found.push(Diagnostic::error("Name is missing"));
            }
        }

        fn plan(plan: &mut Plan<'_, Thing>) {
            let name = plan.planned().name.require().expect("a name").clone();
            let turn = plan.was(field!(turn)).map_or(name.clone(), |turn| format!("{turn}{name}"));
            plan.set(field!(turn), turn);
        }

        async fn create(
            _: &mut Context<'_, Careless>, planned: Thing, saved: &mut Saved<Thing>,
        ) -> Result<(), Failure> {
            saved.save(&planned);
            Ok(())
        }

        async fn read(
            _: &mut Context<'_, Careless>, state: Thing,
        ) -> Result<Option<Thing>, Failure> {
            Ok(Some(state))
        }

        async fn delete(_: &mut Context<'_, Careless>, _: Thing) -> Result<(), Failure> {
            Ok(())
        }

        fn import(_: &str) -> Result<Thing, Failure> {
            Err(Diagnostic::error("No import").into())
        }
    }

    struct Twist;

    #[derive(Deserialize)]
    struct Twisted {
        #[expect(dead_code, reason = "only its name matters")]
        wey: String,
    }

    impl Function for Twist {
        const NAME: &'static str = "twist";
        type Arguments = Twisted;
        type Output = bool;

        fn signature() -> Signature {
            Signature::new("", Type::Bool).help("Twists.").with([text("way").required()])
        }

        fn call(_: Twisted) -> Result<bool, FunctionError> {
            Ok(true)
        }
    }

    struct Other;

    #[derive(Clone, Serialize, Deserialize)]
    struct OtherModel {
        inner: Attr<Inner>,
    }

    #[derive(Clone, Serialize, Deserialize)]
    struct Inner {
        misspelt: Attr<String>,
    }

    impl Resource for Other {
        const NAME: &'static str = "other";
        type Provider = Careless;
        type Model = OtherModel;

        fn schema() -> Schema {
            Schema::new("A thing.")
                .with([object("inner", [text("spelt").help("A text.")]).help("An object.")])
        }

        async fn create(
            _: &mut Context<'_, Careless>, _: OtherModel, _: &mut Saved<OtherModel>,
        ) -> Result<(), Failure> {
            Ok(())
        }

        async fn read(
            _: &mut Context<'_, Careless>, _: OtherModel,
        ) -> Result<Option<OtherModel>, Failure> {
            Ok(None)
        }

        async fn delete(_: &mut Context<'_, Careless>, _: OtherModel) -> Result<(), Failure> {
            Ok(())
        }

        fn import(_: &str) -> Result<OtherModel, Failure> {
            Err(Diagnostic::error("No import").into())
        }
    }
}
