//! IDs of the resources that are managed for a cluster. They lie in its resource group and are named
//! as the Azure CLI names them.

use aml::side_resource::{self, Names};
use azure::resource_types::{
    HYBRID_CONNECTIONS, LOG_ANALYTICS_WORKSPACES, RELAY_NAMESPACES, SERVICE_BUS_NAMESPACES,
};
use azure::{Id, ResourceType};
use vocabulary::Problem;

use crate::explain::Result;

/// Why relay and service bus cannot be named after this cluster.
pub(crate) fn check_cluster_name(cluster: &Id) -> Option<Problem> {
    side_resource::check_cluster(cluster.name())
}

pub(super) fn hybrid_connection(cluster: &Id) -> Result<Id> {
    let namespace = in_resource_group(cluster, &RELAY_NAMESPACES, &names(cluster).relay_namespace)?;
    Ok(HYBRID_CONNECTIONS.id(&namespace, cluster.name())?)
}

pub(super) fn service_bus_namespace(cluster: &Id) -> Result<Id> {
    in_resource_group(cluster, &SERVICE_BUS_NAMESPACES, &names(cluster).service_bus_namespace)
}

pub(super) fn log_analytics_workspace(cluster: &Id) -> Result<Id> {
    in_resource_group(cluster, &LOG_ANALYTICS_WORKSPACES, &names(cluster).log_analytics_workspace)
}

fn names(cluster: &Id) -> Names {
    let subscription = cluster.subscription().unwrap_or_default();
    let group = cluster.resource_group().unwrap_or_default();
    side_resource::names(cluster.name(), subscription, group)
}

fn in_resource_group(cluster: &Id, resource_type: &ResourceType, name: &str) -> Result<Id> {
    let subscription = cluster.subscription().unwrap_or_default();
    let group = cluster.resource_group().unwrap_or_default();
    Ok(resource_type.id(&Id::of_resource_group(subscription, group)?, name)?)
}
