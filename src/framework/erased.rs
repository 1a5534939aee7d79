//! The private, object-safe twins of the author's traits. Values become models here, and a panic
//! in an author's code becomes a failure.

mod function;
mod list;

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Instant;

use tokio_util::sync::CancellationToken;

use crate::caught::{Boxed, caught, sync};
use crate::context::Context;
use crate::data_source::DataSource;
use crate::failure::Failure;
use crate::move_source::{MoveOrigin, MoveSource};
use crate::plan::{Plan, Verbs};
use crate::private::Private;
use crate::provider::{Configured, Provider, Unready};
use crate::resource::{Model, Resource};
use crate::saved::Saved;
use crate::schema::Schema;
use crate::secrets::{Secrets, redact_service_texts};
use crate::timeouts::BLOCK;
use crate::value::{Value, ValueError, model};
use vocabulary::{Diagnostic, Diagnostics, Path};

pub(crate) use function::{ErasedFunction, FunctionTwin};
pub(crate) use list::{ErasedList, ListTwin};

/// What a call is given beside its models.
pub(crate) struct Call {
    pub(crate) private: Private,
    pub(crate) deadline: Instant,
    pub(crate) stop: CancellationToken,
    pub(crate) replaced: bool,
}

/// How a call ended: whatever was saved, and why it failed if it did.
pub(crate) struct Ended {
    pub(crate) saved: Option<Value>,
    pub(crate) failure: Option<Failure>,
    pub(crate) private: Private,
    pub(crate) diagnostics: Diagnostics,
}

/// What the author of a type sees of a plan.
pub(crate) struct Draft<'a> {
    pub(crate) config: &'a Value,
    pub(crate) prior: Option<&'a Value>,
    pub(crate) planned: &'a Value,
    pub(crate) private: &'a Private,
    pub(crate) replaces: bool,
}

/// What the author decided.
pub(crate) struct Verdict {
    pub(crate) planned: Value,
    pub(crate) verbs: Verbs,
    pub(crate) diagnostics: Diagnostics,
}

