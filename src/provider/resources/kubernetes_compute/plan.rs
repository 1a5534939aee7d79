//! What a plan of a compute tells beyond its values.

use aml::attachment::{extension_change, extension_open};
use aml::instance_type::{self, default_change, lost, of_others, service_notice};
use aml::{Drafts, Given, Impact, InstanceType};
use azure::ServiceError;
use azure::rp::COMPUTES;
use framework::{Attr, Diagnostic, Diagnostics, Plan, field};

use super::check;
use super::schema::Compute;
use crate::explain::{Doing, Report, explanation, sentence};
use crate::instance_type_object::{drafts, given, written};
use crate::operation;

pub(super) fn plan(plan: &mut Plan<'_, Compute>) {
    let mut made_up = Diagnostics::new();
    check::check_made_up(plan.planned(), &mut made_up);
    plan.diagnostics.extend(made_up);
    let subject = subject(plan.planned());
    extension(plan, &subject);
    operation::mend(plan, field!(provisioning_state), &subject);
    complaints(plan, &subject);
    notice(plan, &subject);
    impacts(plan, &subject);
    if plan.prior().is_some() && !plan.replaces() {
        foresee(plan);
        kept(plan, &subject);
    }
}

fn subject(of: &Compute) -> String {
    format!("Compute {}", of.name.known().map_or("", String::as_str))
}

/// A compute does not survive its extension. An ID that is not known yet may turn out the same, so it
/// counts as another one only where the user wrote the one before: then what it refers to changes.
fn extension(plan: &mut Plan<'_, Compute>, subject: &str) {
    let Some(before) = plan.was(field!(extension_id)).filter(|_| !plan.replaces()) else { return };
    match &plan.planned().extension_id {
        Attr::Known(after) if after != before => {
            plan.replace(field!(extension_id), &extension_change(true).means);
        }
        Attr::Unknown if plan.was_written(field!(extension_id)) => {
            plan.replace(field!(extension_id), &extension_change(false).means);
        }
        Attr::Unknown => plan.diagnostics.warn(subject, "extension_id", [extension_open()]),
        _ => {}
    }
}

/// Why the compute is Failed, in the service's words and down to the innermost, which decides what is
/// known of it.
fn complaints(plan: &mut Plan<'_, Compute>, subject: &str) {
    let failed =
        |prior: &&Compute| prior.provisioning_state.known().is_some_and(|state| is_failed(state));
    let Some(prior) = plan.prior().filter(failed) else { return };
    let errors = prior.provisioning_errors.known().into_iter().flatten().filter_map(Attr::known);
    let errors = errors.map(|error| ServiceError {
        code: error.code.known().cloned(),
        message: error.message.known().cloned().unwrap_or_default(),
        ..ServiceError::default()
    });
    // Each stands behind the one before it.
    let whole = errors.rev().reduce(|inner, outer| ServiceError { details: vec![inner], ..outer });
    let Some(whole) = whole else { return };
    let cluster = prior.cluster_id.known().and_then(|id| id.parse().ok());
    let known = super::id(prior)
        .ok()
        .and_then(|id| explanation(Doing::Create, &COMPUTES, &id, cluster.as_ref(), whole.clone()));
    let told = [Some(sentence(&whole.to_string())), known].into_iter().flatten();
    plan.diagnostics.push(
        Diagnostic::warning(format!("{subject}: why it is Failed"))
            .detail(told.collect::<Vec<_>>().join("\n\n"))
            .at("provisioning_errors"),
    );
}

fn is_failed(state: &str) -> bool {
    !state.eq_ignore_ascii_case("Succeeded") && !operation::is_running(Some(state))
}

/// Instance types that are set or changed may not be what jobs see.
fn notice(plan: &mut Plan<'_, Compute>, subject: &str) {
    let planned = &plan.planned().instance_types;
    let any = planned.known().is_some_and(|types| !types.is_empty());
    let same = plan.prior().is_some_and(|prior| prior.instance_types == *planned);
    if any && !same {
        plan.diagnostics.warn(subject, "instance_types", [service_notice()]);
    }
}

/// What others declared, and what the service filled in, does not move with types that are written
/// out in full: then a changed quantity shows as itself alone.
fn foresee(plan: &mut Plan<'_, Compute>) {
    let Some(prior) = plan.prior() else { return };
    let effective = prior.effective_instance_types.clone();
    let types = written(&prior.instance_types).zip(written(&plan.planned().instance_types));
    let Some((before, after)) = types else { return };
    let mut moved =
        before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name));
    let alone = moved
        .all(|name| !effective.has(name) && after.get(name).is_none_or(InstanceType::is_complete));
    let mended = plan.planned().provisioning_state.is_unknown();
    if alone && !mended && !effective.is_null() {
        plan.set(field!(effective_instance_types), effective);
    }
}

/// What the change of instance types means for jobs, in a replacement too: the new compute has what
/// is written and nothing else.
fn impacts(plan: &mut Plan<'_, Compute>, subject: &str) {
    let none = Drafts::new();
    let prior = plan.prior();
    let before = prior.map(|prior| drafts(&prior.instance_types));
    let before = before.as_ref().and_then(Given::known).unwrap_or(&none);
    let planned = plan.planned();
    let anew = plan.replaces();
    let mut found = instance_type::impacts(before, drafts(&planned.instance_types), anew);
    found.extend(prior.filter(|_| anew).and_then(|prior| lost_of_others(prior, planned)));
    let default = default_change(
        prior.and_then(|prior| prior.default_instance_type.known()).map(String::as_str),
        given(&planned.default_instance_type).map(String::as_str),
    );
    plan.diagnostics.warn(subject, "instance_types", found);
    plan.diagnostics.warn(subject, "default_instance_type", default);
}

/// Types of others do not survive a replacement.
fn lost_of_others(prior: &Compute, planned: &Compute) -> Option<Impact> {
    let held = prior.effective_instance_types.known()?.keys().map(String::as_str);
    let ours = |name: &str| prior.instance_types.has(name) || planned.instance_types.has(name);
    lost(&of_others(held, ours))
}

/// An argument that is no longer written stays in Azure as it is.
fn kept(plan: &mut Plan<'_, Compute>, subject: &str) {
    fn gone<T>(prior: &Attr<T>, planned: &Attr<T>) -> bool {
        !prior.is_null() && planned.is_null()
    }
    let Some(prior) = plan.prior() else { return };
    let planned = plan.planned();
    let gone = [
        ("description", gone(&prior.description, &planned.description), "`description = \"\"`"),
        ("tags", gone(&prior.tags, &planned.tags), "`tags = {}`"),
        ("identity", gone(&prior.identity, &planned.identity), "`identity { type = \"None\" }`"),
        (
            "default_instance_type",
            gone(&prior.default_instance_type, &planned.default_instance_type)
                && planned.instance_types.is_null(),
            "another one of the instance types",
        ),
    ];
    for (attribute, _, instead) in gone.into_iter().filter(|(_, gone, _)| *gone) {
        plan.diagnostics.push(
            Diagnostic::warning(format!("{subject}: {attribute} is no longer managed"))
                .detail(format!("It stays in Azure as it is. Write {instead} to change that."))
                .at(attribute),
        );
    }
}
