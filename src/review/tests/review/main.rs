//! Reviews of whole plans.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod annotations;
mod attributes;
mod bad_input;
mod capacity;
mod command;
mod digest;
mod golden;
mod hostile;
mod plans;
mod room;
mod root_modules;
mod schema;
mod severity;
mod support;
mod tables;
mod trust;
