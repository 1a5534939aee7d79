//! `azureml_arc_extension`: the Azure Machine Learning extension on a cluster.

pub(crate) mod create;
mod data_source;
mod delete;
pub(crate) mod desired;
mod findings;
mod list;
pub(crate) mod model;
mod move_state;
mod pending_install;
mod plan;
mod protected_names;
mod resource;
mod response;
mod schema;
pub(crate) mod secret_decision;
#[cfg(test)]
mod tests;
mod update;
mod validate;

pub(crate) use data_source::ArcExtensionData;
pub(crate) use list::ArcExtensions;
pub(crate) use model::{Extension, Identity, Status};
pub(crate) use resource::ArcExtension;
pub(crate) use resource::cluster;
use resource::{id, look_up};
