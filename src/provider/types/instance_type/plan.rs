//! What a plan of an instance type tells beyond its values.

use framework::{Attr, Diagnostic, Diagnostics, Plan, field};
use vocabulary::to_sentence;

use super::model::ClusterType;
use super::validate;
use crate::arm::ids;

pub(super) fn plan(plan: &mut Plan<'_, ClusterType>) {
    let mut found = Diagnostics::new();
    ids::check("cluster_id", &plan.planned().cluster_id, &ids::CLUSTERS, &mut found);
    if plan.prior().is_none() {
        validate::warn_about_default(plan.planned(), &mut found);
    }
    found.extend(consequences(plan));
    plan.diagnostics.extend(found);
    // One that was moved here gets its ID with its cluster.
    if plan.prior().is_some_and(|prior| prior.id.is_null()) {
        plan.set(field!(id), Attr::Unknown);
    }
}

/// What the change means for jobs.
fn consequences(plan: &Plan<'_, ClusterType>) -> Vec<Diagnostic> {
    let Some(prior) = plan.prior().filter(|prior| !prior.is_bare()) else { return Vec::new() };
    let name = plan.planned().name.known().cloned().unwrap_or_default();
    let types = |of: &ClusterType| [(name.clone(), Attr::Known(of.draft()))].into();
    let changes = aml::changes(&types(prior), &types(plan.planned()));
    let warning = |impact: &aml::Impact| {
        Diagnostic::warning(format!("Instance type {impact}")).detail(to_sentence(&impact.means))
    };
    changes.iter().map(warning).collect()
}

/// What a user is to know before the type is destroyed.
pub(super) fn plan_destroy(state: &ClusterType, found: &mut Diagnostics) {
    let name = state.name.known().map_or("", String::as_str);
    found.push(
        Diagnostic::warning(format!("Instance type {name} is removed"))
            .detail("Jobs and deployments that name it cannot start any more."),
    );
}
