//! Values as msgpack, in the forms that go-cty writes and reads.
//!
//! The type leads: `token` takes the bytes apart, `read` knows what belongs where, and `write` is
//! canonical. `refinement` is the inside of an unknown value.

mod read;
mod refinement;
mod token;
mod write;

pub(super) use read::read;
pub(super) use write::write;

/// The extension type of an unknown value of which something is known.
const REFINED: i8 = 12;
