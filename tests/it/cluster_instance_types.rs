//! Instance types as objects of a real API server, whichever definition it has of them.

use std::time::Duration;

use aml::InstanceType;
use kubernetes::instance_type::{
    Created, Declaration, LiveInstanceType, Updated, WriteError, Written, create, delete,
    differences, dry_run, list, read, update,
};
use kubernetes::{Error, Lookup};
use serde_json::{Value, json};

use crate::support::cluster::{Client, Cluster, Kind, unique};

const PATH: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes";
const DEFINED: [Kind; 4] = [Kind::Strict, Kind::Lax, Kind::Atomic, Kind::Defaulting];

#[test]
fn a_type_lives_through_its_life_under_every_definition() {
    for kind in DEFINED {
        let Some(cluster) = Cluster::shared(kind) else { return };
        let (client, name) = (cluster.client(), unique("type"));
        let small = instance_type("1", &json!({ "kubernetes.io/os": "linux" }));
        let written = created(client.run(async |cluster, options| {
            create(cluster, declaration(&name, &small), Duration::ZERO, options).await
        }));
        assert_eq!((&written.remaining[..], &written.live.name), (&[][..], &name), "{kind:?}");
        assert_eq!(differences(&small, &written.live.spec.instance_type), [], "{kind:?}");
        assert_eq!(written.live.has_atomic_selector(), kind == Kind::Atomic, "{kind:?}");

        let large = instance_type("4", &json!({ "pool": "gpu" }));
        let change = Declaration { prior: &small, ..declaration(&name, &large) };
        let uid = written.live.uid.clone();
        let written = done(
            client.run(async |cluster, options| update(cluster, change, Some(&uid), options).await),
        );
        assert_eq!(written.remaining, [], "{kind:?}");
        let found = live(&client, &name).expect("it is there");
        assert_eq!(differences(&large, &found.spec.instance_type), [], "{kind:?}");
        assert_eq!(found.uid, uid, "{kind:?}");

        let gone = client
            .run(async |cluster, options| delete(cluster, &name, &uid, "azureml", options).await);
        assert_eq!(gone, Ok(()), "{kind:?}");
        assert_eq!(live(&client, &name), None, "{kind:?}");
    }
}

#[test]
fn a_type_that_is_there_is_not_created_again() {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let (client, name) = (cluster.client(), unique("type"));
    let theirs = instance_type("2", &json!({}));
    apply_as(cluster, "kubectl", &name, &theirs);
    let ours = instance_type("4", &json!({}));
    let answer = client.run(async |cluster, options| {
        create(cluster, declaration(&name, &ours), Duration::ZERO, options).await
    });
    let found = match answer {
        Ok(Created::Exists(live)) => live.spec.instance_type,
        other => panic!("{other:?}"),
    };
    assert_eq!(differences(&theirs, &found), []);
    let names = client.run(async |cluster, options| list(cluster, options).await);
    let names: Vec<_> = names.unwrap().unwrap().into_iter().map(|live| live.name).collect();
    assert!(names.contains(&name), "{names:?}");
}

#[test]
fn a_cluster_that_knows_no_instance_types_has_none() {
    let Some(cluster) = Cluster::shared(Kind::Bare) else { return };
    let client = cluster.client();
    let ours = instance_type("1", &json!({}));
    client.run(async |cluster, options| {
        assert_eq!(read(cluster, "any", options).await, Ok(Lookup::ApiAbsent));
        assert_eq!(list(cluster, options).await, Ok(None));
        assert_eq!(delete(cluster, "any", "uid", "azureml", options).await, Ok(()));
        let absent =
            create(cluster, declaration("any", &ours), Duration::from_millis(1), options).await;
        let expected = Error::ApiAbsent { resource: "instancetypes.amlarc.azureml.com".to_owned() };
        assert_eq!(absent, Err(WriteError::Cluster(expected)));
    });
}

#[test]
fn a_type_is_created_as_soon_as_the_cluster_knows_it() {
    let Some(cluster) = Cluster::start(Kind::Bare) else { return };
    let client = cluster.client();
    let ours = instance_type("1", &json!({}));
    let answer = std::thread::scope(|scope| {
        let waiting = scope.spawn(move || {
            client.run(async |cluster, options| {
                create(cluster, declaration("gpu", &ours), Duration::from_mins(1), options).await
            })
        });
        let definition = include_str!("../fixtures/instance-types/strict.json");
        cluster.define(&serde_json::from_str(definition).expect("it is JSON"));
        waiting.join().expect("it does not panic")
    });
    assert_eq!(created(answer).live.name, "gpu");
}

