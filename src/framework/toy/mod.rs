//! A toy provider with a service in memory, the client that drives it, and what both are tested for.

mod client;
mod functions;
mod identities;
mod json_value;
mod lifecycle;
mod lists;
mod moves;
mod other_calls;
mod plans;
mod reconciling;
mod service;
mod thing;
mod vectors;

pub(crate) use client::Core;
pub(crate) use json_value::value_from_json;
pub(crate) use service::{Mood, Service};
pub(crate) use thing::Toy;
