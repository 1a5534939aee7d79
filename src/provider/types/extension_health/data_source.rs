//! `azureml_extension_health`: the pods of the extension and the report of its health check, looked up in
//! the cluster.

use aml::settings::RELEASE_NAMESPACE;
use azure::Id;
use azure::resource_types::canonicalize;
use framework::{
    Attr, AttrList, Attribute, DataSource, Diagnostics, Schema, flag, number, objects, text,
};
use kubernetes::health_report::{Check, StageReport};
use kubernetes::pod::Pod;
use kubernetes::readiness::{UnreadyPod, examine_pods};
use serde::{Deserialize, Serialize};
use vocabulary::to_sentence;

use crate::arm::ids;
use crate::cluster_access::{cluster_error, options, reach};
use crate::context::{AzureMl, Context};
use crate::explain::{Result, describe_checks};

const UNREADABLE: &str = "Health of the extension cannot be read";

/// The data source.
pub(crate) struct ExtensionHealthData;

impl DataSource for ExtensionHealthData {
    const NAME: &'static str = "extension_health";
    const GUIDE: &'static str = include_str!("guide.md");
    type Provider = AzureMl;
    type Model = Health;

    fn schema() -> Schema {
        Schema::new(
            "Looks up in a cluster whether the Azure Machine Learning extension runs: its pods, and \
             what its own health check found.",
        )
        .with(place())
        .with(findings())
        .with([pods(), checks()])
        .read_minutes(5)
    }

