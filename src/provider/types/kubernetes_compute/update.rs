//! Changes an attached compute, and attaches one that is gone again.

use azure::resource_types::COMPUTES;
use framework::Saved;

use super::create::attach;
use super::extension;
use super::model::{Compute, Target};
use super::put::Put;
use super::request::overlay;
use super::response::{check_compute_type, compute_from_response};
use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Result};

pub(super) async fn update(
    context: &mut Context<'_>, prior: &Compute, planned: Compute, saved: &mut Saved<Compute>,
) -> Result<()> {
    let target = Target::of(&planned)?;
    let Some(found) = operation::resume(context, &COMPUTES, &target.id).await? else {
        return attach(context, target, planned, saved).await;
    };
    check_compute_type(&found)?;
    let mut changes = overlay(&found, Some(prior), &planned)?;
    if changes.is_empty() && found.state().is_healthy() {
        saved.save(&compute_from_response(planned, &found)?);
        return Ok(());
    }
    // Where time has passed, somebody may have changed the compute.
    if extension::wait_until_ready(context, &target.cluster, &planned).await?
        && let Some(found) = operation::find(context, &COMPUTES, &target.id).await?
    {
        changes = overlay(&found, Some(prior), &planned)?;
    }
    let (action, prior, overlay) = (Action::Update, Some(prior), changes);
    Put { action, target, prior, planned, overlay }.send(context, saved).await
}
