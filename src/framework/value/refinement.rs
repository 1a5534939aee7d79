//! What is known about a value that is not known yet.

use super::Number;

/// What is known about an unknown value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refinement {
    /// It will not be null.
    pub not_null: bool,
    /// It is a string that will begin so.
    pub prefix: Option<String>,
    /// It is a number that will not be below.
    pub min: Option<Bound>,
    /// It is a number that will not be above.
    pub max: Option<Bound>,
    /// It is a collection that will not have fewer elements.
    pub min_length: Option<u64>,
    /// It is a collection that will not have more elements.
    pub max_length: Option<u64>,
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Where it ends.
    pub number: Number,
    /// Whether the number itself is within.
    pub inclusive: bool,
}
