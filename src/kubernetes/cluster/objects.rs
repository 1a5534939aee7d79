//! The verbs for one object.

use kube::core::params::{
    DeleteParams, GetParams, Patch as Body, PatchParams, PostParams, Preconditions,
};
use serde_json::Value;

use super::Cluster;
use super::absence::Absence;
use super::request::{Call, Request, encode};
use super::retry::Exchanged;
use crate::call_options::CallOptions;
use crate::error::Error;
use crate::resource_type::ResourceType;

/// The manager of the fields that are applied.
pub(crate) const FIELD_MANAGER: &str = "terraform-provider-azureml";

/// An object, or the proof that there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup<T> {
    /// It exists.
    Found(T),
    /// The API server says that it does not exist.
    NotFound,
    /// The API server does not serve objects of this type at all.
    ApiAbsent,
}

/// How an object is applied.
#[derive(Clone, Copy, Debug, Default)]
pub struct Apply {
    /// Whether fields are taken from other managers.
    pub force: bool,
    /// Whether nothing is to be kept of it.
    pub dry_run: bool,
}

/// What came of an insertion.
#[derive(Clone, Debug, PartialEq)]
pub enum Insertion {
    /// The object was created, and is this.
    Created(Value),
    /// An object of the name existed, and was not touched.
    Existed,
    /// An object of the name existed when the answer came, but an earlier try, whose answer was lost,
    /// may have made it.
    Unknown,
}

/// A change of some members of an object.
#[derive(Clone, Debug)]
pub enum Patch {
    /// Operations of RFC 6902.
    Json(Value),
    /// A merge patch of RFC 7396.
    Merge(Value),
}

/// What is deleted only.
#[derive(Clone, Debug, Default)]
pub struct Delete<'a> {
    /// The object with this `uid`, and no other of its name.
    pub uid: Option<&'a str>,
    /// The object in this version.
    pub resource_version: Option<&'a str>,
}

/// What came of a delete.
#[derive(Clone, Debug, PartialEq)]
pub enum Deleted {
    /// It is accepted. The object may stay until its finalizers are done.
    Accepted,
    /// There was none.
    Absent,
}

impl Cluster {
    /// Reads an object.
    pub async fn get(
        &self, resource: &ResourceType, namespace: Option<&str>, name: &str,
        options: CallOptions<'_>,
    ) -> Result<Lookup<Value>, Error> {
        let call = Call::of_type("get", resource, namespace).named(name);
        let request = Request::new(call.builder()?.get(name, &GetParams::default()))?;
        let exchanged = self.exchange(&call, &request, options).await?;
        if exchanged.answer.status != 404 {
            return Ok(Lookup::Found(exchanged.success(&call)?.json()?));
        }
        match self.prove_absence(&call, &exchanged.answer, options).await? {
            Absence::Object => Ok(Lookup::NotFound),
            Absence::Type => Ok(Lookup::ApiAbsent),
        }
    }

    /// Creates an object; one of its name is an error.
    pub async fn create(
        &self, resource: &ResourceType, namespace: Option<&str>, object: &Value,
        options: CallOptions<'_>,
    ) -> Result<Value, Error> {
        let call = Call::of_type("create", resource, namespace);
        let params =
            PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        let request = Request::new(call.builder()?.create(&params, encode(object)?))?;
        self.write(&call, &request, options).await?.success(&call)?.json()
    }

