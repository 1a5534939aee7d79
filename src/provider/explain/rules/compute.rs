//! What becomes of a cluster that is attached, mostly by the names of Microsoft's page "Troubleshoot
//! Kubernetes compute" and of `guides/permissions.md`.

use super::{
    ATTACH, BY_CODE, Case, Condition, OF_COMPUTE, Rule, is_attach, is_of_compute, is_on_aks,
    is_on_arc,
};

pub(super) const RULES: &[Rule] = &[
    // Azure/AML-Kubernetes#261; the way by Trusted Access is Microsoft's, in
    // `docs/azureml-aks-ta-support.md` of that repository.
    Rule {
        codes: &[],
        texts: &[&["local accounts", "disable"], &["static credential", "not allowed"]],
        printed: "Getting static credential is not allowed because this cluster is set to disable local accounts",
        when: MAYBE_ON_AKS,
        why: "The local accounts of the AKS cluster are disabled, and without Trusted Access the \
              service signs in to the cluster with one.",
        then: "Enable them for the attach:\n\n  \
               az aks update --name {cluster_name} --resource-group {cluster_group} \
               --enable-local-accounts\n\n\
               Or give the workspace Trusted Access, and attach after it:\n\n  \
               az aks trustedaccess rolebinding create --cluster-name {cluster_name} \
               --resource-group {cluster_group} --name <name> --source-resource-id {parent} --roles \
               Microsoft.MachineLearningServices/workspaces/mlworkload",
    },
    Rule {
        codes: &[],
        texts: &[&["aks role check failed"]],
        printed: "AKS role check failed for user assigned identity",
        when: MAYBE_ON_AKS,
        why: "The user-assigned identity of the workspace lacks a role on the AKS cluster.",
        then: WORKSPACE_ROLES,
    },
    Rule {
        codes: &[],
        texts: &[
            &["extension is not installed"],
            &["extension not installed"],
            &["extension isn't installed"],
        ],
        printed: "The AzureML extension is not installed in the cluster",
        when: ATTACH,
        why: "The cluster has no extension of Azure Machine Learning that is Succeeded; or the \
              identity of the workspace may not see it, because it lacks the role Kubernetes \
              Extension Contributor on the cluster.",
        then: "See that it is there:\n\n  \
               az k8s-extension list --cluster-name {cluster_name} --cluster-type {cluster_type} \
               --resource-group {cluster_group} --output table\n\n\
               If it is, a workspace with a user-assigned identity needs roles that a \
               system-assigned one is given by the service:\n\n  \
               az role assignment create --assignee <object ID of the workspace's identity> --role \
               \"Kubernetes Extension Contributor\" --scope {cluster}",
    },
    // Azure/AML-Kubernetes#75.
    Rule {
        codes: &[],
        texts: &[&["relay resource id or connection string", "not provided"]],
        printed: "Relay resource id or connection string are not provided",
        when: MAYBE_ON_ARC,
        why: "The extension was installed without a relay, over which the service reaches a cluster \
              of Azure Arc.",
        then: "Install it with `relay = { mode = \"managed\" }` or with a relay of your own, then \
               apply again.",
    },
    Rule {
        codes: &[],
        texts: &[&["internal server error"], &["internalservererror"]],
        printed: "An internal server error occurred",
        when: ATTACH_WITHOUT_REASON,
        why: "The service gives no reason. A workspace whose user-assigned identity lacks the role \
              Azure Kubernetes Service Cluster Admin on the cluster gets this answer.",
        then: WORKSPACE_ROLES,
    },
    Rule {
        codes: &["ClusterNotReachable", "GenericClusterError"],
        when: COMPUTE_ON_AKS,
        why: "Azure Machine Learning does not reach the AKS cluster.",
        then: "See that it runs, and that its authorized IP ranges, if it has any, let Azure Machine \
               Learning in:\n\n  \
               az aks show --name {cluster_name} --resource-group {cluster_group} --query \
               \"[powerState.code, apiServerAccessProfile]\"\n  \
               az aks start --name {cluster_name} --resource-group {cluster_group}",
        ..BY_CODE
    },
    Rule {
        codes: &["ClusterNotReachable", "GenericClusterError"],
        when: COMPUTE_ON_ARC,
        why: "Azure Machine Learning does not reach the cluster.",
        then: "See that it is connected, and that its agents and the extension's relay run:\n\n  \
               az connectedk8s show --name {cluster_name} --resource-group {cluster_group} --query \
               connectivityStatus\n  \
               kubectl get pods -n azure-arc\n  \
               kubectl get pods -n azureml",
        ..BY_CODE
    },
    Rule {
        codes: &["ClusterNotReachable", "GenericClusterError"],
        when: OF_COMPUTE,
        why: "Azure Machine Learning does not reach the cluster.",
        then: "See that the cluster runs and that its API server answers:\n\n  kubectl get nodes",
        ..BY_CODE
    },
    Rule {
        codes: &["ClusterNotFound"],
        when: OF_COMPUTE,
        why: "Azure Machine Learning does not find the cluster of the compute.",
        then: "See that it exists:\n\n  az resource show --ids {cluster}\n\nIf it does, attach it \
               again:\n\n  terraform apply -replace=ADDRESS",
        ..BY_CODE
    },
    Rule {
        codes: &["ClusterServiceNotFound"],
        when: OF_COMPUTE,
        why: "The extension's ingress has no pod that runs in the cluster.",
        then: "See what keeps it:\n\n  \
               kubectl describe service,pods -n azureml azureml-ingress-nginx-controller",
        ..BY_CODE
    },
    Rule {
        codes: &["ClusterUnauthorized"],
        when: MAYBE_ON_AKS,
        why: "The access of Azure Machine Learning to the AKS cluster, by Trusted Access, has expired \
              meanwhile.",
        then: "Wait for some minutes, then apply again.",
        ..BY_CODE
    },
    Rule {
        codes: &["ComputeNotAccessible"],
        when: MAYBE_ON_AKS,
        why: "The identity of the workspace has no access to the AKS cluster.",
        then: WORKSPACE_ROLES,
        ..BY_CODE
    },
    Rule {
        codes: &["InvalidComputeNoKubernetesConfiguration"],
        when: COMPUTE_ON_ARC,
        why: "The service finds no Azure Relay for the cluster.",
        then: "See that the extension has one (`relay`), then attach the cluster again:\n\n  \
               terraform apply -replace=ADDRESS",
        ..BY_CODE
    },
    Rule {
        codes: &["InvalidComputeNoKubernetesConfiguration"],
        when: OF_COMPUTE,
        why: "The service has no configuration by which it reaches the cluster.",
        then: "Attach the cluster again:\n\n  terraform apply -replace=ADDRESS",
        ..BY_CODE
    },
    Rule {
        codes: &["InvalidComputeInformation"],
        when: OF_COMPUTE,
        why: "The workspace does not know the compute, or the extension was changed since the cluster \
              was attached.",
        then: "Attach the cluster again:\n\n  terraform apply -replace=ADDRESS",
        ..BY_CODE
    },
    Rule {
        codes: &["RefreshExtensionIdentityNotSet"],
        when: MAYBE_ON_AKS,
        why: "The extension is installed and has not got its identity on the AKS cluster.",
        then: "Install it again, with the address of the `azureml_arc_extension`:\n\n  \
               terraform apply -replace=ADDRESS",
        ..BY_CODE
    },
];

