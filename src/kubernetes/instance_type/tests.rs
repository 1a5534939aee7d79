//! The calls, against scripts.

use std::time::Duration;

use aml::InstanceType;
use http::Method;
use serde_json::{Value, json};

use super::{
    Created, Declaration, DeleteError, Updated, WriteError, create, delete, dry_run,
    jobs_that_name, list, read, update,
};
use crate::cluster::Lookup;
use crate::error::Error;
use crate::scripted_cluster::{Reply, ScriptedCluster, Seen, status, unhurried};

const PATH: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes/gpu";
const BARE: &str = "404 page not found\n";

mod creation {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_type_is_created_where_none_is() {
        let cluster = ScriptedCluster::new(|seen, _| match seen.method {
            Method::GET => gone(),
            _ => Reply::Json(201, applied(seen)),
        });
        let created = create_in(&cluster).await.unwrap();
        let Created::Done(written) = created else { panic!("{created:?}") };
        assert_eq!((written.live.uid.as_str(), written.remaining), ("u1", vec![]));
        assert_eq!(written.live.spec.instance_type, declared());
        let sent = &cluster.requests()[1];
        assert!(sent.path.contains("fieldManager=terraform-provider-azureml"), "{}", sent.path);
        assert!(sent.path.contains("fieldValidation=Strict"), "{}", sent.path);
        assert_eq!(cluster.lines().len(), 2, "nothing of it is managed otherwise");
        assert_eq!(sent.body["metadata"], json!({ "name": "gpu" }));
    }

