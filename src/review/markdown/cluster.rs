//! The instance types of one cluster that are resources of their own.

use super::escape::code;
use super::{Detail, resource, table, with_count};
use crate::{ClusterTypes, Resource, Review};

/// Whether the section of a cluster shows a resource.
pub(super) fn shows(review: &Review, resource: &Resource) -> bool {
    review.clusters.iter().any(|cluster| cluster.addresses.contains(&resource.address))
}

/// The section of a cluster: what happens to each resource, what that means, and one table.
pub(super) fn block(cluster: &ClusterTypes, review: &Review, detail: Detail) -> String {
    let is_shown = |one: &&Resource| cluster.addresses.contains(&one.address);
    let mut resources: Vec<&Resource> = review.resources.iter().filter(is_shown).collect();
    resources.sort_by_key(|one| resource::order(one.action));
    let heading = match cluster.cluster_id.text() {
        Some(id) => {
            format!("### Instance types of cluster {}\n", code(resource::last_segment(&id)))
        }
        None => "### Instance types of a cluster that is known after apply\n".to_owned(),
    };
    let mut lines: Vec<String> =
        resources.iter().take(detail.rows).map(|one| action_line(one)).collect();
    let more = resources.len().saturating_sub(detail.rows);
    if more > 0 {
        lines.push(with_count(more, "more resource", "more resources"));
    }
    lines.extend(resource::warning_lines(&cluster.warnings, detail));
    let lines: Vec<String> = lines.into_iter().map(|line| format!("- {line}\n")).collect();
    let table = table::instance_types(&cluster.instance_types, detail);
    format!("{heading}\n{}\n{table}", lines.concat())
}

/// What happens to one resource, and why. The table shows its type.
fn action_line(one: &Resource) -> String {
    let action = format!("{} {}.", resource::verb(one), code(&one.address));
    // The heading names the cluster, and the reason of a replacement the one before.
    let settings = one.settings.iter().filter(|setting| setting.path != "cluster_id");
    let settings = settings.map(|setting| {
        let (before, after) = (table::value(&setting.before), table::value(&setting.after));
        format!("{}: {before} → {after}.", code(&setting.path))
    });
    let reasons = resource::origin(one).into_iter().chain(resource::reasons(one)).chain(settings);
    [action].into_iter().chain(reasons).collect::<Vec<_>>().join(" ")
}
