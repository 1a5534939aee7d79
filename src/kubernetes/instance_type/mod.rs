//! Instance types as objects of the cluster: `InstanceType` of `amlarc.azureml.com/v1alpha1`.
//!
//! - `field`, `spec`, `differences`: what an object says, and how it differs from what is declared
//! - `managed_fields`, `conflict`: who else has a hand in it
//! - `live`, `write`, `delete`: the calls

mod conflict;
mod delete;
mod differences;
mod field;
mod live;
mod managed_fields;
mod spec;
mod write;

pub use conflict::Conflict;
pub use delete::{DeleteError, delete, jobs_that_name};
pub use differences::{Difference, differences};
pub use field::Field;
pub use live::{LiveInstanceType, list, read};
pub use managed_fields::ManagedFields;
pub use spec::Spec;
pub use write::{
    Created, Declaration, Remaining, Updated, WriteError, Written, create, dry_run, update,
};

#[cfg(test)]
mod tests;
