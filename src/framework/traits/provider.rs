//! What an author writes for the provider itself, and the list of its types.

use std::sync::{Arc, PoisonError, RwLock};

use super::{DataSource, Function, List, Model, Resource};
use crate::context::Failure;
use crate::dyn_types::{
    DataSourceAdapter, DynDataSource, DynFunction, DynList, DynResource, FunctionAdapter,
    ListAdapter, ResourceAdapter,
};
use crate::schema::Schema;
use crate::secrets::Secrets;
use vocabulary::{Diagnostic, Diagnostics, Path};

/// A provider: its block, its clients and its types.
pub trait Provider: Sized + Send + Sync + 'static {
    /// The first part of every type's name: `azureml`.
    const NAME: &'static str;
    /// The provider block, one field per attribute and block.
    type Config: Model;
    /// Why a call of one of its types ended.
    type Error: Into<Failure> + Send;
    /// Blocks in which something may still be unknown when the provider is configured: what needs
    /// one then says so by itself, and the rest works.
    const LATE_BLOCKS: &'static [&'static str] = &[];

    /// What users may write in the provider block.
    fn schema() -> Schema;

    /// What is wrong or noteworthy in the block. Anything in `config` may be unknown.
    fn validate(config: &Self::Config, diagnostics: &mut Diagnostics) {
        let _ = (config, diagnostics);
    }

    /// The configured provider, which is its clients. No network: tokens come at first use.
    ///
    /// Nothing in `config` is unknown, [`Provider::LATE_BLOCKS`] aside: a block that is not known
    /// yet configures nothing.
    fn configure(config: Self::Config) -> Result<Self, Diagnostic>;

    /// What it knows that nobody may see, beyond its block: credentials of the environment, what it
    /// was given by its service. It may go on learning.
    fn secrets(&self) -> Secrets {
        Secrets::default()
    }

    /// The list of its types.
    fn types() -> Types<Self>;
}

/// The types of a provider.
pub struct Types<P> {
    pub(crate) resources: Vec<(&'static str, MakeResource<P>)>,
    pub(crate) data_sources: Vec<(&'static str, MakeDataSource<P>)>,
    pub(crate) functions: Vec<(&'static str, Box<dyn DynFunction>)>,
    pub(crate) lists: Vec<(&'static str, MakeList<P>)>,
}

type MakeResource<P> = fn(Arc<ConfiguredProvider<P>>) -> Box<dyn DynResource>;
type MakeList<P> = fn(Arc<ConfiguredProvider<P>>) -> Box<dyn DynList>;
type MakeDataSource<P> = fn(Arc<ConfiguredProvider<P>>) -> Box<dyn DynDataSource>;

impl<P: Provider> Types<P> {
    /// No type yet.
    pub fn new() -> Self {
        Self {
            resources: Vec::new(),
            data_sources: Vec::new(),
            functions: Vec::new(),
            lists: Vec::new(),
        }
    }

    /// Adds a managed type.
    #[must_use]
    pub fn resource<R: Resource<Provider = P>>(mut self) -> Self {
        self.resources.push((R::NAME, |provider| Box::new(ResourceAdapter::<R>::new(provider))));
        self
    }

    /// Adds a data source.
    #[must_use]
    pub fn data_source<D: DataSource<Provider = P>>(mut self) -> Self {
        self.data_sources
            .push((D::NAME, |provider| Box::new(DataSourceAdapter::<D>::new(provider))));
        self
    }

    /// Adds a list of the objects of a managed type.
    #[must_use]
    pub fn list<L: List<Resource: Resource<Provider = P>>>(mut self) -> Self {
        let make: MakeList<P> = |provider| Box::new(ListAdapter::<L>::new(provider));
        self.lists.push((L::Resource::NAME, make));
        self
    }

    /// Adds a function.
    #[must_use]
    pub fn function<F: Function>(mut self) -> Self {
        self.functions.push((F::NAME, Box::new(FunctionAdapter::<F>::new())));
        self
    }
}

impl<P: Provider> Default for Types<P> {
    fn default() -> Self {
        Self::new()
    }
}

/// The provider as its block made it: shared by all its types, set by `ConfigureProvider`.
pub(crate) struct ConfiguredProvider<P> {
    state: RwLock<State<P>>,
}

enum State<P> {
    Never,
    /// The block has an unknown value, here.
    Unknown(Path),
    Ready(Arc<P>),
}

/// Why there is no configured provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotConfigured {
    /// `ConfigureProvider` was not called, or failed.
    Never,
    /// The block has an unknown value, here.
    Unknown(Path),
}

impl<P> ConfiguredProvider<P> {
    pub(crate) fn unconfigured() -> Self {
        Self { state: RwLock::new(State::Never) }
    }

    pub(crate) fn set_ready(&self, provider: P) {
        self.set(State::Ready(Arc::new(provider)));
    }

    pub(crate) fn set_unknown(&self, at: Path) {
        self.set(State::Unknown(at));
    }

    pub(crate) fn get(&self) -> Result<Arc<P>, NotConfigured> {
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Never => Err(NotConfigured::Never),
            State::Unknown(at) => Err(NotConfigured::Unknown(at.clone())),
            State::Ready(provider) => Ok(Arc::clone(provider)),
        }
    }

    fn set(&self, state: State<P>) {
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
    }
}

impl From<NotConfigured> for Failure {
    fn from(reason: NotConfigured) -> Self {
        let diagnostic = Diagnostic::error("Provider is not configured");
        match reason {
            NotConfigured::Never => {
                diagnostic.detail("The provider was not configured before this call.")
            }
            NotConfigured::Unknown(at) => diagnostic.detail(format!(
                "The provider block is not known yet: `{}` depends on something that is not \
                 applied. Apply that first with -target, or give a value that is known.",
                at.to_string().trim_start_matches('.'),
            )),
        }
        .into()
    }
}
