//! Namespaces that this provider makes, and takes away only where nothing is in them.

use std::time::Duration;

use serde_json::{Value, json};

use crate::call_options::CallOptions;
use crate::cluster::{Cluster, Delete, Deleted, FIELD_MANAGER, Lookup};
use crate::error::Error;
use crate::poll::Pauses;
use crate::resource_type::ResourceType;

const TYPE: ResourceType = ResourceType::NAMESPACES;
/// The namespace whose `uid` tells one cluster from another.
const KUBE_SYSTEM: &str = "kube-system";
/// What Kubernetes recommends to name the tool that manages an object.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// What a namespace was made for. A label could not hold an ARM ID.
const MADE_FOR: &str = "terraform-provider-azureml/made-for";
/// How long a namespace of the name may take to go before another one is made.
const TERMINATION_TIMEOUT: Duration = Duration::from_mins(5);
/// How long it may take to see what is in a namespace: an API that its server has lost answers never.
const INVENTORY_TIMEOUT: Duration = Duration::from_mins(1);
/// How many objects of a namespace are named.
const OBJECTS_SHOWN: usize = 10;
/// Every namespace has these from the start.
const OWN_OBJECTS: [(&str, &str); 2] =
    [("serviceaccounts", "default"), ("configmaps", "kube-root-ca.crt")];

/// A namespace that is to exist.
#[derive(Clone, Copy, Debug)]
pub struct NewNamespace<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is made for: an ID in one spelling. It is noted on the namespace, so that whoever made it
    /// and could not keep its `uid` knows it again.
    pub made_for: &'a str,
    /// The `uid` of one that is ours already.
    pub known_uid: Option<&'a str>,
}

/// A namespace that was to exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// What tells it from another one of the same name.
    pub uid: String,
    /// Whose it is.
    pub origin: Origin,
}

/// Who made a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This call.
    Created,
    /// An earlier call for the same: its note or its `uid` says so.
    CreatedBefore,
    /// Somebody else.
    Foreign,
}

/// Why a namespace could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CreateError {
    /// The cluster cannot be asked, or refuses.
    #[error(transparent)]
    Cluster(#[from] Error),
    /// One of the name is being deleted, and this is in the way: its conditions and finalizers.
    #[error("it is being deleted")]
    Terminating(Vec<String>),
}

/// What became of a namespace that was to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamespaceRemoval {
    /// It is gone.
    Gone,
    /// It is kept, for this reason: a lower-case sentence without a full stop.
    Kept(String),
    /// It is being deleted, and this is in the way: its conditions and finalizers.
    Stuck(Vec<String>),
}

/// Reads the `uid` of a namespace. `None`: there is none of the name.
pub async fn read_uid(
    cluster: &Cluster, name: &str, options: CallOptions<'_>,
) -> Result<Option<String>, Error> {
    Ok(match cluster.get(&TYPE, None, name, options).await? {
        Lookup::Found(namespace) => Some(uid(&namespace)),
        Lookup::NotFound | Lookup::ApiAbsent => None,
    })
}

/// What tells this cluster from another one of the same name. `None`: it may not be read.
pub async fn read_cluster_uid(
    cluster: &Cluster, options: CallOptions<'_>,
) -> Result<Option<String>, Error> {
    match read_uid(cluster, KUBE_SYSTEM, options).await {
        Err(Error::Forbidden(_)) => Ok(None),
        found => found,
    }
}

/// Creates a namespace where none of the name is. One that is being deleted is waited for.
pub async fn create_if_absent(
    cluster: &Cluster, new: NewNamespace<'_>, options: CallOptions<'_>,
) -> Result<Namespace, CreateError> {
    if let Some(found) = find_settled(cluster, new, options).await? {
        return Ok(found);
    }
    match cluster.create(&TYPE, None, &new.object(), options).await {
        Ok(namespace) => Ok(Namespace { uid: uid(&namespace), origin: Origin::Created }),
        Err(Error::AlreadyExists { message }) => {
            let found = find_settled(cluster, new, options).await?;
            found.ok_or(CreateError::Cluster(Error::Changed { message }))
        }
        Err(error) => Err(error.into()),
    }
}

