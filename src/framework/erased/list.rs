//! The twin of a list: models become the keys of states here.

use std::marker::PhantomData;
use std::sync::Arc;

use super::{Call, flat, read_model, round_trip, validated, write_model};
use crate::caught::{Boxed, caught};
use crate::failure::Failure;
use crate::list::List;
use crate::provider::Configured;
use crate::resource::Resource;
use crate::schema::Schema;
use crate::value::{Value, ValueError};
use vocabulary::Diagnostics;

/// How a list ended: the objects that there are, by display name and keys.
pub(crate) struct Found {
    pub(crate) objects: Result<Vec<(String, Value)>, Failure>,
    pub(crate) diagnostics: Diagnostics,
}

pub(crate) trait ListTwin: Send + Sync {
    fn schema(&self) -> &Arc<Schema>;
    fn validate(&self, config: &Value) -> Diagnostics;
    fn list(&self, call: Call, config: Value) -> Boxed<'_, Found>;
    fn round_trip(&self, value: &Value) -> Result<Value, ValueError>;
}

/// A list behind its twin.
pub(crate) struct ErasedList<L: List> {
    schema: Arc<Schema>,
    object: Schema,
    provider: Arc<Configured<<L::Resource as Resource>::Provider>>,
    author: PhantomData<fn() -> L>,
}

impl<L: List> ErasedList<L> {
    pub(crate) fn new(provider: Arc<Configured<<L::Resource as Resource>::Provider>>) -> Self {
        let object = L::Resource::schema();
        Self { schema: Arc::new(L::schema()), object, provider, author: PhantomData }
    }
}

impl<L: List> ListTwin for ErasedList<L> {
    fn schema(&self) -> &Arc<Schema> {
        &self.schema
    }

    fn validate(&self, config: &Value) -> Diagnostics {
        validated(config, L::validate)
    }

    fn list(&self, call: Call, config: Value) -> Boxed<'_, Found> {
        Box::pin(async move {
            let ready = self.provider.get().map_err(Failure::from);
            let ready = ready.and_then(|provider| Ok((provider, read_model(&config)?)));
            let (provider, config) = match ready {
                Ok(ready) => ready,
                Err(failure) => {
                    return Found { objects: Err(failure), diagnostics: Diagnostics::new() };
                }
            };
            let mut context = call.context(&*provider);
            let listed = flat(caught(L::list(&mut context, config)).await);
            let keyed = listed.and_then(|listed| {
                let keyed = listed
                    .into_iter()
                    .map(|it| Ok((it.display_name, write_model(&it.keys, &self.object)?)));
                keyed.collect()
            });
            Found { objects: keyed, diagnostics: context.diagnostics }
        })
    }

    fn round_trip(&self, value: &Value) -> Result<Value, ValueError> {
        round_trip::<L::Config>(value, &self.schema)
    }
}
