//! What a Terraform type is.
//!
//! An author writes a [`Provider`] and, for each type, a [`Resource`] or a [`DataSource`]; a
//! [`Server`] answers the calls of the plugin protocol with them. Nothing here opens a socket or a
//! file, or reads the clock.
//!
//! From the author's side inwards:
//!
//! ```
//! use framework::{Attr, Context, Diagnostic, Failure, Plan, Provider, Resource, Saved};
//! use framework::{Schema, Server, Types, conformance, field, text};
//! use serde::{Deserialize, Serialize};
//!
//! // 1. The provider: its block, and the list of its types.
//! struct Greeter;
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct Config {}
//!
//! impl Provider for Greeter {
//!     const NAME: &'static str = "greeter";
//!     type Config = Config;
//!     type Error = Failure;
//!
//!     fn schema() -> Schema {
//!         Schema::new("Greets.")
//!     }
//!
//!     fn configure(_: Config) -> Result<Self, Diagnostic> {
//!         Ok(Self)
//!     }
//!
//!     fn types() -> Types<Self> {
//!         Types::new().resource::<Greeting>()
//!     }
//! }
//!
//! // 2. A type: its schema, its model with a field for each attribute, and its calls.
//! struct Greeting;
//!
//! #[derive(Clone, Serialize, Deserialize)]
//! struct GreetingModel {
//!     name: Attr<String>,
//!     text: Attr<String>,
//! }
//!
//! impl Resource for Greeting {
//!     const NAME: &'static str = "greeting";
//!     type Provider = Greeter;
//!     type Model = GreetingModel;
//!
//!     fn schema() -> Schema {
//!         Schema::new("A greeting.").with([
//!             text("name").required().identifies().replace("it is another's").help("Of whom."),
//!             text("text").computed().stable().help("What is said."),
//!         ])
//!     }
//!
//!     fn plan(plan: &mut Plan<'_, GreetingModel>) {
//!         if let Some(name) = plan.planned().name.known().cloned() {
//!             plan.set(field!(text), format!("Hello, {name}!"));
//!         }
//!     }
//!
//!     async fn create(
//!         _: &mut Context<'_, Greeter>, planned: GreetingModel, saved: &mut Saved<GreetingModel>,
//!     ) -> Result<(), Failure> {
//!         saved.save(&planned);
//!         Ok(())
//!     }
//!
//!     async fn read(
//!         _: &mut Context<'_, Greeter>, state: GreetingModel,
//!     ) -> Result<Option<GreetingModel>, Failure> {
//!         Ok(Some(state))
//!     }
//!
//!     async fn delete(_: &mut Context<'_, Greeter>, _: GreetingModel) -> Result<(), Failure> {
//!         Ok(())
//!     }
//!
//!     fn import(id: &str) -> Result<GreetingModel, Failure> {
//!         Ok(GreetingModel { name: Attr::from(id), text: Attr::Null })
//!     }
//! }
//!
//! // 3. What the compiler cannot check of them.
//! assert_eq!(conformance::<Greeter>(), Vec::<String>::new());
//!
//! // 4. The server, which has a method for each call of the protocol, as in `calls`.
//! let server = Server::new::<Greeter>();
//! assert!(server.schemas().resources.contains_key("greeter_greeting"));
//! ```

mod apply;
pub mod calls;
mod conformance;
mod context;
mod dyn_types;
mod plan;
pub mod schema;
mod secrets;
mod server;
mod traits;
pub mod value;
#[cfg(test)]
mod verdicts;

// What an author writes.
pub use traits::{DataSource, Error, Function, FunctionError, List, Listed, Listing, Model};
pub use traits::{MoveOrigin, MoveSource, Provider, Resource, Signature, Types};

// What schemas are made of.
pub use schema::{Attribute, Block, Schema, block, blocks};
pub use schema::{flag, number, object, object_map, objects, text, text_map, texts};

// What models are made of.
pub use vocabulary::{Attr, AttrList, AttrMap, Missing, Sensitive};

// What a call is given and gives back.
pub use context::{Context, Failure, Private, Saved};
pub use plan::{Field, Plan};
pub use secrets::{REDACTED, Secrets, redact_active};
pub use vocabulary::{Diagnostic, Diagnostics, Path, Severity, Step};

// What a host calls.
pub use calls::DynamicValue;
pub use conformance::conformance;
pub use server::{Schemas, Server};
pub use value::{Bound, Number, Refinement, Type, Value, ValueError};
