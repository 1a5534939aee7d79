//! The verbs for one object, and what refusals mean.

use serde_json::{Value, json};

use crate::call_options::CallOptions;
use crate::cluster::{Apply, Delete, Deleted, Patch};
use crate::error::{Cause, Error, FieldConflict};
use crate::resource_type::ResourceType;
use crate::scripted_cluster::{Reply, ScriptedCluster, status, unhurried};

const TYPE: ResourceType = ResourceType::INSTANCE_TYPES;
const PATH: &str = "/apis/amlarc.azureml.com/v1alpha1/instancetypes/gpu";

fn gpu() -> Value {
    json!({"apiVersion": "amlarc.azureml.com/v1alpha1", "kind": "InstanceType",
           "metadata": {"name": "gpu"}, "spec": {"nodeSelector": {"a.b/c": "d"}}})
}

async fn apply(cluster: &ScriptedCluster, apply: Apply) -> Result<Value, Error> {
    let call = async |options: CallOptions<'_>| {
        cluster.cluster.apply(&TYPE, None, &gpu(), apply, options).await
    };
    unhurried(call).await
}

/// What applying an object that is answered like this ends with.
async fn refusal(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Error {
    let cluster = ScriptedCluster::new(move |_, _| reply());
    apply(&cluster, Apply::default()).await.expect_err("a refusal")
}

#[tokio::test(start_paused = true)]
async fn an_apply_is_strict_names_its_manager_and_forces_when_it_is_told_to() {
    for (how, query) in [
        (Apply::default(), "?&fieldManager=terraform-provider-azureml&fieldValidation=Strict"),
        (
            Apply { force: true, dry_run: true },
            "?&dryRun=All&force=true&fieldManager=terraform-provider-azureml&fieldValidation=Strict",
        ),
    ] {
        let cluster = ScriptedCluster::new(|seen, _| Reply::Json(200, seen.body.clone()));
        assert_eq!(apply(&cluster, how).await.unwrap(), gpu());
        assert_eq!(cluster.lines(), [format!("PATCH {PATH}{query}")]);
        let sent = &cluster.requests()[0];
        assert_eq!(sent.content_type.as_deref(), Some("application/apply-patch+yaml"));
    }
}

#[tokio::test(start_paused = true)]
async fn patches_have_the_type_of_their_kind() {
    let operations = json!([{"op": "test", "path": "/metadata/resourceVersion", "value": "7"}]);
    for (patch, content_type, body) in [
        (Patch::Json(operations.clone()), "application/json-patch+json", operations),
        (
            Patch::Merge(json!({"spec": null})),
            "application/merge-patch+json",
            json!({"spec": null}),
        ),
    ] {
        let cluster = ScriptedCluster::new(|_, _| Reply::Json(200, gpu()));
        let call = async |options: CallOptions<'_>| {
            cluster.cluster.patch(&TYPE, None, "gpu", &patch, options).await
        };
        unhurried(call).await.unwrap();
        let sent = &cluster.requests()[0];
        assert_eq!(sent.content_type.as_deref(), Some(content_type));
        assert_eq!(sent.body, body);
    }
}

#[tokio::test(start_paused = true)]
async fn a_delete_names_what_it_expects() {
    let cluster = ScriptedCluster::new(|_, _| Reply::Json(200, json!({"kind": "Status"})));
    let call = async |options: CallOptions<'_>| {
        let delete = Delete { uid: Some("u-1"), resource_version: None };
        cluster.cluster.delete(&TYPE, None, "gpu", delete, options).await
    };
    assert_eq!(unhurried(call).await, Ok(Deleted::Accepted));
    assert_eq!(cluster.requests()[0].body, json!({"preconditions": {"uid": "u-1"}}));
}

