//! A toy provider with a service in memory, the host that drives it, and what both are tested for.

mod answers;
mod calls;
mod core;
mod functions;
mod identities;
mod lifecycle;
mod lists;
mod moves;
mod plans;
mod service;
mod thing;
mod vectors;
mod written;

pub(crate) use self::core::Core;
pub(crate) use service::{Mood, Service};
pub(crate) use thing::Toy;
pub(crate) use written::written;
