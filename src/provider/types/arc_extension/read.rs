//! Reads an extension for a refresh, an import or the data source.

use std::collections::BTreeMap;

use azure::resource_types::EXTENSIONS;

use super::model::Extension;
use super::response::{check_extension_type, held_settings, read_answer, read_import};
use super::{pending_install, protected_names, secret_decision};
use crate::arm::operation::{self, Refreshed};
use crate::connections::{self, ImportedConnections};
use crate::context::Context;
use crate::explain::Result;

pub(super) async fn read(
    context: &mut Context<'_>, mut state: Extension,
) -> Result<Option<Extension>> {
    let is_import = state.id.is_null();
    if let Some(found) = connections::take_found(&mut context.private) {
        state = state.with_side_resources(&found);
    }
    let (id, _) = state.arm_ids()?;
    let object = match operation::read_for_refresh(context, &EXTENSIONS, &id, is_import).await? {
        Refreshed::Present(object) => object,
        Refreshed::Absent => return pending_install::without_extension(context, state).await,
        Refreshed::ParentAbsent => return pending_install::without_cluster(context, state).await,
    };
    check_extension_type(&object)?;
    pending_install::forget(&mut context.private);
    let subject = state.subject();
    protected_names::save_shown(&mut context.private, &object, &subject, &mut context.diagnostics);
    // After a move, nothing is known of the side resources either.
    let is_moved = state.side_resources.is_null();
    let model = if is_import {
        context.private.set(secret_decision::IMPORTED, &true);
        context.private.set(secret_decision::SECRETS_UNSEEN, &true);
        read_import(state, &object)?
    } else {
        read_answer(state, &object)?
    };
    if !is_import && !is_moved {
        return Ok(Some(model));
    }
    read_connections(context, model, &held_settings(&object)).await.map(Some)
}

/// Adds what only the connected resources know.
async fn read_connections(
    context: &Context<'_>, model: Extension, settings: &BTreeMap<String, String>,
) -> Result<Extension> {
    let (_, cluster) = model.arm_ids()?;
    let imported = ImportedConnections {
        relay: model.relay.clone(),
        service_bus: model.service_bus.clone(),
        log_analytics: model.log_analytics.clone(),
        side_resources: model.known_side_resources(),
    };
    let imported = connections::read_resources(context, &cluster, settings, imported).await?;
    let ImportedConnections { relay, service_bus, log_analytics, side_resources } = imported;
    let model = Extension { relay, service_bus, log_analytics, ..model };
    Ok(model.with_side_resources(&side_resources))
}

/// The extension as the service has it, with every plain setting that it holds. `None`: there is
/// none.
pub(super) async fn look_up(context: &Context<'_>, keys: Extension) -> Result<Option<Extension>> {
    let (id, _) = keys.arm_ids()?;
    let Some(object) = operation::find(context, &EXTENSIONS, &id).await? else { return Ok(None) };
    check_extension_type(&object)?;
    read_answer(keys, &object).map(Some)
}