const WORKSPACE_ROLES: &str = "A system-assigned identity of the workspace is given its roles by the service. A user-assigned \
     one needs Reader, Kubernetes Extension Contributor and Azure Kubernetes Service Cluster Admin \
     Role on the cluster, and Contributor on an AKS cluster with Trusted Access, before the cluster \
     is attached:\n\n  \
     az role assignment create --assignee <object ID of the workspace's identity> --role \"Azure \
     Kubernetes Service Cluster Admin Role\" --scope {cluster}";

const COMPUTE_ON_AKS: Condition = Condition { of: "a compute on AKS", holds: is_compute_on_aks };
const COMPUTE_ON_ARC: Condition =
    Condition { of: "a compute on Azure Arc", holds: is_compute_on_arc };
/// Of a compute that is read, the cluster may not be known.
const MAYBE_ON_AKS: Condition = Condition { of: "a compute on AKS", holds: may_be_on_aks };
const MAYBE_ON_ARC: Condition = Condition { of: "a compute on Azure Arc", holds: may_be_on_arc };
const ATTACH_WITHOUT_REASON: Condition = Condition {
    of: "a compute that is attached, with no other error",
    holds: attaches_and_says_no_more,
};

fn is_compute_on_aks(case: &Case<'_>) -> bool {
    is_of_compute(case) && is_on_aks(case)
}

fn is_compute_on_arc(case: &Case<'_>) -> bool {
    is_of_compute(case) && is_on_arc(case)
}

fn may_be_on_aks(case: &Case<'_>) -> bool {
    is_of_compute(case) && !is_on_arc(case)
}

fn may_be_on_arc(case: &Case<'_>) -> bool {
    is_of_compute(case) && !is_on_aks(case)
}

/// As a wrapper it explains nothing: what stands inside may say more.
fn attaches_and_says_no_more(case: &Case<'_>) -> bool {
    let mut inside = case.error.walk().skip(1);
    is_attach(case) && inside.all(|inner| inner.message.is_empty())
}
