//! Which objects a call is about.

/// A type of objects as an API server serves them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResourceType {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version of the group.
    pub version: &'static str,
    /// The kind of the objects, as they name it themselves.
    pub kind: &'static str,
    /// The name in paths and in rules of access.
    pub plural: &'static str,
}

impl ResourceType {
    /// Instance types of Azure ML.
    pub const INSTANCE_TYPES: Self =
        Self::new("amlarc.azureml.com", "v1alpha1", "InstanceType", "instancetypes");
    /// Nodes.
    pub const NODES: Self = Self::new("", "v1", "Node", "nodes");
    /// Pods.
    pub const PODS: Self = Self::new("", "v1", "Pod", "pods");
    /// Namespaces.
    pub const NAMESPACES: Self = Self::new("", "v1", "Namespace", "namespaces");
    /// Config maps.
    pub const CONFIG_MAPS: Self = Self::new("", "v1", "ConfigMap", "configmaps");
    /// Custom resource definitions.
    pub const CUSTOM_RESOURCE_DEFINITIONS: Self = Self::new(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
    );

    /// A type of these names.
    pub const fn new(
        group: &'static str, version: &'static str, kind: &'static str, plural: &'static str,
    ) -> Self {
        Self { group, version, kind, plural }
    }

    /// The group and version, as objects name them in `apiVersion`.
    pub fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// The name of the custom resource definition, and of the type in texts of the API server.
    pub fn qualified_plural(&self) -> String {
        match self.group {
            "" => self.plural.to_owned(),
            group => format!("{}.{group}", self.plural),
        }
    }

    /// The path of the objects in a namespace; without one, of all or of what is in none.
    pub(crate) fn path(&self, namespace: Option<&str>) -> String {
        let root = if self.group.is_empty() { "api" } else { "apis" };
        let version = self.api_version();
        match namespace {
            Some(namespace) => format!("/{root}/{version}/namespaces/{namespace}/{}", self.plural),
            None => format!("/{root}/{version}/{}", self.plural),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_those_of_the_api_server() {
        for (path, expected) in [
            (ResourceType::NODES.path(None), "/api/v1/nodes"),
            (ResourceType::PODS.path(Some("azureml")), "/api/v1/namespaces/azureml/pods"),
            (
                ResourceType::INSTANCE_TYPES.path(None),
                "/apis/amlarc.azureml.com/v1alpha1/instancetypes",
            ),
        ] {
            assert_eq!(path, expected);
        }
    }
}
