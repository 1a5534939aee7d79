//! Creates an instance type in a cluster.

use std::time::{Duration, Instant};

use azure::Id;
use azure::resource_types::EXTENSIONS;
use framework::{Failure, Saved};
use kubernetes::Error as ClusterFailure;
use kubernetes::instance_type::{Created, WriteError, create as create_type};

use super::cluster::{
    UID, already_exists_error, declaration, describe_remaining, reach_same, write_error,
};
use super::model::ClusterType;
use crate::arm::list_below;
use crate::arm::preflight::is_azureml;
use crate::cluster_access::{Reached, options};
use crate::context::Context;
use crate::explain::Result;

/// How long the cluster may take to know of instance types where no extension is on its way: what
/// serves them may just have been installed.
const API_TIMEOUT: Duration = Duration::from_mins(5);

pub(super) async fn create(
    context: &mut Context<'_>, planned: ClusterType, saved: &mut Saved<ClusterType>,
) -> Result<()> {
    let planned = planned.with_id()?;
    let reached = reach_same(context, &planned).await??;
    let created = apply(context, &reached, &planned).await;
    let created =
        created.map_err(|error| write_error(context, &reached, "was not created", error))?;
    let written = match created {
        Created::Done(written) => written,
        Created::Exists(live) => return Err(already_exists_error(&planned, &live)),
    };
    context.private.set(UID, &written.live.uid);
    saved.save(&planned);
    match describe_remaining(&written) {
        // An error would taint what is there.
        Some(diagnostic) => Err(Failure::resumable(diagnostic).into()),
        None => Ok(()),
    }
}

/// Applies the type. Where the cluster knows no instance types yet, and only there, Azure is asked
/// whether an extension is on its way.
async fn apply(
    context: &Context<'_>, reached: &Reached, planned: &ClusterType,
) -> std::result::Result<Created, WriteError> {
    let declared = planned.declared_type();
    let name = planned.name.known().map_or("", String::as_str);
    let declaration = declaration(planned, name, &declared, &declared);
    let cluster = &reached.cluster;
    match create_type(cluster, declaration, Duration::ZERO, options(context)).await {
        Err(WriteError::Cluster(ClusterFailure::ApiAbsent { .. })) => {
            let wait = api_wait(context, &reached.id).await;
            create_type(cluster, declaration, wait, options(context)).await
        }
        answer => answer,
    }
}

async fn api_wait(context: &Context<'_>, cluster: &Id) -> Duration {
    let extensions = list_below(context, &EXTENSIONS, cluster).await.unwrap_or_default();
    let is_coming = extensions
        .iter()
        .any(|(_, extension)| is_azureml(extension) && extension.state().is_running());
    let left = context.deadline.saturating_duration_since(Instant::now());
    if is_coming { left } else { API_TIMEOUT }
}
