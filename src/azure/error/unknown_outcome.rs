//! A write whose end nothing tells.

use std::fmt;

use super::Error;
use crate::arm_resource::ArmResource;

/// A write was accepted, its operation cannot be followed, and the object, which rests, does not
/// show what was sent.
#[derive(Debug)]
pub struct UnknownOutcome {
    /// Why the operation cannot be followed.
    pub cause: Error,
    /// The object as it is.
    pub object: ArmResource,
}

impl fmt::Display for UnknownOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.object.provisioning_state().unwrap_or("without a state");
        write!(
            f,
            "the request was accepted, and what became of it cannot be asked: {}; the object is \
             {state} and does not show all that was sent",
            self.cause
        )
    }
}

impl std::error::Error for UnknownOutcome {}
