//! What is wrong with a configuration, all at once, each finding on its attribute. Anything may be
//! unknown: then the rules that need it wait.

use aml::settings::{self, ClusterKind};
use aml::{Given, name};
use framework::{Diagnostic, Diagnostics, Path};

use super::findings::{findings, made_up_pems, without_made_up_pems};
use super::model::Extension;
use crate::arm::ids;
use crate::connections;
use crate::explain::Report;
use crate::types::instance_type::given;

/// What a mock makes up passes [`check`], and a plan knows no mocks.
pub(super) fn check_made_up(config: &Extension, planned: &Extension, found: &mut Diagnostics) {
    ids::check("cluster_id", &planned.cluster_id, &ids::CLUSTERS, found);
    connections::check_made_up(planned, found);
    found.report("", made_up_pems(config));
}

pub(super) fn validate(config: &Extension, found: &mut Diagnostics) {
    if let Some(name) = config.name.known() {
        found.report("name", name::check_extension(name));
    }
    let cluster = ids::validate("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    let kind = cluster.and_then(|id| ClusterKind::of(&id.resource_type()));
    let kind = kind.map_or(Given::Unknown, Given::Set);
    found.report("", findings(&without_made_up_pems(config), kind));
    let version = given(&config.version).map(String::as_str);
    let automatic = given(&config.auto_upgrade_minor_version).map(|flag| *flag);
    found.report("", settings::check_release(version, automatic));
    check_twins(config, found);
    connections::check(config, found);
}

/// What is stored and what is never stored exclude each other.
fn check_twins(config: &Extension, found: &mut Diagnostics) {
    let twins = [
        ("ssl_cert_pem", config.ssl_cert_pem.known().and(config.ssl_cert_pem_wo.known()).is_some()),
        ("ssl_key_pem", config.ssl_key_pem.known().and(config.ssl_key_pem_wo.known()).is_some()),
    ];
    for (attribute, _) in twins.into_iter().filter(|(_, both)| *both) {
        let detail = format!("{attribute} and {attribute}_wo are both set. Leave one of them out.");
        found.push(Diagnostic::error(format!("Invalid {attribute}")).detail(detail).at(attribute));
    }
    let stored = config.configuration_protected_settings.known();
    let passing = config.configuration_protected_settings_wo.known();
    let (Some(stored), Some(passing)) = (stored, passing) else { return };
    for key in stored.keys().filter(|key| passing.contains_key(*key)) {
        let path = Path::from("configuration_protected_settings").key(key);
        found.push(
            Diagnostic::error("Invalid configuration_protected_settings")
                .detail(format!(
                    "{key:?} is set here and in configuration_protected_settings_wo. Leave one of \
                     the two out."
                ))
                .at(path),
        );
    }
}
