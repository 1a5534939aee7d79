//! The managed resource: what Terraform calls, each handed to the file of its name.

use azure::Id;
use framework::{
    Diagnostic, Diagnostics, MoveOrigin, MoveSource, Plan, Private, Resource, Saved, Schema,
};

use super::model::{ClusterType, SEPARATOR};
use super::{check_plan, create, delete, move_state, plan, read, schema, update, validate};
use crate::cluster_checks::ClusterChecks;
use crate::context::{AzureMl, Context};
use crate::explain::Result;

pub(crate) struct ClusterInstanceType;

impl Resource for ClusterInstanceType {
    const NAME: &'static str = "instance_type";
    const GUIDE: &'static str = include_str!("guide.md");
    const MOVE_FROM: &'static [MoveOrigin] = move_state::MOVE_FROM;
    type Provider = AzureMl;
    type Model = ClusterType;

    fn schema() -> Schema {
        schema::schema()
    }

    fn validate(config: &ClusterType, found: &mut Diagnostics) {
        validate::validate(config, found);
    }

    fn plan(plan: &mut Plan<'_, ClusterType>) {
        plan::plan(plan);
    }

    fn wants_check(planned: &ClusterType) -> bool {
        ClusterChecks::read(&planned.cluster_checks).is_on()
    }

    async fn check_plan(
        context: &mut Context<'_>, prior: Option<ClusterType>, planned: ClusterType,
    ) -> Result<()> {
        check_plan::check_plan(context, prior.as_ref(), &planned).await;
        Ok(())
    }

    fn plan_destroy(state: &ClusterType, found: &mut Diagnostics) {
        plan::plan_destroy(state, found);
    }

    async fn create(
        context: &mut Context<'_>, planned: ClusterType, saved: &mut Saved<ClusterType>,
    ) -> Result<()> {
        create::create(context, planned, saved).await
    }

    async fn read(context: &mut Context<'_>, state: ClusterType) -> Result<Option<ClusterType>> {
        read::read(context, state).await
    }

    async fn update(
        context: &mut Context<'_>, prior: ClusterType, planned: ClusterType,
        saved: &mut Saved<ClusterType>,
    ) -> Result<()> {
        update::update(context, &prior, planned, saved).await
    }

    async fn delete(context: &mut Context<'_>, state: ClusterType) -> Result<()> {
        delete::delete(context, &state).await
    }

    fn import(id: &str) -> Result<ClusterType> {
        let parts = id.rsplit_once(SEPARATOR);
        let parsed = parts.and_then(|(cluster, name)| Some((cluster.parse::<Id>().ok()?, name)));
        let Some((cluster, name)) = parsed else {
            return Err(Diagnostic::error("Invalid import ID")
                .detail(format!(
                    "{id:?} is not the ID of an instance type.\n\nExpected the ARM ID of the cluster \
                     and the name, with `|` between:\n\n  \
                     /subscriptions/<subscription>/resourceGroups/<group>/providers/\
                     Microsoft.Kubernetes/connectedClusters/<cluster>|<name>"
                ))
                .into());
        };
        Ok(ClusterType::keys(&cluster, name))
    }

    fn move_state(source: &MoveSource, private: &mut Private) -> Result<Option<ClusterType>> {
        move_state::move_state(source, private).map(Some)
    }
}
