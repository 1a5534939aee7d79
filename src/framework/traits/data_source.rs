//! What an author writes for one data source.

use std::future::Future;

use super::{Model, Provider};
use crate::context::Context;
use crate::schema::Schema;
use vocabulary::Diagnostics;

/// One data source. The call is written as `async fn`.
pub trait DataSource: Sized + Send + Sync + 'static {
    /// Name after the provider's: `connected_cluster`.
    const NAME: &'static str;
    /// When to use it, in Markdown.
    const GUIDE: &'static str = "";
    /// Its clients and its error.
    type Provider: Provider;
    /// One field per attribute.
    type Model: Model;

    /// What users may write and what they are given.
    fn schema() -> Schema;

    /// What is wrong or noteworthy in a configuration. Anything in `config` may be unknown.
    fn validate(config: &Self::Model, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// Fills in what the configuration asks for.
    fn read(
        context: &mut Context<'_, Self::Provider>, config: Self::Model,
    ) -> impl Future<Output = Result<Self::Model, <Self::Provider as Provider>::Error>> + Send;
}
