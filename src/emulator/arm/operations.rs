//! Long-running operations: how one begins, and what polling it answers.

use serde_json::{Value, json};
use uuid::Uuid;

use super::path::Path;
use super::{Site, error};
use crate::faults::Failure;
use crate::http::{Answer, Request};
use crate::store::{Ending, Operation, Status, Store, key};
use crate::timestamp;

/// An operation that is about to begin.
pub(super) struct Plan {
    /// Its GUID.
    pub(super) name: String,
    /// Its status word while it runs.
    pub(super) verb: &'static str,
    /// What the object shows once half of the time has passed.
    pub(super) midway: Value,
    pub(super) success: Ending,
    /// Why it will fail of itself.
    pub(super) failure: Option<Failure>,
    /// What the object shows when it has failed.
    pub(super) failed: fn(&Failure) -> Value,
    /// It never ends of itself.
    pub(super) hangs: bool,
    /// Paths with query that alone are answered; empty: any query is.
    pub(super) polled: Vec<String>,
}

impl Plan {
    pub(super) fn new(verb: &'static str, success: Ending, failed: fn(&Failure) -> Value) -> Self {
        Self {
            name: Uuid::new_v4().to_string(),
            verb,
            midway: json!({}),
            success,
            failure: None,
            failed,
            hangs: false,
            polled: Vec::new(),
        }
    }

    /// Begins it on an object. A scripted fault decides its end before anything else does.
    pub(super) fn begin(self, store: &mut Store, site: &Site<'_>, target: &str) {
        let failure = site.effect.fail_operation.clone().or(self.failure);
        let hangs = site.effect.stick_operation || self.hangs;
        let ends = (!hangs).then(|| site.now + site.options.operation_duration);
        store.begin(Operation {
            name: self.name,
            target: target.to_owned(),
            verb: self.verb,
            polled: self.polled,
            began: site.now,
            ends,
            status: Status::Running,
            midway: self.midway,
            success: self.success,
            failed: failure.as_ref().map_or(Value::Null, self.failed),
            failure,
        });
    }
}

/// What a polling URL asks for.
pub(super) struct Poll<'a> {
    /// The operation's GUID.
    name: &'a str,
    /// Its outcome instead of its status.
    result: bool,
    /// What the ID of its object begins with, and has in it.
    within: [String; 2],
}

impl<'a> Poll<'a> {
    /// Of an operation below its object, under which alone it is known.
    pub(super) fn below(path: &'a Path) -> Option<Self> {
        let types = path.types().to_ascii_lowercase();
        let result = types.ends_with("/operationresults");
        let object = path.parent()?.id();
        (result || types.ends_with("/operations")).then(|| Self {
            name: path.name(),
            result,
            within: [format!("{}/", key(&object)), String::new()],
        })
    }

    /// Of an operation below a location of its provider, or right below its subscription.
    pub(super) fn located(
        subscription: &str, namespace: &str, name: &'a str, result: bool,
    ) -> Self {
        let subscription = key(&format!("/subscriptions/{subscription}"));
        let namespace = namespace.to_ascii_lowercase();
        let provider = if namespace.is_empty() {
            "/resourcegroups/".to_owned()
        } else {
            format!("/providers/{namespace}/")
        };
        Self { name, result, within: [format!("{subscription}/"), provider] }
    }

    fn fits(&self, operation: &Operation) -> bool {
        let target = format!("{}/", operation.target);
        target.starts_with(&self.within[0]) && target.contains(&self.within[1])
    }
}

/// Adds `Retry-After` to the answer of something that still runs.
pub(super) fn pace(answer: Answer, site: &Site<'_>) -> Answer {
    if site.options.retry_after { answer.with("retry-after", "1") } else { answer }
}

/// Answers a poll. A URL that was given out with its query is answered under that query only.
pub(super) fn status(
    store: &Store, request: &Request, site: &Site<'_>, poll: &Poll<'_>,
) -> Result<Answer, Answer> {
    let unknown = || error::no_operation(poll.name);
    if request.method != "GET" {
        return Err(error::not_allowed(&request.method, &request.path));
    }
    let operation = store.operation(poll.name).filter(|it| poll.fits(it)).ok_or_else(unknown)?;
    let asked = format!("{}?{}", request.path, request.query);
    if !operation.polled.is_empty() && !operation.polled.contains(&asked) {
        return Err(unknown());
    }
    let answer = if poll.result { outcome(operation) } else { progress(operation, &request.path) };
    let running = operation.status == Status::Running;
    Ok(if running { pace(answer, site) } else { answer })
}

/// The answer of a status URL.
fn progress(operation: &Operation, path: &str) -> Answer {
    let status = match operation.status {
        Status::Running => operation.verb,
        Status::Succeeded => "Succeeded",
        Status::Failed => "Failed",
    };
    let failure = operation.failure.as_ref().filter(|_| operation.status == Status::Failed);
    if operation.target.contains("/microsoft.machinelearningservices/") {
        let error = failure.map(machine_learning_error);
        return Answer::json(
            200,
            match error {
                Some(error) => json!({"status": status, "error": error}),
                None => json!({"status": status}),
            },
        );
    }
    Answer::json(
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
fn outcome(operation: &Operation) -> Answer {
    match (operation.status, &operation.failure) {
        (Status::Running, _) => Answer::empty(202),
        (Status::Failed, Some(failure)) => error::error(409, &failure.code, &failure.message),
        _ => Answer::empty(200),
    }
}

/// An installation error comes wrapped when the agents never reported.
fn extension_error(failure: &Failure) -> Value {
    if failure.code != "ExtensionCreationFailed" {
        return json!({"code": failure.code, "message": failure.message});
    }
    json!({
        "code": "ResourceOperationFailure",
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
