//! Deletes an instance type, and waits until it is gone.

use std::time::Duration;

use serde_json::Value;

use super::live::read;
use crate::call_options::CallOptions;
use crate::cluster::{Cluster, Delete, Deleted, ListQuery, Lookup};
use crate::error::Error;
use crate::pod::Pod;
use crate::poll::Pauses;
use crate::resource_type::ResourceType;

const TYPE: ResourceType = ResourceType::INSTANCE_TYPES;
/// How long it may take to find out why a deletion takes too long.
const EXPLANATION_TIMEOUT: Duration = Duration::from_secs(10);
/// The operator of the extension, which handles jobs and their types.
const OPERATOR: &str = "aml-operator";

/// Why an instance type is still there.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DeleteError {
    /// The cluster cannot be asked, or refuses.
    #[error(transparent)]
    Cluster(#[from] Error),
    /// It is being deleted, and something has to be done before it is gone.
    #[error("it is being deleted, but waits for {}{}", .finalizers.join(", "), operator(*.operator_runs))]
    Finalizers {
        /// What it waits for.
        finalizers: Vec<String>,
        /// Whether the extension's operator runs. `None`: nobody knows.
        operator_runs: Option<bool>,
    },
}

fn operator(runs: Option<bool>) -> &'static str {
    match runs {
        Some(true) => "; the operator of the extension, aml-operator, runs",
        Some(false) => {
            "; the operator of the extension, aml-operator, does not run, so that nobody does it"
        }
        None => "",
    }
}

/// Deletes the instance type with this `uid`, and waits until it is gone. One that another object has
/// replaced is gone.
pub async fn delete(
    cluster: &Cluster, name: &str, uid: &str, extension_namespace: &str, options: CallOptions<'_>,
) -> Result<(), DeleteError> {
    let precondition = Delete { uid: Some(uid), resource_version: None };
    match cluster.delete(&TYPE, None, name, precondition, options).await {
        Ok(Deleted::Accepted) => {}
        Ok(Deleted::Absent) => return Ok(()),
        // Another object has the name, or the same one has another version.
        Err(changed @ Error::Changed { .. }) => {
            return match find(cluster, name, uid, options).await? {
                None => Ok(()),
                Some(_) => Err(changed.into()),
            };
        }
        Err(error) => return Err(error.into()),
    }
    wait_until_gone(cluster, name, uid, extension_namespace, options).await
}

async fn wait_until_gone(
    cluster: &Cluster, name: &str, uid: &str, extension_namespace: &str, options: CallOptions<'_>,
) -> Result<(), DeleteError> {
    let mut pauses = Pauses::default();
    while let Some(finalizers) = find(cluster, name, uid, options).await? {
        let what = format!("instance type {name:?} to be gone");
        match pauses.pause(options, &what, None).await {
            Ok(()) => {}
            Err(Error::Timeout { .. }) if !finalizers.is_empty() => {
                let operator_runs = operator_runs(cluster, extension_namespace, options).await;
                return Err(DeleteError::Finalizers { finalizers, operator_runs });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The finalizers of the object with this `uid`. `None`: it is gone.
async fn find(
    cluster: &Cluster, name: &str, uid: &str, options: CallOptions<'_>,
) -> Result<Option<Vec<String>>, Error> {
    Ok(match read(cluster, name, options).await? {
        Lookup::Found(live) if live.uid == uid => Some(live.finalizers),
        Lookup::Found(_) | Lookup::NotFound | Lookup::ApiAbsent => None,
    })
}

async fn operator_runs(
    cluster: &Cluster, namespace: &str, options: CallOptions<'_>,
) -> Option<bool> {
    let options = options.with_deadline_in(EXPLANATION_TIMEOUT);
    let query = ListQuery { namespace: Some(namespace), ..ListQuery::default() };
    let add = |runs: &mut bool, pod: Pod| {
        *runs |= pod.name.contains(OPERATOR) && pod.phase == "Running";
    };
    cluster.fold_list(&ResourceType::PODS, query, options, add).await.ok().flatten()
}

/// Names of the jobs that name an instance type, as far as they can be found: what a job object looks
/// like is not documented. Empty too where nobody can tell.
pub async fn jobs_that_name(
    cluster: &Cluster, name: &str, options: CallOptions<'_>,
) -> Vec<String> {
    const JOBS: ResourceType =
        ResourceType::new("amlarc.azureml.com", "v1alpha1", "AmlJob", "amljobs");
    let query = ListQuery { page_size: 50, ..ListQuery::default() };
    let add = |jobs: &mut Vec<String>, job: Value| {
        if names(&job["spec"], name) || names(&job["metadata"]["labels"], name) {
            let text = |name: &str| job["metadata"][name].as_str().unwrap_or_default();
            jobs.push(format!("{}/{}", text("namespace"), text("name")));
        }
    };
    let options = options.within(EXPLANATION_TIMEOUT);
    let found = cluster.fold_list(&JOBS, query, options, add).await;
    found.ok().flatten().unwrap_or_default()
}

/// Whether a member whose name speaks of an instance type has this value, at any depth.
fn names(value: &Value, instance_type: &str) -> bool {
    let speaks_of_it = |key: &str| {
        let letters: String = key.chars().filter(char::is_ascii_alphabetic).collect();
        letters.to_ascii_lowercase().ends_with("instancetype")
    };
    match value {
        Value::Object(members) => members.iter().any(|(key, value)| {
            (speaks_of_it(key) && value == instance_type) || names(value, instance_type)
        }),
        Value::Array(items) => items.iter().any(|item| names(item, instance_type)),
        _ => false,
    }
}
