//! What a call is given and what it gives back.

mod failure;
mod private;
mod saved;

use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

pub use failure::Failure;
pub use private::Private;
pub use saved::Saved;

use vocabulary::Diagnostics;

use crate::apply::reconcile::reconcile;
use crate::schema::Schema;
use crate::traits::Model;
use crate::value::model;

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
    /// Of the type that is read, so that a model can be compared with the state.
    pub(crate) schema: Option<Arc<Schema>>,
}

impl<'a, P> Context<'a, P> {
    /// A call with an empty memory.
    pub fn new(provider: &'a P, deadline: Instant, stop: CancellationToken) -> Self {
        let (private, diagnostics) = (Private::default(), Diagnostics::new());
        Self { provider, private, diagnostics, deadline, stop, replaced: false, schema: None }
    }

    /// In a read: whether the state stays as it is if `read` is what there is now, which may spell the
    /// same values in another way. False in any other call.
    pub fn keeps_state<M: Model>(&self, state: &M, read: &M) -> bool {
        let Some(schema) = &self.schema else { return false };
        let to_value = |model| model::to_value(model, schema.model_shape()).ok();
        let (Some(state), Some(read)) = (to_value(state), to_value(read)) else { return false };
        let state_after = |response| reconcile(schema.body(), [Some(&state), None], response);
        state_after(&read) == state_after(&state)
    }
}
