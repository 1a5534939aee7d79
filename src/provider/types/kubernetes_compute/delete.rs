//! Detaches a cluster.

use azure::resource_types::COMPUTES;

use super::model::Compute;
use super::namespace;
use crate::arm::operation;
use crate::context::Context;
use crate::explain::Result;

pub(super) async fn delete(context: &mut Context<'_>, state: &Compute) -> Result<()> {
    // Never `Delete`: the cluster is the user's.
    let detach = [("underlyingResourceAction", "Detach")];
    operation::remove(context, &COMPUTES, &state.id()?, &detach).await?;
    namespace::delete(context, state).await;
    Ok(())
}
