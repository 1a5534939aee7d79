//! The attached Kubernetes clusters of a workspace.

use azure::resource_types::{COMPUTES, WORKSPACES, canonicalize};
use azure::{ArmResource, Id};
use framework::{Attr, Diagnostics, List, Listed, Schema, text};
use serde::{Deserialize, Serialize};

use super::KubernetesCompute;
use super::model::Compute;
use super::request::COMPUTE_TYPE;
use crate::arm::ids;
use crate::arm::list_below;
use crate::context::Context;
use crate::explain::Result;

/// The list.
pub(crate) struct KubernetesComputes;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Config {
    workspace_id: Attr<String>,
    cluster_id: Attr<String>,
}

impl List for KubernetesComputes {
    type Resource = KubernetesCompute;
    type Config = Config;

    fn schema() -> Schema {
        Schema::new("Lists the Kubernetes clusters that are attached to a workspace.").with([
            text("workspace_id").required().help("ARM ID of the workspace."),
            text("cluster_id")
                .optional()
                .help("ARM ID of a cluster: only computes of it. Defaults to every cluster."),
        ])
    }

    fn validate(config: &Config, found: &mut Diagnostics) {
        ids::check("workspace_id", &config.workspace_id, &[&WORKSPACES], found);
        ids::check("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    }

    async fn list(context: &mut Context<'_>, config: Config) -> Result<Vec<Listed<Compute>>> {
        let workspace: Id = config.workspace_id.require()?.parse()?;
        let workspace = canonicalize(&workspace);
        let cluster: Option<Id> = config.cluster_id.known().map(|id| id.parse()).transpose()?;
        let found = list_below(context, &COMPUTES, &workspace).await?;
        let ours = found.into_iter().filter(|(_, object)| is_kubernetes(object));
        let wanted = |object: &ArmResource| cluster.is_none() || cluster_of(object) == cluster;
        let listed = ours.filter(|(_, object)| wanted(object)).map(|(name, _)| Listed {
            display_name: format!("{name} in {}", workspace.name()),
            keys: Compute::keys(&workspace, name),
        });
        Ok(listed.collect())
    }
}

fn is_kubernetes(object: &ArmResource) -> bool {
    let kind = object.properties()["computeType"].as_str();
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case(COMPUTE_TYPE))
}

/// The cluster that a compute stands for.
pub(super) fn cluster_of(object: &ArmResource) -> Option<Id> {
    object.properties()["resourceId"].as_str()?.parse().ok()
}
