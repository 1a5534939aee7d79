//! A plan as Markdown for a pull request: the JSON of a plan in, what a reviewer has to see out.
//!
//! [`Review`] holds the facts, which `--format json` gives as they are; [`markdown()`] renders them.
//! What a change means for those who use the cluster is computed again from before and after by the
//! rules of `aml`, because the JSON of a plan carries no diagnostics.

mod annotations;
mod command;
mod digest;
mod facts;
mod markdown;
mod places;
mod plan;

pub use command::{Flag, Takes, flags, run};
pub use facts::*;
pub use markdown::{Frame, LEAST_LENGTH, MARKER, MAX_LENGTH, document, markdown};
pub use plan::{Error, SensitiveValue, Value};

/// The facts of a plan, given its JSON.
pub fn review(plan: &[u8], schemas: &Schemas) -> Result<Review, Error> {
    Ok(Review::of(plan::Plan::read(plan)?, schemas))
}
