//! A [`Resource`] without its types.

use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::model::{read_model, round_trip, validate, write_model};
use super::{BoxFuture, CallContext, Outcome, panic};
use crate::context::{Failure, Private, Saved};
use crate::plan::{Decisions, Plan};
use crate::schema::Schema;
use crate::traits::{ConfiguredProvider, MoveOrigin, MoveSource, Resource};
use crate::value::{Value, ValueError};
use vocabulary::Diagnostics;

/// What the author of a type sees of a plan.
pub(crate) struct PlanInput<'a> {
    pub(crate) config: &'a Value,
    pub(crate) prior: Option<&'a Value>,
    pub(crate) planned: &'a Value,
    pub(crate) private: &'a Private,
    pub(crate) replaces: bool,
}

/// What the author made of it.
pub(crate) struct PlanOutput {
    /// Of it, the attributes that `decisions` names count.
    pub(crate) planned: Value,
    pub(crate) decisions: Decisions,
    /// Whether a look outside is wanted, if there are no errors.
    pub(crate) wants_check: bool,
    pub(crate) diagnostics: Diagnostics,
}

pub(crate) trait DynResource: Send + Sync {
    fn schema(&self) -> &Arc<Schema>;
    fn guide(&self) -> &'static str;
    fn validate(&self, config: &Value) -> Diagnostics;
    fn plan(&self, input: &PlanInput<'_>) -> Result<PlanOutput, Failure>;
    /// What a look outside says of a plan. The outcome has nothing saved.
    fn check_plan(
        &self, call: CallContext, prior: Option<Value>, planned: Value,
    ) -> BoxFuture<'_, Outcome>;
    fn plan_destroy(&self, state: &Value) -> Diagnostics;
    fn create(&self, call: CallContext, planned: Value) -> BoxFuture<'_, Outcome>;
    fn read(&self, call: CallContext, state: Value) -> BoxFuture<'_, Outcome>;
    fn update(&self, call: CallContext, prior: Value, planned: Value) -> BoxFuture<'_, Outcome>;
    fn delete(&self, call: CallContext, state: Value) -> BoxFuture<'_, Outcome>;
    fn import(&self, id: &str) -> Result<Value, Failure>;
    fn move_from(&self) -> &'static [MoveOrigin];
    fn move_state(
        &self, source: &MoveSource, private: &mut Private,
    ) -> Result<Option<Value>, Failure>;
    fn upgrade(&self, version: i64, state: &mut Map<String, Json>) -> Result<(), Failure>;
    fn round_trip(&self, value: &Value) -> Result<Value, ValueError>;
}

pub(crate) struct ResourceAdapter<R: Resource> {
    schema: Arc<Schema>,
    provider: Arc<ConfiguredProvider<R::Provider>>,
    resource: PhantomData<fn() -> R>,
}

impl<R: Resource> ResourceAdapter<R> {
    pub(crate) fn new(provider: Arc<ConfiguredProvider<R::Provider>>) -> Self {
        Self { schema: Arc::new(R::schema()), provider, resource: PhantomData }
    }

    fn provider_and_model(&self, value: &Value) -> Result<(Arc<R::Provider>, R::Model), Failure> {
        Ok((self.provider.get()?, read_model(value)?))
    }
}

impl<R: Resource> DynResource for ResourceAdapter<R> {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn guide(&self) -> &'static str {
        R::GUIDE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate(config, R::validate)
    }

    fn plan(&self, input: &PlanInput<'_>) -> Result<PlanOutput, Failure> {
        let prior = input.prior.map(read_model::<R::Model>).transpose()?;
        let (config, planned) = (read_model(input.config)?, read_model(input.planned)?);
        let mut plan = Plan::new(config, prior, planned, input.private, input.replaces);
        panic::catch(|| R::plan(&mut plan))?;
        let (planned, decisions, diagnostics) = plan.into_parts();
        let wants_check = panic::catch(|| R::wants_check(&planned))?;
        // Nothing is read of it where nothing was decided.
        let planned = if decisions.planned.is_empty() {
            Value::Null
        } else {
            write_model(&planned, &self.schema)?
        };
        Ok(PlanOutput { planned, decisions, wants_check, diagnostics })
    }

