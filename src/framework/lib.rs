//! What a Terraform type is.
//!
//! An author writes a [`Resource`], a [`DataSource`] or a [`Provider`]; a [`Server`] answers the
//! calls of the protocol with them. Nothing here opens a socket or a file, or reads the clock.

mod answer;
mod apply;
pub mod calls;
mod caught;
mod conformance;
mod context;
mod data_source;
mod dynamic_value;
mod erased;
mod failure;
mod function;
mod identity;
mod list;
mod meaning;
mod move_source;
mod plan;
mod private;
mod provider;
mod resource;
mod saved;
pub mod schema;
mod secrets;
mod server;
pub mod timeouts;
#[cfg(test)]
mod toy;
pub mod value;

pub use conformance::conformance;
pub use context::Context;
pub use data_source::DataSource;
pub use dynamic_value::DynamicValue;
pub use failure::Failure;
pub use function::{Function, FunctionError, Signature};
pub use list::{List, Listed, Listing};
pub use move_source::{MoveOrigin, MoveSource};
pub use plan::{Field, Plan};
pub use private::Private;
pub use provider::{Provider, Types};
pub use resource::{Error, Model, Resource};
pub use saved::Saved;
pub use schema::{Attribute, Block, Schema, block, blocks};
pub use schema::{flag, number, object, object_map, objects, text, text_map, texts};
pub use secrets::{REDACTED, Secrets, redact_active};
pub use server::{Schemas, Server};
pub use value::{Bound, Number, Refinement, Type, Value, ValueError};

pub use vocabulary::{Attr, AttrList, AttrMap, Missing, Sensitive};
pub use vocabulary::{Diagnostic, Diagnostics, Path, Severity, Step};
