//! What is wrong with a configuration. Anything may be unknown: then the rules that need it wait.

use aml::instance_type::{custom_resource, default_override};
use framework::{Diagnostic, Diagnostics, Path};
use vocabulary::{Problem, to_sentence};

use super::model::ClusterType;
use crate::arm::ids;
use crate::cluster_checks;

pub(super) fn validate(config: &ClusterType, found: &mut Diagnostics) {
    if let Some(name) = config.name.known() {
        found.report("name", custom_resource::check_name(name));
    }
    ids::validate("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    cluster_checks::validate(&config.cluster_checks, found);
    found.report(Path::root(), check_type(config));
}

/// Parts that are not known yet are taken to be right.
fn check_type(config: &ClusterType) -> Vec<Problem> {
    if config.resources.is_unknown() { Vec::new() } else { custom_resource::check(&config.draft()) }
}

/// Reports that jobs which name no type get this one.
pub(super) fn warn_about_default(planned: &ClusterType, found: &mut Diagnostics) {
    if let Some(impact) = planned.name.known().and_then(|name| default_override(name)) {
        let warning = Diagnostic::warning(format!("Instance type {impact}"));
        found.push(warning.detail(to_sentence(&impact.means)));
    }
}
