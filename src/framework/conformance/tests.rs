//! A careless provider against the conformance check.

use serde::{Deserialize, Serialize};

use super::conformance;
use crate::{
    Attr, Context, Diagnostic, Diagnostics, Failure, Function, FunctionError, Plan, Provider,
    Resource, Saved, Schema, Signature, Type, Types, field, object, text,
};

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

    async fn read(_: &mut Context<'_, Careless>, state: Thing) -> Result<Option<Thing>, Failure> {
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
