//! `azureml_arc_extension`: the Azure Machine Learning extension on a cluster.

mod absence;
mod beside;
mod create;
mod data_source;
mod declared;
mod delete;
mod findings;
mod list;
mod model;
mod move_state;
mod plan;
mod resource;
mod response;
mod schema;
mod secret_names;
mod secrets;
#[cfg(test)]
mod tests;
mod update;
mod validate;

pub(crate) use data_source::ArcExtensionData;
pub(crate) use list::ArcExtensions;
pub(crate) use model::{Extension, Identity, Status};
pub(crate) use resource::ArcExtension;
use resource::{cluster, id, look_up};
