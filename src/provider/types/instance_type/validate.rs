//! What is wrong with a configuration. Anything may be unknown: then the rules that need it wait.

use aml::instance_type::{BUILT_IN, custom_resource};
use framework::{Diagnostic, Diagnostics, Path};
use vocabulary::Problem;

use super::model::ClusterType;
use crate::arm::ids;

pub(super) fn validate(config: &ClusterType, found: &mut Diagnostics) {
    if let Some(name) = config.name.known() {
        found.report("name", custom_resource::check_name(name));
    }
    ids::validate("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    found.report(Path::root(), checked(config));
}

/// Parts that are not known yet are taken to be right.
fn checked(config: &ClusterType) -> Vec<Problem> {
    if config.resources.is_unknown() { Vec::new() } else { custom_resource::check(&config.draft()) }
}

/// Reports that jobs which name no type get this one.
pub(super) fn warn_about_default(planned: &ClusterType, found: &mut Diagnostics) {
    if planned.name.known().is_some_and(|name| name == BUILT_IN) {
        found.push(Diagnostic::warning(format!("Instance type {BUILT_IN} is the default")).detail(
            "Every job and deployment that names no instance type gets this one, also those of \
             others on this cluster.",
        ));
    }
}
