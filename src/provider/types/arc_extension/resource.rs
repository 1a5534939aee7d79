//! The managed resource: what Terraform calls, each handed to the file of its name.

use azure::resource_types::EXTENSIONS;
use framework::{
    Diagnostic, Diagnostics, MoveOrigin, MoveSource, Plan, Private, Resource, Saved, Schema,
};
use vocabulary::to_sentence;

use super::model::Extension;
use super::{check_plan, create, delete, move_state, plan, read, schema, update, validate};
use crate::arm::ids::shape;
use crate::cluster_checks::ClusterChecks;
use crate::context::{AzureMl, Context};
use crate::explain::Result;

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
        plan::plan_destroy(state, found);
    }

    fn wants_check(planned: &Extension) -> bool {
        ClusterChecks::read(&planned.cluster_checks).is_on()
    }

    async fn check_plan(
        context: &mut Context<'_>, prior: Option<Extension>, planned: Extension,
    ) -> Result<()> {
        check_plan::check_plan(context, prior, planned).await;
        Ok(())
    }

    async fn create(
        context: &mut Context<'_>, planned: Extension, saved: &mut Saved<Extension>,
    ) -> Result<()> {
        create::create(context, planned, saved).await
    }

    async fn read(context: &mut Context<'_>, state: Extension) -> Result<Option<Extension>> {
        read::read(context, state).await
    }

    async fn update(
        context: &mut Context<'_>, prior: Extension, planned: Extension,
        saved: &mut Saved<Extension>,
    ) -> Result<()> {
        update::update(context, prior, planned, saved).await
    }

    async fn delete(context: &mut Context<'_>, state: Extension) -> Result<()> {
        delete::delete(context, state).await
    }

    fn import(id: &str) -> Result<Extension> {
        let (cluster, name) = EXTENSIONS.split_id(id).map_err(|error| {
            let cause = to_sentence(&error.to_string());
            let expected = shape(&EXTENSIONS);
            Diagnostic::error("Invalid import ID")
                .detail(format!("{cause}\n\nExpected:\n\n  {expected}"))
        })?;
        Ok(Extension::keys(&cluster, name))
    }

    fn move_state(source: &MoveSource, private: &mut Private) -> Result<Option<Extension>> {
        move_state::move_state(source, private).map(Some)
    }
}
