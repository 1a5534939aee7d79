//! What the pods of Azure ML tolerate, and what those of jobs and deployments need beside their
//! instance type.

/// What runs on an instance type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// A training job.
    Training,
    /// A model of an online endpoint.
    Deployment,
}

/// A taint of a node that pods of Azure ML tolerate, whatever its effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToleratedTaint {
    /// Key of the taint.
    pub key: &'static str,
    /// Value of the taint.
    pub value: String,
}

/// Names of a compute and of what it is in: workloads tolerate taints with them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputeNames {
    /// Name of the resource group.
    pub resource_group: String,
    /// Name of the workspace.
    pub workspace: String,
    /// Name of the compute.
    pub compute: String,
}

/// The init container that fetches the model of a deployment.
const STORAGE_INITIALIZER: [(&str, &str); 2] = [("cpu", "100m"), ("memory", "500Mi")];
/// The sidecar that hands out tokens to a deployment.
const IDENTITY_SIDECAR: [(&str, &str); 2] = [("cpu", "10m"), ("memory", "100Mi")];

impl Workload {
    /// What its init container requests, by resource name.
    pub fn init_requests(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Workload::Training => &[],
            Workload::Deployment => &STORAGE_INITIALIZER,
        }
    }

    /// What containers beside its own request, by resource name.
    pub fn sidecar_requests(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Workload::Training => &[],
            Workload::Deployment => &IDENTITY_SIDECAR,
        }
    }
}

/// The taints that the extension's own pods tolerate.
pub fn tolerated_by_extension() -> Vec<ToleratedTaint> {
    vec![taint("ml.azure.com/amlarc", "true"), taint("ml.azure.com/amlarc-system", "true")]
}

/// The taints that jobs and deployments tolerate. Without names, those of any compute.
pub fn tolerated_by_workloads(names: Option<&ComputeNames>) -> Vec<ToleratedTaint> {
    let mut taints =
        vec![taint("ml.azure.com/amlarc", "true"), taint("ml.azure.com/amlarc-workload", "true")];
    if let Some(names) = names {
        taints.extend([
            taint("ml.azure.com/resource-group", &names.resource_group),
            taint("ml.azure.com/workspace", &names.workspace),
            taint("ml.azure.com/compute", &names.compute),
        ]);
    }
    taints
}

fn taint(key: &'static str, value: &str) -> ToleratedTaint {
    ToleratedTaint { key, value: value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{ComputeNames, Workload, tolerated_by_extension, tolerated_by_workloads};

    #[test]
    fn the_extension_and_its_workloads_tolerate_taints_of_their_own() {
        let keys = |taints: Vec<super::ToleratedTaint>| -> Vec<String> {
            taints.into_iter().map(|taint| format!("{}={}", taint.key, taint.value)).collect()
        };
        let system = ["ml.azure.com/amlarc=true", "ml.azure.com/amlarc-system=true"];
        assert_eq!(keys(tolerated_by_extension()), system);
        let any = ["ml.azure.com/amlarc=true", "ml.azure.com/amlarc-workload=true"];
        assert_eq!(keys(tolerated_by_workloads(None)), any);
        let names = ComputeNames {
            resource_group: "rg".to_owned(),
            workspace: "ws".to_owned(),
            compute: "edge".to_owned(),
        };
        let own = keys(tolerated_by_workloads(Some(&names)));
        let expected = [
            "ml.azure.com/resource-group=rg",
            "ml.azure.com/workspace=ws",
            "ml.azure.com/compute=edge",
        ];
        assert_eq!(own[2..], expected);
    }

    #[test]
    fn only_a_deployment_has_containers_beside_its_own() {
        assert!(Workload::Training.init_requests().is_empty());
        assert!(Workload::Training.sidecar_requests().is_empty());
        assert_eq!(Workload::Deployment.init_requests()[1], ("memory", "500Mi"));
        assert_eq!(Workload::Deployment.sidecar_requests()[0], ("cpu", "10m"));
    }
}
