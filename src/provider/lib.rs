//! The provider: the only crate that knows Terraform types, Azure and Azure ML, and where they
//! meet.
//!
//! Adding a Terraform type is one file in `resources/` or `data_sources/`, a function one in
//! `functions/`, and one line in the list below.

mod arm_id;
mod catalogue;
mod clients;
mod cluster_lock;
mod config;
mod data_sources;
mod explain;
mod functions;
mod instance_type_object;
mod lists;
mod moves;
mod operation;
mod preflight;
mod resources;
mod side_resources;
#[cfg(test)]
mod tests;

use framework::{Diagnostic, Diagnostics, Provider, Schema, Secrets, Types};

use cluster_lock::ClusterLocks;
use config::{Config, Settings};
use data_sources::{
    ArcExtensionData, ConnectedClusterData, ExtensionVersionsData, KubernetesComputeData,
};
use explain::Error;
use functions::{
    AttachConfigurationDecode, AttachConfigurationEncode, InstanceTypeManifest, ParseResourceId,
    QuantityEqual,
};
use lists::{ArcExtensions, KubernetesComputes};
use resources::{ArcExtension, KubernetesCompute};
use side_resources::Handover;

/// The provider's source address.
pub const ADDRESS: &str = "registry.terraform.io/azureml/azureml";

/// The provider, configured: its clients.
pub struct AzureMl {
    pub(crate) arm: azure::Arm,
    pub(crate) secrets: Secrets,
    /// Where a data source looks that names no subscription.
    pub(crate) subscription: Option<String>,
    pub(crate) locks: ClusterLocks,
    pub(crate) handover: Handover,
}

/// What the calls of a type of this provider have.
pub(crate) type Context<'a> = framework::Context<'a, AzureMl>;

impl Provider for AzureMl {
    const NAME: &'static str = "azureml";
    type Config = Config;
    type Error = Error;

    fn schema() -> Schema {
        Schema::new(
            "Puts Azure Machine Learning on Kubernetes clusters: the extension on an Arc connected \
             cluster or AKS, and the cluster in a workspace as compute.",
        )
        .with(config::attributes())
        .with_blocks([config::endpoint()])
    }

    fn validate(config: &Config, found: &mut Diagnostics) {
        config::validate(config, &|name| std::env::var_os(name), found);
    }

    fn configure(config: Config) -> Result<AzureMl, Diagnostic> {
        let settings = Settings::settle(&config, &|name| std::env::var_os(name))?;
        let subscription = settings.sign_in.subscription_id.clone();
        let secrets = Secrets::default();
        let arm = clients::arm(settings, &secrets)?;
        let (locks, handover) = (ClusterLocks::default(), Handover::default());
        Ok(AzureMl { arm, secrets, subscription, locks, handover })
    }

    fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }

    fn types() -> Types<AzureMl> {
        Types::new()
            .resource::<ArcExtension>()
            .resource::<KubernetesCompute>()
            .data_source::<ArcExtensionData>()
            .data_source::<ConnectedClusterData>()
            .data_source::<ExtensionVersionsData>()
            .data_source::<KubernetesComputeData>()
            .list::<ArcExtensions>()
            .list::<KubernetesComputes>()
            .function::<AttachConfigurationDecode>()
            .function::<AttachConfigurationEncode>()
            .function::<InstanceTypeManifest>()
            .function::<ParseResourceId>()
            .function::<QuantityEqual>()
    }
}
