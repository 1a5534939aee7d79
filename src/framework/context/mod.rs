//! What a call is given and what it gives back.

mod failure;
mod private;
mod saved;

use std::time::Instant;

use tokio_util::sync::CancellationToken;

pub use failure::Failure;
pub use private::Private;
pub use saved::Saved;

use vocabulary::Diagnostics;

/// What a call has beside its models.
#[derive(Debug)]
pub struct Context<'a, P> {
    /// The configured provider, which is its clients.
    pub provider: &'a P,
    /// The object's memory; it leaves with the response.
    pub private: Private,
    /// Warnings that do not end the call.
    pub diagnostics: Diagnostics,
    /// When the call must be over: when it began, plus the `timeouts` block.
    pub deadline: Instant,
    /// The user interrupted.
    pub stop: CancellationToken,
    /// In a delete: it is one half of a replacement, and a new object follows.
    pub replaced: bool,
}

impl<'a, P> Context<'a, P> {
    /// A call with an empty memory.
    pub fn new(provider: &'a P, deadline: Instant, stop: CancellationToken) -> Self {
        let (private, diagnostics) = (Private::default(), Diagnostics::new());
        Self { provider, private, diagnostics, deadline, stop, replaced: false }
    }
}
