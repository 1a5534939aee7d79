//! What is read of a cluster as a whole, page by page: what is not looked at is dropped with its page.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::call_options::CallOptions;
use crate::capacity::Usage;
use crate::cluster::{Cluster, ListQuery, Lookup};
use crate::error::Error;
use crate::health_report::{self, CONFIG_MAPS, StageReport};
use crate::inventory::Controller;
use crate::node::Node;
use crate::pod::Pod;
use crate::readiness::PodEvent;
use crate::resource_type::ResourceType;

/// A node is several times as large as a pod: it lists its images.
const NODES_PER_PAGE: u32 = 25;
const PODS_PER_PAGE: u32 = 75;
/// How many events of one pod are looked at.
const EVENTS_PER_POD: u32 = 50;
/// How many of them are shown.
const EVENTS_SHOWN: usize = 3;

const DAEMON_SETS: ResourceType = ResourceType::new("apps", "v1", "DaemonSet", "daemonsets");
const DEPLOYMENTS: ResourceType = ResourceType::new("apps", "v1", "Deployment", "deployments");
const EVENTS: ResourceType = ResourceType::new("", "v1", "Event", "events");

impl Cluster {
    /// All nodes.
    pub async fn read_nodes(&self, options: CallOptions<'_>) -> Result<Vec<Node>, Error> {
        let query = ListQuery { page_size: NODES_PER_PAGE, ..ListQuery::default() };
        Ok(self.list(&ResourceType::NODES, query, options).await?.unwrap_or_default())
    }

    /// All nodes, each with these labels alone and those that name its pool: in a large cluster, the
    /// others take more memory than all the rest.
    pub async fn read_nodes_with_labels(
        &self, keys: &BTreeSet<String>, options: CallOptions<'_>,
    ) -> Result<Vec<Node>, Error> {
        let query = ListQuery { page_size: NODES_PER_PAGE, ..ListQuery::default() };
        let add = |all: &mut Vec<Node>, node: Node| all.push(node.with_labels(keys));
        let found = self.fold_list(&ResourceType::NODES, query, options, add).await?;
        Ok(found.unwrap_or_default())
    }

    /// The pods of a namespace.
    pub async fn read_pods(
        &self, namespace: &str, options: CallOptions<'_>,
    ) -> Result<Vec<Pod>, Error> {
        let query = pods(Some(namespace));
        Ok(self.list(&ResourceType::PODS, query, options).await?.unwrap_or_default())
    }

    /// What the pods of all namespaces take of the nodes. No pod is kept.
    pub async fn read_usage(&self, options: CallOptions<'_>) -> Result<Usage, Error> {
        let add = |usage: &mut Usage, pod: Pod| usage.add(&pod);
        let found = self.fold_list(&ResourceType::PODS, pods(None), options, add).await?;
        Ok(found.unwrap_or_default())
    }

    /// The deployments and daemon sets of all namespaces that are components known to this crate.
    pub async fn read_components(
        &self, options: CallOptions<'_>,
    ) -> Result<Vec<Controller>, Error> {
        let add = |known: &mut Vec<Controller>, controller: Controller| {
            if controller.component().is_some() {
                known.push(controller);
            }
        };
        let mut all = Vec::new();
        for resource in [&DAEMON_SETS, &DEPLOYMENTS] {
            let found = self.fold_list(resource, ListQuery::default(), options, add).await?;
            all.extend(found.unwrap_or_default());
        }
        Ok(all)
    }

    /// The newest of what happened to a pod, newest last.
    pub async fn read_pod_events(
        &self, namespace: &str, uid: &str, options: CallOptions<'_>,
    ) -> Result<Vec<PodEvent>, Error> {
        let fields = format!("involvedObject.kind=Pod,involvedObject.uid={uid}");
        let query = ListQuery {
            namespace: Some(namespace),
            fields: Some(&fields),
            page_size: EVENTS_PER_POD,
            ..ListQuery::default()
        };
        let events: Option<Vec<Event>> = self.list(&EVENTS, query, options).await?;
        let mut events = events.unwrap_or_default();
        events.sort_by(|one, other| one.last_seen().cmp(other.last_seen()));
        let shown = events.len().saturating_sub(EVENTS_SHOWN);
        Ok(events.into_iter().skip(shown).map(PodEvent::from).collect())
    }

    /// The report of the extension's health check. Empty: it left none.
    pub async fn read_health_report(
        &self, namespace: &str, options: CallOptions<'_>,
    ) -> Result<Vec<StageReport>, Error> {
        for name in CONFIG_MAPS {
            let found =
                self.get(&ResourceType::CONFIG_MAPS, Some(namespace), name, options).await?;
            if let Lookup::Found(config_map) = found {
                return Ok(health_report::read(&texts(&config_map["data"])));
            }
        }
        Ok(Vec::new())
    }
}

fn pods(namespace: Option<&str>) -> ListQuery<'_> {
    ListQuery { namespace, page_size: PODS_PER_PAGE, ..ListQuery::default() }
}

