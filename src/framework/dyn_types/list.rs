//! A [`List`] without its types.

use std::marker::PhantomData;
use std::sync::Arc;

use super::model::{read_model, round_trip, validate, write_model};
use super::{BoxFuture, CallContext, panic};
use crate::context::Failure;
use crate::schema::Schema;
use crate::traits::{ConfiguredProvider, List, Resource};
use crate::value::{Value, ValueError};
use vocabulary::Diagnostics;

/// How a list ended: the objects that there are, by display name and keys.
pub(crate) struct ListOutcome {
    pub(crate) objects: Result<Vec<(String, Value)>, Failure>,
    pub(crate) diagnostics: Diagnostics,
}

pub(crate) trait DynList: Send + Sync {
    fn schema(&self) -> &Arc<Schema>;
    fn validate(&self, config: &Value) -> Diagnostics;
    fn list(&self, call: CallContext, config: Value) -> BoxFuture<'_, ListOutcome>;
    fn round_trip(&self, value: &Value) -> Result<Value, ValueError>;
}

type ProviderOf<L> = <<L as List>::Resource as Resource>::Provider;

pub(crate) struct ListAdapter<L: List> {
    schema: Arc<Schema>,
    resource_schema: Schema,
    provider: Arc<ConfiguredProvider<ProviderOf<L>>>,
    list: PhantomData<fn() -> L>,
}

impl<L: List> ListAdapter<L> {
    pub(crate) fn new(provider: Arc<ConfiguredProvider<ProviderOf<L>>>) -> Self {
        let resource_schema = L::Resource::schema();
        Self { schema: Arc::new(L::schema()), resource_schema, provider, list: PhantomData }
    }

    async fn try_list(
        &self, call: CallContext, config: &Value, diagnostics: &mut Diagnostics,
    ) -> Result<Vec<(String, Value)>, Failure> {
        let provider = self.provider.get()?;
        let config = read_model(config)?;
        let mut context = call.with_provider(&*provider);
        let listed = panic::catch_async(L::list(&mut context, config)).await;
        diagnostics.extend(context.diagnostics);
        let with_keys = listed?.into_iter().map(|listed| {
            Ok((listed.display_name, write_model(&listed.keys, &self.resource_schema)?))
        });
        with_keys.collect()
    }
}

impl<L: List> DynList for ListAdapter<L> {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate(config, L::validate)
    }

    fn list(&self, call: CallContext, config: Value) -> BoxFuture<'_, ListOutcome> {
        Box::pin(async move {
            let mut diagnostics = Diagnostics::new();
            let objects = self.try_list(call, &config, &mut diagnostics).await;
            ListOutcome { objects, diagnostics }
        })
    }

    fn round_trip(&self, value: &Value) -> Result<Value, ValueError> {
        round_trip::<L::Config>(value, &self.schema)
    }
}
