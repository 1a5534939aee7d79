//! Reads an attached compute, for a refresh and for those who only look.

use azure::ArmResource;
use azure::resource_types::COMPUTES;

use super::model::Compute;
use super::response::{check_compute_type, compute_from_response, compute_without_configuration};
use super::{extension, move_state, namespace};
use crate::arm::operation;
use crate::context::Context;
use crate::explain::Result;

pub(super) async fn read(context: &mut Context<'_>, state: Compute) -> Result<Option<Compute>> {
    let is_imported = state.id.is_null();
    let is_moved = context.private.get(move_state::MOVED).unwrap_or(false);
    if !is_imported && !is_moved && is_unchanged(context, &state).await? {
        return Ok(Some(state));
    }
    let found = operation::refresh(context, &COMPUTES, &state.id()?, is_imported).await?;
    let Some(object) = found else {
        namespace::warn_of_kept(context, &state);
        return Ok(None);
    };
    check_compute_type(&object)?;
    context.private.forget(move_state::MOVED);
    let mut compute = compute_from_response(state, &object)?;
    if (is_imported || is_moved) && compute.extension_id.is_null() {
        compute.set_extension(extension::find_for(context, &compute).await);
    }
    Ok(Some(compute))
}

/// Whether a list of many computes shows that there is nothing new of this one.
async fn is_unchanged(context: &mut Context<'_>, state: &Compute) -> Result<bool> {
    let keeps_state = |context: &Context<'_>, object: &ArmResource| {
        let read =
            check_compute_type(object).and_then(|()| compute_from_response(state.clone(), object));
        read.is_ok_and(|read| context.keeps_state(state, &read))
    };
    Ok(operation::is_unchanged_in_list(context, &COMPUTES, &state.id()?, keeps_state).await)
}

/// The compute of those keys as the service has it, managed by nobody. `None`: there is none.
pub(super) async fn look_up(context: &Context<'_>, keys: Compute) -> Result<Option<Compute>> {
    let Some(object) = operation::find(context, &COMPUTES, &keys.id()?).await? else {
        return Ok(None);
    };
    check_compute_type(&object)?;
    let mut compute = compute_without_configuration(keys, &object)?;
    compute.set_extension(extension::find_for(context, &compute).await);
    Ok(Some(compute))
}