#[test]
fn a_conflict_names_the_field_the_manager_and_both_values() {
    for kind in [Kind::Strict, Kind::Lax, Kind::Defaulting] {
        let Some(cluster) = Cluster::shared(kind) else { return };
        let (client, name) = (cluster.client(), unique("type"));
        apply_as(cluster, "helm", &name, &instance_type("2", &json!({ "example.com/a.b": "x" })));
        let ours = instance_type("4", &json!({ "example.com/a.b": "y" }));
        let change = declaration(&name, &ours);
        for is_dry in [true, false] {
            let answer = client.run(async |cluster, options| {
                if is_dry {
                    dry_run(cluster, change, options).await
                } else {
                    update(cluster, change, None, options).await.map(|_| ())
                }
            });
            let Err(WriteError::Conflict(conflicts)) = answer else { panic!("{answer:?}") };
            let mut lines: Vec<_> = conflicts.iter().map(ToString::to_string).collect();
            lines.sort();
            let expected = [
                r#"node_selector["example.com/a.b"]: helm has "x", declared is "y""#,
                r#"resources.limits["cpu"]: helm has "2", declared is "4""#,
                r#"resources.requests["cpu"]: helm has "2", declared is "4""#,
            ];
            assert_eq!(lines, expected, "{kind:?} {is_dry}");
        }
        let force = Declaration { force_conflicts: true, ..change };
        let answer =
            client.run(async |cluster, options| update(cluster, force, None, options).await);
        assert_eq!(done(answer).remaining, [], "{kind:?}");
    }
}

#[test]
fn other_words_for_the_same_amount_are_no_conflict() {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let (client, name) = (cluster.client(), unique("type"));
    apply_as(cluster, "kubectl", &name, &instance_type("1", &json!({})));
    let ours = instance_type("1000m", &json!({}));
    let answer = client.run(async |cluster, options| {
        update(cluster, declaration(&name, &ours), None, options).await
    });
    assert_eq!(done(answer).remaining, []);
    assert_eq!(cluster.get(&path(&name))["spec"]["resources"]["limits"]["cpu"], "1");
}

#[test]
fn fields_of_a_predecessor_become_ours_and_its_labels_stay() {
    for kind in DEFINED {
        for manager in ["Terraform", "kubectl-client-side-apply"] {
            let Some(cluster) = Cluster::shared(kind) else { return };
            let (client, name) = (cluster.client(), unique("type"));
            let theirs = instance_type("2", &json!({ "disk": "ssd", "pool": "a" }));
            let mut object = object(&name, &theirs);
            object["metadata"]["labels"] = json!({ "team": "ml" });
            if manager == "Terraform" {
                cluster.apply_as(manager, &path(&name), &object);
            } else {
                cluster.create(&format!("{PATH}?fieldManager={manager}"), &object);
            }
            let ours = instance_type("4", &json!({ "pool": "a" }));
            let takeover = Declaration {
                prior: &theirs,
                predecessors: &["Terraform", "kubectl", "kubectl-client-side-apply"],
                ..declaration(&name, &ours)
            };
            let answer =
                client.run(async |cluster, options| update(cluster, takeover, None, options).await);
            assert_eq!(done(answer).remaining, [], "{kind:?} {manager}");
            let found = cluster.get(&path(&name));
            assert_eq!(found["spec"]["nodeSelector"], json!({ "pool": "a" }), "{kind:?} {manager}");
            assert_eq!(found["metadata"]["labels"]["team"], "ml", "{kind:?} {manager}");
            let managers = found["metadata"]["managedFields"].as_array().expect("it has managers");
            let of_spec: Vec<_> = managers
                .iter()
                .filter(|entry| entry["fieldsV1"].get("f:spec").is_some())
                .map(|entry| entry["manager"].as_str().expect("it has a name"))
                .collect();
            assert_eq!(of_spec, ["terraform-provider-azureml"], "{kind:?} {manager}");
        }
    }
}

