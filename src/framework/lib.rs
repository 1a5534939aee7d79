//! What a Terraform type is.
//!
//! An author writes a [`Resource`], a [`DataSource`] or a [`Provider`]; a [`Server`] answers the
//! calls of the protocol with them. Nothing here opens a socket or a file, or reads the clock.

mod answer;
mod apply;
mod attr;
pub mod calls;
mod caught;
mod closed;
mod contract;
mod cx;
mod data_source;
mod diagnostic;
mod erased;
mod failure;
mod function;
mod identity;
mod list;
mod meaning;
mod path;
mod plan;
mod private;
mod provider;
mod resource;
mod saved;
pub mod schema;
mod secrets;
mod sensitive;
mod server;
mod source;
pub mod timeouts;
#[cfg(test)]
mod toy;
pub mod value;

pub use attr::{Attr, AttrList, AttrMap, Missing};
pub use closed::Closed;
pub use contract::contract;
pub use cx::Cx;
pub use data_source::DataSource;
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use failure::Failure;
pub use function::{Function, FunctionError, Signature};
pub use list::{List, Listed, Listing};
pub use path::{Path, Step};
pub use plan::{Field, Plan};
pub use private::Private;
pub use provider::{Provider, Types};
pub use resource::{Error, Model, Resource};
pub use saved::Saved;
pub use schema::{Attribute, Block, Schema, block, blocks};
pub use schema::{flag, number, object, object_map, objects, text, text_map, texts};
pub use secrets::{STRUCK, Secrets, strike_held};
pub use sensitive::Sensitive;
pub use server::{Schemas, Server};
pub use source::{Origin, Source};
pub use value::{Bound, Number, Refinement, Type, Value, ValueError};
