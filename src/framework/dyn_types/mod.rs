//! The author's traits without their types: values become models here, and a panic in an author's
//! code becomes a failure.

mod data_source;
mod function;
mod list;
mod model;
pub(crate) mod panic;
mod provider;
mod resource;

use std::future::Future;
use std::pin::Pin;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

pub(crate) use data_source::{DataSourceAdapter, DynDataSource};
pub(crate) use function::{DynFunction, FunctionAdapter};
pub(crate) use list::{DynList, ListAdapter};
pub(crate) use provider::DynProvider;
pub(crate) use resource::{DynResource, PlanInput, ResourceAdapter};

use crate::context::{Context, Failure, Private, Saved};
use crate::schema::Schema;
use crate::secrets::{Secrets, redact_service_texts};
use crate::traits::Model;
use crate::value::Value;
use model::{model_mismatch, write_model};
use vocabulary::Diagnostics;

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What a call is given beside its models; with the provider it becomes a [`Context`].
pub(crate) struct CallContext {
    pub(crate) private: Private,
    pub(crate) deadline: Instant,
    pub(crate) stop: CancellationToken,
    pub(crate) replaced: bool,
}

/// How a call ended: whatever was saved, and why it failed if it did.
pub(crate) struct Outcome {
    pub(crate) saved: Option<Value>,
    pub(crate) failure: Option<Failure>,
    pub(crate) private: Private,
    pub(crate) diagnostics: Diagnostics,
}

impl CallContext {
    fn with_provider<P>(self, provider: &P) -> Context<'_, P> {
        Context {
            private: self.private,
            replaced: self.replaced,
            ..Context::new(provider, self.deadline, self.stop)
        }
    }

    /// The outcome of a call that could not be made.
    fn fail(self, failure: Failure) -> Outcome {
        let diagnostics = Diagnostics::new();
        Outcome { saved: None, failure: Some(failure), private: self.private, diagnostics }
    }
}

impl Outcome {
    /// The outcome where there was nothing to call for.
    pub(crate) fn without_call(saved: Value, private: Private) -> Self {
        Self { saved: Some(saved), failure: None, private, diagnostics: Diagnostics::new() }
    }

    /// Removes secrets from what the service says in its own words.
    pub(crate) fn redact(&mut self, schema: &Schema, secrets: &Secrets) {
        if let Some(saved) = &mut self.saved {
            redact_service_texts(schema.body(), saved, secrets, &mut self.private);
        }
    }

    /// Of a create or an update: what was saved last stands whether or not the call failed.
    fn of_write<P, M: Model>(
        context: Context<'_, P>, saved: Saved<M>, result: Result<(), Failure>,
    ) -> Self {
        let (saved, mismatch) = saved.into_parts();
        let failure = result.err().or(mismatch.map(model_mismatch));
        Self { saved, failure, private: context.private, diagnostics: context.diagnostics }
    }

    fn of_read<P, M: Model>(
        context: Context<'_, P>, result: Result<Option<M>, Failure>, schema: &Schema,
    ) -> Self {
        let result = result.and_then(|model| model.map(|it| write_model(&it, schema)).transpose());
        let (saved, failure) = match result {
            Ok(saved) => (saved, None),
            Err(failure) => (None, Some(failure)),
        };
        Self { saved, failure, private: context.private, diagnostics: context.diagnostics }
    }
}