#[test]
fn a_label_that_another_manager_holds_on_to_goes_only_by_force() {
    for kind in [Kind::Strict, Kind::Lax] {
        let Some(cluster) = Cluster::shared(kind) else { return };
        let (client, name) = (cluster.client(), unique("type"));
        let before = instance_type("1", &json!({ "a.example.com/b": "1", "pool": "x" }));
        created(client.run(async |cluster, options| {
            create(cluster, declaration(&name, &before), Duration::ZERO, options).await
        }));
        apply_as(cluster, "helm", &name, &before);
        let after = instance_type("1", &json!({ "pool": "x" }));
        for force_conflicts in [false, true] {
            let change =
                Declaration { prior: &before, force_conflicts, ..declaration(&name, &after) };
            let written = done(
                client.run(async |cluster, options| update(cluster, change, None, options).await),
            );
            let left: Vec<_> = written
                .remaining
                .iter()
                .map(|it| (it.field.to_string(), it.managers.join(",")))
                .collect();
            let expected = (r#"node_selector["a.example.com/b"]"#.to_owned(), "helm".to_owned());
            let expected = if force_conflicts { vec![] } else { vec![expected] };
            assert_eq!(left, expected, "{kind:?}");
        }
        assert_eq!(cluster.get(&path(&name))["spec"]["nodeSelector"], json!({ "pool": "x" }));
    }
}

#[test]
fn labels_of_others_are_theirs_unless_the_selector_is_one_whole() {
    for kind in [Kind::Strict, Kind::Atomic] {
        let Some(cluster) = Cluster::shared(kind) else { return };
        let (client, name) = (cluster.client(), unique("type"));
        let ours = instance_type("1", &json!({ "pool": "x" }));
        let written = created(client.run(async |cluster, options| {
            create(cluster, declaration(&name, &ours), Duration::ZERO, options).await
        }));
        cluster.merge(&path(&name), &json!({ "spec": { "nodeSelector": { "theirs": "y" } } }));
        let found = live(&client, &name).expect("it is there");
        let foreign = differences(&ours, &found.spec.instance_type);
        assert_eq!(foreign[0].field.to_string(), r#"node_selector["theirs"]"#, "{kind:?}");
        assert_eq!(found.has_atomic_selector(), kind == Kind::Atomic, "{kind:?}");
        let force = Declaration { force_conflicts: true, ..declaration(&name, &ours) };
        let uid = written.live.uid;
        let written = done(
            client.run(async |cluster, options| update(cluster, force, Some(&uid), options).await),
        );
        let labels = &cluster.get(&path(&name))["spec"]["nodeSelector"];
        let is_there = labels.get("theirs").is_some();
        assert_eq!((is_there, &written.remaining[..]), (kind == Kind::Strict, &[][..]), "{kind:?}");
    }
}

#[test]
fn what_breaks_a_rule_of_the_definition_is_refused_with_the_field() {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let client = cluster.client();
    let nothing = instance_type("0", &json!({}));
    let answer = client.run(async |cluster, options| {
        create(cluster, declaration(&unique("type"), &nothing), Duration::ZERO, options).await
    });
    let Err(WriteError::Cluster(Error::Invalid { causes, .. })) = answer else {
        panic!("{answer:?}")
    };
    let mut fields: Vec<_> = causes.iter().map(|cause| cause.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["spec.resources.limits.cpu", "spec.resources.requests.cpu"]);
}

#[test]
fn a_type_that_somebody_made_anew_is_neither_changed_nor_deleted() {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let (client, name) = (cluster.client(), unique("type"));
    let theirs = instance_type("2", &json!({}));
    apply_as(cluster, "kubectl", &name, &theirs);
    let uid = "00000000-0000-0000-0000-000000000000";
    client.run(async |cluster, options| {
        let answer = update(cluster, declaration(&name, &theirs), Some(uid), options).await;
        assert!(matches!(answer, Ok(Updated::OtherObject(_))), "{answer:?}");
        assert_eq!(delete(cluster, &name, uid, "azureml", options).await, Ok(()));
    });
    assert!(live(&client, &name).is_some());
}

#[test]
fn a_right_that_is_missing_is_named() {
    let Some(cluster) = Cluster::shared(Kind::Strict) else { return };
    let rules = json!([{
        "apiGroups": ["amlarc.azureml.com"], "resources": ["instancetypes"], "verbs": ["get"] }]);
    let client = cluster.add_account(&rules).client();
    let ours = instance_type("1", &json!({}));
    let answer = client.run(async |cluster, options| {
        create(cluster, declaration(&unique("type"), &ours), Duration::ZERO, options).await
    });
    let Err(WriteError::Cluster(Error::Forbidden(missing))) = answer else { panic!("{answer:?}") };
    assert_eq!((missing.verb, missing.resource.as_str()), ("create", "instancetypes"));
}

fn declaration<'a>(name: &'a str, declared: &'a InstanceType) -> Declaration<'a> {
    Declaration { name, prior: declared, declared, force_conflicts: false, predecessors: &[] }
}

fn created(answer: Result<Created, WriteError>) -> Written {
    match answer {
        Ok(Created::Done(written)) => written,
        other => panic!("{other:?}"),
    }
}

fn done(answer: Result<Updated, WriteError>) -> Written {
    match answer {
        Ok(Updated::Done(written)) => written,
        other => panic!("{other:?}"),
    }
}

fn live(client: &Client, name: &str) -> Option<LiveInstanceType> {
    match client.run(async |cluster, options| read(cluster, name, options).await) {
        Ok(Lookup::Found(live)) => Some(live),
        Ok(Lookup::NotFound) => None,
        other => panic!("{other:?}"),
    }
}

/// What another manager applies, in its own words.
fn apply_as(cluster: &Cluster, manager: &str, name: &str, instance_type: &InstanceType) {
    cluster.apply_as(manager, &path(name), &object(name, instance_type));
}

fn object(name: &str, instance_type: &InstanceType) -> Value {
    let written = serde_json::to_value(instance_type).expect("it can be written");
    json!({
        "apiVersion": "amlarc.azureml.com/v1alpha1",
        "kind": "InstanceType",
        "metadata": { "name": name },
        "spec": { "nodeSelector": written["node_selector"], "resources": written["resources"] },
    })
}

fn path(name: &str) -> String {
    format!("{PATH}/{name}")
}

/// So much CPU and 4Gi, requested and at most, on nodes with these labels.
fn instance_type(cpu: &str, labels: &Value) -> InstanceType {
    let amounts = json!({ "cpu": cpu, "memory": "4Gi" });
    let resources = json!({ "requests": amounts, "limits": amounts });
    let of = json!({ "node_selector": labels, "resources": resources });
    serde_json::from_value(of).expect("it is an instance type")
}
