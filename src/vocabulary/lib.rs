//! The words that `framework`, `aml` and the crates above them share: values that may be null or
//! unknown, paths into them, secrets, and what a user is told.
//!
//! Everything here is pure and knows neither Terraform's protocol nor Azure.

mod attr;
mod diagnostic;
mod path;
mod problem;
pub mod sensitive;
mod spelling;
mod text;

pub use attr::{Attr, AttrList, AttrMap, Missing};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use path::{Path, Step};
pub use problem::Problem;
pub use sensitive::Sensitive;
pub use spelling::{check_word, nearest};
pub use text::{capitalize, is_invisible, to_sentence};