    #[tokio::test(start_paused = true)]
    async fn a_type_that_is_there_is_left_alone() {
        let cluster = ScriptedCluster::new(|_, _| Reply::Json(200, object("u9", &spec("4"))));
        let created = create_in(&cluster).await.unwrap();
        assert!(matches!(created, Created::Exists(live) if live.uid == "u9"));
        assert_eq!(cluster.lines(), [format!("GET {PATH}")]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_created_is_applied_from_then_on() {
        let own = |operation: &str| {
            let mut own = entry("terraform-provider-azureml", &json!({ "f:resources": {} }));
            own["operation"] = json!(operation);
            json!([own])
        };
        for is_refused in [false, true] {
            let cluster = ScriptedCluster::new(move |seen, _| match seen.method {
                Method::GET => gone(),
                Method::PATCH if is_refused => status(403, "Forbidden", "no", json!({})),
                _ => {
                    let mut object = object("u1", &spec("4"));
                    object["metadata"]["managedFields"] = own("Update");
                    Reply::Json(201, object)
                }
            });
            let created = create_in(&cluster).await.unwrap();
            assert!(matches!(created, Created::Done(_)), "it is there all the same");
            let handed = &cluster.requests()[2].body[1]["value"];
            assert_eq!(
                (&handed[0]["operation"], handed.as_array().map(Vec::len)),
                (&json!("Apply"), Some(1))
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn somebody_may_be_faster() {
        for (is_lost, manager, cpu, is_ours) in [
            (false, "kubectl", "4", false),
            (false, "terraform-provider-azureml", "4", false),
            (true, "terraform-provider-azureml", "4", true),
            (true, "terraform-provider-azureml", "8", false),
            (true, "kubectl", "4", false),
        ] {
            let cluster = ScriptedCluster::new(move |seen, before| match seen.method {
                Method::GET if before == 0 => gone(),
                Method::GET => {
                    let mut object = object("u1", &spec(cpu));
                    object["metadata"]["managedFields"] = json!([entry(manager, &json!({}))]);
                    Reply::Json(200, object)
                }
                _ if is_lost && before == 1 => Reply::Reset,
                _ => status(409, "AlreadyExists", "taken", json!({})),
            });
            let created = create_in(&cluster).await.unwrap();
            assert_eq!(matches!(created, Created::Done(_)), is_ours, "{is_lost} {manager} {cpu}");
            assert!(!cluster.lines().iter().any(|it| it.starts_with("PATCH")) || is_ours);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_apply_is_repeated_until_the_type_is_served() {
        let cluster = ScriptedCluster::new(|seen, before| match seen.path.as_str() {
            "/apis" if before < 20 => Reply::Json(200, groups(&[])),
            "/apis" => Reply::Json(200, groups(&["v1alpha1"])),
            "/apis/amlarc.azureml.com/v1alpha1" => Reply::Json(
                200,
                json!({ "kind": "APIResourceList", "resources": [{ "name": "instancetypes" }] }),
            ),
            _ if before < 24 => Reply::Text(404, BARE),
            _ => Reply::Json(201, applied(seen)),
        });
        assert!(matches!(create_in(&cluster).await, Ok(Created::Done(_))));
    }

    #[tokio::test(start_paused = true)]
    async fn a_type_that_is_never_served_ends_the_wait() {
        let cluster = ScriptedCluster::new(|seen, _| match seen.path.as_str() {
            "/apis" => Reply::Json(200, groups(&[])),
            _ => Reply::Text(404, BARE),
        });
        let begin = tokio::time::Instant::now();
        let error = create_in(&cluster).await.unwrap_err();
        let expected = Error::ApiAbsent { resource: "instancetypes.amlarc.azureml.com".to_owned() };
        assert_eq!(error, WriteError::Cluster(expected));
        let took = begin.elapsed().as_secs();
        assert!((300..330).contains(&took), "{took}");
    }

    #[tokio::test(start_paused = true)]
    async fn another_version_is_not_waited_for() {
        let cluster = ScriptedCluster::new(|seen, _| match seen.path.as_str() {
            "/apis" => Reply::Json(200, groups(&["v1"])),
            _ => Reply::Text(404, BARE),
        });
        let error = create_in(&cluster).await.unwrap_err().to_string();
        assert_eq!(error, "the cluster serves amlarc.azureml.com as v1, not as v1alpha1");
    }
}

mod change {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_type_is_changed_with_the_text_of_the_live_one() {
        let cluster = ScriptedCluster::new(|seen, _| match seen.method {
            Method::GET => Reply::Json(200, object("u1", &spec("4000m"))),
            _ => Reply::Json(200, applied(seen)),
        });
        assert!(matches!(update_in(&cluster, plain()).await, Ok(Updated::Done(_))));
        assert_eq!(cluster.requests()[1].body["spec"]["resources"]["limits"]["cpu"], "4000m");
    }

    #[tokio::test(start_paused = true)]
    async fn a_type_that_is_gone_or_another_one_is_not_changed() {
        let missing = ScriptedCluster::new(|_, _| gone());
        assert_eq!(update_in(&missing, plain()).await, Ok(Updated::Gone));
        let other = ScriptedCluster::new(|_, _| Reply::Json(200, object("u2", &spec("4"))));
        assert!(matches!(update_in(&other, plain()).await, Ok(Updated::OtherObject(_))));
        assert_eq!(other.lines().len(), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_conflict_names_field_manager_and_both_values() {
        let cluster = ScriptedCluster::new(|seen, _| match seen.method {
            Method::GET => Reply::Json(200, object("u1", &spec("2"))),
            _ => status(
                409,
                "Conflict",
                "Apply failed",
                json!({ "causes": [{
                "reason": "FieldManagerConflict",
                "message": "conflict with \"kubectl\" using amlarc.azureml.com/v1alpha1",
                "field": ".spec.resources.limits.cpu" }] }),
            ),
        });
        let error = update_in(&cluster, plain()).await.unwrap_err();
        let WriteError::Conflict(conflicts) = error else { panic!("{error}") };
        let lines: Vec<_> = conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(lines, [r#"resources.limits["cpu"]: kubectl has "2", declared is "4""#]);
    }

    #[tokio::test(start_paused = true)]
    async fn fields_of_a_predecessor_become_ours_before_the_first_change() {
        let predecessor = |version: &str| {
            let mut object = object("u1", &spec("2"));
            object["metadata"]["resourceVersion"] = json!(version);
            let limits = json!({ "f:resources": { "f:limits": { "f:cpu": {} } } });
            object["metadata"]["managedFields"] = json!([entry("Terraform", &limits)]);
            object
        };
        let cluster = ScriptedCluster::new(move |seen, before| {
            match (seen.method.clone(), seen.content_type.as_deref()) {
                (Method::GET, _) if before == 0 => Reply::Json(200, predecessor("1")),
                (Method::GET, _) => Reply::Json(200, predecessor("2")),
                (_, Some("application/json-patch+json")) if before == 1 => {
                    status(409, "Conflict", "the object has been modified", json!({}))
                }
                (_, Some("application/json-patch+json")) => {
                    Reply::Json(200, object("u1", &spec("2")))
                }
                _ => Reply::Json(200, applied(seen)),
            }
        });
        let declaration = Declaration { predecessors: &["Terraform"], ..plain() };
        assert!(matches!(update_in(&cluster, declaration).await, Ok(Updated::Done(_))));
        let requests = cluster.requests();
        let methods: Vec<_> = requests.iter().map(|seen| seen.method.as_str()).collect();
        assert_eq!(methods, ["GET", "PATCH", "GET", "PATCH", "PATCH"]);
        let patch = &requests[3].body;
        assert_eq!(patch[0]["value"], "2");
        assert_eq!(patch[1]["path"], "/metadata/managedFields");
        assert_eq!(patch[1]["value"][0]["manager"], "terraform-provider-azureml");
        assert_eq!(patch[1]["value"][0]["operation"], "Apply");
    }

    #[tokio::test(start_paused = true)]
    async fn what_leaves_and_stays_names_its_manager_and_goes_by_force() {
        let prior = instance_type(&json!({
            "node_selector": { "a.b/c": "1" },
            "resources": { "limits": { "cpu": "4", "memory": "8Gi" } } }));
        for force_conflicts in [false, true] {
            let cluster = ScriptedCluster::new(|seen, _| {
                let content = seen.content_type.clone().unwrap_or_default();
                let mut object = object("u1", &spec("4"));
                if !content.contains("merge") {
                    object["spec"]["nodeSelector"] = json!({ "a.b/c": "1", "theirs": "x" });
                    let selector = json!({ "f:nodeSelector": { "f:a.b/c": {} } });
                    object["metadata"]["managedFields"] = json!([
                        entry("kubectl", &selector),
                        entry("terraform-provider-azureml", &selector)
                    ]);
                }
                Reply::Json(200, object)
            });
            let declaration = Declaration { prior: &prior, force_conflicts, ..plain() };
            let updated = update_in(&cluster, declaration).await.unwrap();
            let Updated::Done(written) = updated else { panic!("{updated:?}") };
            let left: Vec<_> = written
                .remaining
                .iter()
                .map(|it| (it.field.to_string(), it.live.as_deref(), it.managers.join(",")))
                .collect();
            let expected =
                (r#"node_selector["a.b/c"]"#.to_owned(), Some("1"), "kubectl".to_owned());
            assert_eq!(left, if force_conflicts { vec![] } else { vec![expected] });
            if force_conflicts {
                let patch = &cluster.requests()[2].body;
                assert_eq!(*patch, json!({ "spec": { "nodeSelector": { "a.b/c": null } } }));
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_field_that_the_cluster_changes_again_is_told() {
        let cluster = ScriptedCluster::new(|_, _| Reply::Json(200, object("u1", &spec("8"))));
        let updated = update_in(&cluster, plain()).await.unwrap();
        let Updated::Done(written) = updated else { panic!("{updated:?}") };
        let told = &written.remaining[0];
        assert_eq!(told.field.to_string(), r#"resources.limits["cpu"]"#);
        assert_eq!((told.declared.as_deref(), told.live.as_deref()), (Some("4"), Some("8")));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dry_run_keeps_nothing() {
        let cluster = ScriptedCluster::new(|seen, _| match seen.method {
            Method::GET => gone(),
            _ => Reply::Json(201, applied(seen)),
        });
        let done =
            unhurried(async |options| dry_run(&cluster.cluster, plain(), options).await).await;
        assert_eq!(done, Ok(()));
        assert!(cluster.requests()[1].path.contains("dryRun=All"));
    }
}

mod removal {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_type_is_deleted_by_its_uid_and_gone_when_the_cluster_says_so() {
        let cluster = ScriptedCluster::new(|seen, before| match seen.method {
            Method::GET if before > 3 => gone(),
            _ => Reply::Json(200, object("u1", &spec("4"))),
        });
        assert_eq!(delete_in(&cluster).await, Ok(()));
        assert_eq!(cluster.requests()[0].body["preconditions"]["uid"], "u1");
        assert_eq!(cluster.lines().len(), 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_type_that_is_gone_or_replaced_is_deleted() {
        let missing = ScriptedCluster::new(|_, _| gone());
        assert_eq!(delete_in(&missing).await, Ok(()));
        let not_served = ScriptedCluster::new(|seen, _| match seen.path.as_str() {
            "/apis" => Reply::Json(200, groups(&[])),
            _ => Reply::Text(404, BARE),
        });
        assert_eq!(delete_in(&not_served).await, Ok(()));
        let replaced = ScriptedCluster::new(|seen, _| match seen.method {
            Method::GET => Reply::Json(200, object("u2", &spec("4"))),
            _ => status(409, "Conflict", "the UID in the precondition does not match", json!({})),
        });
        assert_eq!(delete_in(&replaced).await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_deletion_that_waits_for_a_finalizer_says_so() {
        for (phase, operator) in [("Running", "runs"), ("Pending", "does not run")] {
            let cluster = ScriptedCluster::new(move |seen, _| {
                if seen.path.starts_with("/api/v1/namespaces/azureml/pods") {
                    let pod = json!({ "metadata": { "name": "aml-operator-1" }, "status": { "phase": phase } });
                    return Reply::Json(200, json!({ "items": [pod] }));
                }
                let mut object = object("u1", &spec("4"));
                object["metadata"]["finalizers"] = json!(["amlarc.azureml.com/jobs"]);
                Reply::Json(200, object)
            });
            let error = delete_in(&cluster).await.unwrap_err();
            assert!(matches!(error, DeleteError::Finalizers { .. }), "{error:?}");
            let text = error.to_string();
            assert!(text.contains("amlarc.azureml.com/jobs") && text.contains(operator), "{text}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_that_finds_nothing_deletes_nothing() {
        let cluster = ScriptedCluster::new(|_, _| Reply::Text(404, "<html>not found</html>"));
        let error = delete_in(&cluster).await.unwrap_err();
        assert!(matches!(error, DeleteError::Cluster(Error::Unreachable { .. })), "{error:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn jobs_that_name_a_type_are_found_as_far_as_possible() {
        let job = |name: &str, spec: Value| json!({ "metadata": { "namespace": "n", "name": name }, "spec": spec });
        let jobs = vec![
            job("one", json!({ "resources": { "instanceType": "gpu" } })),
            job("two", json!({ "tasks": [{ "instance_type": "gpu" }] })),
            job("other", json!({ "instanceType": "cpu", "image": "gpu" })),
        ];
        let cluster = ScriptedCluster::new(move |_, _| Reply::Json(200, json!({ "items": jobs })));
        let found = async |cluster: &ScriptedCluster| {
            unhurried(async |options| jobs_that_name(&cluster.cluster, "gpu", options).await).await
        };
        assert_eq!(found(&cluster).await, ["n/one", "n/two"]);
        let forbidden = ScriptedCluster::new(|_, _| status(403, "Forbidden", "no", json!({})));
        assert_eq!(found(&forbidden).await, [""; 0]);
    }
}

#[tokio::test(start_paused = true)]
async fn types_are_read_and_listed() {
    let cluster = ScriptedCluster::new(|seen, _| {
        if seen.path.starts_with(PATH) {
            return Reply::Json(200, object("u1", &spec("4")));
        }
        let next = if seen.path.contains("continue=") { "" } else { "more" };
        let items = [object("u1", &spec("4"))];
        Reply::Json(200, json!({ "metadata": { "continue": next }, "items": items }))
    });
    unhurried(async |options| {
        let found = read(&cluster.cluster, "gpu", options).await;
        assert!(matches!(found, Ok(Lookup::Found(live)) if live.spec.instance_type == declared()));
        let all = list(&cluster.cluster, options).await.unwrap().unwrap();
        assert_eq!(all.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["gpu", "gpu"]);
    })
    .await;
}

async fn create_in(cluster: &ScriptedCluster) -> Result<Created, WriteError> {
    let wait = Duration::from_mins(5);
    unhurried(async |options| create(&cluster.cluster, plain(), wait, options).await).await
}

async fn update_in(
    cluster: &ScriptedCluster, declaration: Declaration<'_>,
) -> Result<Updated, WriteError> {
    unhurried(async |options| update(&cluster.cluster, declaration, Some("u1"), options).await)
        .await
}

async fn delete_in(cluster: &ScriptedCluster) -> Result<(), DeleteError> {
    unhurried(async |options| delete(&cluster.cluster, "gpu", "u1", "azureml", options).await).await
}

/// The declaration of [`declared`], which was declared before.
fn plain() -> Declaration<'static> {
    let declared: &'static InstanceType = Box::leak(Box::new(declared()));
    Declaration {
        name: "gpu",
        prior: declared,
        declared,
        force_conflicts: false,
        predecessors: &[],
    }
}

fn declared() -> InstanceType {
    instance_type(&json!({ "resources": { "limits": { "cpu": "4" } } }))
}

fn spec(cpu: &str) -> Value {
    json!({ "resources": { "limits": { "cpu": cpu } } })
}

fn object(uid: &str, spec: &Value) -> Value {
    json!({
        "metadata": { "name": "gpu", "uid": uid, "resourceVersion": "1" },
        "spec": spec,
    })
}

/// What was applied, as an object of its own.
fn applied(seen: &Seen) -> Value {
    object("u1", &seen.body["spec"])
}

fn entry(manager: &str, spec: &Value) -> Value {
    json!({ "manager": manager, "operation": "Apply", "fieldsV1": { "f:spec": spec } })
}

fn gone() -> Reply {
    let details = json!({ "name": "gpu", "group": "amlarc.azureml.com", "kind": "instancetypes" });
    status(404, "NotFound", "instancetypes \"gpu\" not found", details)
}

fn groups(versions: &[&str]) -> Value {
    let versions: Vec<_> = versions.iter().map(|version| json!({ "version": version })).collect();
    let groups = if versions.is_empty() {
        json!([])
    } else {
        json!([{ "name": "amlarc.azureml.com", "versions": versions }])
    };
    json!({ "kind": "APIGroupList", "groups": groups })
}

fn instance_type(json: &Value) -> InstanceType {
    serde_json::from_value(json.clone()).unwrap()
}
