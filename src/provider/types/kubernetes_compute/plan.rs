//! What a plan of a compute tells beyond its values.

use aml::compute::Change;
use aml::{Impact, fold};
use azure::ServiceError;
use azure::resource_types::COMPUTES;
use framework::{Attr, AttrMap, Diagnostic, Diagnostics, Plan, field};
use vocabulary::{capitalize, to_sentence};

use super::model::Compute;
use super::{namespace, validate};
use crate::arm::operation;
use crate::explain::{Action, explanation};
use crate::types::instance_type::{self, InstanceType, drafts};

pub(super) fn plan(plan: &mut Plan<'_, Compute>) {
    let mut found = Diagnostics::new();
    validate::validate_mocked_ids(plan.planned(), &mut found);
    validate::warn_about_name(plan.prior(), plan.planned(), &mut found);
    plan.diagnostics.extend(found);
    let subject = subject(plan.planned());
    let change = change_of(plan);
    let before = plan.prior().map(known_compute).unwrap_or_default();
    let after = known_compute(plan.planned());
    let consequences = before.consequences(&after, change);
    match consequences.extension {
        // The framework warns of each replacement, with its reason.
        Some(impact) if change != Change::Update => {
            plan.replace(field!(extension_id), &impact.means);
        }
        impact => plan.diagnostics.extend(impact.map(|impact| impact.warning(&subject))),
    }
    namespace::plan(plan);
    operation::plan_repair(plan, field!(provisioning_state), &subject);
    warn_why_failed(plan, &subject);
    plan.diagnostics.extend(before.notice(&after).as_ref().map(notice));
    // Not placed on `instance_types`: hosts would print the whole attribute with the warning.
    let types = fold(consequences.instance_types);
    plan.diagnostics.extend(types.iter().map(|impact| warning(&subject, impact)));
    let default = consequences.default_instance_type;
    let default = default.map(|impact| impact.warning(&subject).at("default_instance_type"));
    plan.diagnostics.extend(default);
    if change == Change::Update {
        predict_effective_types(plan);
    }
    let unmanaged = fold(consequences.unmanaged);
    plan.diagnostics.extend(unmanaged.iter().map(|impact| warning(&subject, impact)));
}

fn subject(of: &Compute) -> String {
    format!("Compute {}", of.name.known().map_or("(known after apply)", String::as_str))
}

/// A compute that gets another extension is replaced: it does not survive the one that it was attached
/// through. An ID that is not known yet may turn out the same, so it counts as another one only where
/// the user wrote the earlier ID too: then the reference itself has changed.
fn change_of(plan: &Plan<'_, Compute>) -> Change {
    if plan.prior().is_none() {
        return Change::Create;
    }
    if plan.replaces() {
        return Change::Replace { by_extension: false };
    }
    match (plan.was(field!(extension_id)), &plan.planned().extension_id) {
        (Some(before), Attr::Known(after)) if after != before => {
            Change::Replace { by_extension: true }
        }
        (Some(_), Attr::Unknown) if plan.was_written(field!(extension_id)) => {
            Change::Replace { by_extension: true }
        }
        _ => Change::Update,
    }
}

/// As far as it is known, for the rules that the review of a plan uses too.
fn known_compute(of: &Compute) -> aml::compute::Compute {
    fn presence<T>(of: &Attr<T>) -> Attr<()> {
        of.as_ref().map(|_| ())
    }
    aml::compute::Compute {
        extension_id: of.extension_id.clone(),
        instance_types: drafts(&of.instance_types),
        effective_instance_types: drafts(&of.effective_instance_types)
            .known()
            .cloned()
            .unwrap_or_default(),
        default_instance_type: of.default_instance_type.clone(),
        description: presence(&of.description),
        tags: presence(&of.tags),
        identity: presence(&of.identity),
    }
}

/// Why the compute is Failed, in the service's words and down to the innermost, which decides what is
/// known of it.
fn warn_why_failed(plan: &mut Plan<'_, Compute>, subject: &str) {
    let Some(prior) = plan.prior().filter(|prior| prior.provisioning().is_failed()) else { return };
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
    let known = prior.id().ok().and_then(|id| {
        explanation(Action::Create, &COMPUTES, &id, cluster.as_ref(), whole.clone())
    });
    let told = [Some(to_sentence(&whole.to_string())), known].into_iter().flatten();
    plan.diagnostics.push(
        Diagnostic::warning(format!("{subject} reports errors"))
            .detail(told.collect::<Vec<_>>().join("\n\n"))
            .at("provisioning_errors"),
    );
}

/// Keeps the effective types in the plan where they cannot change: the changed types are written
/// out in full, or as the service has them already. Then the plan shows only what really changes.
fn predict_effective_types(plan: &mut Plan<'_, Compute>) {
    let Some(prior) = plan.prior() else { return };
    let effective = prior.effective_instance_types.clone();
    let planned = &plan.planned().instance_types;
    let mended = plan.planned().provisioning_state.is_unknown();
    if mended || effective.is_null() {
        return;
    }
    if changes_complete_types(prior, planned) {
        plan.set(field!(effective_instance_types), effective);
    } else if prior.instance_types.is_null() && has_all(&effective, planned) {
        let beyond = instance_type::undeclared_types(planned, effective);
        plan.set(field!(effective_instance_types), beyond);
    }
}

/// Whether the types that change are written out in full, and none is among the effective types.
fn changes_complete_types(prior: &Compute, planned: &AttrMap<InstanceType>) -> bool {
    let types =
        instance_type::known_types(&prior.instance_types).zip(instance_type::known_types(planned));
    let Some((before, after)) = types else { return false };
    let mut moved =
        before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name));
    moved.all(|name| {
        let complete = after.get(name).is_none_or(aml::InstanceType::is_complete);
        complete && !prior.effective_instance_types.contains_key(name)
    })
}

/// Whether the service has all of these types, each in that meaning.
fn has_all(effective: &AttrMap<InstanceType>, planned: &AttrMap<InstanceType>) -> bool {
    let types = instance_type::known_types(effective).zip(instance_type::known_types(planned));
    types.is_some_and(|(held, written)| {
        written.iter().all(|(name, written)| held.get(name) == Some(written))
    })
}

fn warning(subject: &str, impact: &Impact) -> Diagnostic {
    Diagnostic::warning(format!("{subject}: {impact}")).detail(to_sentence(&impact.means))
}

/// The same for every compute, and without its name, so that hosts fold the notices of many into one.
fn notice(impact: &Impact) -> Diagnostic {
    Diagnostic::warning(capitalize(&impact.to_string())).detail(to_sentence(&impact.means))
}
