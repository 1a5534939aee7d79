//! What is found in the settings, on the argument that was really written: the stored one or its
//! write-only twin.

use std::time::SystemTime;

use aml::settings::{
    self, ClusterKind, Era, check_certificate, check_installation, check_owned, check_validity,
    fold,
};
use aml::{Given, Place, Problem, Step};
use framework::{Attr, Sensitive};

use super::desired::declared;
use super::model::Extension;
use super::secret_decision;
use crate::arm::ids::may_be_made_up;

/// What can be told at any time.
pub(super) fn findings(of: &Extension, kind: Given<ClusterKind>) -> Vec<Problem> {
    let declared = declared(of);
    let mut found = settings::check(&declared, kind, Era::Today);
    found.extend(check_owned(&declared));
    found.extend(check_certificate(&declared));
    fold(found.into_iter().map(|problem| on_the_twin(of, problem)).collect())
}

/// What an installation, or an update that turns inference on, must be told. `prior`: what is
/// there may have it already.
pub(super) fn missing(of: &Extension, prior: Option<&Extension>) -> Vec<Problem> {
    let mut found = check_installation(&declared(of), Era::Today);
    if let Some(prior) = prior {
        let encrypts = secret_decision::encrypts(prior);
        let about_inference = Place::itself().attribute("allow_insecure_connections");
        found.retain(|problem| !encrypts && problem.at == about_inference);
    }
    found
}

/// What the time says of a certificate that is about to be sent.
pub(super) fn findings_now(of: &Extension) -> Vec<Problem> {
    let found = check_validity(&declared(of), SystemTime::now());
    found.into_iter().map(|problem| on_the_twin(of, problem)).collect()
}

// === what a mock makes up ===

/// The same with certificates and keys that a mock may have made up as if they were not known.
pub(super) fn without_made_up_pems(of: &Extension) -> Extension {
    let known = |pem: &Attr<Sensitive<String>>| {
        if is_made_up(pem) { Attr::Unknown } else { pem.clone() }
    };
    Extension {
        ssl_cert_pem: known(&of.ssl_cert_pem),
        ssl_key_pem: known(&of.ssl_key_pem),
        ssl_cert_pem_wo: known(&of.ssl_cert_pem_wo),
        ssl_key_pem_wo: known(&of.ssl_key_pem_wo),
        ..of.clone()
    }
}

/// What is wrong with those.
pub(super) fn made_up_pems(of: &Extension) -> Vec<Problem> {
    let pems = [&of.ssl_cert_pem, &of.ssl_key_pem, &of.ssl_cert_pem_wo, &of.ssl_key_pem_wo];
    if !pems.into_iter().any(is_made_up) {
        return Vec::new();
    }
    let mut found = findings(of, Given::Unknown);
    let about = |place: &Place| place.to_string().contains("_pem");
    found.retain(|problem| problem.is_error() && about(&problem.at));
    found
}

fn is_made_up(pem: &Attr<Sensitive<String>>) -> bool {
    pem.known().is_some_and(|pem| may_be_made_up(pem.expose()))
}

// === twins ===

/// `aml` knows one argument of each pair.
fn on_the_twin(of: &Extension, problem: Problem) -> Problem {
    let (first, rest) = match problem.at.steps() {
        [Step::Attribute(first), rest @ ..] => (first.as_str(), rest),
        _ => return problem,
    };
    let twin = match (first, rest) {
        ("ssl_cert_pem", _) => of.ssl_cert_pem.is_null() && !of.ssl_cert_pem_wo.is_null(),
        ("ssl_key_pem", _) => of.ssl_key_pem.is_null() && !of.ssl_key_pem_wo.is_null(),
        ("configuration_protected_settings", [Step::Key(key), ..]) => {
            !of.configuration_protected_settings.contains_key(key)
                && of.configuration_protected_settings_wo.contains_key(key)
        }
        _ => false,
    };
    if !twin {
        return problem;
    }
    let start = Place::itself().attribute(format!("{first}_wo"));
    let at = rest.iter().fold(start, |place, step| match step {
        Step::Attribute(name) => place.attribute(name),
        Step::Key(key) => place.key(key),
    });
    Problem { at, ..problem }
}