    fn check_plan(
        &self, call: CallContext, prior: Option<Value>, planned: Value,
    ) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            let both = self.provider_and_model(&planned);
            let prior = prior.as_ref().map(read_model::<R::Model>).transpose();
            let ((provider, planned), prior) = match both.and_then(|both| Ok((both, prior?))) {
                Ok(all) => all,
                Err(failure) => return call.fail(failure),
            };
            let mut context = call.with_provider(&*provider);
            let check = R::check_plan(&mut context, prior, planned);
            let failure = panic::catch_async(check).await.err();
            let (private, diagnostics) = (context.private, context.diagnostics);
            Outcome { saved: None, failure, private, diagnostics }
        })
    }

    fn plan_destroy(&self, state: &Value) -> Diagnostics {
        validate(state, R::plan_destroy)
    }

    fn create(&self, call: CallContext, planned: Value) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            let (provider, planned) = match self.provider_and_model(&planned) {
                Ok(both) => both,
                Err(failure) => return call.fail(failure),
            };
            let mut context = call.with_provider(&*provider);
            let mut saved = Saved::new(Arc::clone(&self.schema));
            let result = panic::catch_async(R::create(&mut context, planned, &mut saved)).await;
            Outcome::of_write(context, saved, result)
        })
    }

    fn read(&self, call: CallContext, state: Value) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            let (provider, state) = match self.provider_and_model(&state) {
                Ok(both) => both,
                Err(failure) => return call.fail(failure),
            };
            let mut context = call.with_provider(&*provider);
            context.schema = Some(Arc::clone(&self.schema));
            let result = panic::catch_async(R::read(&mut context, state)).await;
            Outcome::of_read(context, result, &self.schema)
        })
    }

    fn update(&self, call: CallContext, prior: Value, planned: Value) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            let both = self.provider_and_model(&planned);
            let all = both.and_then(|both| Ok((both, read_model(&prior)?)));
            let ((provider, planned), prior) = match all {
                Ok(all) => all,
                Err(failure) => return call.fail(failure),
            };
            let mut context = call.with_provider(&*provider);
            let mut saved = Saved::new(Arc::clone(&self.schema));
            let update = R::update(&mut context, prior, planned, &mut saved);
            let result = panic::catch_async(update).await;
            Outcome::of_write(context, saved, result)
        })
    }

    fn delete(&self, call: CallContext, state: Value) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            let (provider, state) = match self.provider_and_model(&state) {
                Ok(both) => both,
                Err(failure) => return call.fail(failure),
            };
            let mut context = call.with_provider(&*provider);
            let failure = panic::catch_async(R::delete(&mut context, state)).await.err();
            let (private, diagnostics) = (context.private, context.diagnostics);
            Outcome { saved: None, failure, private, diagnostics }
        })
    }

    fn import(&self, id: &str) -> Result<Value, Failure> {
        let keys = panic::catch_result(|| R::import(id))?;
        write_model(&keys, &self.schema)
    }

    fn move_from(&self) -> &'static [MoveOrigin] {
        R::MOVE_FROM
    }

    fn move_state(
        &self, source: &MoveSource, private: &mut Private,
    ) -> Result<Option<Value>, Failure> {
        let state = panic::catch_result(|| R::move_state(source, private))?;
        state.map(|state| write_model(&state, &self.schema)).transpose()
    }

    fn upgrade(&self, version: i64, state: &mut Map<String, Json>) -> Result<(), Failure> {
        panic::catch(|| R::upgrade(version, state))
    }

    fn round_trip(&self, value: &Value) -> Result<Value, ValueError> {
        round_trip::<R::Model>(value, &self.schema)
    }
}