/// The namespace of the name, once it is not on its way out. `None`: there is none.
async fn find_settled(
    cluster: &Cluster, new: NewNamespace<'_>, options: CallOptions<'_>,
) -> Result<Option<Namespace>, CreateError> {
    let waiting = options.within(TERMINATION_TIMEOUT);
    let mut pauses = Pauses::default();
    loop {
        let Lookup::Found(namespace) = cluster.get(&TYPE, None, new.name, options).await? else {
            return Ok(None);
        };
        if namespace["metadata"]["deletionTimestamp"].is_null() {
            let origin = new.origin_of(&namespace);
            return Ok(Some(Namespace { uid: uid(&namespace), origin }));
        }
        match pauses.pause(waiting, "the namespace to be gone", None).await {
            Ok(()) => {}
            Err(Error::Timeout { .. }) => {
                return Err(CreateError::Terminating(obstacles(&namespace)));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

impl NewNamespace<'_> {
    fn object(&self) -> Value {
        json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": self.name,
                "labels": { MANAGED_BY: FIELD_MANAGER },
                "annotations": { MADE_FOR: self.made_for },
            },
        })
    }

    fn origin_of(&self, found: &Value) -> Origin {
        let is_known = self.known_uid.is_some_and(|known| known == uid(found));
        let is_noted = found["metadata"]["annotations"][MADE_FOR] == self.made_for;
        if is_known || is_noted { Origin::CreatedBefore } else { Origin::Foreign }
    }
}

/// Deletes the namespace with this `uid` if nothing is in it that does not come with every namespace, and
/// waits until it is gone.
pub async fn delete_if_empty(
    cluster: &Cluster, name: &str, uid: &str, options: CallOptions<'_>,
) -> Result<NamespaceRemoval, Error> {
    match read_uid(cluster, name, options).await? {
        None => return Ok(NamespaceRemoval::Gone),
        Some(there) if there != uid => {
            let reason = "it is another one of the same name, which this resource did not create";
            return Ok(NamespaceRemoval::Kept(reason.to_owned()));
        }
        Some(_) => {}
    }
    match why_not_empty(cluster, name, options.within(INVENTORY_TIMEOUT)).await {
        Ok(None) => {}
        Ok(Some(reason)) => return Ok(NamespaceRemoval::Kept(reason)),
        Err(error @ Error::Cancelled { .. }) => return Err(error),
        Err(error) => {
            return Ok(NamespaceRemoval::Kept(format!("nobody can say what is in it: {error}")));
        }
    }
    let precondition = Delete { uid: Some(uid), resource_version: None };
    match cluster.delete(&TYPE, None, name, precondition, options).await? {
        Deleted::Absent => Ok(NamespaceRemoval::Gone),
        Deleted::Accepted => wait_until_gone(cluster, name, uid, options).await,
    }
}

async fn wait_until_gone(
    cluster: &Cluster, name: &str, uid: &str, options: CallOptions<'_>,
) -> Result<NamespaceRemoval, Error> {
    let mut pauses = Pauses::default();
    loop {
        let namespace = match cluster.get(&TYPE, None, name, options).await? {
            Lookup::Found(namespace) if self::uid(&namespace) == uid => namespace,
            _ => return Ok(NamespaceRemoval::Gone),
        };
        match pauses.pause(options, "the namespace to be gone", None).await {
            Ok(()) => {}
            Err(Error::Timeout { .. }) => {
                return Ok(NamespaceRemoval::Stuck(obstacles(&namespace)));
            }
            Err(error) => return Err(error),
        }
    }
}

fn uid(namespace: &Value) -> String {
    namespace["metadata"]["uid"].as_str().unwrap_or_default().to_owned()
}

/// The conditions of a namespace that are true, and its finalizers.
fn obstacles(namespace: &Value) -> Vec<String> {
    let conditions = namespace["status"]["conditions"].as_array().into_iter().flatten();
    let conditions = conditions.filter(|it| it["status"] == "True").map(|it| {
        let text = |name: &str| it[name].as_str().unwrap_or_default();
        format!("{}: {}", text("type"), text("message"))
    });
    let finalizers = ["spec", "metadata"].map(|part| &namespace[part]["finalizers"]);
    let finalizers = finalizers.into_iter().filter_map(Value::as_array).flatten();
    let finalizers = finalizers.filter_map(|it| Some(format!("finalizer {}", it.as_str()?)));
    conditions.chain(finalizers).collect()
}