#[tokio::test(start_paused = true)]
async fn only_what_is_proved_absent_is_deleted_already() {
    let gone: fn() -> Reply = || {
        let details = json!({"name": "gpu", "group": TYPE.group, "kind": TYPE.plural});
        status(404, "NotFound", "not found", details)
    };
    let bare: fn() -> Reply = || Reply::Text(404, "404 page not found\n");
    let page: fn() -> Reply = || Reply::Text(404, "<html>");
    let groups: fn() -> Reply =
        || Reply::Json(200, json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": []}));
    for (object, discovery, is_absent) in [
        (gone, page, true),
        (bare, groups, true),
        (page, groups, true),
        (bare, page, false),
        (page, page, false),
        (bare, bare, false),
    ] {
        let cluster = ScriptedCluster::new(move |seen, _| match seen.path.as_str() {
            "/apis" => discovery(),
            _ => object(),
        });
        let call = async |options: CallOptions<'_>| {
            cluster.cluster.delete(&TYPE, None, "gpu", Delete::default(), options).await
        };
        match unhurried(call).await {
            Ok(deleted) => assert!(is_absent && deleted == Deleted::Absent),
            Err(error) => assert!(!is_absent && error.is_unreachable(), "{error:?}"),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_names_fields_and_managers() {
    let conflict = || {
        let field = ".spec.nodeSelector.kubernetes.io/os";
        let cause = |message: &str, field: &str| json!({"reason": "FieldManagerConflict", "message": message, "field": field});
        let causes = json!([
            cause(
                "conflict with \"kubectl-client-side-apply\" using amlarc.azureml.com/v1alpha1 at 2024-01-01T00:00:00Z",
                field
            ),
            cause("conflict with \"a \\\"b\\\"\"", ".spec.resources.limits.cpu"),
        ]);
        status(409, "Conflict", "Apply failed with 2 conflicts", json!({"causes": causes}))
    };
    let fields = vec![
        FieldConflict {
            manager: "kubectl-client-side-apply".to_owned(),
            field: ".spec.nodeSelector.kubernetes.io/os".to_owned(),
        },
        FieldConflict {
            manager: "a \"b\"".to_owned(),
            field: ".spec.resources.limits.cpu".to_owned(),
        },
    ];
    assert_eq!(refusal(conflict).await, Error::Conflict { fields });
}

#[tokio::test(start_paused = true)]
async fn refusals_say_which_they_are() {
    let changed = || status(409, "Conflict", "the object has been modified", json!({}));
    assert!(matches!(refusal(changed).await, Error::Changed { .. }));
    let exists = || status(409, "AlreadyExists", "gpu already exists", json!({}));
    assert!(matches!(refusal(exists).await, Error::AlreadyExists { .. }));

    let invalid = || {
        let causes = json!([{"reason": "FieldValueInvalid", "message": "Invalid value: \"x\"", "field": "spec.resources"}]);
        status(422, "Invalid", "gpu is invalid", json!({"causes": causes}))
    };
    let causes = vec![Cause {
        field: "spec.resources".to_owned(),
        message: "Invalid value: \"x\"".to_owned(),
    }];
    let message = "gpu is invalid".to_owned();
    assert_eq!(refusal(invalid).await, Error::Invalid { message, causes });

    let forbidden = || status(403, "Forbidden", "User \"u\" cannot patch", json!({}));
    let Error::Forbidden(right) = refusal(forbidden).await else { panic!("another refusal") };
    assert_eq!((right.verb, right.resource.as_str()), ("patch", "instancetypes"));
    assert_eq!(
        right.to_string(),
        "the right to patch instancetypes.amlarc.azureml.com is missing: User \"u\" cannot patch"
    );

    let full = || status(507, "", "disk full", json!({}));
    assert_eq!(refusal(full).await.to_string(), "the API server answers 507: disk full");
}

#[tokio::test(start_paused = true)]
async fn fields_that_the_type_does_not_have_are_named_and_not_waited_for() {
    let head = "failed to create typed patch object (/gpu; amlarc.azureml.com/v1alpha1, Kind=InstanceType): ";
    let one = format!("{head}.spec.limits: field not declared in schema");
    let two = format!(
        "{head}errors:\n  .spec.limits: field not declared in schema\n  .spec.resources: expected map, got &{{7}}\n"
    );
    for (message, expected) in [
        (one, vec![(".spec.limits", "field not declared in schema")]),
        (
            two,
            vec![
                (".spec.limits", "field not declared in schema"),
                (".spec.resources", "expected map, got &{7}"),
            ],
        ),
    ] {
        let body = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure",
                          "message": message, "code": 500});
        let cluster = ScriptedCluster::new(move |_, _| Reply::Json(500, body.clone()));
        let error = apply(&cluster, Apply::default()).await.expect_err("it does not fit");
        let Error::Invalid { causes, .. } = error else { panic!("{error:?}") };
        let causes: Vec<_> =
            causes.iter().map(|cause| (cause.field.as_str(), cause.message.as_str())).collect();
        assert_eq!(causes, expected);
        assert_eq!(cluster.requests().len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_patch_whose_test_fails_says_that_the_object_has_changed() {
    let message = "the server rejected our request due to an error in our request";
    let cluster = ScriptedCluster::new(move |_, _| status(422, "Invalid", message, json!({})));
    for (patch, is_changed) in [(Patch::Json(json!([])), true), (Patch::Merge(json!({})), false)] {
        let call = async |options: CallOptions<'_>| {
            cluster.cluster.patch(&TYPE, None, "gpu", &patch, options).await
        };
        let error = unhurried(call).await.expect_err("a refusal");
        assert_eq!(matches!(error, Error::Changed { .. }), is_changed, "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_denies_a_request_is_named() {
    for (code, message, by) in [
        (
            400,
            "admission webhook \"check.example\" denied the request: no GPUs on Fridays",
            "the admission webhook \"check.example\"",
        ),
        (
            422,
            "instancetypes.amlarc.azureml.com \"gpu\" is forbidden: ValidatingAdmissionPolicy 'small' \
             with binding 'all' denied request: too large",
            "the admission policy \"small\"",
        ),
    ] {
        let denied = refusal(move || status(code, "Invalid", message, json!({}))).await;
        let expected = Error::Admission { by: by.to_owned(), message: message.to_owned() };
        assert_eq!(denied, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_namespace_that_is_missing_is_named() {
    let missing = || {
        let details = json!({"name": "jobs", "kind": "namespaces"});
        status(404, "NotFound", "namespaces \"jobs\" not found", details)
    };
    let error = refusal(missing).await;
    assert_eq!(error.to_string(), "namespaces \"jobs\" does not exist in the cluster");
}

#[tokio::test(start_paused = true)]
async fn what_comes_from_elsewhere_is_no_refusal_of_the_cluster() {
    for reply in [
        (|| Reply::Text(403, "<html>blocked by policy</html>")) as fn() -> Reply,
        || Reply::Text(404, "<html>not here</html>"),
        || Reply::Json(409, json!({"error": "conflict"})),
        || Reply::Text(301, ""),
        || Reply::Text(200, "<html>sign in</html>"),
    ] {
        let error = refusal(reply).await;
        assert!(error.is_unreachable(), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_name_that_would_lead_elsewhere_is_not_sent() {
    for name in ["", "..", "a/b", "a?x=1", "a%2fb", "a b", "ä"] {
        let cluster = ScriptedCluster::new(|_, _| Reply::Json(200, gpu()));
        let call =
            async |options: CallOptions<'_>| cluster.cluster.get(&TYPE, None, name, options).await;
        let error = unhurried(call).await.expect_err(name);
        assert!(matches!(error, Error::Invalid { .. }), "{name}: {error:?}");
        assert!(cluster.requests().is_empty());
    }
}
