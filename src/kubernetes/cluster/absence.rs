//! Whether a 404 proves that something does not exist.
//!
//! A proxy's 404 proves nothing, and an API server that does not serve a type answers with a bare
//! text. So an object is absent only where the API server says so of the object itself, and a type
//! only where discovery, which has its own form, does not list it.

use serde::Deserialize;

use super::Cluster;
use super::exchange::Answer;
use super::request::Call;
use crate::call_options::CallOptions;
use crate::error::Error;
use crate::resource_type::ResourceType;

/// What a 404 proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Absence {
    /// The object does not exist.
    Object,
    /// The API server does not serve the type.
    Type,
}

#[derive(Deserialize)]
struct GroupList {
    kind: String,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    name: String,
    versions: Vec<GroupVersion>,
}

#[derive(Deserialize)]
struct GroupVersion {
    version: String,
}

#[derive(Deserialize)]
struct ResourceList {
    kind: String,
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Resource {
    name: String,
}

impl Cluster {
    /// What the 404 of a call about objects proves; an error where it proves nothing.
    pub(super) async fn prove_absence(
        &self, call: &Call<'_>, answer: &Answer, options: CallOptions<'_>,
    ) -> Result<Absence, Error> {
        let Some(resource) = call.resource else { return Err(answer.error(call)) };
        if names_object(answer, call, resource) {
            return Ok(Absence::Object);
        }
        if answer
            .status_object()
            .is_some_and(|status| status.details.is_some_and(|it| !it.name.is_empty()))
        {
            return Err(answer.error(call));
        }
        if resource.group.is_empty() || self.is_served(resource, options).await? {
            return Err(answer.error(call));
        }
        Ok(Absence::Type)
    }

    /// Whether discovery lists the type.
    pub async fn is_served(
        &self, resource: &ResourceType, options: CallOptions<'_>,
    ) -> Result<bool, Error> {
        let groups: GroupList = self.discover("/apis", options).await?;
        check_kind(&groups.kind, "APIGroupList")?;
        let Some(group) = groups.groups.into_iter().find(|group| group.name == resource.group)
        else {
            return Ok(false);
        };
        let served: Vec<_> = group.versions.into_iter().map(|served| served.version).collect();
        if !served.iter().any(|version| version == resource.version) {
            return Err(Error::VersionNotServed {
                group: resource.group.to_owned(),
                version: resource.version.to_owned(),
                served,
            });
        }
        let path = format!("/apis/{}", resource.api_version());
        let types: ResourceList = self.discover(&path, options).await?;
        check_kind(&types.kind, "APIResourceList")?;
        Ok(types.resources.iter().any(|served| served.name == resource.plural))
    }

    async fn discover<T: serde::de::DeserializeOwned>(
        &self, path: &str, options: CallOptions<'_>,
    ) -> Result<T, Error> {
        let found = self.read_path(path, options).await?;
        serde_json::from_value(found).map_err(|_| no_discovery(path))
    }
}

/// Whether an API server says of this very object that it does not exist.
fn names_object(answer: &Answer, call: &Call<'_>, resource: &ResourceType) -> bool {
    let Some(status) = answer.status_object() else { return false };
    let Some(details) = status.details else { return false };
    let is_type = [resource.plural, resource.kind].iter().any(|name| details.kind == *name);
    status.reason == "NotFound"
        && call.name == Some(details.name.as_str())
        && is_type
        && details.group == resource.group
}

fn check_kind(kind: &str, expected: &str) -> Result<(), Error> {
    if kind == expected { Ok(()) } else { Err(no_discovery(expected)) }
}

fn no_discovery(what: &str) -> Error {
    Error::Unreachable { why: format!("what answers for {what} there is no API server") }
}
