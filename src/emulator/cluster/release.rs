//! A release of the extension: what an operation on the extension does in the cluster, and when.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::faults::{Effect, Failure, HealthCheck};
use crate::names::{AZUREML_EXTENSION, error_code, property, state};
use crate::store::Operation;

/// The namespace, unless the body names another.
const NAMESPACE: &str = "azureml";

#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// The extension's.
    pub(super) id: String,
    /// The extension's name, which is the release's.
    pub(super) name: String,
    pub(super) namespace: String,
    /// On a connected cluster, and not on a managed one.
    pub(super) on_arc: bool,
    settings: Value,
    /// Under which hook of Helm the health check reports; `None` uninstalls the release.
    pub(super) hook: Option<&'static str>,
    /// The lines of the health report about what was found.
    pub(super) findings: Vec<String>,
    pub(super) fails: bool,
    /// Between the end of the operation and pods that are ready.
    pods_delay: Duration,
    /// Merged into the status of each pod in the end.
    pub(super) pod_status: Value,
    pub(super) starts_at: Instant,
    /// `None`: never.
    pub(super) ends_at: Option<Instant>,
}

/// A part of what a release does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The namespace, the health report, and pods that wait.
    Begin,
    /// The definitions of custom resources, and pods on nodes.
    Place,
    /// Pods that are ready.
    Finish,
    Uninstall,
}

impl Release {
    /// `None` where the operation is about no extension of Azure Machine Learning, or where the
    /// agents, who would do it, do not answer.
    pub(crate) fn new(object: &Value, operation: &Operation, effect: &Effect) -> Option<Self> {
        let properties = &object["properties"];
        let is_deaf = |it: &Failure| it.code == error_code::EXTENSION_CREATION_FAILED;
        if properties[property::EXTENSION_TYPE] != AZUREML_EXTENSION
            || operation.failure.as_ref().is_some_and(is_deaf)
        {
            return None;
        }
        let hook = match operation.running_status {
            state::CREATING => Some("pre-install"),
            state::UPDATING => Some("pre-upgrade"),
            _ => None,
        };
        let failed_check = operation.failure.as_ref().and_then(|it| failed_check(&it.message));
        let scripted = effect.health_check.as_ref().map(HealthCheck::report_line);
        let namespace = &properties["scope"]["cluster"]["releaseNamespace"];
        Some(Self {
            id: operation.target.clone(),
            name: object["name"].as_str()?.to_owned(),
            namespace: namespace.as_str().unwrap_or(NAMESPACE).to_owned(),
            on_arc: operation.target.contains("/connectedclusters/"),
            settings: properties[property::CONFIGURATION_SETTINGS].clone(),
            hook,
            findings: failed_check.or(scripted).into_iter().collect(),
            fails: operation.failure.is_some(),
            pods_delay: Duration::from_millis(effect.pods_delay_ms),
            pod_status: effect.pod_status.clone(),
            starts_at: operation.started_at,
            ends_at: operation.ends_at,
        })
    }

    pub(super) fn stages(&self) -> Vec<(Instant, Stage)> {
        let end = self.ends_at;
        let half = end.map(|end| self.starts_at + (end - self.starts_at) / 2);
        if self.hook.is_none() {
            return end.map(|end| (end, Stage::Uninstall)).into_iter().collect();
        }
        let mut stages = vec![(self.starts_at, Stage::Begin)];
        if !self.fails {
            stages.extend(half.map(|half| (half, Stage::Place)));
            stages.extend(end.map(|end| (end + self.pods_delay, Stage::Finish)));
        }
        stages
    }

    fn is_on(&self, key: &str, by_default: bool) -> bool {
        self.settings[key].as_str().map_or(by_default, |it| it.eq_ignore_ascii_case("true"))
    }

    /// What is installed, a pod each, by the settings.
    pub(super) fn components(&self) -> Vec<String> {
        let training = self.is_on("enableTraining", false);
        let inference = self.is_on("enableInference", false);
        let parts: [(bool, &[&str]); 8] = [
            (self.on_arc, &["relayserver"]),
            (true, &["gateway"]),
            (training, &["aml-operator", "metrics-controller-manager"]),
            (
                training && self.is_on("installVolcano", true),
                &["volcano-admission", "volcano-controllers", "volcano-scheduler"],
            ),
            (
                inference,
                &[
                    "amlarc-identity-controller",
                    "amlarc-identity-proxy",
                    "azureml-fe-v2",
                    "inference-operator-controller-manager",
                ],
            ),
            (
                inference && self.is_on("nginxIngress.enabled", !self.on_arc),
                &["azureml-ingress-nginx-controller"],
            ),
            (self.is_on("installPromOp", true), &["prometheus-prom-prometheus-0"]),
            (self.is_on("installNvidiaDevicePlugin", false), &["nvidia-device-plugin-daemonset"]),
        ];
        let named: [(bool, &[&str]); 2] = [
            (self.is_on("installPromOp", true), &["kube-state-metrics", "prometheus-operator"]),
            (self.is_on("installDcgmExporter", false), &["dcgm-exporter"]),
        ];
        let chosen = |parts: &[(bool, &[&'static str])]| -> Vec<&str> {
            parts
                .iter()
                .filter(|(on, _)| *on)
                .flat_map(|(_, names)| names.iter().copied())
                .collect()
        };
        let named = chosen(&named).into_iter().map(|part| format!("{}-{part}", self.name));
        chosen(&parts).into_iter().map(str::to_owned).chain(named).collect()
    }

    /// The labels that a node must have.
    pub(super) fn node_selector(&self) -> Value {
        let settings = self.settings.as_object().into_iter().flatten();
        let labels = settings.filter_map(|(key, value)| {
            let label = key.strip_prefix("nodeSelector.")?.replace('\\', "");
            Some((label, value.clone()))
        });
        labels.collect()
    }

    /// The config map of the health check, less what it says of other hooks.
    pub(super) fn report(&self) -> Value {
        let distribution = if self.on_arc { "k3s" } else { "aks" };
        let passed = "Status: Passed Name: configuration ErrorCode: ErrorMessage: ".to_owned();
        let head = [
            format!("CorrelationId: {}", uuid::Uuid::new_v4()),
            format!("K8sDistribution: {distribution}"),
        ];
        let lines: Vec<_> = if self.findings.is_empty() {
            head.into_iter().chain([passed]).collect()
        } else {
            head.into_iter().chain(self.findings.iter().cloned()).collect()
        };
        let key = format!("reports-{}", self.hook.unwrap_or_default());
        json!({"data": {key: lines.join("\n")}})
    }
}

/// The line of the health report that a failure quotes.
fn failed_check(message: &str) -> Option<String> {
    let from = message.find("Status: Failed ")?;
    let line = message.get(from..)?;
    Some(line.split("]]").next().unwrap_or(line).to_owned())
}
