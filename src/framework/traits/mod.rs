//! What an author writes: the provider, and one type after another.

mod data_source;
mod function;
mod list;
mod move_source;
mod provider;
mod resource;

pub use data_source::DataSource;
pub use function::{Function, FunctionError, Signature};
pub use list::{List, Listed, Listing};
pub use move_source::{MoveOrigin, MoveSource};
pub(crate) use provider::{ConfiguredProvider, NotConfigured};
pub use provider::{Provider, Types};
pub use resource::{Error, Model, Resource};
