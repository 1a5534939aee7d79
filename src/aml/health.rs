//! Why an installation failed: the codes of the extension's own health check and the texts of Helm
//! that are known, with what to do about each.
//!
//! The health check runs in the cluster before the extension is installed, changed and removed, and
//! its report comes back inside the service's message. Codes below E45000 stop the installation.
//! Source: Microsoft's page "Troubleshoot Azure Machine Learning extension".

use std::collections::BTreeSet;

/// A known reason of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The code of the health check, or what Helm's text says.
    pub sign: &'static str,
    /// The parts of a text, in lower case, that all must be there; none: the code alone, as a word.
    parts: &'static [&'static str],
    /// What is wrong: a lower-case sentence without a full stop.
    pub cause: &'static str,
    /// What to do: a lower-case sentence without a full stop.
    pub fix: &'static str,
}

/// The reasons that a message of the service names, in the order of the table, each once.
pub fn causes(message: &str) -> Vec<&'static Cause> {
    let text = message.to_lowercase();
    // A GUID may have a code within one of its parts.
    let words: BTreeSet<_> =
        text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).collect();
    let is_there = |known: &&Cause| match known.parts {
        [] => words.contains(&*known.sign.to_lowercase()),
        parts => parts.iter().all(|part| text.contains(part)),
    };
    CAUSES.iter().filter(is_there).collect()
}

/// A code of the health check.
const fn code(sign: &'static str, cause: &'static str, fix: &'static str) -> Cause {
    Cause { sign, parts: &[], cause, fix }
}

