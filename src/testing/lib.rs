//! Terraform without a process, for tests: what its core asks of a provider, asked of a `Server`.
//!
//! A test writes configurations as JSON and reads states as JSON. Between the two there is what
//! crosses the wire, as bytes: [`Core`] lives through one object, the functions ask for the rest.
//! Behind them stands the provider under test, or [`toy`].
//!
//! It is a dependency of tests alone.

#![expect(clippy::missing_panics_doc, reason = "a test that cannot go on ends there")]

mod calls;
pub mod canaries;
mod core;
mod differences;
mod log;
pub mod toy;
mod value;

pub use calls::{call_function, configure_provider, read_data_source, validate_data_source};
pub use core::{Core, Planned};
pub use log::LoggedLines;
pub use value::{encode, msgpack, unknown};

use framework::{Diagnostics, Path};

/// Each message as `severity path: summary | detail`.
pub fn describe(diagnostics: &Diagnostics) -> Vec<String> {
    let each = diagnostics.iter().map(|message| {
        let severity = if message.is_error() { "error" } else { "warning" };
        let path = message.path.as_ref().map(format_path).unwrap_or_default();
        format!("{severity} {path}: {} | {}", message.summary, message.detail)
    });
    each.collect()
}

fn format_path(path: &Path) -> String {
    path.to_string().trim_start_matches('.').to_owned()
}

/// The clock of virtual time, which the deadlines of calls are held against.
fn now() -> std::time::Instant {
    tokio::time::Instant::now().into_std()
}
