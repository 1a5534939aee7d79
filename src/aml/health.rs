//! Why an installation failed: the known error codes of the extension's health check and the known
//! error texts of Helm, with the fix for each.
//!
//! The health check runs in the cluster before the extension is installed, changed and removed, and
//! its report comes back inside the service's message. Codes below E45000 stop the installation.
//! Source: Microsoft's page "Troubleshoot Azure Machine Learning extension".

use std::collections::BTreeSet;

/// A known reason of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The error code of the health check, or a short name of Helm's error.
    pub symptom: &'static str,
    /// Lower-case texts that the message must all contain. Empty: the message must contain the
    /// `symptom` as a whole word.
    parts: &'static [&'static str],
    /// What is wrong: a lower-case sentence without a full stop.
    pub cause: &'static str,
    /// What to do: a lower-case sentence without a full stop.
    pub fix: &'static str,
}

/// Codes of the health check below this one end the operation.
const FIRST_PASSING_CODE: u32 = 45_000;

/// Whether a check that failed with this code ends the operation. `None`: it is no such code.
pub fn ends_operation(code: &str) -> Option<bool> {
    let number: u32 = code.strip_prefix(['E', 'e'])?.parse().ok()?;
    Some(number < FIRST_PASSING_CODE)
}

/// All known causes, in the order of their codes, those that Helm's errors have last.
pub fn causes() -> &'static [Cause] {
    CAUSES
}

impl Cause {
    /// The lower-case texts by which it is known; empty where its code tells.
    pub fn parts(&self) -> &'static [&'static str] {
        self.parts
    }
}

/// Finds the known causes in a message of the service, in the order of the table, each once.
pub fn find_causes(message: &str) -> Vec<&'static Cause> {
    let text = message.to_lowercase();
    // Whole words, since a GUID may contain a code.
    let words: BTreeSet<_> =
        text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).collect();
    let is_there = |known: &&Cause| match known.parts {
        [] => words.contains(&*known.symptom.to_lowercase()),
        parts => parts.iter().all(|part| text.contains(part)),
    };
    CAUSES.iter().filter(is_there).collect()
}

const fn by_code(symptom: &'static str, cause: &'static str, fix: &'static str) -> Cause {
    Cause { symptom, parts: &[], cause, fix }
}

