//! The configured provider, and what a call of one of its types has.

use framework::{Diagnostic, Secrets};

use crate::arm::locks::ClusterLocks;
use crate::clients::{self, Transports};
use crate::cluster_checks::ClusterMemory;
use crate::clusters::{Clusters, NamespaceStash};
use crate::config::{Config, Settings};
use crate::connections::ReplacementStash;

/// The configured provider: its clients, and what its calls share.
pub struct AzureMl {
    pub(crate) arm: azure::Arm,
    pub(crate) clusters: Clusters,
    pub(crate) cluster_memory: ClusterMemory,
    pub(crate) secrets: Secrets,
    /// The subscription of a data source that names none.
    pub(crate) subscription: Option<String>,
    pub(crate) locks: ClusterLocks,
    pub(crate) replacement_stash: ReplacementStash,
    pub(crate) namespace_stash: NamespaceStash,
}

pub(crate) type Context<'a> = framework::Context<'a, AzureMl>;

/// The provider of a configuration. It calls no network: a token is fetched when one is needed.
pub(crate) fn configure(config: &Config) -> Result<AzureMl, Diagnostic> {
    let settings = Settings::resolve(config, &|name| std::env::var_os(name))?;
    let transports = Transports::new(&settings.cloud);
    Ok(AzureMl::new(settings, transports))
}

impl AzureMl {
    /// The provider of these settings, which calls Azure by these transports.
    pub(crate) fn new(settings: Settings, transports: Transports) -> Self {
        let subscription = settings.sign_in.subscription_id.clone();
        let secrets = Secrets::default();
        let (arm, clusters) = clients::clients(settings, transports, &secrets);
        Self {
            arm,
            clusters,
            cluster_memory: ClusterMemory::default(),
            secrets,
            subscription,
            locks: ClusterLocks::default(),
            replacement_stash: ReplacementStash::default(),
            namespace_stash: NamespaceStash::default(),
        }
    }
}
