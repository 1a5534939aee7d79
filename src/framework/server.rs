//! A provider that answers calls: its types are hidden, only names and bytes go in and out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::dyn_types::{DynDataSource, DynFunction, DynList, DynProvider, DynResource};
use crate::schema::Schema;
use crate::secrets::Secrets;
use crate::traits::{ConfiguredProvider, Provider, Signature};
use vocabulary::{Diagnostic, Diagnostics};

/// A provider that answers calls. A clone is the same provider.
///
/// There is one method per call of the protocol, named after it, in `calls/`. None of them can
/// fail: errors are diagnostics in the response, and a panic inside is one too.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

struct Inner {
    name: &'static str,
    schemas: Schemas,
    provider: Box<dyn DynProvider>,
    /// Of the provider block.
    secrets: Secrets,
    /// Of all calls.
    learned: Secrets,
    resources: BTreeMap<String, Box<dyn DynResource>>,
    data_sources: BTreeMap<String, Box<dyn DynDataSource>>,
    functions: BTreeMap<String, Box<dyn DynFunction>>,
    lists: BTreeMap<String, Box<dyn DynList>>,
    terraform_version: Mutex<String>,
    stop: Mutex<CancellationToken>,
}

/// The schemas of a provider; types by their full names.
#[derive(Clone, Debug)]
pub struct Schemas {
    /// The provider block.
    pub provider: Arc<Schema>,
    /// Managed types.
    pub resources: BTreeMap<String, Arc<Schema>>,
    /// Data sources.
    pub data_sources: BTreeMap<String, Arc<Schema>>,
    /// Functions, by the names that follow the provider's.
    pub functions: BTreeMap<String, Arc<Signature>>,
    /// Lists, by the names of the managed types whose objects they list.
    pub lists: BTreeMap<String, Arc<Schema>>,
}

impl Server {
    /// The provider `P`, not yet configured. Schemas are built here, once.
    pub fn new<P: Provider>() -> Self {
        Self::from_configured(&Arc::new(ConfiguredProvider::<P>::unconfigured()))
    }

    /// A provider that is configured already: for tests of its types against a service of their
    /// own.
    pub fn with<P: Provider>(provider: P) -> Self {
        let configured = Arc::new(ConfiguredProvider::unconfigured());
        configured.set_ready(provider);
        Self::from_configured(&configured)
    }

    fn from_configured<P: Provider>(configured: &Arc<ConfiguredProvider<P>>) -> Self {
        let (types, full) = (P::types(), |name: &str| format!("{}_{name}", P::NAME));
        let resources = types.resources.into_iter();
        let resources: BTreeMap<_, _> =
            resources.map(|(name, make)| (full(name), make(Arc::clone(configured)))).collect();
        let data_sources = types.data_sources.into_iter();
        let data_sources: BTreeMap<_, _> =
            data_sources.map(|(name, make)| (full(name), make(Arc::clone(configured)))).collect();
        let lists = types.lists.into_iter();
        let lists: BTreeMap<_, _> =
            lists.map(|(name, make)| (full(name), make(Arc::clone(configured)))).collect();
        let functions = types.functions.into_iter();
        let functions = functions.map(|(name, function)| (name.to_owned(), function)).collect();
        let schemas = Schemas {
            provider: Arc::new(P::schema()),
            resources: schemas_by_name(&resources, |each| Arc::clone(each.schema())),
            data_sources: schemas_by_name(&data_sources, |each| Arc::clone(each.schema())),
            functions: schemas_by_name(&functions, |each| Arc::clone(each.signature())),
            lists: schemas_by_name(&lists, |each| Arc::clone(each.schema())),
        };
        let inner = Inner {
            name: P::NAME,
            schemas,
            provider: Box::new(Arc::clone(configured)),
            secrets: Secrets::default(),
            learned: Secrets::default(),
            resources,
            data_sources,
            functions,
            lists,
            terraform_version: Mutex::default(),
            stop: Mutex::default(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// The first part of every type's name.
    pub fn name(&self) -> &'static str {
        self.inner.name
    }

    /// The schemas of all types.
    pub fn schemas(&self) -> &Schemas {
        &self.inner.schemas
    }

    /// When to use a managed type, in Markdown; empty if nothing is said.
    pub fn resource_guide(&self, name: &str) -> &'static str {
        self.inner.resources.get(name).map_or("", |each| each.guide())
    }

    /// When to use a data source, in Markdown; empty if nothing is said.
    pub fn data_source_guide(&self, name: &str) -> &'static str {
        self.inner.data_sources.get(name).map_or("", |each| each.guide())
    }

