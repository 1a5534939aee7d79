//! What a call saves.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::schema::Schema;
use crate::traits::Model;
use crate::value::{Value, ValueError, model};

/// Where a create or an update puts what is true by now.
///
/// What was saved last leaves with the response, errors or not.
#[derive(Debug)]
pub struct Saved<M> {
    schema: Arc<Schema>,
    last: Option<Value>,
    mismatch: Option<ValueError>,
    model: PhantomData<fn(&M)>,
}

impl<M: Model> Saved<M> {
    pub(crate) fn new(schema: Arc<Schema>) -> Self {
        Self { schema, last: None, mismatch: None, model: PhantomData }
    }

    /// Saves the model: with the user's spellings where the meaning is the same, null for what is
    /// unknown, and without write-only values. Cannot fail.
    pub fn save(&mut self, model: &M) {
        match model::to_value(model, self.schema.model_shape()) {
            Ok(value) => self.last = Some(value),
            Err(mismatch) => self.mismatch = Some(mismatch),
        }
    }

    /// What was saved last, if anything was.
    pub fn last(&self) -> Option<M> {
        model::from_value(self.last.as_ref()?).ok()
    }

    /// What was saved last, and why a model could not be.
    pub(crate) fn into_parts(self) -> (Option<Value>, Option<ValueError>) {
        (self.last, self.mismatch)
    }
}
