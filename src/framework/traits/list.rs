//! What an author writes so that objects of a managed type can be listed.

use std::future::Future;

use super::{Error, Model, Resource};
use crate::context::Context;
use crate::schema::Schema;
use vocabulary::Diagnostics;

/// The objects of a managed type, for `terraform query`. The call is written as `async fn`.
pub trait List: Sized + Send + Sync + 'static {
    /// The type whose objects these are; the list has its name.
    type Resource: Resource;
    /// One field per attribute.
    type Config: Model;

    /// What users may write to narrow the list.
    fn schema() -> Schema;

    /// What is wrong or noteworthy in a configuration. Anything in `config` may be unknown.
    fn validate(config: &Self::Config, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// The objects that there are, by their keys. Whoever wants more of one is given what `read`
    /// finds after an import of it.
    fn list(
        context: &mut Context<'_, <Self::Resource as Resource>::Provider>, config: Self::Config,
    ) -> impl Future<Output = Listing<Self>> + Send;
}

/// What a list answers.
pub type Listing<L> =
    Result<Vec<Listed<<<L as List>::Resource as Resource>::Model>>, Error<<L as List>::Resource>>;

/// One object of a list.
#[derive(Clone, Debug)]
pub struct Listed<M> {
    /// What a person calls it.
    pub display_name: String,
    /// Its keys, as an import knows them.
    pub keys: M,
}