    fn validate(config: &Health, found: &mut Diagnostics) {
        ids::validate("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    }

    async fn read(context: &mut Context<'_>, config: Health) -> Result<Health> {
        let id = canonicalize(&ids::need("cluster_id", &config.cluster_id, &ids::CLUSTERS)?);
        let namespace = config.namespace.known().map_or(RELEASE_NAMESPACE, String::as_str);
        let reached = reach(context, &id).await?;
        let cluster = &reached.cluster;
        let pods = cluster.read_pods(namespace, options(context)).await;
        let pods = pods.map_err(|error| cluster_error(context, &reached, UNREADABLE, &error))?;
        let reports = cluster.read_health_report(namespace, options(context)).await;
        let reports =
            reports.map_err(|error| cluster_error(context, &reached, UNREADABLE, &error))?;
        Ok(health(config, &pods, &reports))
    }
}

// === schema ===

fn place() -> [Attribute; 2] {
    [
        text("cluster_id").required().semantic_equality::<Id>().help(
            "ARM ID of the cluster: an Arc connected cluster, for which the provider needs the block \
             `kubernetes`, or an AKS cluster.",
        ),
        text("namespace")
            .optional()
            .help("Namespace of the extension's release. Defaults to `azureml`."),
    ]
}

fn findings() -> [Attribute; 2] {
    [
        flag("ready").computed().help(
            "Whether there are pods and all of them run or have finished. Pods of jobs do not \
             count, and no pod at all is not ready.",
        ),
        text("summary").computed().service_words().help(
            "How many pods are ready, why the others are not, and the checks that failed with \
             cause and fix: a text for an `error_message`.",
        ),
    ]
}

fn pods() -> Attribute {
    let attributes = [
        text("name").computed().help("Name."),
        text("phase").computed().help("`Pending`, `Running`, `Succeeded`, `Failed` or `Unknown`."),
        flag("ready").computed().help("Whether it runs and is ready, or has finished."),
        number("restarts")
            .computed()
            .help("How often its containers were restarted, all together."),
        text("reason").computed().help(
            "Why it is not ready, such as `Unschedulable`, `CrashLoopBackOff` or \
             `ImagePullBackOff`. Null if it is.",
        ),
        text("message").computed().service_words().help("What the cluster says about the reason."),
    ];
    objects("pods", attributes).computed().help("The extension's pods, by name.")
}

fn checks() -> Attribute {
    let attributes = [
        text("stage").computed().help(
            "When the check ran: `pre-install`, `pre-upgrade`, `pre-rollback`, `pre-delete` or \
             `test`.",
        ),
        text("name").computed().help("What was checked, such as `azureml-fe`."),
        text("status").computed().help("`Passed` or `Failed`."),
        text("code").computed().help(
            "Error code, such as `E40002`. Codes below `E45000` end the installation. Null if the \
             check passed.",
        ),
        text("message").computed().service_words().help(
            "What the check says; of a report in another form, which has no other attribute, all \
             of it.",
        ),
        text("cause").computed().help("What is known to cause the code."),
        text("fix").computed().help("What to do about it."),
    ];
    objects("checks", attributes).computed().help(
        "What the extension's health check found, from the config map `arcml-healthcheck`, stage by \
         stage. Stages of earlier operations stay in it. Empty: there is no report.",
    )
}

// === model ===

/// How the extension is: one field per attribute of the schema.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Health {
    cluster_id: Attr<String>,
    namespace: Attr<String>,
    ready: Attr<bool>,
    summary: Attr<String>,
    pods: AttrList<PodHealth>,
    checks: AttrList<CheckResult>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct PodHealth {
    name: Attr<String>,
    phase: Attr<String>,
    ready: Attr<bool>,
    restarts: Attr<i64>,
    reason: Attr<String>,
    message: Attr<String>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct CheckResult {
    stage: Attr<String>,
    name: Attr<String>,
    status: Attr<String>,
    code: Attr<String>,
    message: Attr<String>,
    cause: Attr<String>,
    fix: Attr<String>,
}

fn health(config: Health, pods: &[Pod], reports: &[StageReport]) -> Health {
    let mut examined = examine_pods(pods);
    examined.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
    let unready: Vec<&UnreadyPod> =
        examined.iter().filter_map(|(_, unready)| unready.as_ref()).collect();
    Health {
        ready: (!examined.is_empty() && unready.is_empty()).into(),
        summary: summary(examined.len(), &unready, reports).into(),
        pods: examined.iter().map(|(pod, unready)| pod_health(pod, unready.as_ref())).collect(),
        checks: reports.iter().flat_map(check_results).collect(),
        ..config
    }
}

fn summary(total: usize, unready: &[&UnreadyPod], reports: &[StageReport]) -> String {
    let pods = match total {
        0 => "No pod of the extension is there.".to_owned(),
        total => {
            let ready = format!("{} of {total} pods are ready.", total - unready.len());
            let lines = unready.iter().map(ToString::to_string);
            [ready].into_iter().chain(lines).collect::<Vec<_>>().join("\n")
        }
    };
    let checks = reports.iter().flat_map(|report| &report.checks);
    let failed: Vec<&Check> = checks.filter(|check| !check.has_passed).collect();
    [pods].into_iter().chain(describe_checks(&failed)).collect::<Vec<_>>().join("\n\n")
}

fn pod_health(pod: &Pod, unready: Option<&UnreadyPod>) -> PodHealth {
    let restarts: u32 = pod.containers.iter().map(|container| container.restarts).sum();
    PodHealth {
        name: pod.name.clone().into(),
        phase: pod.phase.clone().into(),
        ready: unready.is_none().into(),
        restarts: i64::from(restarts).into(),
        reason: unready.and_then(|unready| given(&unready.reason.reason)).into(),
        message: unready.and_then(|unready| given(&unready.reason.message)).into(),
    }
}

fn check_results(report: &StageReport) -> Vec<CheckResult> {
    let stage: Attr<String> = report.stage.name().to_owned().into();
    if report.checks.is_empty() {
        let message = given(&report.text).into();
        return vec![CheckResult { stage, message, ..CheckResult::default() }];
    }
    let result = |check: &Check| CheckResult {
        stage: stage.clone(),
        name: given(&check.name).into(),
        status: if check.has_passed { "Passed" } else { "Failed" }.into(),
        code: check.error_code.clone().into(),
        message: given(&check.message).into(),
        cause: check.cause().map(|known| to_sentence(known.cause)).into(),
        fix: check.cause().map(|known| to_sentence(known.fix)).into(),
    };
    report.checks.iter().map(result).collect()
}

/// The cluster leaves empty what it does not say.
fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
