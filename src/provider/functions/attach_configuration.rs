//! The configuration of an attached cluster as an object: arguments of
//! `azureml_kubernetes_compute`, by their names there.

use framework::{Attr, AttrMap, Attribute, object_map, text};
use serde::{Deserialize, Serialize};

use crate::types::instance_type::{self, InstanceType};

/// The attributes of the object.
pub(crate) fn attributes() -> [Attribute; 3] {
    [
        text("namespace").optional().help("Kubernetes namespace in which jobs run."),
        text("default_instance_type")
            .optional()
            .help("The type of a job that names none; one of `instance_types`."),
        object_map("instance_types", instance_type::attributes())
            .optional()
            .help("What jobs may ask for, by name."),
    ]
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct AttachConfiguration {
    pub(crate) namespace: Attr<String>,
    pub(crate) default_instance_type: Attr<String>,
    pub(crate) instance_types: AttrMap<InstanceType>,
}

impl From<aml::AttachConfiguration> for AttachConfiguration {
    fn from(read: aml::AttachConfiguration) -> Self {
        let types = read.instance_types.as_ref().map(instance_type::from_service);
        Self {
            namespace: read.namespace.into(),
            default_instance_type: read.default_instance_type.into(),
            instance_types: types.unwrap_or_default(),
        }
    }
}

impl From<AttachConfiguration> for aml::AttachConfiguration {
    fn from(written: AttachConfiguration) -> Self {
        Self {
            instance_types: instance_type::known_types(&written.instance_types),
            namespace: written.namespace.into_known(),
            default_instance_type: written.default_instance_type.into_known(),
        }
    }
}
