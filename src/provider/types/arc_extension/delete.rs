//! Deletes an extension: by the cluster's agent, or, if the user allows it, without it.

use azure::resource_types::EXTENSIONS;
use azure::{Error as AzureError, Id};
use tokio::time::Instant;

use super::desired::connection_arguments;
use super::model::Extension;
use crate::arm::locks::lock_cluster;
use crate::arm::{operation, preflight};
use crate::connections::{self, Removal};
use crate::context::Context;
use crate::explain::{Error, Result};

/// The service forgets the extension, and Helm's objects stay in the cluster.
const FORCED: [(&str, &str); 1] = [("forceDelete", "true")];

/// Deletes the extension, then the resources that it created.
pub(super) async fn delete(context: &mut Context<'_>, state: Extension) -> Result<()> {
    let (id, cluster) = state.arm_ids()?;
    let _turn = lock_cluster(context, &cluster).await?;
    let found = connections::take_found(&mut context.private);
    uninstall(context, &state, &id, &cluster).await?;
    let removal = Removal {
        cluster: &cluster,
        side_resources: &found.unwrap_or_else(|| state.known_side_resources()),
        keep: &connection_arguments(&state).kinds_to_keep(),
        extension: id.name(),
    };
    connections::remove(context, &removal).await
}

async fn uninstall(
    context: &mut Context<'_>, state: &Extension, id: &Id, cluster: &Id,
) -> Result<()> {
    if state.force_delete.known() != Some(&true) {
        let removed = operation::remove(context, &EXTENSIONS, id, &[]).await;
        return removed.map_err(hint_at_force_delete);
    }
    if preflight::is_unreachable(context, cluster).await? {
        return operation::remove(context, &EXTENSIONS, id, &FORCED).await;
    }
    // A tenth of the time is left for the other way.
    let whole = context.deadline;
    let now = Instant::now().into_std();
    context.deadline = now + whole.saturating_duration_since(now).mul_f64(0.9);
    let removed = operation::remove(context, &EXTENSIONS, id, &[]).await;
    context.deadline = whole;
    match removed {
        Err(error) if is_deadline(&error) => {
            operation::remove(context, &EXTENSIONS, id, &FORCED).await
        }
        removed => removed,
    }
}

fn is_deadline(error: &Error) -> bool {
    matches!(error.azure(), Some(AzureError::DeadlineExceeded(_)))
}

/// A deletion that takes too long waits for agents that do not answer.
fn hint_at_force_delete(error: Error) -> Error {
    if !is_deadline(&error) {
        return error;
    }
    error.hinting(
        "An ordinary deletion waits for the cluster's agents. If they are gone for good, set \
         `force_delete = true`, apply, and destroy again. It leaves Helm objects in the cluster.",
    )
}