pub(crate) trait ResourceTwin: Send + Sync {
    fn schema(&self) -> &Arc<Schema>;
    fn guide(&self) -> &'static str;
    fn validate(&self, config: &Value) -> Diagnostics;
    fn plan(&self, draft: &Draft<'_>) -> Result<Verdict, Failure>;
    fn plan_destroy(&self, state: &Value) -> Diagnostics;
    fn inspect(&self, call: Call, planned: Value) -> Boxed<'_, Diagnostics>;
    fn create(&self, call: Call, planned: Value) -> Boxed<'_, Ended>;
    fn read(&self, call: Call, state: Value) -> Boxed<'_, Ended>;
    fn update(&self, call: Call, prior: Value, planned: Value) -> Boxed<'_, Ended>;
    fn delete(&self, call: Call, state: Value) -> Boxed<'_, Ended>;
    fn import(&self, id: &str) -> Result<Value, Failure>;
    fn move_from(&self) -> &'static [MoveOrigin];
    fn move_state(
        &self, source: &MoveSource, private: &mut Private,
    ) -> Result<Option<Value>, Failure>;
    fn upgrade(
        &self, version: i64, state: &mut serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), Failure>;
    fn round_trip(&self, value: &Value) -> Result<Value, ValueError>;
}

pub(crate) trait DataSourceTwin: Send + Sync {
    fn schema(&self) -> &Arc<Schema>;
    fn guide(&self) -> &'static str;
    fn validate(&self, config: &Value) -> Diagnostics;
    fn read(&self, call: Call, config: Value) -> Boxed<'_, Ended>;
    fn round_trip(&self, value: &Value) -> Result<Value, ValueError>;
}

/// A type behind its twin, with the provider it shares with the others.
pub(crate) struct Erased<T, P> {
    schema: Arc<Schema>,
    provider: Arc<Configured<P>>,
    author: PhantomData<fn() -> T>,
}

impl<R: Resource> Erased<R, R::Provider> {
    pub(crate) fn resource(provider: Arc<Configured<R::Provider>>) -> Self {
        Self { schema: Arc::new(R::schema()), provider, author: PhantomData }
    }
}

impl<D: DataSource> Erased<D, D::Provider> {
    pub(crate) fn data_source(provider: Arc<Configured<D::Provider>>) -> Self {
        Self { schema: Arc::new(D::schema()), provider, author: PhantomData }
    }
}

// === impl ResourceTwin ===

impl<R: Resource> ResourceTwin for Erased<R, R::Provider> {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn guide(&self) -> &'static str {
        R::GUIDE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, R::validate)
    }

    fn plan(&self, draft: &Draft<'_>) -> Result<Verdict, Failure> {
        let prior = draft.prior.map(read_model::<R::Model>).transpose()?;
        let (config, planned) = (read_model(draft.config)?, read_model(draft.planned)?);
        let mut plan = Plan::new(config, prior, planned, draft.private, draft.replaces);
        sync(|| R::plan(&mut plan))?;
        let (planned, verbs, diagnostics) = plan.into_parts();
        let planned = write_model(&planned, &self.schema)?;
        Ok(Verdict { planned, verbs, diagnostics })
    }

    fn plan_destroy(&self, state: &Value) -> Diagnostics {
        validated(state, R::plan_destroy)
    }

    fn inspect(&self, call: Call, planned: Value) -> Boxed<'_, Diagnostics> {
        Box::pin(async move {
            let mut found = Diagnostics::new();
            let Ok(provider) = self.provider.get() else { return found };
            let planned: R::Model = match read_model(&planned) {
                Ok(planned) => planned,
                Err(failure) => return failure.into_diagnostics(),
            };
            let mut context = call.context(&*provider);
            let end = caught(R::inspect(&mut context, &planned, &mut found)).await;
            found.extend(context.diagnostics);
            found.extend(end.err().into_iter().flat_map(Failure::into_diagnostics));
            found
        })
    }

    fn create(&self, call: Call, planned: Value) -> Boxed<'_, Ended> {
        Box::pin(async move {
            let (provider, planned) = match self.ready(&planned) {
                Ok(ready) => ready,
                Err(failure) => return call.refused(failure),
            };
            let (mut context, mut saved) =
                (call.context(&*provider), Saved::new(Arc::clone(&self.schema)));
            let end = caught(R::create(&mut context, planned, &mut saved)).await;
            Ended::saved(context, saved, flat(end))
        })
    }

    fn read(&self, call: Call, state: Value) -> Boxed<'_, Ended> {
        Box::pin(async move {
            let (provider, state) = match self.ready(&state) {
                Ok(ready) => ready,
                Err(failure) => return call.refused(failure),
            };
            let mut context = call.context(&*provider);
            let end = flat(caught(R::read(&mut context, state)).await);
            Ended::answered(context, end, &self.schema)
        })
    }

    fn update(&self, call: Call, prior: Value, planned: Value) -> Boxed<'_, Ended> {
        Box::pin(async move {
            let ready = self.ready(&planned).and_then(|ready| Ok((ready, read_model(&prior)?)));
            let ((provider, planned), prior) = match ready {
                Ok(ready) => ready,
                Err(failure) => return call.refused(failure),
            };
            let (mut context, mut saved) =
                (call.context(&*provider), Saved::new(Arc::clone(&self.schema)));
            let end = caught(R::update(&mut context, prior, planned, &mut saved)).await;
            Ended::saved(context, saved, flat(end))
        })
    }

    fn delete(&self, call: Call, state: Value) -> Boxed<'_, Ended> {
        Box::pin(async move {
            let (provider, state) = match self.ready(&state) {
                Ok(ready) => ready,
                Err(failure) => return call.refused(failure),
            };
            let mut context = call.context(&*provider);
            let failure = flat(caught(R::delete(&mut context, state)).await).err();
            let (private, diagnostics) = (context.private, context.diagnostics);
            Ended { saved: None, failure, private, diagnostics }
        })
    }

    fn import(&self, id: &str) -> Result<Value, Failure> {
        let keys = flat(sync(|| R::import(id)))?;
        write_model(&keys, &self.schema)
    }

    fn move_from(&self) -> &'static [MoveOrigin] {
        R::MOVE_FROM
    }

    fn move_state(
        &self, source: &MoveSource, private: &mut Private,
    ) -> Result<Option<Value>, Failure> {
        let moved = flat(sync(|| R::move_state(source, private)))?;
        moved.map(|moved| write_model(&moved, &self.schema)).transpose()
    }

    fn upgrade(
        &self, version: i64, state: &mut serde_json::Map<String, serde_json::Value>,
    ) -> Result<(), Failure> {
        sync(|| R::upgrade(version, state))
    }

    fn round_trip(&self, value: &Value) -> Result<Value, ValueError> {
        round_trip::<R::Model>(value, &self.schema)
    }
}

impl<R: Resource> Erased<R, R::Provider> {
    fn ready(&self, value: &Value) -> Result<(Arc<R::Provider>, R::Model), Failure> {
        Ok((self.provider.get()?, read_model(value)?))
    }
}

// === impl DataSourceTwin ===

impl<D: DataSource> DataSourceTwin for Erased<D, D::Provider> {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn guide(&self) -> &'static str {
        D::GUIDE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, D::validate)
    }

    fn read(&self, call: Call, config: Value) -> Boxed<'_, Ended> {
        Box::pin(async move {
            let ready = self.provider.get().map_err(Failure::from);
            let ready = ready.and_then(|provider| Ok((provider, read_model(&config)?)));
            let (provider, config) = match ready {
                Ok(ready) => ready,
                Err(failure) => return call.refused(failure),
            };
            let mut context = call.context(&*provider);
            let end = flat(caught(D::read(&mut context, config)).await).map(Some);
            Ended::answered(context, end, &self.schema)
        })
    }

    fn round_trip(&self, value: &Value) -> Result<Value, ValueError> {
        round_trip::<D::Model>(value, &self.schema)
    }
}

