//! The managed resource: what Terraform calls, each handed to the file of its name.

use azure::Id;
use azure::resource_types::EXTENSIONS;
use framework::{
    Diagnostic, Diagnostics, MoveOrigin, MoveSource, Plan, Private, Resource, Saved, Schema,
};

use crate::arm::ids::shape;
use crate::arm::locks::turn;
use crate::arm::operation::{self, Seen};
use crate::connections;
use crate::context::{AzureMl, Context};
use crate::explain::{Error, Result, sentence};

use super::model::Extension;
use super::response::{answered, held, imported, must_be_azureml};
use super::{
    create, delete, move_state, pending_install, plan, protected_names, schema, secret_decision,
    update, validate,
};

/// The type.
pub(crate) struct ArcExtension;

impl Resource for ArcExtension {
    const NAME: &'static str = "arc_extension";
    const GUIDE: &'static str = include_str!("guide.md");
    const MOVE_FROM: &'static [MoveOrigin] = move_state::MOVE_FROM;
    type Provider = AzureMl;
    type Model = Extension;

    fn schema() -> Schema {
        schema::schema()
    }

    fn validate(config: &Extension, found: &mut Diagnostics) {
        validate::validate(config, found);
    }

    fn plan(plan: &mut Plan<'_, Extension>) {
        plan::plan(plan);
    }

    fn plan_destroy(state: &Extension, found: &mut Diagnostics) {
        plan::destroy(state, found);
    }

    async fn create(
        context: &mut Context<'_>, planned: Extension, saved: &mut Saved<Extension>,
    ) -> Result<()> {
        let id = id(&planned)?;
        let cluster = cluster(&planned)?;
        let _turn = turn(context, &cluster).await?;
        operation::vacant(context, &EXTENSIONS, &id, Self::NAME, must_be_azureml).await?;
        let left = context.provider.replacement_stash.take(&cluster);
        create::install(context, planned, left, saved).await
    }

    async fn read(context: &mut Context<'_>, state: Extension) -> Result<Option<Extension>> {
        let is_new = state.id.is_null();
        let state = connections::recall(&mut context.private, state);
        let object = match operation::see(context, &EXTENSIONS, &id(&state)?, is_new).await? {
            Seen::There(object) => object,
            Seen::Absent => return pending_install::of_extension(context, state).await,
            Seen::ParentAbsent => return pending_install::of_cluster(context, state).await,
        };
        must_be_azureml(&object)?;
        pending_install::forget(&mut context.private);
        let subject = plan::subject(&state);
        protected_names::observe(&mut context.private, &object, &subject, &mut context.diagnostics);
        if is_new {
            context.private.set(secret_decision::IMPORTED, &true);
            context.private.set(secret_decision::SECRETS_UNSEEN, &true);
            return connections::look(context, imported(state, &object)?, &held(&object))
                .await
                .map(Some);
        }
        // After a move nothing is known of what stands beside it.
        let is_moved = state.side_resources.is_null();
        let known = answered(state, &object)?;
        let known =
            if is_moved { connections::look(context, known, &held(&object)).await? } else { known };
        Ok(Some(known))
    }

    async fn update(
        context: &mut Context<'_>, prior: Extension, planned: Extension,
        saved: &mut Saved<Extension>,
    ) -> Result<()> {
        let id = id(&prior)?;
        let _turn = turn(context, &cluster(&prior)?).await?;
        pending_install::refuse_without_cluster(context, &prior).await?;
        let Some(found) = operation::resume(context, &EXTENSIONS, &id).await? else {
            if pending_install::is_noted(&context.private) {
                let known = create::stands(&connections::recall(&mut context.private, prior));
                return create::install(context, planned, known, saved).await;
            }
            return Err(vanished(&id));
        };
        must_be_azureml(&found)?;
        pending_install::forget(&mut context.private);
        update::update(context, prior, planned, &found, saved).await
    }

    async fn delete(context: &mut Context<'_>, state: Extension) -> Result<()> {
        let _turn = turn(context, &cluster(&state)?).await?;
        let state = connections::recall(&mut context.private, state);
        delete::delete(context, &state).await
    }

    fn import(id: &str) -> Result<Extension> {
        let (cluster, name) = EXTENSIONS.split_id(id).map_err(|error| {
            let told = sentence(&error.to_string());
            let expected = shape(&EXTENSIONS);
            Diagnostic::error("Invalid import ID")
                .detail(format!("{told}\n\nExpected:\n\n  {expected}"))
        })?;
        Ok(Extension::keys(&cluster, name))
    }

    fn move_state(source: &MoveSource, private: &mut Private) -> Result<Option<Extension>> {
        move_state::move_state(source, private).map(Some)
    }
}

/// The extension of those keys as the service has it, with every plain setting that it holds.
/// `None`: there is none.
pub(crate) async fn look_up(context: &Context<'_>, keys: Extension) -> Result<Option<Extension>> {
    let Some(object) = operation::find(context, &EXTENSIONS, &id(&keys)?).await? else {
        return Ok(None);
    };
    must_be_azureml(&object)?;
    answered(keys, &object).map(Some)
}

fn vanished(id: &Id) -> Error {
    Diagnostic::error("Extension is gone")
        .detail(format!(
            "{id}\n\nIt was there when the plan was made and does not exist any more. Plan again, \
             which installs it anew."
        ))
        .into()
}

/// The cluster's ID in its canonical casing.
pub(crate) fn cluster(of: &Extension) -> Result<Id> {
    let id: Id = of.cluster_id.require()?.parse()?;
    Ok(azure::resource_types::canonicalize(&id))
}

pub(super) fn id(of: &Extension) -> Result<Id> {
    Ok(EXTENSIONS.id(&cluster(of)?, of.name.require()?)?)
}
