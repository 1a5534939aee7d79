//! What a plan of a compute would meet in its cluster.

use aml::Types;
use aml::workload::ComputeNames;
use azure::Id;
use framework::Path;
use kubernetes::inventory::{Finding, check_instance_types, check_namespace};
use kubernetes::namespace::read_uid;

use super::model::Compute;
use crate::cluster_access::options;
use crate::cluster_checks::{Look, Unchecked};
use crate::context::Context;
use crate::types::instance_type::drafts;

pub(super) async fn check_plan(context: &mut Context<'_>, planned: &Compute) {
    let look = Look::begin(context, &planned.cluster_checks, &planned.cluster_id).await;
    let Some(mut look) = look else { return };
    let is_created = planned.create_namespace.known() == Some(&true);
    if let Some(namespace) = planned.namespace.known().filter(|_| !is_created) {
        let found = find_namespace(context, &look, namespace).await;
        look.tell(context, found);
    }
    let types = known_types(planned);
    if !look.goes_on() || types.is_empty() {
        return;
    }
    let names = names(planned);
    look.check_room(context, |room, extension| {
        let tolerations = extension.tolerations(names.as_ref());
        let found = check_instance_types(&types, room, &extension.node_selector(), &tolerations);
        found.into_iter().map(|finding| below(finding, "instance_types")).collect()
    })
    .await;
}

async fn find_namespace(
    context: &Context<'_>, look: &Look, namespace: &str,
) -> Result<Option<Finding>, Unchecked> {
    let found = read_uid(&look.cluster, namespace, options(context)).await;
    let found = found.map_err(|error| look.explain_failure(context, error))?;
    let there = found.map(|_| namespace.to_owned()).into_iter().collect();
    Ok(check_namespace(namespace, &there).map(|finding| below(finding, "namespace")))
}

fn below(finding: Finding, attribute: &str) -> Finding {
    Finding { path: Path::from(attribute).join(finding.path), ..finding }
}

/// The types that are wholly known: the others are looked at when they are applied.
fn known_types(planned: &Compute) -> Types {
    let drafts = drafts(&planned.instance_types);
    let types = drafts.known().into_iter().flatten();
    types.filter_map(|(name, draft)| Some((name.clone(), draft.known()?.known()?))).collect()
}

/// The names by which nodes may be kept for its jobs.
fn names(planned: &Compute) -> Option<ComputeNames> {
    let workspace: Id = planned.workspace_id.known()?.parse().ok()?;
    Some(ComputeNames {
        resource_group: workspace.resource_group()?.to_owned(),
        workspace: workspace.name().to_owned(),
        compute: planned.name.known()?.clone(),
    })
}