/// Why it cannot be said that nothing is in the namespace. `None`: nothing is.
async fn why_not_empty(
    cluster: &Cluster, namespace: &str, options: CallOptions<'_>,
) -> Result<Option<String>, Error> {
    let mut found = Vec::new();
    for (path, plural) in listable_paths(cluster, namespace, options).await? {
        let path = format!("{path}?limit={}", OBJECTS_SHOWN + OWN_OBJECTS.len());
        let list = match cluster.read_path(&path, options).await {
            Ok(list) => list,
            Err(error @ (Error::Cancelled { .. } | Error::Timeout { .. })) => return Err(error),
            Err(error) => return Ok(Some(format!("its {plural} cannot be listed: {error}"))),
        };
        let objects = list["items"].as_array().into_iter().flatten();
        let names = objects.filter_map(|object| object["metadata"]["name"].as_str());
        let foreign = names.filter(|name| !OWN_OBJECTS.contains(&(plural.as_str(), name)));
        found.extend(foreign.map(|name| format!("{plural}/{name}")));
    }
    if found.is_empty() {
        return Ok(None);
    }
    let more = if found.len() > OBJECTS_SHOWN { " and more" } else { "" };
    found.truncate(OBJECTS_SHOWN);
    Ok(Some(format!("it holds {}{more}", found.join(", "))))
}

/// The paths of all types of objects that may be in a namespace, with the name of the type.
async fn listable_paths(
    cluster: &Cluster, namespace: &str, options: CallOptions<'_>,
) -> Result<Vec<(String, String)>, Error> {
    let groups = cluster.read_path("/apis", options).await?;
    let groups = groups["groups"].as_array().into_iter().flatten();
    let versions = groups.filter_map(|group| {
        Some(format!("/apis/{}", group["preferredVersion"]["groupVersion"].as_str()?))
    });
    let mut paths = Vec::new();
    for root in ["/api/v1".to_owned()].into_iter().chain(versions) {
        let types = cluster.read_path(&root, options).await?;
        let types = types["resources"].as_array().into_iter().flatten();
        let names = types.filter(|it| is_listable(it)).filter_map(|it| it["name"].as_str());
        paths.extend(
            names.map(|name| (format!("{root}/namespaces/{namespace}/{name}"), name.to_owned())),
        );
    }
    Ok(paths)
}

