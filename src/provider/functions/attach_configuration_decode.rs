//! `attach_configuration_decode`: the studio's file becomes arguments.

use framework::{Function, FunctionError, Signature, object, text};
use serde::Deserialize;

use super::attach_configuration::{AttachConfiguration, attributes};

pub(crate) struct AttachConfigurationDecode;

#[derive(Deserialize)]
pub(crate) struct Arguments {
    json: String,
}

impl Function for AttachConfigurationDecode {
    const NAME: &'static str = "attach_configuration_decode";
    type Arguments = Arguments;
    type Output = AttachConfiguration;

    fn signature() -> Signature {
        Signature::new(
            "Reads the JSON file with which the studio attaches a cluster.",
            object("configuration", attributes()).shape(),
        )
        .help(
            "Reads the JSON file with which the studio attaches a cluster, and gives an object with \
             `namespace`, `default_instance_type` and `instance_types`, as they are arguments of \
             `azureml_kubernetes_compute`. What the file leaves out is null. Keys that the file \
             must not have, keys that stand twice, comments and values of another type are errors \
             that say the line. Whether the amounts can be used is checked where they are used.",
        )
        .with([text("json").required().help("The content of the file, as `file` reads it.")])
    }

    fn call(Arguments { json }: Arguments) -> Result<AttachConfiguration, FunctionError> {
        let read = aml::AttachConfiguration::from_file(&json);
        read.map(Into::into).map_err(|error| FunctionError::at("json", error.to_string()))
    }
}