    /// Whether one of its types takes over objects of another provider's.
    pub fn move_from(&self) -> bool {
        self.inner.resources.values().any(|each| !each.move_from().is_empty())
    }

    /// Cancels every call in flight and arms a fresh token for those to come. Returns at once.
    pub fn stop(&self) {
        let mut token = self.inner.stop.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *token).cancel();
    }
}

// === for the calls ===

impl Server {
    pub(crate) fn provider(&self) -> &dyn DynProvider {
        &*self.inner.provider
    }

    /// The secrets of the provider block.
    pub(crate) fn provider_secrets(&self) -> &Secrets {
        &self.inner.secrets
    }

    /// The secrets of a new call: none yet but the provider's.
    pub(crate) fn secrets(&self) -> Secrets {
        let provider = vec![self.inner.secrets.clone(), self.inner.provider.secrets()];
        Secrets::inherit_and_share(provider, self.inner.learned.clone())
    }

    /// The secrets of a call that reads. It has no configuration that tells what is secret in an
    /// object, but another call may have had one.
    pub(crate) fn secrets_of_reading(&self) -> Secrets {
        let others = self.inner.learned.clone();
        Secrets::inherit(vec![self.secrets(), others])
    }

    pub(crate) fn resource(&self, name: &str) -> Result<&dyn DynResource, Diagnostics> {
        let found = self.inner.resources.get(name).map(|each| &**each);
        found.ok_or_else(|| unknown_type(name).into())
    }

    pub(crate) fn data_source(&self, name: &str) -> Result<&dyn DynDataSource, Diagnostics> {
        let found = self.inner.data_sources.get(name).map(|each| &**each);
        found.ok_or_else(|| unknown_type(name).into())
    }

    pub(crate) fn list(&self, name: &str) -> Result<&dyn DynList, Diagnostics> {
        let found = self.inner.lists.get(name).map(|each| &**each);
        found.ok_or_else(|| unknown_type(name).into())
    }

    pub(crate) fn lists(&self) -> impl Iterator<Item = (&str, &dyn DynList)> {
        self.inner.lists.iter().map(|(name, each)| (name.as_str(), &**each))
    }

    pub(crate) fn resources(&self) -> impl Iterator<Item = (&str, &dyn DynResource)> {
        self.inner.resources.iter().map(|(name, each)| (name.as_str(), &**each))
    }

    pub(crate) fn data_sources(&self) -> impl Iterator<Item = (&str, &dyn DynDataSource)> {
        self.inner.data_sources.iter().map(|(name, each)| (name.as_str(), &**each))
    }

    pub(crate) fn function(&self, name: &str) -> Option<&dyn DynFunction> {
        self.inner.functions.get(name).map(|each| &**each)
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = (&str, &dyn DynFunction)> {
        self.inner.functions.iter().map(|(name, each)| (name.as_str(), &**each))
    }

    /// The token that the next `stop` cancels.
    pub(crate) fn token(&self) -> CancellationToken {
        self.inner.stop.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The version of the client, empty before `ConfigureProvider`.
    pub(crate) fn terraform_version(&self) -> String {
        self.inner.terraform_version.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_terraform_version(&self, version: String) {
        *self.inner.terraform_version.lock().unwrap_or_else(PoisonError::into_inner) = version;
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("name", &self.inner.name).finish_non_exhaustive()
    }
}

fn schemas_by_name<T: ?Sized, S>(
    types: &BTreeMap<String, Box<T>>, schema: impl Fn(&T) -> Arc<S>,
) -> BTreeMap<String, Arc<S>> {
    types.iter().map(|(name, each)| (name.clone(), schema(each))).collect()
}

fn unknown_type(name: &str) -> Diagnostic {
    Diagnostic::error("Type is not known")
        .detail(format!("The provider has no type named {name:?} of this kind."))
}