/// Events are no content: they go by themselves.
fn is_listable(resource: &Value) -> bool {
    let name = resource["name"].as_str().unwrap_or_default();
    let verbs = resource["verbs"].as_array();
    resource["namespaced"] == true
        && name != "events"
        && !name.contains('/')
        && verbs.is_some_and(|verbs| verbs.iter().any(|verb| verb == "list"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{
        CreateError, NamespaceRemoval, NewNamespace, Origin, create_if_absent, delete_if_empty,
        read_cluster_uid,
    };
    use crate::error::Error;
    use crate::scripted_cluster::{Reply, ScriptedCluster, Seen, status, unhurried};

    const NEW: NewNamespace<'_> =
        NewNamespace { name: "jobs", made_for: "/computes/a", known_uid: None };

    async fn create(
        cluster: &ScriptedCluster, new: NewNamespace<'_>,
    ) -> Result<(String, Origin), CreateError> {
        let made =
            unhurried(async |options| create_if_absent(&cluster.cluster, new, options).await);
        made.await.map(|it| (it.uid, it.origin))
    }

    #[tokio::test(start_paused = true)]
    async fn a_namespace_is_created_where_none_is() {
        for (reads, is_taken, expected) in [
            (vec![true], false, Some(("u1", Origin::Foreign))),
            (vec![false], false, Some(("u2", Origin::Created))),
            (vec![false, true], true, Some(("u1", Origin::Foreign))),
            (vec![false, false], true, None),
        ] {
            let cluster = ScriptedCluster::new(move |seen, before| match seen.method.as_str() {
                "POST" if is_taken => status(409, "AlreadyExists", "taken", json!({})),
                "POST" => Reply::Json(201, json!({ "metadata": { "uid": "u2" } })),
                _ if reads[before.min(1).min(reads.len() - 1)] => namespace("u1"),
                _ => missing(),
            });
            let made = create(&cluster, NEW).await.ok();
            assert_eq!(made, expected.map(|(uid, origin)| (uid.to_owned(), origin)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_namespace_that_was_made_for_the_same_is_known_again() {
        let made_for = |made_for: &str| {
            let object = NewNamespace { made_for, ..NEW }.object();
            let mut metadata = object["metadata"].clone();
            metadata["uid"] = json!("u1");
            move |_: &Seen, _: usize| Reply::Json(200, json!({ "metadata": metadata }))
        };
        for (noted, known_uid, expected) in [
            ("/computes/a", None, Origin::CreatedBefore),
            ("/computes/b", None, Origin::Foreign),
            ("/computes/b", Some("u1"), Origin::CreatedBefore),
            ("/computes/b", Some("u9"), Origin::Foreign),
        ] {
            let cluster = ScriptedCluster::new(made_for(noted));
            let made = create(&cluster, NewNamespace { known_uid, ..NEW }).await;
            assert_eq!(made, Ok(("u1".to_owned(), expected)), "{noted} {known_uid:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_namespace_that_is_being_deleted_is_waited_for_and_says_what_is_in_the_way() {
        let terminating = || {
            let Reply::Json(status, mut object) = namespace("u1") else { return missing() };
            object["metadata"]["deletionTimestamp"] = json!("2026-11-01T00:00:00Z");
            Reply::Json(status, object)
        };
        let goes = ScriptedCluster::new(move |seen, before| match seen.method.as_str() {
            "POST" => Reply::Json(201, json!({ "metadata": { "uid": "u2" } })),
            _ if before < 4 => terminating(),
            _ => missing(),
        });
        assert_eq!(create(&goes, NEW).await, Ok(("u2".to_owned(), Origin::Created)));
        let stays = ScriptedCluster::new(move |_, _| terminating());
        let expected = ["NamespaceContentRemaining: one left", "finalizer kubernetes"];
        let expected = CreateError::Terminating(expected.map(str::to_owned).into());
        assert_eq!(create(&stays, NEW).await, Err(expected));
    }

    #[tokio::test(start_paused = true)]
    async fn an_empty_namespace_that_is_ours_goes() {
        let cluster = ScriptedCluster::new(|seen, before| match seen.path.as_str() {
            "/api/v1/namespaces/jobs" if before > 9 => missing(),
            _ => answer(seen, &["kube-root-ca.crt"]),
        });
        assert_eq!(delete(&cluster).await, Ok(NamespaceRemoval::Gone));
        let requests = cluster.requests();
        let deletes: Vec<_> = requests.iter().filter(|it| it.method == "DELETE").collect();
        assert_eq!(deletes[0].body["preconditions"]["uid"], "u1");
    }

    #[tokio::test(start_paused = true)]
    async fn a_namespace_with_something_in_it_is_kept() {
        let names: Vec<String> = (0..12).map(|number| format!("c{number:02}")).collect();
        for (config_maps, reason) in [
            (vec!["kube-root-ca.crt", "mine"], "it holds configmaps/mine"),
            (names.iter().map(String::as_str).collect(), "configmaps/c09 and more"),
        ] {
            let config_maps: Vec<String> = config_maps.into_iter().map(str::to_owned).collect();
            let cluster = ScriptedCluster::new(move |seen, _| {
                answer(seen, &config_maps.iter().map(String::as_str).collect::<Vec<_>>())
            });
            let kept = delete(&cluster).await.unwrap();
            assert!(
                matches!(&kept, NamespaceRemoval::Kept(it) if it.ends_with(reason)),
                "{kept:?}"
            );
            assert!(!cluster.lines().iter().any(|it| it.starts_with("DELETE")));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_namespace_is_kept_where_nobody_can_say_what_is_in_it() {
        let cluster = ScriptedCluster::new(|seen, _| {
            if seen.path.contains("/gadgets") {
                return status(403, "Forbidden", "no", json!({}));
            }
            answer(seen, &[])
        });
        let kept = delete(&cluster).await.unwrap();
        assert!(matches!(&kept, NamespaceRemoval::Kept(it) if it.contains("gadgets")), "{kept:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_namespace_is_kept_where_an_api_of_the_cluster_does_not_answer() {
        let cluster = ScriptedCluster::new(|seen, _| {
            if seen.path.starts_with("/apis/toys") {
                return status(503, "ServiceUnavailable", "no endpoints", json!({}));
            }
            answer(seen, &[])
        });
        let kept = delete(&cluster).await.unwrap();
        assert!(
            matches!(&kept, NamespaceRemoval::Kept(it) if it.contains("nobody can say")),
            "{kept:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn another_namespace_of_the_name_is_kept() {
        let other = ScriptedCluster::new(|_, _| namespace("u9"));
        assert!(matches!(delete(&other).await, Ok(NamespaceRemoval::Kept(_))));
        let missing = ScriptedCluster::new(|_, _| missing());
        assert_eq!(delete(&missing).await, Ok(NamespaceRemoval::Gone));
    }

    #[tokio::test(start_paused = true)]
    async fn a_namespace_that_stays_says_what_is_in_the_way() {
        let cluster = ScriptedCluster::new(|seen, _| answer(seen, &[]));
        let stuck = delete(&cluster).await.unwrap();
        let expected = ["NamespaceContentRemaining: one left", "finalizer kubernetes"];
        assert_eq!(stuck, NamespaceRemoval::Stuck(expected.map(str::to_owned).into()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_cluster_that_may_not_be_told_from_others_is_not() {
        let forbidden = ScriptedCluster::new(|_, _| status(403, "Forbidden", "no", json!({})));
        let known = ScriptedCluster::new(|_, _| namespace("u1"));
        for (cluster, expected) in [(forbidden, None), (known, Some("u1".to_owned()))] {
            let uid = unhurried(async |options| read_cluster_uid(&cluster.cluster, options).await);
            assert_eq!(uid.await, Ok(expected));
        }
    }

    async fn delete(cluster: &ScriptedCluster) -> Result<NamespaceRemoval, Error> {
        unhurried(async |options| delete_if_empty(&cluster.cluster, "jobs", "u1", options).await)
            .await
    }

    /// A cluster with config maps, events and gadgets.
    fn answer(seen: &Seen, config_maps: &[&str]) -> Reply {
        let path = seen.path.split('?').next().unwrap_or_default();
        let lists = json!(["get", "list"]);
        let body = match path {
            "/apis" => json!({ "groups": [{ "preferredVersion": { "groupVersion": "toys/v1" } }] }),
            "/api/v1" => json!({ "resources": [
                { "name": "configmaps", "namespaced": true, "verbs": lists },
                { "name": "configmaps/status", "namespaced": true, "verbs": lists },
                { "name": "bindings", "namespaced": true, "verbs": ["create"] },
                { "name": "events", "namespaced": true, "verbs": lists },
                { "name": "nodes", "namespaced": false, "verbs": lists },
            ] }),
            "/apis/toys/v1" => {
                json!({ "resources": [{ "name": "gadgets", "namespaced": true, "verbs": lists }] })
            }
            "/api/v1/namespaces/jobs/configmaps" => named(config_maps),
            "/apis/toys/v1/namespaces/jobs/gadgets" => named(&[]),
            "/api/v1/namespaces/jobs" => return namespace("u1"),
            other => panic!("{other}"),
        };
        Reply::Json(200, body)
    }

    fn named(names: &[&str]) -> Value {
        let items: Vec<_> = names.iter().map(|it| json!({ "metadata": { "name": it } })).collect();
        json!({ "items": items })
    }

    fn namespace(uid: &str) -> Reply {
        let conditions = json!([
            { "type": "NamespaceContentRemaining", "status": "True", "message": "one left" },
            { "type": "NamespaceDeletionDiscoveryFailure", "status": "False", "message": "fine" },
        ]);
        Reply::Json(
            200,
            json!({
                "metadata": { "name": "jobs", "uid": uid },
                "spec": { "finalizers": ["kubernetes"] },
                "status": { "conditions": conditions },
            }),
        )
    }

    fn missing() -> Reply {
        status(404, "NotFound", "not found", json!({ "name": "jobs", "kind": "namespaces" }))
    }
}
