//! Checks a configuration, each problem on its attribute. Anything may be unknown: then the rules
//! that need it wait.

use std::time::SystemTime;

use aml::name;
use aml::settings::{
    self, ClusterKind, Era, check_certificate, check_installation, check_owned, check_validity,
    fold, serves_https,
};
use framework::{Attr, Diagnostic, Diagnostics, Failure, Path, Sensitive, Step};
use vocabulary::Problem;

use super::desired::{Current, Desired};
use super::model::Extension;
use crate::arm::ids::{self, may_be_made_up};
use crate::cluster_checks;
use crate::connections;
use crate::context::Context;
use crate::explain::{Error, Result};

pub(super) fn validate(config: &Extension, found: &mut Diagnostics) {
    if let Some(name) = config.name.known() {
        found.report("name", name::check_extension(name));
    }
    let cluster = ids::validate("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    let kind = cluster.and_then(|id| ClusterKind::of(&id.resource_type()));
    let kind = kind.map_or(Attr::Unknown, Attr::Known);
    let desired = Desired::new(without_made_up_pems(config));
    found.report(Path::root(), check_settings(&desired, kind));
    let version = config.version.as_ref().map(String::as_str);
    found.report(Path::root(), settings::check_release(version, config.auto_upgrade_minor_version));
    check_twins(config, found);
    connections::validate(&desired.connections, found);
    cluster_checks::validate(&config.cluster_checks, found);
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
    let write_only = config.configuration_protected_settings_wo.known();
    let (Some(stored), Some(write_only)) = (stored, write_only) else { return };
    for key in stored.keys().filter(|key| write_only.contains_key(*key)) {
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

/// What can be checked at any time.
fn check_settings(desired: &Desired, kind: Attr<ClusterKind>) -> Vec<Problem> {
    let Desired { model, declared, .. } = desired;
    let mut problems = settings::check(declared, kind, Era::Today);
    problems.extend(check_owned(declared));
    problems.extend(check_certificate(declared));
    fold(problems.into_iter().map(|problem| on_written_twin(model, problem)).collect())
}

// === at apply ===

/// Refuses wrong settings, now that all of them are known, and a certificate that is sent and not
/// valid; warns of one that expires soon.
pub(super) fn validate_known(
    context: &mut Context<'_>, desired: &Desired, cluster_kind: ClusterKind, sends_secrets: bool,
) -> Result<()> {
    let mut wrong = check_settings(desired, Attr::Known(cluster_kind));
    wrong.retain(Problem::is_error);
    if sends_secrets {
        let problems = check_validity(&desired.declared, SystemTime::now()).into_iter();
        let problems = problems.map(|problem| on_written_twin(&desired.model, problem));
        let (expired, expiring): (Vec<_>, Vec<_>) = problems.partition(Problem::is_error);
        wrong.extend(expired);
        context.diagnostics.report(Path::root(), expiring);
    }
    refuse(wrong)
}

/// Refuses an installation without the settings that it needs, and an update that turns inference on
/// without them. An extension that serves over HTTPS may have a certificate that nothing shows.
pub(super) fn missing_settings(desired: &Desired, installed: Option<&Current>) -> Vec<Problem> {
    let mut missing = check_installation(&desired.declared, Era::Today);
    if let Some(installed) = installed {
        let has_certificate = serves_https(installed.settings());
        let inference = Path::from("allow_insecure_connections");
        missing.retain(|problem| !has_certificate && problem.path == inference);
    }
    missing
}

/// The error of these problems, if there are any.
pub(super) fn refuse(problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() { Ok(()) } else { Err(refusal(problems)) }
}

pub(super) fn refusal(problems: Vec<Problem>) -> Error {
    let mut found = Diagnostics::new();
    found.report(Path::root(), problems);
    Failure::from(found).into()
}

// === what a mock makes up ===

/// Refuses what [`validate`] lets pass because a mock may have made it up: a plan knows no mocks.
pub(super) fn check_made_up(config: &Desired, planned: &Desired, found: &mut Diagnostics) {
    ids::check("cluster_id", &planned.model.cluster_id, &ids::CLUSTERS, found);
    connections::check_ids(&planned.connections, found);
    found.report(Path::root(), made_up_pems(config));
}

/// The configuration with certificates and keys that a mock may have made up as unknown.
fn without_made_up_pems(config: &Extension) -> Extension {
    let known = |pem: &Attr<Sensitive<String>>| {
        if is_made_up(pem) { Attr::Unknown } else { pem.clone() }
    };
    Extension {
        ssl_cert_pem: known(&config.ssl_cert_pem),
        ssl_key_pem: known(&config.ssl_key_pem),
        ssl_cert_pem_wo: known(&config.ssl_cert_pem_wo),
        ssl_key_pem_wo: known(&config.ssl_key_pem_wo),
        ..config.clone()
    }
}

fn made_up_pems(config: &Desired) -> Vec<Problem> {
    let Extension { ssl_cert_pem, ssl_key_pem, ssl_cert_pem_wo, ssl_key_pem_wo, .. } =
        &config.model;
    if ![ssl_cert_pem, ssl_key_pem, ssl_cert_pem_wo, ssl_key_pem_wo].into_iter().any(is_made_up) {
        return Vec::new();
    }
    let mut problems = check_settings(config, Attr::Unknown);
    problems.retain(|problem| problem.is_error() && problem.path.to_string().contains("_pem"));
    problems
}

fn is_made_up(pem: &Attr<Sensitive<String>>) -> bool {
    pem.known().is_some_and(|pem| may_be_made_up(pem.expose()))
}

// === twins ===

/// `aml` knows one attribute of each pair; a problem belongs on the one that is written.
fn on_written_twin(of: &Extension, problem: Problem) -> Problem {
    let (first, rest) = match problem.path.steps() {
        [Step::Attribute(first), rest @ ..] => (first.as_str(), rest),
        _ => return problem,
    };
    let is_twin = match (first, rest) {
        ("ssl_cert_pem", _) => of.ssl_cert_pem.is_null() && !of.ssl_cert_pem_wo.is_null(),
        ("ssl_key_pem", _) => of.ssl_key_pem.is_null() && !of.ssl_key_pem_wo.is_null(),
        ("configuration_protected_settings", [Step::Key(key), ..]) => {
            !of.configuration_protected_settings.contains_key(key)
                && of.configuration_protected_settings_wo.contains_key(key)
        }
        _ => false,
    };
    if !is_twin {
        return problem;
    }
    let start = Path::from(format!("{first}_wo"));
    let path = rest.iter().cloned().fold(start, Path::step);
    Problem { path, ..problem }
}
