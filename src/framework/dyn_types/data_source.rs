//! A [`DataSource`] without its types.

use std::marker::PhantomData;
use std::sync::Arc;

use super::model::{read_model, round_trip, validate};
use super::{BoxFuture, CallContext, Outcome, panic};
use crate::context::Failure;
use crate::schema::Schema;
use crate::traits::{ConfiguredProvider, DataSource};
use crate::value::{Value, ValueError};
use vocabulary::Diagnostics;

pub(crate) trait DynDataSource: Send + Sync {
    fn schema(&self) -> &Arc<Schema>;
    fn guide(&self) -> &'static str;
    fn validate(&self, config: &Value) -> Diagnostics;
    fn read(&self, call: CallContext, config: Value) -> BoxFuture<'_, Outcome>;
    fn round_trip(&self, value: &Value) -> Result<Value, ValueError>;
}

pub(crate) struct DataSourceAdapter<D: DataSource> {
    schema: Arc<Schema>,
    provider: Arc<ConfiguredProvider<D::Provider>>,
    data_source: PhantomData<fn() -> D>,
}

impl<D: DataSource> DataSourceAdapter<D> {
    pub(crate) fn new(provider: Arc<ConfiguredProvider<D::Provider>>) -> Self {
        Self { schema: Arc::new(D::schema()), provider, data_source: PhantomData }
    }

    fn provider_and_model(&self, config: &Value) -> Result<(Arc<D::Provider>, D::Model), Failure> {
        Ok((self.provider.get()?, read_model(config)?))
    }
}

impl<D: DataSource> DynDataSource for DataSourceAdapter<D> {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn guide(&self) -> &'static str {
        D::GUIDE
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validate(config, D::validate)
    }

    fn read(&self, call: CallContext, config: Value) -> BoxFuture<'_, Outcome> {
        Box::pin(async move {
            let (provider, config) = match self.provider_and_model(&config) {
                Ok(both) => both,
                Err(failure) => return call.fail(failure),
            };
            let mut context = call.with_provider(&*provider);
            let result = panic::catch_async(D::read(&mut context, config)).await;
            Outcome::of_read(context, result.map(Some), &self.schema)
        })
    }

    fn round_trip(&self, value: &Value) -> Result<Value, ValueError> {
        round_trip::<D::Model>(value, &self.schema)
    }
}
