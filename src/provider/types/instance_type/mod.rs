//! One instance type, as an object in the attributes of other types.

mod object;

pub(crate) use object::*;
