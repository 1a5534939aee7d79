//! The table of several root modules: which of them to look at first.

use super::escape::{code, escape_prose};
use super::headline::heading;
use super::{Detail, resource, with_count};
use crate::{InstanceTypes, Resource, Review, RootModule, Severity};

/// The modules, the worst first.
pub(super) fn worst_first(modules: &[RootModule]) -> Vec<&RootModule> {
    let mut modules: Vec<&RootModule> = modules.iter().collect();
    modules.sort_by_key(|module| (module.review.result, module.review.worst));
    modules
}

/// Name, what changes and the worst thing of each.
pub(super) fn table(modules: &[&RootModule], detail: Detail) -> String {
    let row = |module: &&RootModule| {
        let review = &module.review;
        format!("| {} | {} | {} |\n", code(&module.name), heading(&[review]), worst_thing(review))
    };
    let rows: Vec<String> = modules.iter().take(detail.rows).map(row).collect();
    let more = modules.len() - rows.len();
    let more = match more {
        0 => String::new(),
        count => format!("\n_{}._\n", with_count(count, "more root module", "more root modules")),
    };
    let head = if rows.is_empty() {
        ""
    } else {
        "| Root module | Changes | Worst |\n| --- | --- | --- |\n"
    };
    format!("{head}{}{more}", rows.concat())
}

fn worst_thing(review: &Review) -> String {
    let first = review.resources.iter().min_by_key(|one| resource::rank(one));
    match review.worst {
        Severity::Destroys => first.map(destroyed),
        Severity::LosesInstanceTypes => lost_type(review),
        Severity::Warns => name_first_warning(review),
        Severity::Changes | Severity::Nothing => None,
    }
    .unwrap_or_else(|| "–".to_owned())
}

fn destroyed(one: &Resource) -> String {
    let what = if one.action.replaces() { "replaced" } else { "deleted" };
    format!("{} is {what}", code(&one.address))
}

fn lost_type(review: &Review) -> Option<String> {
    let of_resources = review.resources.iter().filter_map(|one| one.instance_types.as_ref());
    let of_clusters = review.clusters.iter().map(|cluster| &cluster.instance_types);
    let lost: Vec<&str> =
        of_resources.chain(of_clusters).flat_map(InstanceTypes::lost_names).collect();
    let (first, more) = lost.split_first()?;
    let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
    Some(format!("instance type {}{more} is lost", code(first)))
}

fn name_first_warning(review: &Review) -> Option<String> {
    let check = review.failed_checks.first().map(|one| format!("{} fails", code(&one.address)));
    let of_clusters = review.clusters.iter().flat_map(|cluster| cluster.warnings.iter().cloned());
    let mut warnings = review.resources.iter().flat_map(Resource::all_warnings).chain(of_clusters);
    let first = warnings.next();
    let warning = first.map(|it| format!("{} {}", resource::subject(&it), escape_prose(&it.what)));
    check.or(warning)
}
