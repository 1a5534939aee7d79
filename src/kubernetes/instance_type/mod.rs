//! Instance types as objects of the cluster: `InstanceType` of `amlarc.azureml.com/v1alpha1`.

mod conflict;
mod differences;
mod field;
mod managed_fields;
mod spec;

pub use conflict::{Conflict, StatusCause};
pub use differences::{Difference, differences};
pub use field::Field;
pub use managed_fields::ManagedFields;
pub use spec::Spec;
