//! `azureml_arc_extension`: the Azure Machine Learning extension on a cluster.

mod check_plan;
mod create;
mod data_source;
mod delete;
mod desired;
mod list;
mod model;
mod move_state;
mod pending_install;
mod plan;
mod pods;
mod prepared;
mod protected_names;
mod read;
mod request;
mod resource;
mod response;
mod schema;
mod secret_decision;
mod settings;
#[cfg(test)]
mod tests;
mod update;
mod validate;

pub(crate) use data_source::ArcExtensionData;
pub(crate) use list::ArcExtensions;
pub(crate) use model::{Extension, Identity, Status};
use read::look_up;
pub(crate) use resource::ArcExtension;
