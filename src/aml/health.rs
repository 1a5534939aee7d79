//! Why an installation failed: the codes of the extension's own health check and the texts of Helm
//! that are known, with what to do about each.
//!
//! The health check runs in the cluster before the extension is installed, changed and removed, and
//! its report comes back inside the service's message. Codes below E45000 stop the installation.
//! Source: Microsoft's page "Troubleshoot Azure Machine Learning extension".

/// A known reason of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The code of the health check, or the part of Helm's text by which it is known.
    pub sign: &'static str,
    /// What is wrong: a lower-case sentence without a full stop.
    pub cause: &'static str,
    /// What to do: a lower-case sentence without a full stop.
    pub fix: &'static str,
}

/// The reasons that a message of the service names, in the order of the table, each once.
pub fn causes(message: &str) -> Vec<&'static Cause> {
    let lower = message.to_lowercase();
    CAUSES.iter().filter(|known| lower.contains(&known.sign.to_lowercase())).collect()
}

const fn known(sign: &'static str, cause: &'static str, fix: &'static str) -> Cause {
    Cause { sign, cause, fix }
}

const CAUSES: &[Cause] = &[
    known(
        "E40000",
        "the health check met an error that it does not know",
        "its log says more: kubectl logs healthcheck -n azureml",
    ),
    known(
        "E40001",
        "the cluster has nothing that gives a service of type LoadBalancer an address",
        "set `inference_router_service_type` to \"nodePort\" or \"clusterIP\", or install a load \
         balancer in the cluster",
    ),
    known(
        "E40002",
        "too few nodes are healthy; high availability of the inference router needs three",
        "set `inference_router_ha = false`, add nodes, or see whether `node_selector` leaves out \
         too many",
    ),
    known(
        "E40003",
        "only AKS has the internal load balancer that is asked for",
        "leave out `internal_load_balancer_provider`",
    ),
    known(
        "E40004",
        "the deployment azureml-fe of the inference router is not there",
        "see what became of it: kubectl get events -n azureml --sort-by=.lastTimestamp",
    ),
    known(
        "E40005",
        "the replicas of the inference router did not come up in time",
        "see what they wait for, such as room on the nodes: kubectl describe pods -n azureml",
    ),
    known(
        "E40006",
        "the number of replicas of the inference router could not be changed",
        "see why: kubectl get events -n azureml --sort-by=.lastTimestamp",
    ),
    known(
        "E40007",
        "certificate and key of the inference router are not valid, or do not fit `ssl_cname`",
        "look at `ssl_cert_pem`, `ssl_key_pem` and `ssl_cname`, or at the secret that `ssl_secret` \
         names, which holds cert.pem and key.pem",
    ),
    known(
        "E45001",
        "something of the extension is not healthy in the cluster",
        "see what: kubectl get pods,jobs,deployments,daemonsets,statefulsets -n azureml",
    ),
    known(
        "E45002",
        "the cluster has a Prometheus operator of its own, which conflicts with the extension's",
        "set `install_prom_op = false`",
    ),
    known(
        "E45003",
        "the cluster does not reach what the extension needs on the network",
        "open the outbound access that Azure Machine Learning needs on Kubernetes, and look at the \
         proxy that the cluster was connected with",
    ),
    known(
        "E45004",
        "the cluster role azureml-fe-role is there already and belongs to something else, mostly \
         to the inference of AKS before this extension",
        "remove that one first: kubectl delete clusterrole azureml-fe-role",
    ),
    known(
        "E45005",
        "the deployment azureml-fe is there already and belongs to something else, mostly to the \
         inference of AKS before this extension",
        "remove that one first: kubectl delete deployment azureml-fe",
    ),
    known(
        "E45006",
        "the instance types in the cluster could not be validated or changed",
        "look at them: kubectl get instancetypes",
    ),
    known(
        "E49999",
        "the health check itself broke down",
        "its log says more: kubectl logs healthcheck -n azureml",
    ),
    known(
        "a name that is still in use",
        "a Helm release of this name is in the cluster, of this extension or of something else",
        "if `helm list -Aa` shows another chart under it, choose another `name`; else wait for an \
         hour, until what goes on there has ended, and apply again",
    ),
    known(
        "operation for the helm chart is still in progress",
        "an earlier operation of Helm is not over in the cluster",
        "wait for an hour, until it has ended, and apply again",
    ),
    known(
        "being terminated",
        "an earlier removal of the extension is not over in the cluster",
        "wait until its namespace is gone, and apply again: kubectl get namespace azureml",
    ),
    known(
        "chart path not found",
        "there is no such version of the extension in this release train",
        "look at `version` and `release_train`, or leave both out to have the latest",
    ),
    known(
        "invalid ownership metadata",
        "the cluster holds an object, named above, that the extension would install too",
        "if something else needs it, turn the extension's own off (`install_volcano`, \
         `install_prom_op`); else delete it, or label and annotate it as Helm's",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

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
            ("Error: cannot re-use a name that is still in use", "a name that is still in use"),
            (
                "Earlier operation for the helm chart is still in progress",
                "operation for the helm chart is still in progress",
            ),
            (
                "unable to create new content in namespace azureml because it is being terminated",
                "being terminated",
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
        for message in ["", "E4000", "the operation is in progress", "code 45002"] {
            assert_eq!(signs(message), [""; 0], "{message}");
        }
    }

    #[test]
    fn each_cause_is_known_by_a_sign_of_its_own_and_is_a_sentence_without_its_ends() {
        let signs: BTreeSet<_> = CAUSES.iter().map(|cause| cause.sign).collect();
        assert_eq!(signs.len(), CAUSES.len());
        for Cause { sign, cause, fix } in CAUSES {
            for text in [cause, fix] {
                assert!(text.starts_with(char::is_lowercase), "{sign}: {text}");
                assert!(!text.ends_with('.'), "{sign}: {text}");
            }
        }
    }
}