const fn by_text(
    symptom: &'static str, parts: &'static [&'static str], cause: &'static str, fix: &'static str,
) -> Cause {
    Cause { symptom, parts, cause, fix }
}

const CAUSES: &[Cause] = &[
    by_code(
        "E40000",
        "the health check met an error that it has no code for",
        "read its log: kubectl logs healthcheck -n azureml",
    ),
    by_code(
        "E40001",
        "the cluster has nothing that gives a service of type LoadBalancer an address",
        "set `inference_router_service_type` to \"nodePort\" or \"clusterIP\", or install a load \
         balancer in the cluster",
    ),
    by_code(
        "E40002",
        "too few nodes are healthy; high availability of the inference router needs three",
        "set `inference_router_ha = false`, add nodes, or see whether `node_selector` leaves out \
         too many",
    ),
    by_code(
        "E40003",
        "an internal load balancer is set, which only AKS supports",
        "leave out `internal_load_balancer_provider`",
    ),
    by_code(
        "E40004",
        "the inference router's deployment, azureml-fe, does not exist",
        "look for the reason in the events: kubectl get events -n azureml --sort-by=.lastTimestamp",
    ),
    by_code(
        "E40005",
        "the replicas of the inference router did not come up in time",
        "see what they wait for, such as free capacity: kubectl describe pods -n azureml",
    ),
    by_code(
        "E40006",
        "the number of replicas of the inference router could not be changed",
        "look for the reason in the events: kubectl get events -n azureml --sort-by=.lastTimestamp",
    ),
    by_code(
        "E40007",
        "certificate and key of the inference router are not valid, or do not fit `ssl_cname`",
        "look at `ssl_cert_pem`, `ssl_key_pem` and `ssl_cname`, or at the secret that `ssl_secret` \
         names, which holds cert.pem and key.pem",
    ),
    by_code(
        "E45001",
        "a component of the extension is not healthy in the cluster",
        "see which one: kubectl get pods,jobs,deployments,daemonsets,statefulsets -n azureml",
    ),
    by_code(
        "E45002",
        "the cluster has a Prometheus operator of its own, which conflicts with the extension's",
        "set `install_prom_op = false`",
    ),
    by_code(
        "E45003",
        "the cluster cannot reach network endpoints that the extension needs",
        "open the outbound access that Azure Machine Learning needs on Kubernetes, and look at the \
         proxy that the cluster was connected with",
    ),
    by_code(
        "E45004",
        "the cluster role azureml-fe-role already exists and was not created by this extension, \
         but mostly by the older inference on AKS",
        "delete it if nothing uses it: kubectl delete clusterrole azureml-fe-role",
    ),
    by_code(
        "E45005",
        "the deployment azureml-fe already exists and was not created by this extension, but \
         mostly by the older inference on AKS",
        "delete it if nothing uses it: kubectl delete deployment azureml-fe",
    ),
    by_code(
        "E45006",
        "the instance types in the cluster could not be validated or changed",
        "check them: kubectl get instancetypes",
    ),
    by_code(
        "E49999",
        "the health check itself failed",
        "read its log: kubectl logs healthcheck -n azureml",
    ),
    by_text(
        "name still in use",
        &["a name that is still in use"],
        "a Helm release of this name is in the cluster, of this extension or of something else",
        "if `helm list -Aa` shows another chart under it, choose another `name`; else wait for an \
         hour, until what goes on there has ended, and apply again",
    ),
    by_text(
        "Helm operation in progress",
        &["operation for the helm chart is still in progress"],
        "an earlier operation of Helm is not over in the cluster",
        "wait for an hour, until it has ended, and apply again",
    ),
    by_text(
        "namespace being terminated",
        &["namespace", "being terminated"],
        "an earlier removal of the extension is not over in the cluster",
        "wait until its namespace is gone, and apply again: kubectl get namespace azureml",
    ),
    by_text(
        "chart path not found",
        &["chart path not found"],
        "there is no such version of the extension in this release train",
        "look at `version` and `release_train`, or leave both out to have the latest",
    ),
    by_text(
        "invalid ownership metadata",
        &["invalid ownership metadata"],
        "the cluster holds an object, named above, that the extension would install too",
        "if something else needs it, turn the extension's own off (`install_volcano`, \
         `install_prom_op`); else delete it, or label and annotate it as Helm's",
    ),
    by_text(
        "Helm operation in progress",
        &["another operation (install/upgrade/rollback) is in progress"],
        "an earlier operation of Helm is not over in the cluster, or was broken off",
        "wait until it has ended, and apply again; see what it is with helm history -n azureml \
         <release>, and its release with helm list -n azureml --all",
    ),
    by_text(
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

    fn symptoms(message: &str) -> Vec<&'static str> {
        find_causes(message).into_iter().map(|cause| cause.symptom).collect()
    }

    #[test]
    fn a_report_of_the_health_check_is_decoded() {
        let report = "Error: [ InnerError: [Helm installation failed: failed pre-install: pod \
                      healthcheck failed: Status: Failed Name: azureml-fe ErrorCode: E40002 \
                      ErrorMessage: INSUFFICIENT_NODE Status: Failed Name: prometheus ErrorCode: \
                      e45002]]";
        assert_eq!(symptoms(report), ["E40002", "E45002"]);
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
        for (message, symptom) in cases {
            assert_eq!(symptoms(message), [symptom], "{message}");
        }
    }

    #[test]
    fn a_code_tells_whether_it_ends_the_operation() {
        for (code, expected) in [
            ("E40007", Some(true)),
            ("E44999", Some(true)),
            ("E45000", Some(false)),
            ("e49999", Some(false)),
            ("E", None),
            ("ü", None),
            ("name still in use", None),
        ] {
            assert_eq!(ends_operation(code), expected, "{code}");
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
            assert_eq!(symptoms(message), [""; 0], "{message}");
        }
    }

    #[test]
    fn each_cause_is_known_by_a_sign_of_its_own_and_is_a_sentence_without_its_ends() {
        let symptoms: BTreeSet<_> = CAUSES.iter().map(|it| (it.symptom, it.parts)).collect();
        assert_eq!(symptoms.len(), CAUSES.len());
        for Cause { symptom, parts, cause, fix } in CAUSES {
            assert!(parts.iter().all(|part| *part == part.to_lowercase()), "{symptom}: {parts:?}");
            for text in [cause, fix] {
                assert!(text.starts_with(char::is_lowercase), "{symptom}: {text}");
                assert!(!text.ends_with('.'), "{symptom}: {text}");
            }
        }
    }
}