/// A text of Helm's.
const fn text(
    sign: &'static str, parts: &'static [&'static str], cause: &'static str, fix: &'static str,
) -> Cause {
    Cause { sign, parts, cause, fix }
}

const CAUSES: &[Cause] = &[
    code(
        "E40000",
        "the health check met an error that it does not know",
        "its log says more: kubectl logs healthcheck -n azureml",
    ),
    code(
        "E40001",
        "the cluster has nothing that gives a service of type LoadBalancer an address",
        "set `inference_router_service_type` to \"nodePort\" or \"clusterIP\", or install a load \
         balancer in the cluster",
    ),
    code(
        "E40002",
        "too few nodes are healthy; high availability of the inference router needs three",
        "set `inference_router_ha = false`, add nodes, or see whether `node_selector` leaves out \
         too many",
    ),
    code(
        "E40003",
        "only AKS has the internal load balancer that is asked for",
        "leave out `internal_load_balancer_provider`",
    ),
    code(
        "E40004",
        "the deployment azureml-fe of the inference router is not there",
        "see what became of it: kubectl get events -n azureml --sort-by=.lastTimestamp",
    ),
    code(
        "E40005",
        "the replicas of the inference router did not come up in time",
        "see what they wait for, such as room on the nodes: kubectl describe pods -n azureml",
    ),
    code(
        "E40006",
        "the number of replicas of the inference router could not be changed",
        "see why: kubectl get events -n azureml --sort-by=.lastTimestamp",
    ),
    code(
        "E40007",
        "certificate and key of the inference router are not valid, or do not fit `ssl_cname`",
        "look at `ssl_cert_pem`, `ssl_key_pem` and `ssl_cname`, or at the secret that `ssl_secret` \
         names, which holds cert.pem and key.pem",
    ),
    code(
        "E45001",
        "something of the extension is not healthy in the cluster",
        "see what: kubectl get pods,jobs,deployments,daemonsets,statefulsets -n azureml",
    ),
    code(
        "E45002",
        "the cluster has a Prometheus operator of its own, which conflicts with the extension's",
        "set `install_prom_op = false`",
    ),
    code(
        "E45003",
        "the cluster does not reach what the extension needs on the network",
        "open the outbound access that Azure Machine Learning needs on Kubernetes, and look at the \
         proxy that the cluster was connected with",
    ),
    code(
        "E45004",
        "the cluster role azureml-fe-role is there already and belongs to something else, mostly \
         to the inference of AKS before this extension",
        "remove that one first: kubectl delete clusterrole azureml-fe-role",
    ),
    code(
        "E45005",
        "the deployment azureml-fe is there already and belongs to something else, mostly to the \
         inference of AKS before this extension",
        "remove that one first: kubectl delete deployment azureml-fe",
    ),
    code(
        "E45006",
        "the instance types in the cluster could not be validated or changed",
        "look at them: kubectl get instancetypes",
    ),
    code(
        "E49999",
        "the health check itself broke down",
        "its log says more: kubectl logs healthcheck -n azureml",
    ),
    text(
        "name still in use",
        &["a name that is still in use"],
        "a Helm release of this name is in the cluster, of this extension or of something else",
        "if `helm list -Aa` shows another chart under it, choose another `name`; else wait for an \
         hour, until what goes on there has ended, and apply again",
    ),
    text(
        "Helm operation in progress",
        &["operation for the helm chart is still in progress"],
        "an earlier operation of Helm is not over in the cluster",
        "wait for an hour, until it has ended, and apply again",
    ),
    text(
        "namespace being terminated",
        &["namespace", "being terminated"],
        "an earlier removal of the extension is not over in the cluster",
        "wait until its namespace is gone, and apply again: kubectl get namespace azureml",
    ),
    text(
        "chart path not found",
        &["chart path not found"],
        "there is no such version of the extension in this release train",
        "look at `version` and `release_train`, or leave both out to have the latest",
    ),
    text(
        "invalid ownership metadata",
        &["invalid ownership metadata"],
        "the cluster holds an object, named above, that the extension would install too",
        "if something else needs it, turn the extension's own off (`install_volcano`, \
         `install_prom_op`); else delete it, or label and annotate it as Helm's",
    ),
    text(
        "Helm operation in progress",
        &["another operation (install/upgrade/rollback) is in progress"],
        "an earlier operation of Helm is not over in the cluster, or was broken off",
        "wait until it has ended, and apply again; see what it is with helm history -n azureml \
         <release>, and its release with helm list -n azureml --all",
    ),
    text(
        "resource already exists",
        &["resource already exists in your cluster"],
        "the cluster holds an object, named above, that the extension would install too",
        "if something else needs it, turn the extension's own off (`install_volcano`, \
         `install_prom_op`); else delete it",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn signs(message: &str) -> Vec<&'static str> {
        causes(message).into_iter().map(|cause| cause.sign).collect()
    }

    #[test]
    fn a_report_of_the_health_check_is_decoded() {
        let report = "Error: [ InnerError: [Helm installation failed: failed pre-install: pod \
                      healthcheck failed: Status: Failed Name: azureml-fe ErrorCode: E40002 \
                      ErrorMessage: INSUFFICIENT_NODE Status: Failed Name: prometheus ErrorCode: \
                      e45002]]";
        assert_eq!(signs(report), ["E40002", "E45002"]);
    }

    #[test]
    fn the_known_texts_of_helm_are_told_apart() {
        let cases = [
            ("Error: cannot re-use a name that is still in use", "name still in use"),
            (
                "Earlier operation for the helm chart is still in progress",
                "Helm operation in progress",
            ),
            (
                "UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
                "Helm operation in progress",
            ),
            (
                "InnerError [Resource already exists in your cluster: clusterrole volcano]",
                "resource already exists",
            ),
            (
                "unable to create new content in namespace azureml because it is being terminated",
                "namespace being terminated",
            ),
            ("failed in download the Chart path not found", "chart path not found"),
            (
                "CustomResourceDefinition \"jobs.batch.volcano.sh\" in namespace \"\" exists and \
                 cannot be imported into the current release: invalid ownership metadata",
                "invalid ownership metadata",
            ),
        ];
        for (message, sign) in cases {
            assert_eq!(signs(message), [sign], "{message}");
        }
    }

    #[test]
    fn nothing_is_read_into_other_messages() {
        for message in [
            "",
            "E4000",
            "E400011",
            "XE40001",
            "the operation is in progress",
            "code 45002",
            "activity 3f1c2d4e-e45001-4a5b-8c9d-e45001aa0000",
            "activity e40002e4-0000-4000-8000-0000e45002ab",
            "trace_e45001",
            "the pod is being terminated",
            "a namespace is terminated",
            "the name is still in use",
        ] {
            assert_eq!(signs(message), [""; 0], "{message}");
        }
    }

    #[test]
    fn each_cause_is_known_by_a_sign_of_its_own_and_is_a_sentence_without_its_ends() {
        let signs: BTreeSet<_> = CAUSES.iter().map(|it| (it.sign, it.parts)).collect();
        assert_eq!(signs.len(), CAUSES.len());
        for Cause { sign, parts, cause, fix } in CAUSES {
            assert!(parts.iter().all(|part| *part == part.to_lowercase()), "{sign}: {parts:?}");
            for text in [cause, fix] {
                assert!(text.starts_with(char::is_lowercase), "{sign}: {text}");
                assert!(!text.ends_with('.'), "{sign}: {text}");
            }
        }
    }
}
