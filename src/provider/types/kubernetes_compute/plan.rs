//! What a plan of a compute tells beyond its values.

use aml::attachment::{extension_change, extension_open};
use aml::instance_type::{default_change, lost, of_others, service_notice, sets};
use aml::{Drafts, Given, Impact, fold};
use azure::ServiceError;
use azure::resource_types::COMPUTES;
use framework::{Attr, AttrMap, Diagnostic, Diagnostics, Plan, field};

use super::schema::Compute;
use super::validate;
use crate::arm::operation;
use crate::explain::{Action, Report, capitalised, explanation, sentence};
use crate::types::instance_type::{self, InstanceType, drafts, given};

pub(super) fn plan(plan: &mut Plan<'_, Compute>) {
    let mut made_up = Diagnostics::new();
    validate::check_made_up(plan.planned(), &mut made_up);
    validate::note_name(plan.prior(), plan.planned(), &mut made_up);
    plan.diagnostics.extend(made_up);
    let subject = subject(plan.planned());
    extension(plan, &subject);
    operation::plan_repair(plan, field!(provisioning_state), &subject);
    complaints(plan, &subject);
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
    let known = super::id(prior).ok().and_then(|id| {
        explanation(Action::Create, &COMPUTES, &id, cluster.as_ref(), whole.clone())
    });
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

/// What others declared, and what the service filled in, does not move with types that are written
/// out in full, or as the service has them already: then a changed quantity shows as itself alone.
fn foresee(plan: &mut Plan<'_, Compute>) {
    let Some(prior) = plan.prior() else { return };
    let effective = prior.effective_instance_types.clone();
    let planned = &plan.planned().instance_types;
    let mended = plan.planned().provisioning_state.is_unknown();
    if mended || effective.is_null() {
        return;
    }
    if moves_alone(prior, planned) {
        plan.set(field!(effective_instance_types), effective);
    } else if prior.instance_types.is_null() && holds(&effective, planned) {
        let beyond = instance_type::beyond(planned, effective);
        plan.set(field!(effective_instance_types), beyond);
    }
}

/// Whether the types that change are written out in full, and neither were nor are the service's.
fn moves_alone(prior: &Compute, planned: &AttrMap<InstanceType>) -> bool {
    let types = instance_type::written(&prior.instance_types).zip(instance_type::written(planned));
    let Some((before, after)) = types else { return false };
    let mut moved =
        before.keys().chain(after.keys()).filter(|name| before.get(*name) != after.get(*name));
    moved.all(|name| {
        let complete = after.get(name).is_none_or(aml::InstanceType::is_complete);
        complete && !prior.effective_instance_types.contains_key(name)
    })
}

/// Whether the service has all of these types, each in that meaning.
fn holds(effective: &AttrMap<InstanceType>, planned: &AttrMap<InstanceType>) -> bool {
    let types = instance_type::written(effective).zip(instance_type::written(planned));
    types.is_some_and(|(held, written)| {
        written.iter().all(|(name, written)| held.get(name) == Some(written))
    })
}

/// The instance types that are declared, those that the service has beside them, and those that are
/// wanted, as far as they are known.
struct Types {
    before: Drafts,
    held: Drafts,
    after: Given<Drafts>,
}

impl Types {
    fn of(plan: &Plan<'_, Compute>) -> Types {
        let prior = |types: fn(&Compute) -> &AttrMap<InstanceType>| {
            let types = plan.prior().map(|prior| drafts(types(prior)));
            types.and_then(|types| types.known().cloned()).unwrap_or_default()
        };
        Types {
            before: prior(|prior| &prior.instance_types),
            held: prior(|prior| &prior.effective_instance_types),
            after: drafts(&plan.planned().instance_types),
        }
    }
}

/// What the change of instance types means for jobs, in a replacement too: the new compute has what
/// is written and nothing else.
fn impacts(plan: &mut Plan<'_, Compute>, subject: &str) {
    let Types { before, held, after } = Types::of(plan);
    if after.known().is_some_and(|after| sets(&before, &held, after)) {
        plan.diagnostics.push(notice(&service_notice()));
    }
    let anew = plan.replaces();
    let (prior, planned) = (plan.prior(), plan.planned());
    let mut found = aml::instance_type::impacts(&before, &held, after, anew);
    found.extend(prior.filter(|_| anew).and_then(|prior| lost_of_others(prior, planned)));
    let default = default_change(
        prior.and_then(|prior| prior.default_instance_type.known()).map(String::as_str),
        given(&planned.default_instance_type).map(String::as_str),
    );
    plan.diagnostics.extend(fold(found).iter().map(|impact| warning(subject, impact)));
    plan.diagnostics.warn(subject, "default_instance_type", default);
}

/// On no attribute: hosts print the whole of `instance_types` for a warning that stands there.
fn warning(subject: &str, impact: &Impact) -> Diagnostic {
    Diagnostic::warning(format!("{subject}: {impact}")).detail(sentence(&impact.means))
}

/// The same for every compute, and without its name, so that hosts fold the notices of many into one.
fn notice(impact: &Impact) -> Diagnostic {
    Diagnostic::warning(capitalised(&impact.to_string())).detail(sentence(&impact.means))
}

/// Types of others do not survive a replacement.
fn lost_of_others(prior: &Compute, planned: &Compute) -> Option<Impact> {
    let held = prior.effective_instance_types.known()?.keys().map(String::as_str);
    let ours = |name: &str| {
        prior.instance_types.contains_key(name) || planned.instance_types.contains_key(name)
    };
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
    let gone: Vec<_> = gone.into_iter().filter(|(_, gone, _)| *gone).collect();
    let names = gone.iter().map(|(attribute, ..)| *attribute).collect::<Vec<_>>().join(", ");
    let instead = gone.iter().map(|(.., instead)| *instead).collect::<Vec<_>>().join(", ");
    let (verb, detail) = match gone.len() {
        0 => return,
        1 => ("is", format!("It stays in Azure as it is. Write {instead} to change that.")),
        _ => ("are", format!("They stay in Azure as they are. Write {instead} to change that.")),
    };
    let summary = format!("{subject}: {names} {verb} no longer managed");
    plan.diagnostics.push(Diagnostic::warning(summary).detail(detail));
}
