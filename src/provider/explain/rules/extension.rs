//! What becomes of an extension in its cluster. What its health check and Helm report by a code or a
//! text of their own is in `aml::health`, and goes before these.

use azure::ServiceError;

use super::{
    BY_CODE, Case, Condition, OF_EXTENSION, Rule, has_failed, is_of_extension, is_on_aks, is_on_arc,
};

/// The agents in the cluster did not report in time (Azure/ARO-Landing-Zone-Accelerator#95,
/// Azure/AML-Kubernetes#158).
const AGENTS: &[&[&str]] = &[
    &["response from the agent in time"],
    &["status from the local crd"],
    &["status not populated"],
];

pub(super) const RULES: &[Rule] = &[
    // Azure/azure-cli#25654, Azure/azure-cli-extensions#5144, MicrosoftDocs/azure-docs#97274.
    Rule {
        codes: &[],
        texts: &[
            &["extensionaddons", "forbidden"],
            &["extensionaddons", "unauthorized"],
            &["extensionaddons", "authorizationfailed"],
            &["extensionaddons", "invalidauthenticationtoken"],
            &["extensionaddons", "does not have authorization"],
        ],
        printed: "Request failed to https://…/extensionaddons/…. Error code: Unauthorized.",
        when: OF_EXTENSION,
        why: NOT_REGISTERED,
        then: REGISTER,
    },
    // The same in two errors, one inside the other.
    Rule {
        codes: &["Forbidden", "Unauthorized", "AuthorizationFailed", "InvalidAuthenticationToken"],
        when: ABOUT_EXTENSION_ADDONS,
        why: NOT_REGISTERED,
        then: REGISTER,
        ..BY_CODE
    },
    // The same without its URL: hashicorp/terraform-provider-azurerm#22462.
    Rule {
        codes: &[],
        texts: &[&["'puid' or 'altsecid' or 'oid'"]],
        printed: "The received access token is not valid: at least one of the claims 'puid' or 'altsecid' or 'oid' should be present",
        when: FAILED_ON_AKS,
        why: NOT_REGISTERED,
        then: REGISTER,
    },
    Rule {
        codes: &[],
        texts: AGENTS,
        printed: "Unable to get response from the Agent in time",
        when: EXTENSION_ON_ARC,
        why: "The Azure Arc agents of the cluster did not answer Azure in time.",
        then: "See that the cluster is connected, that its agents run, and that they reach the \
               addresses that Azure Arc needs (outbound, through the proxy if there is one):\n\n  \
               az connectedk8s show --name {cluster_name} --resource-group {cluster_group} --query \
               connectivityStatus\n  \
               kubectl get pods -n azure-arc\n\n\
               The addresses: https://learn.microsoft.com/azure/azure-arc/kubernetes/network-requirements",
    },
    Rule {
        codes: &[],
        texts: AGENTS,
        printed: "Unable to get response from the Agent in time",
        when: EXTENSION_ON_AKS,
        why: "The agents of the cluster that install extensions did not answer Azure in time.",
        then: "See that the cluster runs, that extension-agent and extension-operator run in it, and \
               that its outbound rules let them reach Azure:\n\n  \
               az aks show --name {cluster_name} --resource-group {cluster_group} --query \
               powerState.code\n  \
               kubectl get pods -n kube-system\n\n\
               The rules: https://learn.microsoft.com/azure/aks/outbound-rules-control-egress",
    },
    Rule {
        codes: &[],
        texts: &[&["admission webhook", "denied the request"]],
        printed: "admission webhook \"…\" denied the request",
        when: OF_EXTENSION,
        why: "An admission webhook of the cluster, named above, refuses what the extension installs.",
        then: "Exempt the namespace azureml from it, or have its policy allow the object, then apply \
               again.",
    },
    // Azure/AML-Kubernetes#297.
    Rule {
        codes: &[],
        texts: &[&["failed calling webhook"], &["no endpoints available for service"]],
        printed: "failed calling webhook \"…\": no endpoints available for service",
        when: OF_EXTENSION,
        why: "An admission webhook of the cluster, named above, does not answer, so that nothing can \
              be installed through it.",
        then: "See that its pods run, then apply again:\n\n  kubectl get pods -n azureml",
    },
    // hashicorp/terraform-provider-azurerm#24547.
    Rule {
        codes: &[],
        texts: &[&["healthcheck failed"], &["health check failed"]],
        printed: "pod healthcheck failed",
        when: OF_EXTENSION,
        why: "The health check, which the extension runs in the cluster before it is installed, \
              changed or removed, has failed.",
        then: "Read its report:\n\n  \
               kubectl get configmap arcml-healthcheck -n azureml -o yaml\n  \
               kubectl logs healthcheck -n azureml\n\n\
               What its codes mean: https://aka.ms/arcmltsg",
    },
    Rule {
        codes: &[],
        texts: &[&["exceeded quota:"]],
        printed: "exceeded quota: …",
        when: OF_EXTENSION,
        why: "A resource quota of the namespace leaves no room for the extension's pods.",
        then: "Raise it, then apply again:\n\n  kubectl get resourcequota -n azureml",
    },
    // Azure/azure-sdk-for-go#21668 and Microsoft's page on cluster extensions of AKS.
    Rule {
        codes: &[],
        texts: &[
            &["timed out waiting for the condition"],
            &["timed out waiting for the resource", "ready"],
            &["backofflimitexceeded"],
            &["helm", "context deadline exceeded"],
        ],
        printed: "timed out waiting for the condition",
        when: OF_EXTENSION,
        why: "Helm waited for the pods of the extension, and they were not ready in time.",
        then: "See what they wait for, such as room on the nodes, a taint, or an image that cannot be \
               pulled:\n\n  \
               kubectl get pods -n azureml\n  \
               kubectl get events -n azureml --sort-by=.lastTimestamp",
    },
    Rule {
        codes: &[],
        texts: &[&["unable to download the helm chart"], &["failed to download the helm chart"]],
        printed: "Unable to download the Helm chart from the repo URL",
        when: OF_EXTENSION,
        why: "The cluster could not download the extension's Helm chart.",
        then: "Let the cluster reach mcr.microsoft.com and *.data.mcr.microsoft.com, through the proxy \
               if there is one, then apply again.",
    },
    Rule {
        codes: &[],
        texts: &[
            &["unable to render the helm chart"],
            &["helm chart rendering failed"],
            &["failed to render", "helm chart"],
        ],
        printed: "Unable to render the Helm chart with the provided config settings",
        when: OF_EXTENSION,
        why: "The extension's Helm chart does not take a setting, or misses one.",
        then: "Look at `configuration_settings`, and at the setting that the error names.",
    },
];

