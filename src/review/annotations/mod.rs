//! Warnings where they belong in the files of a configuration, for hosts that show them there.

mod github;
mod gitlab;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

pub(crate) use github::workflow_commands;
pub(crate) use gitlab::code_quality;

use crate::markdown::visible;
use crate::places::{Place, Places};
use crate::{Action, ClusterTypes, Resource, Review, Reviews, RootModules, Severity, Warning};

/// The folders of the configurations, by the names of their root modules.
pub(crate) type Sources = BTreeMap<Option<String>, PathBuf>;

/// A warning with its place.
pub(crate) struct Annotation {
    /// The root module, where there are several.
    module: Option<String>,
    address: String,
    /// Terraform's type of the resource.
    kind: String,
    severity: Severity,
    warning: Warning,
    /// The block of the resource, where there is one.
    place: Option<Place>,
    /// Where to look if there is none.
    beginning: Place,
}

impl Annotation {
    /// What is to be known, as one line.
    fn message(&self) -> String {
        let Warning { name, what, means, .. } = &self.warning;
        let name = if *name == self.address { "it" } else { name };
        visible(&format!("{}: {name} {what}: {means}", self.address))
    }
}

/// The warnings of all plans, the worst first.
pub(crate) fn annotations(reviews: &Reviews, sources: &Sources) -> Result<Vec<Annotation>, String> {
    let mut all = match reviews {
        Reviews::One(review) => of_review(None, review, sources)?,
        Reviews::Several(RootModules(modules)) => {
            let each = modules.iter();
            let each = each.map(|one| of_review(Some(&one.name), &one.review, sources));
            each.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect()
        }
    };
    all.sort_by_key(|annotation| annotation.severity);
    Ok(all)
}

fn of_review(
    module: Option<&str>, review: &Review, sources: &Sources,
) -> Result<Vec<Annotation>, String> {
    let own = sources.get(&module.map(str::to_owned)).or_else(|| sources.get(&None));
    let folder = own.map_or(Path::new("."), PathBuf::as_path);
    let mut places = Places::of(folder, &review.module_calls)?;
    let beginning = places.beginning();
    let mut annotate = |(resource, severity, warning): (&Resource, Severity, Warning)| Annotation {
        module: module.map(str::to_owned),
        address: resource.address.clone(),
        kind: resource.kind.clone(),
        severity,
        warning,
        place: places.find(&resource.address),
        beginning: beginning.clone(),
    };
    let of_clusters = review.clusters.iter().flat_map(|cluster| of_cluster(review, cluster));
    Ok(review
        .resources
        .iter()
        .flat_map(of_resource)
        .chain(of_clusters)
        .map(&mut annotate)
        .collect())
}

fn of_resource(resource: &Resource) -> impl Iterator<Item = (&Resource, Severity, Warning)> {
    let severity = resource.severity();
    resource.all_warnings().map(move |warning| (resource, severity, warning))
}

/// A warning of a cluster stands at the resource of the instance type, else at one that still is in
/// the configuration.
fn of_cluster<'a>(
    review: &'a Review, cluster: &'a ClusterTypes,
) -> impl Iterator<Item = (&'a Resource, Severity, Warning)> {
    let resources = review.resources.iter().filter(|it| cluster.addresses.contains(&it.address));
    let resources: Vec<&Resource> = resources.collect();
    cluster.warnings.iter().filter_map(move |warning| {
        let rank = |one: &&&Resource| {
            let is_it = one.name.text().as_ref() == Some(&warning.name);
            (one.action == Action::Delete, !is_it)
        };
        let resource = resources.iter().min_by_key(rank)?;
        Some((*resource, cluster.severity(), warning.clone()))
    })
}
