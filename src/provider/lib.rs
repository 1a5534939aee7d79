//! The provider: the only crate that knows Terraform types, Azure and Azure ML, and where they
//! meet.
//!
//! A Terraform type is one folder in `types/`, a function one file in `functions/`, and each is one
//! line in the list below. Nothing else in the crate knows the list.

mod arm;
mod clients;
mod cluster_access;
mod cluster_checks;
mod clusters;
mod config;
mod connections;
mod context;
mod explain;
mod functions;
mod message;
mod placement;
#[cfg(test)]
mod tests;
mod troubleshooting;
mod types;

use framework::{Diagnostic, Diagnostics, Provider, Schema, Secrets, Types};

use config::Config;
pub use context::AzureMl;
use explain::Error;
use functions::{
    AttachConfigurationDecode, AttachConfigurationEncode, InstanceTypeManifest, ParseResourceId,
    QuantityEqual,
};
pub use troubleshooting::{
    TroubleshootingEntry, TroubleshootingExplanation, TroubleshootingTopic, troubleshooting,
};
use types::arc_extension::{ArcExtension, ArcExtensionData, ArcExtensions};
use types::cluster_capacity::ClusterCapacityData;
use types::connected_cluster::ConnectedClusterData;
use types::extension_health::ExtensionHealthData;
use types::extension_versions::ExtensionVersionsData;
use types::instance_type::{ClusterInstanceType, ClusterInstanceTypes};
use types::kubernetes_compute::{KubernetesCompute, KubernetesComputeData, KubernetesComputes};

/// The provider's source address.
pub const ADDRESS: &str = "registry.terraform.io/azureml/azureml";

impl Provider for AzureMl {
    const NAME: &'static str = "azureml";
    type Config = Config;
    type Error = Error;
    const LATE_BLOCKS: &'static [&'static str] = &["kubernetes"];

    fn schema() -> Schema {
        Schema::new(
            "Puts Azure Machine Learning on Kubernetes clusters: the extension on an Arc connected \
             cluster or AKS, and the cluster in a workspace as compute.",
        )
        .with(config::attributes())
        .with_blocks([config::endpoint(), config::block_of_kubernetes()])
    }

    fn validate(config: &Config, found: &mut Diagnostics) {
        config::validate(config, found);
    }

    fn configure(config: Config) -> Result<AzureMl, Diagnostic> {
        context::configure(&config)
    }

    fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }

    fn types() -> Types<AzureMl> {
        Types::new()
            .resource::<ArcExtension>()
            .resource::<ClusterInstanceType>()
            .resource::<KubernetesCompute>()
            .data_source::<ArcExtensionData>()
            .data_source::<ClusterCapacityData>()
            .data_source::<ConnectedClusterData>()
            .data_source::<ExtensionHealthData>()
            .data_source::<ExtensionVersionsData>()
            .data_source::<KubernetesComputeData>()
            .list::<ArcExtensions>()
            .list::<ClusterInstanceTypes>()
            .list::<KubernetesComputes>()
            .function::<AttachConfigurationDecode>()
            .function::<AttachConfigurationEncode>()
            .function::<InstanceTypeManifest>()
            .function::<ParseResourceId>()
            .function::<QuantityEqual>()
    }
}
