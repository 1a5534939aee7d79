//! Changes an instance type of a cluster.

use aml::instance_type::custom_resource::cluster_form;
use framework::{Diagnostic, Saved};
use kubernetes::instance_type::{Updated, update as update_type};

use super::cluster::{
    MANAGER, UID, UNCLAIMED, declaration, describe_remaining, predecessors, reach_same, write_error,
};
use super::create::create;
use super::model::ClusterType;
use crate::cluster_access::options;
use crate::context::Context;
use crate::explain::Result;

pub(super) async fn update(
    context: &mut Context<'_>, prior: &ClusterType, planned: ClusterType,
    saved: &mut Saved<ClusterType>,
) -> Result<()> {
    let planned = planned.with_id()?;
    let (before, declared) = (prior.declared_type(), planned.declared_type());
    let is_same = cluster_form(&before) == cluster_form(&declared);
    if is_same && !prior.cluster_id.is_null() {
        saved.save(&planned);
        return Ok(());
    }
    let reached = reach_same(context, &planned).await??;
    let name = planned.name.require()?.clone();
    let mut declaration = declaration(&planned, &name, &before, &declared);
    let predecessors = predecessors(&context.private);
    let predecessors: Vec<&str> = predecessors.iter().map(String::as_str).collect();
    declaration.predecessors = &predecessors;
    let uid: Option<String> = context.private.get(UID);
    let updated =
        update_type(&reached.cluster, declaration, uid.as_deref(), options(context)).await;
    let updated =
        updated.map_err(|error| write_error(context, &reached, "was not changed", error))?;
    let written = match updated {
        Updated::Done(written) => written,
        Updated::Gone => return create(context, planned, saved).await,
        Updated::OtherObject(_) => return Err(replaced_error(&name).into()),
    };
    context.private.set(UID, &written.live.uid);
    context.private.forget(UNCLAIMED);
    context.private.forget(MANAGER);
    let Some(diagnostic) = describe_remaining(&written) else {
        saved.save(&planned);
        return Ok(());
    };
    let live = written.remaining.iter().map(|it| kubernetes::instance_type::Difference {
        field: it.field.clone(),
        declared: it.declared.clone(),
        live: it.live.clone(),
    });
    saved.save(&planned.with_cluster_values(live.collect()));
    Err(diagnostic.into())
}

fn replaced_error(name: &str) -> Diagnostic {
    Diagnostic::error("Instance type was created anew")
        .detail(format!(
            "Somebody deleted the instance type {name:?} and created another one of this name since \
             the last refresh. Nothing was changed.\n\nApply again: the plan compares it with the new \
             one."
        ))
        .at("name")
}
