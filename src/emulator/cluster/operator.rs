//! Plays the agents and the operator of Azure Machine Learning in a cluster.

use std::error::Error;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep_until};

use super::api::Client;
use super::kubeconfig::Kubeconfig;
use super::objects::{self, RELEASE_LABEL};
use super::release::{Release, Stage};
use crate::store::merge;

/// Until what failed is tried again.
const PAUSE: Duration = Duration::from_secs(1);

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const HEALTH_REPORT: &str = "arcml-healthcheck";

type Failed = Box<dyn Error + Send + Sync>;

/// The operator, which ends when this is dropped.
#[derive(Clone, Debug)]
pub(crate) struct OperatorHandle(mpsc::UnboundedSender<Command>);

#[derive(Debug)]
enum Command {
    Add(Box<Release>),
    /// Everything becomes due.
    Hurry,
    /// Answers when nothing is due, or with what failed.
    Settle(oneshot::Sender<Result<(), String>>),
}

struct Operator {
    client: Client,
    /// Whether the definition of instance types takes anything.
    lax: bool,
    stages: Vec<(Instant, Stage, Release)>,
}

impl OperatorHandle {
    pub(crate) fn start(kubeconfig: Kubeconfig, lax: bool) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let operator = Operator { client: Client::new(kubeconfig), lax, stages: Vec::new() };
        tokio::spawn(operator.run(receiver));
        Self(sender)
    }

    pub(crate) fn add(&self, release: Release) {
        self.send(Command::Add(Box::new(release)));
    }

    pub(crate) fn hurry(&self) {
        self.send(Command::Hurry);
    }

    /// Waits until all is done that is due.
    pub(crate) async fn settle(&self) -> Result<(), String> {
        let (answer, settled) = oneshot::channel();
        self.send(Command::Settle(answer));
        settled.await.unwrap_or_else(|_| Err("the operator has ended".to_owned()))
    }

    fn send(&self, command: Command) {
        // An operator that has ended says so when it shall settle.
        let _ = self.0.send(command);
    }
}

impl Operator {
    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        loop {
            let next = self.stages.iter().map(|(due, ..)| *due).min();
            let wait = async {
                match next {
                    Some(due) => sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                command = commands.recv() => match command {
                    None => return,
                    Some(command) => self.obey(command).await,
                },
                // Whoever settles hears of a failure.
                () = wait => {
                    let _ = self.run_due().await;
                }
            }
        }
    }

    async fn obey(&mut self, command: Command) {
        match command {
            Command::Add(release) => {
                // A release that changes again, or goes, is not finished before.
                self.stages.retain(|(.., other)| other.id != release.id);
                for (due, stage) in release.stages() {
                    self.stages.push((due, stage, (*release).clone()));
                }
            }
            Command::Hurry => {
                let now = Instant::now();
                self.stages.iter_mut().for_each(|(due, ..)| *due = now);
            }
            // Nobody listens where the request was given up.
            Command::Settle(answer) => {
                let _ = answer.send(self.run_due().await);
            }
        }
    }

    /// Does in their order what is due. What fails is tried again later, and before what follows it.
    async fn run_due(&mut self) -> Result<(), String> {
        while let Some(next) = self.find_due() {
            let (_, stage, release) = self.stages[next].clone();
            if let Err(error) = self.run_stage(stage, &release).await {
                let later = Instant::now() + PAUSE;
                let stages = self.stages.iter_mut().filter(|(.., other)| other.id == release.id);
                stages.for_each(|(due, ..)| *due = later.max(*due));
                return Err(format!("the cluster of --kubeconfig: {error}"));
            }
            self.stages.remove(next);
        }
        Ok(())
    }

    /// The first of the stages that are due.
    fn find_due(&self) -> Option<usize> {
        let earliest = self.stages.iter().enumerate().min_by_key(|(_, (due, ..))| *due)?;
        let (index, (due, ..)) = earliest;
        (*due <= Instant::now()).then_some(index)
    }