// === models ===

fn validated<M: Model>(config: &Value, validate: fn(&M, &mut Diagnostics)) -> Diagnostics {
    let mut found = Diagnostics::new();
    let end = read_model(config).and_then(|config| sync(|| validate(&config, &mut found)));
    found.extend(end.err().into_iter().flat_map(Failure::into_diagnostics));
    found
}

fn read_model<M: Model>(value: &Value) -> Result<M, Failure> {
    let read = match value {
        Value::Map(fields) if fields.contains_key(BLOCK) => {
            let mut fields = fields.clone();
            fields.remove(BLOCK);
            model::from_value(&Value::Map(fields))
        }
        value => model::from_value(value),
    };
    read.map_err(unfit)
}

fn write_model<M: Model>(model: &M, schema: &Schema) -> Result<Value, Failure> {
    model::to_value(model, schema.model_shape()).map_err(unfit)
}

fn round_trip<M: Model>(value: &Value, schema: &Schema) -> Result<Value, ValueError> {
    model::to_value(&model::from_value::<M>(value)?, schema.model_shape())
}

/// A value that its own model does not hold: a bug, unless the user's value has no place in it.
fn unfit(error: ValueError) -> Failure {
    let ValueError { path, message } = error;
    let detail = format!("The provider cannot hold this value: {message}.");
    let diagnostic = Diagnostic::error("Value cannot be used").detail(detail);
    if path.is_root() { diagnostic.into() } else { diagnostic.at(path).into() }
}

/// One failure of two: a panic, or what the author returned.
fn flat<T, E: Into<Failure>>(end: Result<Result<T, E>, Failure>) -> Result<T, Failure> {
    end.and_then(|end| end.map_err(Into::into))
}

impl Call {
    fn context<P>(self, provider: &P) -> Context<'_, P> {
        Context {
            private: self.private,
            replaced: self.replaced,
            ..Context::new(provider, self.deadline, self.stop)
        }
    }

    fn refused(self, failure: Failure) -> Ended {
        let diagnostics = Diagnostics::new();
        Ended { saved: None, failure: Some(failure), private: self.private, diagnostics }
    }
}

impl Ended {
    /// The end of a call that was not made.
    pub(crate) fn without_call(saved: Value, private: Private) -> Self {
        Self { saved: Some(saved), failure: None, private, diagnostics: Diagnostics::new() }
    }

    /// Redacts secrets from what the service says in its own words.
    pub(crate) fn redact(&mut self, schema: &Schema, secrets: &Secrets) {
        if let Some(saved) = &mut self.saved {
            redact_service_texts(schema.body(), saved, secrets, &mut self.private);
        }
    }

    fn saved<P, M: Model>(
        context: Context<'_, P>, saved: Saved<M>, end: Result<(), Failure>,
    ) -> Self {
        let (saved, fault) = saved.into_parts();
        let failure = end.err().or(fault.map(unfit));
        Self { saved, failure, private: context.private, diagnostics: context.diagnostics }
    }

    fn answered<P, M: Model>(
        context: Context<'_, P>, end: Result<Option<M>, Failure>, schema: &Schema,
    ) -> Self {
        let end = end.and_then(|found| found.map(|it| write_model(&it, schema)).transpose());
        let (saved, failure) = match end {
            Ok(saved) => (saved, None),
            Err(failure) => (None, Some(failure)),
        };
        Self { saved, failure, private: context.private, diagnostics: context.diagnostics }
    }
}

/// The provider's own twin.
pub(crate) trait ProviderTwin: Send + Sync {
    fn validate(&self, config: &Value) -> Diagnostics;
    fn configure(&self, config: &Value) -> Result<(), Failure>;
    fn unknown(&self, at: Path);
    fn unready(&self) -> Option<Unready>;
    fn secrets(&self) -> Secrets;
    fn round_trip(&self, value: &Value, schema: &Schema) -> Result<Value, ValueError>;
}

impl<P: Provider> ProviderTwin for Arc<Configured<P>> {
    fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, P::validate)
    }

    fn configure(&self, config: &Value) -> Result<(), Failure> {
        let config: P::Config = read_model(config)?;
        let provider = sync(|| P::configure(config))??;
        self.ready(provider);
        Ok(())
    }

    fn unknown(&self, at: Path) {
        Configured::unknown(self, at);
    }

    fn unready(&self) -> Option<Unready> {
        self.get().err()
    }

    fn secrets(&self) -> Secrets {
        self.get().map(|provider| provider.secrets()).unwrap_or_default()
    }

    fn round_trip(&self, value: &Value, schema: &Schema) -> Result<Value, ValueError> {
        round_trip::<P::Config>(value, schema)
    }
}