fn texts(map: &Value) -> BTreeMap<String, String> {
    let entries = map.as_object().into_iter().flatten();
    entries.filter_map(|(key, text)| Some((key.clone(), text.as_str()?.to_owned()))).collect()
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Event {
    reason: String,
    message: String,
    last_timestamp: Option<String>,
    #[serde(rename = "eventTime")]
    only_time: Option<String>,
}

impl Event {
    /// Times of one form sort as texts.
    fn last_seen(&self) -> &str {
        self.last_timestamp.as_deref().or(self.only_time.as_deref()).unwrap_or_default()
    }
}

impl From<Event> for PodEvent {
    fn from(event: Event) -> PodEvent {
        let reason = crate::pod::Reason::new(event.reason, event.message);
        PodEvent { reason: reason.reason, message: reason.message }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::error::Error;
    use crate::scripted_cluster::{Reply, ScriptedCluster, status, unhurried};

    #[tokio::test(start_paused = true)]
    async fn nodes_and_pods_come_in_pages_of_their_own_size() {
        let cluster = ScriptedCluster::new(|seen, _| {
            let is_last = seen.path.contains("continue=");
            let pod = json!({ "metadata": { "name": "p" }, "spec": { "nodeName": "n" } });
            page(&[pod.clone(), pod], if is_last { "" } else { "next" })
        });
        unhurried(async |options| {
            assert_eq!(cluster.cluster.read_nodes(options).await.unwrap().len(), 4);
            assert_eq!(cluster.cluster.read_pods("azureml", options).await.unwrap().len(), 4);
            let usage = cluster.cluster.read_usage(options).await.unwrap();
            assert_eq!(usage.pods("n").as_str(), "4");
        })
        .await;
        let expected = [
            "GET /api/v1/nodes?&limit=25",
            "GET /api/v1/nodes?&limit=25&continue=next",
            "GET /api/v1/namespaces/azureml/pods?&limit=75",
            "GET /api/v1/namespaces/azureml/pods?&limit=75&continue=next",
            "GET /api/v1/pods?&limit=75",
            "GET /api/v1/pods?&limit=75&continue=next",
        ];
        assert_eq!(cluster.lines(), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn only_known_components_are_kept() {
        let cluster = ScriptedCluster::new(|seen, _| {
            let names = if seen.path.contains("daemonsets") {
                ["nvidia-device-plugin", "kube-proxy"]
            } else {
                ["volcano-scheduler", "coredns"]
            };
            page(&names.map(|name| json!({ "metadata": { "namespace": "x", "name": name } })), "")
        });
        let found = unhurried(async |options| cluster.cluster.read_components(options).await).await;
        let names: Vec<_> = found.unwrap().into_iter().map(|it| it.name).collect();
        assert_eq!(names, ["nvidia-device-plugin", "volcano-scheduler"]);
    }

    #[tokio::test(start_paused = true)]
    async fn the_newest_events_of_a_pod_are_shown() {
        let event = |reason: &str, time: &str| json!({ "reason": reason, "message": "m", "lastTimestamp": time });
        let events = [
            event("d", "2026-01-01T00:00:04Z"),
            event("a", "2026-01-01T00:00:01Z"),
            json!({ "reason": "c", "message": "m", "lastTimestamp": null, "eventTime": "2026-01-01T00:00:03.5Z" }),
            event("b", "2026-01-01T00:00:02Z"),
        ];
        let cluster = ScriptedCluster::new(move |_, _| page(&events, ""));
        let found = unhurried(async |options| {
            cluster.cluster.read_pod_events("azureml", "u1", options).await
        });
        let reasons: Vec<_> = found.await.unwrap().into_iter().map(|it| it.reason).collect();
        assert_eq!(reasons, ["b", "c", "d"]);
        assert!(cluster.lines()[0].contains("involvedObject.uid"), "{:?}", cluster.lines());
    }

    #[tokio::test(start_paused = true)]
    async fn the_health_report_has_two_names_and_may_be_missing() {
        for (there, checks) in [("arcml-healthcheck", 1), ("amlarc-healthcheck", 1), ("none", 0)] {
            let cluster = ScriptedCluster::new(move |seen, _| {
                let name = seen.path.rsplit('/').next().unwrap_or_default();
                let name = name.split('?').next().unwrap_or_default();
                if name == there {
                    let data = json!({ "reports-test": "Status: Passed Name: x" });
                    return Reply::Json(200, json!({ "data": data }));
                }
                let details = json!({ "name": name, "kind": "configmaps" });
                status(404, "NotFound", "not found", details)
            });
            let found = unhurried(async |options| {
                cluster.cluster.read_health_report("azureml", options).await
            });
            let found = found.await.unwrap();
            assert_eq!(found.iter().map(|it| it.checks.len()).sum::<usize>(), checks, "{there}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_right_that_is_missing_is_an_error() {
        let cluster = ScriptedCluster::new(|_, _| status(403, "Forbidden", "no", json!({})));
        let found = unhurried(async |options| cluster.cluster.read_nodes(options).await).await;
        assert!(matches!(found, Err(Error::Forbidden(it)) if it.resource == "nodes"));
    }

    fn page(items: &[Value], next: &str) -> Reply {
        Reply::Json(200, json!({ "metadata": { "continue": next }, "items": items }))
    }
}
