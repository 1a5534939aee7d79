//! The functions of the provider. They need neither a provider block nor a network.

mod attach_configuration;
mod attach_configuration_decode;
mod attach_configuration_encode;
mod instance_type_manifest;
mod parse_resource_id;
mod quantity_equal;
#[cfg(test)]
mod tests;

pub(crate) use attach_configuration_decode::AttachConfigurationDecode;
pub(crate) use attach_configuration_encode::AttachConfigurationEncode;
pub(crate) use instance_type_manifest::InstanceTypeManifest;
pub(crate) use parse_resource_id::ParseResourceId;
pub(crate) use quantity_equal::QuantityEqual;

use framework::FunctionError;
use vocabulary::Problem;

/// The errors among these problems as one error of that argument, each with its place in it.
fn refuse(
    parameter: &str, problems: impl IntoIterator<Item = Problem>,
) -> Result<(), FunctionError> {
    let errors = problems.into_iter().filter(Problem::is_error).map(
        |Problem { path, cause, fix, .. }| {
            let at = path.to_reference();
            let told = with_fix(&cause, &fix);
            if at.is_empty() { told } else { format!("{at}: {told}") }
        },
    );
    let errors: Vec<_> = errors.collect();
    if errors.is_empty() { Ok(()) } else { Err(FunctionError::at(parameter, errors.join("\n"))) }
}

/// Cause and fix in one text. Hosts put a full stop behind it, which must not follow a question mark.
fn with_fix(cause: &str, fix: &str) -> String {
    if fix.ends_with('?') { format!("{cause} ({fix})") } else { format!("{cause}: {fix}") }
}
