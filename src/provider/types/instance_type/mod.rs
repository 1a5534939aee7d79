//! `azureml_instance_type`: an instance type in a cluster; and one as an object in the attributes of
//! other types.

mod check_plan;
mod cluster;
mod create;
mod delete;
mod list;
mod model;
mod move_state;
mod object;
mod plan;
mod read;
mod resource;
mod schema;
#[cfg(test)]
mod tests;
mod update;
mod validate;

pub(crate) use list::ClusterInstanceTypes;
pub(crate) use object::*;
pub(crate) use resource::ClusterInstanceType;
