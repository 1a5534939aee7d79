//! Deletes an instance type of a cluster.

use aml::list;
use aml::settings::RELEASE_NAMESPACE;
use framework::Diagnostic;
use kubernetes::Lookup;
use kubernetes::instance_type::{DeleteError, delete as delete_type, jobs_that_name, read};
use vocabulary::to_sentence;

use super::cluster::{UID, cluster_error, reach_same};
use super::model::ClusterType;
use crate::cluster_access::{Reached, options};
use crate::context::Context;
use crate::explain::Result;

pub(super) async fn delete(context: &mut Context<'_>, state: &ClusterType) -> Result<()> {
    if state.cluster_id.is_null() {
        return Err(Diagnostic::error("Instance type has no cluster")
            .detail(
                "It was moved here, and its cluster was never applied. Apply its configuration \
                 first, or remove it from the state with `terraform state rm`.",
            )
            .at("cluster_id")
            .into());
    }
    let reached = match reach_same(context, state).await? {
        Ok(reached) => reached,
        Err(error) if error.is_gone() => return Ok(()),
        Err(error) => return Err(error.into()),
    };
    let name = state.name.require()?.clone();
    let Some(uid) = find_uid(context, &reached, &name).await? else { return Ok(()) };
    warn_of_jobs(context, &reached, &name).await;
    let deleted =
        delete_type(&reached.cluster, &name, &uid, RELEASE_NAMESPACE, options(context)).await;
    deleted.map_err(|error| match error {
        DeleteError::Cluster(error) => cluster_error(context, &reached, "was not deleted", &error),
        error @ DeleteError::Finalizers { .. } => Diagnostic::error("Instance type is still there")
            .detail(format!("{}\n\n{}", reached.id, to_sentence(&error.to_string())))
            .into(),
    })
}

/// The object that the state is about. `None`: there is none.
async fn find_uid(context: &Context<'_>, reached: &Reached, name: &str) -> Result<Option<String>> {
    if let Some(known) = context.private.get(UID) {
        return Ok(Some(known));
    }
    match read(&reached.cluster, name, options(context)).await {
        Ok(Lookup::Found(live)) => Ok(Some(live.uid)),
        Ok(Lookup::NotFound | Lookup::ApiAbsent) => Ok(None),
        Err(error) => Err(cluster_error(context, reached, "was not deleted", &error)),
    }
}

async fn warn_of_jobs(context: &mut Context<'_>, reached: &Reached, name: &str) {
    let jobs = jobs_that_name(&reached.cluster, name, options(context)).await;
    if !jobs.is_empty() {
        let jobs = list(jobs.iter().map(String::as_str));
        context.diagnostics.push(
            Diagnostic::warning(format!("Jobs name the instance type {name}"))
                .detail(format!("These cannot start again once it is gone: {jobs}.")),
        );
    }
}
