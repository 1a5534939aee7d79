//! What a Terraform type is.

mod attr;
mod diagnostic;
mod path;
mod sensitive;
pub mod value;

pub use attr::{Attr, AttrList, AttrMap, Missing};
pub use diagnostic::{Diagnostic, Diagnostics, Severity};
pub use path::{Path, Step};
pub use sensitive::Sensitive;
pub use value::{Bound, Number, Refinement, Type, Value, ValueError};
