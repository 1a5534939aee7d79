//! `azureml_cluster_capacity`: how much fits into a cluster now, by instance type.

mod data_source;
mod extension;
mod model;
mod schema;

pub(crate) use data_source::ClusterCapacityData;
