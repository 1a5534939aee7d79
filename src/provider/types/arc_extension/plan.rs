//! Plans an extension: what follows from the configuration, what is refused, what is warned of.

use aml::catalogue::is_newer;
use aml::settings::{self, Change, Update, consequences, undeclared_settings};
use azure::resource_types::EXTENSIONS;
use azure::{ProvisioningState, ServiceError};
use framework::{Attr, Diagnostic, Diagnostics, Path, Plan, field};
use vocabulary::to_sentence;

use super::desired::{Current, Desired};
use super::model::{Extension, Status};
use super::protected_names::{self, Names};
use super::secret_decision::{SecretDecision, SecretInputs};
use super::settings::text_map;
use super::validate::{check_made_up, missing_settings};
use super::{pending_install, pods};
use crate::arm::operation;
use crate::connections;
use crate::explain::{Action, explanation};

pub(super) fn plan(plan: &mut Plan<'_, Extension>) {
    let (config, planned) =
        (Desired::new(plan.config().clone()), Desired::new(plan.planned().clone()));
    check_made_up(&config, &planned, &mut plan.diagnostics);
    plan_release(plan);
    let subject = planned.model.subject();
    if !pending_install::is_noted(plan.private()) {
        operation::plan_repair(plan, field!(provisioning_state), &subject);
    }
    let current = plan.prior().cloned().map(Current::new);
    let installed = current.as_ref().filter(|_| !plan.replaces());
    plan.diagnostics.report(Path::root(), missing_settings(&config, installed));
    match current {
        None => {
            let (arguments, declared) = (&config.connections, &config.declared);
            if let Some(planned) = connections::plan_side_resources(arguments, declared) {
                plan.set(field!(side_resources), planned);
            }
        }
        Some(current) if plan.replaces() => {
            plan_destroy(&current.model, &mut plan.diagnostics);
        }
        Some(current) => plan_update(plan, &current, &planned, &config, &subject),
    }
}

/// What a user is to know before the extension is destroyed.
pub(super) fn plan_destroy(state: &Extension, diagnostics: &mut Diagnostics) {
    let loss = consequences(&state.subject(), Change::Uninstall).fold().into_iter();
    diagnostics.extend(
        loss.map(|loss| Diagnostic::warning(loss.to_string()).detail(to_sentence(&loss.means))),
    );
}

fn plan_update(
    plan: &mut Plan<'_, Extension>, current: &Current, planned: &Desired, config: &Desired,
    subject: &str,
) {
    let prior = &current.model;
    pending_install::plan(plan, prior, subject);
    pods::plan(plan, subject);
    plan.diagnostics.extend(failure_warnings(prior, subject));
    plan.diagnostics.extend(downgrade_warning(prior, plan.planned(), subject));
    let update = settings::change(current.settings(), &current.declared, &planned.declared);
    warn_of_consequences(&mut plan.diagnostics, current, planned, subject);
    let is_repair = prior.provisioning().is_failed() || pending_install::is_noted(plan.private());
    let inputs =
        SecretInputs::new(current, planned, config, current.settings(), is_repair, plan.private());
    plan_secrets(plan, &inputs, subject);
    plan_effective_settings(plan, current, planned, update);
    plan_identity(plan, prior);
}

/// A changed setting is merged into those that the service holds, so the outcome is known before,
/// as long as nothing else of the extension moves.
fn plan_effective_settings(
    plan: &mut Plan<'_, Extension>, current: &Current, desired: &Desired, update: Update,
) {
    let planned = plan.planned();
    let moves = planned.side_resources.is_unknown()
        || planned.current_version.is_unknown()
        || planned.provisioning_state.is_unknown();
    let is_unread = current.model.effective_configuration_settings.is_null();
    if moves || is_unread || !desired.declared.is_plain_known() {
        return;
    }
    let mut held = current.settings().clone();
    held.extend(update.settings);
    let effective = text_map(undeclared_settings(&held, &desired.declared));
    plan.set(field!(effective_configuration_settings), effective);
}

/// An extension that runs without an identity, as on AKS, gets none in an update.
fn plan_identity(plan: &mut Plan<'_, Extension>, prior: &Extension) {
    if prior.provisioning() == ProvisioningState::Succeeded && prior.identity.is_null() {
        plan.set(field!(identity), Attr::Null);
    }
}

/// Release train and upgrades where the configuration leaves them out.
fn plan_release(plan: &mut Plan<'_, Extension>) {
    if plan.config().release_train.is_null() && plan.prior().is_none() {
        plan.set(field!(release_train), settings::release_train(None).to_owned());
    }
    if plan.config().auto_upgrade_minor_version.is_null() {
        let automatic = match &plan.config().version {
            Attr::Unknown => Attr::Unknown,
            version => settings::auto_upgrade(None, version.known().map(String::as_str)).into(),
        };
        plan.set(field!(auto_upgrade_minor_version), automatic);
    }
}

/// Why the extension failed, in the service's words. Real answers leave the level of a status out,
/// so whatever is not plainly a success is a reason.
fn failure_warnings(prior: &Extension, subject: &str) -> Vec<Diagnostic> {
    if !prior.provisioning().is_failed() {
        return Vec::new();
    }
    let id = prior.arm_ids().map(|(id, _)| id).ok();
    let statuses = prior.statuses.known().into_iter().flatten().filter_map(Attr::known);
    let warnings = statuses.filter_map(failure_reason).map(|reason| {
        let text = to_sentence(&reason.to_string());
        let known =
            id.as_ref().and_then(|id| explanation(Action::Update, &EXTENSIONS, id, None, reason));
        let detail = [Some(text), known].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
        Diagnostic::warning(format!("{subject} is not ready")).detail(detail).at("statuses")
    });
    warnings.collect()
}

