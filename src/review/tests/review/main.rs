//! Reviews of whole plans.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod golden;
mod support;