const NOT_REGISTERED: &str = "The subscription of the cluster is not registered for the resource provider \
     Microsoft.KubernetesConfiguration, or its registration has lost its rights on AKS clusters: the \
     identity above is the service's own.";
const REGISTER: &str = "Register it, also if it is registered already, then apply again:\n\n  \
     az provider register --namespace Microsoft.KubernetesConfiguration --subscription \
     {subscription} --wait";

const ABOUT_EXTENSION_ADDONS: Condition = Condition {
    of: "an extension, where `extensionaddons` is named",
    holds: is_about_extension_addons,
};
const EXTENSION_ON_ARC: Condition =
    Condition { of: "an extension on Azure Arc", holds: is_extension_on_arc };
const EXTENSION_ON_AKS: Condition =
    Condition { of: "an extension on AKS", holds: is_extension_on_aks };
const FAILED_ON_AKS: Condition =
    Condition { of: "an extension on AKS, whose operation has failed", holds: has_failed_on_aks };

fn is_about_extension_addons(case: &Case<'_>) -> bool {
    let mut told = case.trouble.error.service_errors().into_iter().flat_map(ServiceError::walk);
    is_of_extension(case)
        && told.any(|error| error.message.to_lowercase().contains("extensionaddons"))
}

fn is_extension_on_arc(case: &Case<'_>) -> bool {
    is_of_extension(case) && is_on_arc(case)
}

fn is_extension_on_aks(case: &Case<'_>) -> bool {
    is_of_extension(case) && is_on_aks(case)
}

fn has_failed_on_aks(case: &Case<'_>) -> bool {
    is_extension_on_aks(case) && has_failed(case)
}