    async fn run_stage(&mut self, stage: Stage, release: &Release) -> Result<(), Failed> {
        match stage {
            Stage::Begin => self.begin(release).await,
            Stage::Place => self.place(release).await,
            Stage::Finish => self.finish(release).await,
            Stage::Uninstall => self.uninstall(release).await,
        }
    }

    async fn begin(&mut self, release: &Release) -> Result<(), Failed> {
        let namespace = json!({"metadata": {"name": release.namespace}});
        self.client.create("/api/v1/namespaces", &namespace).await?;
        let maps = format!("{}/configmaps", path(release));
        let map = json!({"metadata": {"name": HEALTH_REPORT}});
        self.client.create(&maps, &map).await?;
        self.client.merge(&format!("{maps}/{HEALTH_REPORT}"), &release.report()).await?;
        if release.fails {
            return Ok(());
        }
        let (wanted, pods) = (release.components(), self.pods(release).await?);
        for pod in pods.iter().filter(|pod| !wanted.iter().any(|it| it == objects::component(pod)))
        {
            self.client.delete(&pod_path(release, objects::component(pod))).await?;
        }
        for component in wanted {
            let pod = objects::pod(release, &component);
            self.client.create(&format!("{}/pods", path(release)), &pod).await?;
        }
        Ok(())
    }

    async fn place(&mut self, release: &Release) -> Result<(), Failed> {
        for definition in objects::definitions(self.lax) {
            self.client.create(DEFINITIONS, &definition).await?;
        }
        let nodes = self.client.list("/api/v1/nodes").await?;
        let node = nodes.iter().find(|node| objects::takes_pods(node, release));
        for pod in self.pods(release).await? {
            if pod["spec"]["nodeName"].is_string() {
                continue;
            }
            let component = objects::component(&pod);
            let at = pod_path(release, component);
            let status = match node {
                None => objects::unschedulable(nodes.len()),
                Some(node) => {
                    let name = &node["metadata"]["name"];
                    let binding = json!({
                        "metadata": {"name": pod["metadata"]["name"]},
                        "target": {"kind": "Node", "name": name},
                    });
                    self.client.create(&format!("{at}/binding"), &binding).await?;
                    objects::placed(component, false)
                }
            };
            self.client.merge(&format!("{at}/status"), &json!({"status": status})).await?;
        }
        Ok(())
    }

    async fn finish(&mut self, release: &Release) -> Result<(), Failed> {
        for pod in self.pods(release).await? {
            if !pod["spec"]["nodeName"].is_string() {
                continue;
            }
            let component = objects::component(&pod);
            let mut status = objects::placed(component, true);
            if !release.pod_status.is_null() {
                merge(&mut status, &release.pod_status);
            }
            for container in status["containerStatuses"].as_array_mut().into_iter().flatten() {
                container["name"] = json!(component);
            }
            let at = format!("{}/status", pod_path(release, component));
            self.client.merge(&at, &json!({"status": status})).await?;
        }
        Ok(())
    }

    /// The namespace stays, as Helm leaves it, and so do the definitions with their objects.
    async fn uninstall(&mut self, release: &Release) -> Result<(), Failed> {
        for pod in self.pods(release).await? {
            self.client.delete(&pod_path(release, objects::component(&pod))).await?;
        }
        self.client.delete(&format!("{}/configmaps/{HEALTH_REPORT}", path(release))).await
    }

    async fn pods(&mut self, release: &Release) -> Result<Vec<Value>, Failed> {
        let label = format!("{}%3D{}", RELEASE_LABEL.replace('/', "%2F"), release.name);
        self.client.list(&format!("{}/pods?labelSelector={label}", path(release))).await
    }
}

fn path(release: &Release) -> String {
    format!("/api/v1/namespaces/{}", release.namespace)
}

fn pod_path(release: &Release, component: &str) -> String {
    format!("{}/pods/{}", path(release), objects::pod_name(component))
}