fn failure_reason(status: &Status) -> Option<ServiceError> {
    let text = |of: &Attr<String>| of.known().filter(|text| !text.is_empty()).cloned();
    let message = text(&status.message).or_else(|| text(&status.display_status))?;
    let said = ServiceError { code: text(&status.code), message, ..ServiceError::default() };
    let is_error = status.level.known().is_some_and(|level| level.eq_ignore_ascii_case("Error"));
    (is_error || !said.is_plain_success()).then_some(said)
}

/// Versions are compared by their numbers: `1.1.9` comes before `1.1.39`.
fn downgrade_warning(prior: &Extension, planned: &Extension, subject: &str) -> Option<Diagnostic> {
    let (before, after) = (&prior.version, &planned.version);
    let runs = prior.current_version.known().or(before.known())?;
    let wanted = after.known()?;
    if before == after || is_newer(runs, wanted) != Some(true) {
        return None;
    }
    let title = format!("{subject} goes back from version {runs} to {wanted}");
    let detail = "Versions are compared by their numbers, and this one is older. If it is meant, \
                  nothing is left to do: the service puts it in the place of the newer one.";
    Some(Diagnostic::warning(title).detail(detail).at("version"))
}

/// What changed settings mean, and what stays of those that are no longer written.
fn warn_of_consequences(
    diagnostics: &mut Diagnostics, current: &Current, planned: &Desired, subject: &str,
) {
    let change = Change::Update { before: &current.declared, after: &planned.declared };
    let impacts = consequences(subject, change).fold().into_iter();
    diagnostics.extend(impacts.map(|impact| impact.warning(subject)));
    let (installed, arguments) = (&current.connections, &planned.connections);
    diagnostics.extend(connections::warn_of_changes(installed, arguments, subject));
    let prior = &installed.arguments;
    diagnostics.extend(connections::warn_of_abandoned_tags(prior, arguments, subject));
}

// === protected settings ===

fn plan_secrets(plan: &mut Plan<'_, Extension>, inputs: &SecretInputs<'_>, subject: &str) {
    let decision = inputs.decide();
    match decision {
        SecretDecision::Send { .. } => return plan_sending(plan, inputs, subject),
        SecretDecision::Keep if inputs.is_repair => return,
        SecretDecision::Keep | SecretDecision::Restore { .. } => {}
    }
    let dropped = inputs.names.dropped();
    if !dropped.is_empty() {
        plan.diagnostics.push(not_kept_by_service(subject, &dropped));
    }
    if let SecretDecision::Restore { missing } = decision {
        plan.diagnostics.push(sent_again(subject, &missing));
        plan.unknown(field!(statuses));
        return;
    }
    let prior = &inputs.current.model;
    if !prior.side_resources.is_null() {
        // Nothing is connected again.
        plan.set(field!(side_resources), prior.side_resources.clone());
    }
    if inputs.is_imported {
        let trusted = inputs.trusted_attributes().into_iter();
        plan.diagnostics.extend(trusted.map(|path| taken_on_trust(subject, path)));
    }
}

/// What must be known to send the protected settings, and what else that changes.
fn plan_sending(plan: &mut Plan<'_, Extension>, inputs: &SecretInputs<'_>, subject: &str) {
    let (unknown, removed) = (inputs.unknown_secrets(), inputs.removed_names());
    let is_there = !pending_install::is_noted(plan.private());
    if is_there && unknown.is_empty() && !removed.is_empty() {
        plan.diagnostics.push(removes_settings(subject, &removed));
    }
    plan.diagnostics.extend(unknown);
    // Keys are fetched again, and what is gone is created again.
    let (current, planned) = (&inputs.current.connections, &inputs.planned.connections);
    if !inputs.is_repair && connections::keeps_side_resources(current, planned) {
        plan.set(field!(side_resources), inputs.current.model.side_resources.clone());
    } else {
        plan.unknown(field!(side_resources));
    }
}

fn taken_on_trust(subject: &str, path: Path) -> Diagnostic {
    let name = path.to_string();
    let name = name.trim_start_matches('.');
    Diagnostic::warning(format!("{subject}: {name} is assumed to match Azure"))
        .detail(
            "Azure never gives secrets back, so this is taken to be what it holds, and nothing is \
             sent. To send it, change it once more after this apply.",
        )
        .at(path)
}

fn removes_settings(subject: &str, names: &Names) -> Diagnostic {
    Diagnostic::warning(format!("{subject} loses protected settings")).detail(format!(
        "{}\n\nThe service holds them and nothing here writes them. This change sends the protected \
         settings, which replaces them as a whole. To keep them, write them too.",
        protected_names::join(names)
    ))
}

fn sent_again(subject: &str, names: &Names) -> Diagnostic {
    Diagnostic::warning(format!("{subject}: protected settings are missing")).detail(format!(
        "{}\n\nThey were sent and the service does not show them any more. This plan sends the \
         protected settings again, as a whole.",
        protected_names::join(names)
    ))
}

fn not_kept_by_service(subject: &str, names: &Names) -> Diagnostic {
    Diagnostic::warning(format!("{subject}: protected settings are not kept by the service"))
        .detail(format!(
            "{}\n\nThey were sent twice and the service does not show them. Nothing more is done \
             about it. Leave them out if the extension works without them.",
            protected_names::join(names)
        ))
        .at("configuration_protected_settings")
}