    /// Creates an object of a type without namespaces, or finds one of the name, which it does not touch:
    /// the API server decides between callers who come at once. Fields that the type does not know are
    /// refused. A try whose answer was lost is repeated.
    pub async fn insert(
        &self, resource: &ResourceType, object: &Value, options: CallOptions<'_>,
    ) -> Result<Insertion, Error> {
        let call = Call::of_type("create", resource, None);
        let params =
            PostParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PostParams::default() };
        let made = call.builder()?.create(&params, encode(object)?);
        let request = Request::new(made)?.repeatable().with_parameter("fieldValidation=Strict");
        let exchanged = self.write(&call, &request, options).await?;
        let was_repeated = exchanged.was_repeated;
        match exchanged.success(&call) {
            Ok(answer) => Ok(Insertion::Created(answer.json()?)),
            Err(Error::AlreadyExists { .. }) if was_repeated => Ok(Insertion::Unknown),
            Err(Error::AlreadyExists { .. }) => Ok(Insertion::Existed),
            Err(error) => Err(error),
        }
    }

    /// Asks for a review, such as of access: the API server answers it and does not keep it, so
    /// that it may be asked again.
    pub async fn review(
        &self, resource: &ResourceType, review: &Value, options: CallOptions<'_>,
    ) -> Result<Value, Error> {
        let call = Call::of_type("create", resource, None);
        let made = call.builder()?.create(&PostParams::default(), encode(review)?);
        let request = Request::new(made)?.repeatable();
        self.write(&call, &request, options).await?.success(&call)?.json()
    }

    /// Applies an object on the server's side: its fields become ours. Fields that the type does
    /// not know are refused.
    pub async fn apply(
        &self, resource: &ResourceType, namespace: Option<&str>, object: &Value, apply: Apply,
        options: CallOptions<'_>,
    ) -> Result<Value, Error> {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let call = Call::of_type("patch", resource, namespace).named(name);
        let mut params = PatchParams::apply(FIELD_MANAGER).validation_strict();
        params.force = apply.force;
        params.dry_run = apply.dry_run;
        let request = Request::new(call.builder()?.patch(name, &params, &Body::Apply(object)))?;
        self.write(&call, &request, options).await?.success(&call)?.json()
    }

    /// Changes some members of an object.
    pub async fn patch(
        &self, resource: &ResourceType, namespace: Option<&str>, name: &str, patch: &Patch,
        options: CallOptions<'_>,
    ) -> Result<Value, Error> {
        let call = Call::of_type("patch", resource, namespace).named(name);
        let params =
            PatchParams { field_manager: Some(FIELD_MANAGER.to_owned()), ..PatchParams::default() };
        let (Patch::Json(body) | Patch::Merge(body)) = patch;
        let request = Request::new(call.builder()?.patch(name, &params, &Body::Merge(body)))?;
        let request = match patch {
            Patch::Json(_) => request.with_content_type("application/json-patch+json"),
            Patch::Merge(_) => request,
        };
        let changed = self.write(&call, &request, options).await?.success(&call);
        changed.map_err(|error| as_changed_if_test_failed(error, patch))?.json()
    }

    /// Deletes an object.
    pub async fn delete(
        &self, resource: &ResourceType, namespace: Option<&str>, name: &str, delete: Delete<'_>,
        options: CallOptions<'_>,
    ) -> Result<Deleted, Error> {
        let call = Call::of_type("delete", resource, namespace).named(name);
        let preconditions = Preconditions {
            uid: delete.uid.map(str::to_owned),
            resource_version: delete.resource_version.map(str::to_owned),
        };
        let params = DeleteParams { preconditions: Some(preconditions), ..DeleteParams::default() };
        let request = Request::new(call.builder()?.delete(name, &params))?;
        let exchanged = self.exchange(&call, &request, options).await?;
        if exchanged.answer.status != 404 {
            return exchanged.success(&call).map(|_| Deleted::Accepted);
        }
        self.prove_absence(&call, &exchanged.answer, options).await.map(|_| Deleted::Absent)
    }

    /// Sends a write. The 404 of a type that is not served is its own error.
    async fn write(
        &self, call: &Call<'_>, request: &Request, options: CallOptions<'_>,
    ) -> Result<Exchanged, Error> {
        let exchanged = self.exchange(call, request, options).await?;
        let Some(resource) = call.resource.filter(|_| exchanged.answer.status == 404) else {
            return Ok(exchanged);
        };
        match self.prove_absence(call, &exchanged.answer, options).await? {
            Absence::Type => Err(Error::ApiAbsent { resource: resource.qualified_plural() }),
            Absence::Object => Ok(exchanged),
        }
    }
}

/// An operation that failed, as `test` is to when the object has changed, is told as an invalid
/// object without a cause.
fn as_changed_if_test_failed(error: Error, patch: &Patch) -> Error {
    match (error, patch) {
        (Error::Invalid { message, causes }, Patch::Json(_)) if causes.is_empty() => {
            Error::Changed { message }
        }
        (error, _) => error,
    }
}
