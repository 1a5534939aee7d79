//! The managed resource: what Terraform calls, each handed to the file of its name.

use azure::resource_types::COMPUTES;
use framework::{
    Diagnostic, Diagnostics, MoveOrigin, MoveSource, Plan, Private, Resource, Saved, Schema,
};
use vocabulary::to_sentence;

use super::model::Compute;
use super::{check_plan, create, delete, move_state, plan, read, schema, update, validate};
use crate::arm::ids::shape;
use crate::cluster_checks::ClusterChecks;
use crate::context::{AzureMl, Context};
use crate::explain::Result;
use crate::types::move_source::AZAPI;

pub(crate) struct KubernetesCompute;

impl Resource for KubernetesCompute {
    const NAME: &'static str = "kubernetes_compute";
    const GUIDE: &'static str = include_str!("guide.md");
    const MOVE_FROM: &'static [MoveOrigin] = &[AZAPI];
    type Provider = AzureMl;
    type Model = Compute;

    fn schema() -> Schema {
        schema::schema()
    }

    fn validate(config: &Compute, found: &mut Diagnostics) {
        validate::validate(config, found);
    }

    fn plan(plan: &mut Plan<'_, Compute>) {
        plan::plan(plan);
    }

    fn wants_check(planned: &Compute) -> bool {
        ClusterChecks::read(&planned.cluster_checks).is_on()
    }

    async fn check_plan(
        context: &mut Context<'_>, _: Option<Compute>, planned: Compute,
    ) -> Result<()> {
        check_plan::check_plan(context, &planned).await;
        Ok(())
    }

    async fn create(
        context: &mut Context<'_>, planned: Compute, saved: &mut Saved<Compute>,
    ) -> Result<()> {
        create::create(context, planned, saved).await
    }

    async fn read(context: &mut Context<'_>, state: Compute) -> Result<Option<Compute>> {
        read::read(context, state).await
    }

    async fn update(
        context: &mut Context<'_>, prior: Compute, planned: Compute, saved: &mut Saved<Compute>,
    ) -> Result<()> {
        update::update(context, &prior, planned, saved).await
    }

    async fn delete(context: &mut Context<'_>, state: Compute) -> Result<()> {
        delete::delete(context, &state).await
    }

    fn import(id: &str) -> Result<Compute> {
        let (workspace, name) = COMPUTES.split_id(id).map_err(|error| {
            let told = to_sentence(&error.to_string());
            let expected = shape(&COMPUTES);
            Diagnostic::error("Invalid import ID")
                .detail(format!("{told}\n\nExpected:\n\n  {expected}"))
        })?;
        Ok(Compute::keys(&workspace, name))
    }

    fn move_state(source: &MoveSource, private: &mut Private) -> Result<Option<Compute>> {
        move_state::move_state(source, private).map(Some)
    }
}
