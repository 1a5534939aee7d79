//! Long-running operations: how one begins, and what polling it answers.

use serde_json::{Value, json};
use uuid::Uuid;

use super::path::Path;
use super::{RequestContext, error};
use crate::faults::Failure;
use crate::http::Response;
use crate::names::{error_code, property, state};
use crate::store::{Operation, Outcome, Status, Store, normalize_id};
use crate::timestamp;

/// An operation that is about to begin.
pub(super) struct NewOperation {
    /// Its GUID.
    pub(super) name: String,
    /// Its status word while it runs.
    pub(super) running_status: &'static str,
    /// What the object shows once half of the time has passed.
    pub(super) halfway_change: Value,
    pub(super) success: Outcome,
    /// Why it will fail of itself.
    pub(super) failure: Option<Failure>,
    /// What the object shows when it has failed.
    pub(super) failed: fn(&Failure) -> Value,
    /// It never ends of itself.
    pub(super) never_ends: bool,
    /// Paths with query that alone are answered; empty: any query is.
    pub(super) poll_urls: Vec<String>,
}

impl NewOperation {
    pub(super) fn new(
        running_status: &'static str, success: Outcome, failed: fn(&Failure) -> Value,
    ) -> Self {
        Self {
            name: Uuid::new_v4().to_string(),
            running_status,
            halfway_change: json!({}),
            success,
            failure: None,
            failed,
            never_ends: false,
            poll_urls: Vec::new(),
        }
    }

    /// Begins it on an object. A scripted fault decides its end before anything else does.
    pub(super) fn start(self, store: &mut Store, context: &RequestContext<'_>, target: &str) {
        let failure = context.effect.fail_operation.clone().or(self.failure);
        let never_ends = context.effect.stick_operation || self.never_ends;
        let ends_at = (!never_ends).then(|| context.now + context.options.operation_duration);
        store.start(Operation {
            name: self.name,
            target: target.to_owned(),
            running_status: self.running_status,
            poll_urls: self.poll_urls,
            started_at: context.now,
            ends_at,
            status: Status::Running,
            halfway_change: self.halfway_change,
            success: self.success,
            failed: failure.as_ref().map_or(Value::Null, self.failed),
            failure,
        });
    }
}

/// What a polling URL asks for.
pub(super) struct OperationQuery<'a> {
    /// The operation's GUID.
    name: &'a str,
    /// Its outcome instead of its status.
    result: bool,
    /// What the ID of its object begins with, and has in it.
    target: [String; 2],
}

impl<'a> OperationQuery<'a> {
    /// Of an operation below its object, under which alone it is known.
    pub(super) fn below_resource(path: &'a Path) -> Option<Self> {
        let types = path.resource_type().to_ascii_lowercase();
        let result = types.ends_with("/operationresults");
        let object = path.parent()?.id();
        (result || types.ends_with("/operations")).then(|| Self {
            name: path.name(),
            result,
            target: [format!("{}/", normalize_id(&object)), String::new()],
        })
    }

    /// Of an operation below a location of its provider, or right below its subscription.
    pub(super) fn below_location(
        subscription: &str, namespace: &str, name: &'a str, result: bool,
    ) -> Self {
        let subscription = normalize_id(&format!("/subscriptions/{subscription}"));
        let namespace = namespace.to_ascii_lowercase();
        let provider = if namespace.is_empty() {
            "/resourcegroups/".to_owned()
        } else {
            format!("/providers/{namespace}/")
        };
        Self { name, result, target: [format!("{subscription}/"), provider] }
    }

    fn matches(&self, operation: &Operation) -> bool {
        let target = format!("{}/", operation.target);
        target.starts_with(&self.target[0]) && target.contains(&self.target[1])
    }
}

/// A change of the state that an object shows.
pub(super) fn provisioning_state(state: &str) -> Value {
    json!({"properties": {property::PROVISIONING_STATE: state}})
}

/// What most types show of a failed operation.
pub(super) fn failed_state(_: &Failure) -> Value {
    provisioning_state(state::FAILED)
}

/// Adds `Retry-After` to the answer of something that still runs.
pub(super) fn with_retry_after(response: Response, context: &RequestContext<'_>) -> Response {
    if context.options.retry_after { response.with("retry-after", "1") } else { response }
}

/// Answers a poll. A URL that was given out with its query is answered under that query only.
pub(super) fn handle_poll(
    store: &Store, context: &RequestContext<'_>, query: &OperationQuery<'_>,
) -> Result<Response, Response> {
    let unknown = || error::operation_not_found(query.name);
    let request = context.request;
    if request.method != "GET" {
        return Err(error::method_not_allowed(request));
    }
    let operation =
        store.operation(query.name).filter(|it| query.matches(it)).ok_or_else(unknown)?;
    let requested = format!("{}?{}", request.path, request.query);
    if !operation.poll_urls.is_empty() && !operation.poll_urls.contains(&requested) {
        return Err(unknown());
    }
    let response = if query.result {
        result_response(operation)
    } else {
        status_response(operation, &request.path)
    };
    let running = operation.status == Status::Running;
    Ok(if running { with_retry_after(response, context) } else { response })
}

/// The answer of a status URL.
fn status_response(operation: &Operation, path: &str) -> Response {
    let status = match operation.status {
        Status::Running => operation.running_status,
        Status::Succeeded => state::SUCCEEDED,
        Status::Failed => state::FAILED,
    };
    let failure = operation.failure.as_ref().filter(|_| operation.status == Status::Failed);
    if operation.target.contains("/microsoft.machinelearningservices/") {
        let error = failure.map(machine_learning_error);
        return Response::json(
            200,
            match error {
                Some(error) => json!({"status": status, "error": error}),
                None => json!({"status": status}),
            },
        );
    }
    Response::json(
        200,
        json!({
            "id": path,
            "name": operation.name,
            "status": status,
            "properties": {},
            "error": failure.map(extension_error),
        }),
    )
}

/// The answer of a result URL (`Location`).
fn result_response(operation: &Operation) -> Response {
    match (operation.status, &operation.failure) {
        (Status::Running, _) => Response::empty(202),
        (Status::Failed, Some(failure)) => error::error(409, &failure.code, &failure.message),
        _ => Response::empty(200),
    }
}

/// An installation error comes wrapped when the agents never reported.
fn extension_error(failure: &Failure) -> Value {
    if failure.code != error_code::EXTENSION_CREATION_FAILED {
        return json!({"code": failure.code, "message": failure.message});
    }
    json!({
        "code": error_code::RESOURCE_OPERATION_FAILURE,
        "message": "The resource operation completed with terminal provisioning state 'Failed'.",
        "details": [{"code": failure.code, "message": failure.message}],
    })
}

/// An error with what Azure Machine Learning adds to ARM's fields.
pub(super) fn machine_learning_error(failure: &Failure) -> Value {
    json!({
        "code": failure.code,
        "message": failure.message,
        "target": null,
        "details": [],
        "additionalInfo": [],
        "innerError": null,
        "correlation": {
            "operation": Uuid::new_v4().simple().to_string(),
            "request": Uuid::new_v4().simple().to_string().get(..16),
        },
        "environment": "eastus",
        "location": "eastus",
        "time": timestamp::now(),
        "debugInfo": null,
    })
}
