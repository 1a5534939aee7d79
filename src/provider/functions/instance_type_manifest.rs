//! `instance_type_manifest`: an instance type as an object for the cluster.

use aml::instance_type::custom_resource;
use framework::{Attr, Function, FunctionError, Signature, Type, object, text};
use serde::Deserialize;

use super::refuse;
use crate::types::instance_type::{self, InstanceType};

pub(crate) struct InstanceTypeManifest;

#[derive(Deserialize)]
pub(crate) struct Arguments {
    name: String,
    instance_type: InstanceType,
}

impl Function for InstanceTypeManifest {
    const NAME: &'static str = "instance_type_manifest";
    type Arguments = Arguments;
    type Output = String;

    fn signature() -> Signature {
        Signature::new("Writes an instance type as YAML for `kubectl apply`.", Type::String)
            .help(
                "Writes an instance type as YAML: an `InstanceType` of `amlarc.azureml.com/v1alpha1`, \
                 which the extension reads from the cluster. The cluster asks for more than an \
                 attached compute does: cpu and memory in requests and limits, each above zero, and a \
                 name of lower-case letters, digits, hyphens and dots. Devices such as \
                 `nvidia.com/gpu` stand in the limits only, whatever the requests say.",
            )
            .with([
                text("name").required().help("Name of the instance type in the cluster."),
                object("instance_type", instance_type::attributes())
                    .required()
                    .help("The type, as in `instance_types` of `azureml_kubernetes_compute`."),
            ])
    }

    fn call(Arguments { name, instance_type }: Arguments) -> Result<String, FunctionError> {
        refuse("name", custom_resource::check_name(&name))?;
        let draft = instance_type::draft(&Attr::Known(instance_type));
        let draft = draft.known().cloned().unwrap_or_default();
        refuse("instance_type", custom_resource::check(&draft))?;
        let whole = draft.known().unwrap_or_default();
        Ok(custom_resource::manifest(&name, &whole))
    }
}
