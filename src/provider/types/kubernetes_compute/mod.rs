//! `azureml_kubernetes_compute`: a cluster attached to a workspace, with its instance types.

mod data_source;
mod extension;
mod list;
mod move_state;
mod plan;
mod request;
mod resource;
mod response;
mod schema;
#[cfg(test)]
mod tests;
mod validate;

pub(crate) use data_source::KubernetesComputeData;
pub(crate) use list::KubernetesComputes;
pub(crate) use resource::KubernetesCompute;
use resource::{id, look_up};
pub(crate) use schema::Compute;
