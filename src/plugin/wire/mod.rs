//! Between the protocol's messages and the framework's own types. Values stay closed on the way.

pub(crate) mod diagnostic;
pub(crate) mod function;
pub(crate) mod list;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod schema;
mod text;
