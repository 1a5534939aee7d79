//! `attach_configuration_encode`: arguments become the studio's file.

use framework::{Function, FunctionError, Signature, Type, object};
use serde::Deserialize;
use vocabulary::Problem;

use super::attach_configuration::{AttachConfiguration, attributes};
use super::refuse;
use crate::types::instance_type::drafts;

pub(crate) struct AttachConfigurationEncode;

#[derive(Deserialize)]
pub(crate) struct Arguments {
    configuration: AttachConfiguration,
}

impl Function for AttachConfigurationEncode {
    const NAME: &'static str = "attach_configuration_encode";
    type Arguments = Arguments;
    type Output = String;

    fn signature() -> Signature {
        Signature::new("Writes the JSON file with which the studio attaches a cluster.", Type::String)
            .help(
                "Writes the JSON file with which the studio attaches a cluster, from the arguments of \
                 `azureml_kubernetes_compute`. Attributes that are null or left out do not stand in \
                 the file. What the compute would refuse is refused.",
            )
            .with([object("configuration", attributes())
                .required()
                .help("The arguments. Each of its attributes may be left out.")])
    }

    fn call(Arguments { configuration }: Arguments) -> Result<String, FunctionError> {
        refuse("configuration", problems(&configuration))?;
        Ok(aml::AttachConfiguration::from(configuration).to_file())
    }
}

fn problems(configuration: &AttachConfiguration) -> Vec<Problem> {
    let AttachConfiguration { namespace, default_instance_type, instance_types } = configuration;
    let namespace = namespace.known().and_then(|name| aml::name::check_namespace(name));
    let types = drafts(instance_types);
    let default = default_instance_type.as_ref().map(String::as_str);
    let default = aml::check_default(default, types.as_ref());
    let written = types.known().into_iter().flatten();
    let null = written.filter(|(_, draft)| draft.is_null());
    let null = null.map(|(name, _)| aml::instance_type::null_type(name));
    let types = types.known().map(aml::check).unwrap_or_default().into_iter().chain(null);
    let parts = [
        namespace.map(|found| found.below("namespace")),
        default.map(|found| found.below("default_instance_type")),
    ];
    parts.into_iter().flatten().chain(types.map(|found| found.below("instance_types"))).collect()
}
