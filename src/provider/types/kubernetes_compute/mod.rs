//! `azureml_kubernetes_compute`: a cluster attached to a workspace, with its instance types.

mod check_plan;
mod create;
mod data_source;
mod delete;
mod extension;
mod list;
mod model;
mod move_state;
mod namespace;
mod plan;
mod put;
mod read;
mod request;
mod resource;
mod response;
mod schema;
#[cfg(test)]
mod tests;
mod update;
mod validate;

pub(crate) use data_source::KubernetesComputeData;
pub(crate) use list::KubernetesComputes;
pub(crate) use resource::KubernetesCompute;
