//! A provider of one type that does as it is told: waits, panics, or outlives its caller.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends there")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use framework::{
    Attr, Context, Diagnostic, Failure, Function, FunctionError, Provider, Resource, Saved, Schema,
    Signature, Type, Types, text,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

/// What happens to the object of a name. Each test has its own name.
pub(crate) struct Events {
    /// One permit per create that has begun.
    pub(crate) begun: Semaphore,
    /// A permit lets a create go on.
    pub(crate) go: Semaphore,
    /// One permit per create that has ended.
    pub(crate) done: Semaphore,
}

impl Events {
    pub(crate) fn of(name: &str) -> Arc<Self> {
        static ALL: Mutex<BTreeMap<String, Arc<Events>>> = Mutex::new(BTreeMap::new());
        let none = || Semaphore::new(0);
        let new = || Arc::new(Self { begun: none(), go: none(), done: none() });
        Arc::clone(ALL.lock().unwrap().entry(name.to_owned()).or_insert_with(new))
    }
}

pub(crate) struct Toy;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ToyConfig {
    label: Attr<String>,
}

impl Provider for Toy {
    const NAME: &'static str = "toy";
    type Config = ToyConfig;
    type Error = Failure;

    fn schema() -> Schema {
        Schema::new("Toys.").with([text("label").optional().help("A label.")])
    }

    fn configure(config: ToyConfig) -> Result<Self, Diagnostic> {
        match config.label.known() {
            Some(label) if label == "bad" => Err(Diagnostic::error("Bad label").at("label")),
            _ => Ok(Self),
        }
    }

    fn types() -> Types<Self> {
        Types::new().resource::<Thing>().function::<Greet>()
    }
}

struct Thing;

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Model {
    name: Attr<String>,
    mood: Attr<String>,
    payload: Attr<String>,
    id: Attr<String>,
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Provider = Toy;
    type Model = Model;

    fn schema() -> Schema {
        Schema::new("A toy.").with([
            text("name").required().replace("a toy keeps its name").help("Name."),
            text("mood").optional().help(
                "`panic`, `wait` for an interruption, `deaf` to one, or `work` until told to end.",
            ),
            text("payload").optional().help("Anything."),
            text("id").computed().stable().help("ID."),
        ])
    }

    async fn create(
        context: &mut Context<'_, Toy>, planned: Model, saved: &mut Saved<Model>,
    ) -> Result<(), Failure> {
        let name = planned.name.require()?.clone();
        let (mood, events) = (planned.mood.known().cloned(), Events::of(&name));
        saved.save(&Model { id: name.into(), ..planned });
        events.begun.add_permits(1);
        match mood.as_deref() {
            Some("panic") => panic!("this toy\nis broken"),
            Some("wait") => {
                context.stop.cancelled().await;
                return Err(Diagnostic::error("Interrupted").into());
            }
            Some("deaf") => std::future::pending().await,
            Some("work") => events.go.acquire().await.unwrap().forget(),
            _ => {}
        }
        events.done.add_permits(1);
        Ok(())
    }

    async fn read(_: &mut Context<'_, Toy>, state: Model) -> Result<Option<Model>, Failure> {
        Ok(Some(Model { id: state.name.clone(), ..state }))
    }

    async fn update(
        _: &mut Context<'_, Toy>, _: Model, planned: Model, saved: &mut Saved<Model>,
    ) -> Result<(), Failure> {
        saved.save(&planned);
        Ok(())
    }

    async fn delete(_: &mut Context<'_, Toy>, _: Model) -> Result<(), Failure> {
        Ok(())
    }

    fn import(id: &str) -> Result<Model, Failure> {
        Ok(Model { name: id.into(), ..Model::default() })
    }
}

struct Greet;

#[derive(Deserialize)]
struct Greeting {
    greeting: Option<String>,
    name: String,
}

impl Function for Greet {
    const NAME: &'static str = "greet";
    type Arguments = Greeting;
    type Output = String;

    fn signature() -> Signature {
        Signature::new("Greets a toy.", Type::String).help("Greets a toy.").with([
            text("greeting").optional().help("Other words than `Hello`."),
            text("name").required().help("Its name, not `nobody`, and never `panic`."),
        ])
    }

    fn call(Greeting { greeting, name }: Greeting) -> Result<String, FunctionError> {
        match name.as_str() {
            "panic" => panic!("this toy\nis broken"),
            "nobody" => Err(FunctionError::at("name", "nobody is no name")),
            name => Ok(format!("{} {name}", greeting.as_deref().unwrap_or("Hello"))),
        }
    }
}
