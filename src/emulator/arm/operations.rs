//! Long-running operations: how they start, and what polling returns.

use serde_json::{Value, json};
use uuid::Uuid;

use super::path::Path;
use super::{RequestContext, error};
use crate::faults::Failure;
use crate::http::Response;
use crate::names::{error_code, property, state};
use crate::store::{Operation, Outcome, Status, Store, normalize_id};
use crate::timestamp;

pub(super) struct NewOperation {
    /// A GUID.
    pub(super) name: String,
    /// Its status while it runs.
    pub(super) running_status: &'static str,
    /// Merged into the object once half of the time has passed.
    pub(super) halfway_change: Value,
    pub(super) success: Outcome,
    /// `None`: it will succeed, unless a fault is scripted.
    pub(super) failure: Option<Failure>,
    /// Merged into the object when the operation has failed.
    pub(super) failure_change: fn(&Failure) -> Value,
    /// Only the control interface ends it.
    pub(super) never_ends: bool,
    /// The only paths with a query that can be polled. Empty: any.
    pub(super) poll_urls: Vec<String>,
}

impl NewOperation {
    pub(super) fn new(
        running_status: &'static str, success: Outcome, failure_change: fn(&Failure) -> Value,
    ) -> Self {
        Self {
            name: Uuid::new_v4().to_string(),
            running_status,
            halfway_change: json!({}),
            success,
            failure: None,
            failure_change,
            never_ends: false,
            poll_urls: Vec::new(),
        }
    }

    /// Stores the operation as running. A scripted fault takes precedence over its own failure.
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
            failed: failure.as_ref().map_or(Value::Null, self.failure_change),
            failure,
        });
    }
}

pub(super) struct OperationQuery<'a> {
    name: &'a str,
    /// Whether it asks for the result, and not for the status.
    wants_result: bool,
    /// What the ID of its object begins with.
    id_prefix: String,
    /// What the ID of its object contains.
    id_part: String,
}

impl<'a> OperationQuery<'a> {
    /// `None` when the path is not that of an operation below its object.
    pub(super) fn below_resource(path: &'a Path) -> Option<Self> {
        let types = path.resource_type().to_ascii_lowercase();
        let wants_result = types.ends_with("/operationresults");
        let object = path.parent()?.id();
        (wants_result || types.ends_with("/operations")).then(|| Self {
            name: path.name(),
            wants_result,
            id_prefix: format!("{}/", normalize_id(&object)),
            id_part: String::new(),
        })
    }

    /// An operation below a location of its provider, or of the subscription.
    pub(super) fn below_location(
        subscription: &str, namespace: &str, name: &'a str, wants_result: bool,
    ) -> Self {
        let subscription = normalize_id(&format!("/subscriptions/{subscription}"));
        let namespace = namespace.to_ascii_lowercase();
        // Without a namespace, its object is in any resource group.
        let id_part = if namespace.is_empty() {
            "/resourcegroups/".to_owned()
        } else {
            format!("/providers/{namespace}/")
        };
        Self { name, wants_result, id_prefix: format!("{subscription}/"), id_part }
    }

    fn matches(&self, operation: &Operation) -> bool {
        let target = format!("{}/", operation.target);
        target.starts_with(&self.id_prefix) && target.contains(&self.id_part)
    }
}

pub(super) fn provisioning_state(state: &str) -> Value {
    json!({"properties": {property::PROVISIONING_STATE: state}})
}

pub(super) fn failed_state(_: &Failure) -> Value {
    provisioning_state(state::FAILED)
}

pub(super) fn with_retry_after(response: Response, context: &RequestContext<'_>) -> Response {
    if context.options.retry_after { response.with("retry-after", "1") } else { response }
}

pub(super) fn handle_poll(
    store: &Store, context: &RequestContext<'_>, query: &OperationQuery<'_>,
) -> Result<Response, Response> {
    let not_found = || error::operation_not_found(query.name);
    let request = context.request;
    if request.method != "GET" {
        return Err(error::method_not_allowed(request));
    }
    let operation =
        store.operation(query.name).filter(|it| query.matches(it)).ok_or_else(not_found)?;
    let requested = format!("{}?{}", request.path, request.query);
    if !operation.poll_urls.is_empty() && !operation.poll_urls.contains(&requested) {
        return Err(not_found());
    }
    let response = if query.wants_result {
        result_response(operation)
    } else {
        status_response(operation, &request.path)
    };
    let running = operation.status == Status::Running;
    Ok(if running { with_retry_after(response, context) } else { response })
}

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

/// The response of a `Location` URL.
fn result_response(operation: &Operation) -> Response {
    match (operation.status, &operation.failure) {
        (Status::Running, _) => Response::empty(202),
        (Status::Failed, Some(failure)) => error::error(409, &failure.code, &failure.message),
        _ => Response::empty(200),
    }
}

/// Azure wraps the error of an extension whose agents never reported.
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

/// An error with the fields that Azure Machine Learning adds.
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
