//! What an author writes for one managed Terraform type.

use std::future::{Future, ready};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{MoveOrigin, MoveSource, Provider};
use crate::context::{Context, Private, Saved};
use crate::plan::Plan;
use crate::schema::Schema;
use vocabulary::Diagnostics;

/// A plain struct with one field per attribute and block of a schema; no `timeouts`.
pub trait Model: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<M: Clone + Serialize + DeserializeOwned + Send + Sync + 'static> Model for M {}

/// The error of the provider that a type belongs to.
pub type Error<R> = <<R as Resource>::Provider as Provider>::Error;

/// One managed type. The calls are written as `async fn`.
pub trait Resource: Sized + Send + Sync + 'static {
    /// Name after the provider's: `kubernetes_compute`.
    const NAME: &'static str;
    /// When to use it, in Markdown.
    const GUIDE: &'static str = "";
    /// Other providers' types whose objects it takes over, by a `moved` block.
    const MOVE_FROM: &'static [MoveOrigin] = &[];
    /// Its clients and its error.
    type Provider: Provider;
    /// One field per attribute.
    type Model: Model;

    /// What users may write.
    fn schema() -> Schema;

    /// What is wrong or noteworthy in a configuration. Anything in `config` may be unknown.
    fn validate(config: &Self::Model, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Has its say in a create or an update. No network, no clock: the same in, the same out.
    fn plan(plan: &mut Plan<'_, Self::Model>) {
        let _ = plan;
    }

    /// Whether this plan asks for [`Resource::check_plan`]. Anything in `planned` may be unknown.
    fn wants_check(planned: &Self::Model) -> bool {
        let _ = planned;
        false
    }

    /// Looks at what a plan of a create or an update would meet, where a user asked for that: the only
    /// step of a plan that may call the network. It reports and decides nothing: no planned value
    /// follows from it, and what it writes into `context.private` is dropped. `prior` is `None` for a
    /// new object, also for the one that replaces another. A plan that changes nothing is not looked
    /// at. `context.deadline` is that of a read.
    fn check_plan(
        context: &mut Context<'_, Self::Provider>, prior: Option<Self::Model>, planned: Self::Model,
    ) -> impl Future<Output = Result<(), Error<Self>>> + Send {
        let _ = (context, prior, planned);
        ready(Ok(()))
    }

    /// What a user is to know before the object is destroyed. Not asked in a replacement.
    fn plan_destroy(state: &Self::Model, diagnostics: &mut Diagnostics) {
        let _ = (state, diagnostics);
    }

    /// Makes the object. Saves as soon as it may exist, and again with the last answer.
    fn create(
        context: &mut Context<'_, Self::Provider>, planned: Self::Model,
        saved: &mut Saved<Self::Model>,
    ) -> impl Future<Output = Result<(), Error<Self>>> + Send;

    /// Looks at the object. `None`: gone. After an import only the keys of `state` are set.
    fn read(
        context: &mut Context<'_, Self::Provider>, state: Self::Model,
    ) -> impl Future<Output = Result<Option<Self::Model>, Error<Self>>> + Send;

    /// Changes the object in place. Left out, it saves what is planned: for a type whose every
    /// attribute replaces.
    fn update(
        context: &mut Context<'_, Self::Provider>, prior: Self::Model, planned: Self::Model,
        saved: &mut Saved<Self::Model>,
    ) -> impl Future<Output = Result<(), Error<Self>>> + Send {
        let _ = (context, prior);
        saved.save(&planned);
        ready(Ok(()))
    }

    /// Removes the object. Something already gone is a success.
    fn delete(
        context: &mut Context<'_, Self::Provider>, state: Self::Model,
    ) -> impl Future<Output = Result<(), Error<Self>>> + Send;

    /// The keys in `id`, nothing else: `read` comes next.
    fn import(id: &str) -> Result<Self::Model, Error<Self>>;

    /// The state of an object of one of those types as one of this type: what a user would have
    /// written, and the keys; `read` comes next. `None`: it cannot be taken over.
    fn move_state(
        source: &MoveSource, private: &mut Private,
    ) -> Result<Option<Self::Model>, Error<Self>> {
        let _ = (source, private);
        Ok(None)
    }

    /// Brings state of an older schema version into today's shape: attributes by name, as JSON.
    ///
    /// What is then missing becomes null, and what is not in the schema is dropped.
    fn upgrade(version: i64, state: &mut serde_json::Map<String, serde_json::Value>) {
        let _ = (version, state);
    }
}
