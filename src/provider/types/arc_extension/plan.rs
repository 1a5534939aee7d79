//! What a plan of an extension decides, refuses and tells.

use aml::catalogue::is_newer;
use aml::settings::{self, Declared, Update, beyond, fold_impacts, impacts, loss};
use azure::ServiceError;
use azure::resource_types::EXTENSIONS;
use framework::{Attr, Diagnostic, Diagnostics, Plan, field};

use super::desired::{declared, texts};
use super::findings::missing;
use super::model::{Extension, Status};
use super::protected_names::Names;
use super::validate::check_made_up;
use super::{pending_install, protected_names, secret_decision};
use crate::arm::operation;
use crate::connections;
use crate::explain::{Action, Report, explanation, sentence};

pub(super) fn plan(plan: &mut Plan<'_, Extension>) {
    let mut made_up = Diagnostics::new();
    check_made_up(plan.config(), plan.planned(), &mut made_up);
    plan.diagnostics.extend(made_up);
    release(plan);
    let subject = subject(plan.planned());
    if !pending_install::is_noted(plan.private()) {
        operation::mend(plan, field!(provisioning_state), &subject);
    }
    let installed = plan.prior().filter(|_| !plan.replaces()).cloned();
    let missing = missing(plan.config(), installed.as_ref());
    plan.diagnostics.report("", missing);
    let Some(prior) = plan.prior().cloned() else {
        if let Some(foreseen) = connections::foreseen(plan.config()) {
            plan.set(field!(side_resources), foreseen);
        }
        return;
    };
    if plan.replaces() {
        plan.diagnostics.push(lost(&self::subject(&prior)));
        return;
    }
    pending_install::plan(plan, &prior, &subject);
    complaints(plan, &prior, &subject);
    lowered(plan, &prior, &subject);
    let settings = Settings::of(&prior, plan.planned());
    consequences(plan, &prior, &settings, &subject);
    protected(plan, &prior, &subject);
    foresee(plan, &prior, settings);
    identity(plan, &prior);
}

/// What is written of the settings, then and now, and what an update makes of it.
struct Settings {
    before: Declared,
    after: Declared,
    update: Update,
}

impl Settings {
    fn of(prior: &Extension, planned: &Extension) -> Self {
        let (before, after) = (declared(prior), declared(planned));
        let update = settings::change(&secret_decision::held(prior), &before, &after);
        Self { before, after, update }
    }
}

/// A changed setting is merged into those that the service holds, so the outcome is known before,
/// as long as nothing else of the extension moves.
fn foresee(plan: &mut Plan<'_, Extension>, prior: &Extension, settings: Settings) {
    let planned = plan.planned();
    let moves = planned.side_resources.is_unknown()
        || planned.current_version.is_unknown()
        || planned.provisioning_state.is_unknown();
    let Settings { after, update, .. } = settings;
    if moves || prior.effective_configuration_settings.is_null() || !after.is_plain_known() {
        return;
    }
    let mut held = secret_decision::held(prior);
    held.extend(update.settings);
    plan.set(field!(effective_configuration_settings), texts(beyond(&held, &after)));
}

/// An extension that runs without an identity, as on AKS, gets none in an update.
fn identity(plan: &mut Plan<'_, Extension>, prior: &Extension) {
    let succeeded = prior.provisioning_state.known().is_some_and(|it| it == "Succeeded");
    if succeeded && prior.identity.is_null() {
        plan.set(field!(identity), Attr::Null);
    }
}

/// What a user is to know before the extension is destroyed.
pub(super) fn destroy(state: &Extension, found: &mut Diagnostics) {
    found.push(lost(&subject(state)));
}

fn lost(subject: &str) -> Diagnostic {
    let loss = loss(subject);
    Diagnostic::warning(loss.to_string()).detail(sentence(&loss.means))
}

/// What a message is about.
pub(super) fn subject(of: &Extension) -> String {
    format!("Extension {}", of.name.known().map_or("", String::as_str))
}

/// Train and upgrades where the user says nothing of them.
fn release(plan: &mut Plan<'_, Extension>) {
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

/// Why the extension is not well, in the service's words. Real answers leave the level of a status
/// out, so whatever is not plainly a success is a reason.
fn complaints(plan: &mut Plan<'_, Extension>, prior: &Extension, subject: &str) {
    if !is_failed(prior) {
        return;
    }
    let statuses = prior.statuses.known().into_iter().flatten().filter_map(Attr::known);
    let reasons = statuses.filter_map(reason);
    plan.diagnostics.extend(reasons.map(|reason| {
        let known = super::id(prior)
            .ok()
            .and_then(|id| explanation(Action::Update, &EXTENSIONS, &id, None, reason.clone()));
        let told = [Some(sentence(&reason.to_string())), known].into_iter().flatten();
        Diagnostic::warning(format!("{subject}: why it is not well"))
            .detail(told.collect::<Vec<_>>().join("\n\n"))
            .at("statuses")
    }));
}

/// What a status says that is a reason.
fn reason(status: &Status) -> Option<ServiceError> {
    let text = |of: &Attr<String>| of.known().filter(|text| !text.is_empty()).cloned();
    let message = text(&status.message).or_else(|| text(&status.display_status))?;
    let said = ServiceError { code: text(&status.code), message, ..ServiceError::default() };
    let is_error = status.level.known().is_some_and(|level| level.eq_ignore_ascii_case("Error"));
    (is_error || !said.is_plain_success()).then_some(said)
}

/// Versions are compared by their numbers: `1.1.9` comes before `1.1.39`.
fn lowered(plan: &mut Plan<'_, Extension>, prior: &Extension, subject: &str) {
    let (before, after) = (&prior.version, &plan.planned().version);
    let runs = prior.current_version.known().or(before.known()).cloned();
    let (Some(runs), Some(wanted)) = (runs, after.known()) else { return };
    if before == after || is_newer(&runs, wanted) != Some(true) {
        return;
    }
    let title = format!("{subject} goes back from version {runs} to {wanted}");
    let detail = "Versions are compared by their numbers, and this one is older. If it is meant, \
                  nothing is left to do: the service puts it in the place of the newer one.";
    plan.diagnostics.push(Diagnostic::warning(title).detail(detail).at("version"));
}

/// What changed settings mean, and what stays of those that nobody writes any more.
fn consequences(
    plan: &mut Plan<'_, Extension>, prior: &Extension, settings: &Settings, subject: &str,
) {
    let Settings { before, after, update } = settings;
    let leaving = update.leaving.iter().map(settings::Leaving::impact).collect();
    let changing = impacts(before, after);
    plan.diagnostics.warn(subject, "", fold_impacts(changing, "change"));
    plan.diagnostics.warn(subject, "", fold_impacts(leaving, "stay in the service"));
    connections::tell(plan, prior, subject);
    connections::tell_tags(plan, prior, subject);
}

/// Refuses to send protected settings that are not complete.
fn protected(plan: &mut Plan<'_, Extension>, prior: &Extension, subject: &str) {
    let fresh = secret_decision::is_marked(plan.private(), secret_decision::IMPORTED);
    let owed = pending_install::is_noted(plan.private());
    let (held, planned) = (secret_decision::held(prior), plan.planned());
    let begins = secret_decision::turns_on_certificate(&held, prior, planned, plan.config());
    let changes = begins || secret_decision::change(prior, planned, fresh);
    let repairs = is_failed(prior) || owed;
    if changes || repairs {
        if changes || !secret_decision::is_left_out(plan.config(), plan.private()) {
            sends_all(plan, prior, subject, !repairs);
        }
        return;
    }
    if send_missing(plan, prior, subject) {
        return;
    }
    if !prior.side_resources.is_null() {
        // Nothing is connected anew.
        plan.set(field!(side_resources), prior.side_resources.clone());
    }
    if fresh {
        let taken = secret_decision::taken_on_trust(prior, plan.planned());
        plan.diagnostics.extend(taken.into_iter().map(|attribute| {
            let name = attribute.to_string();
            let name = name.trim_start_matches('.');
            Diagnostic::warning(format!("{subject}: {name} is taken on trust"))
                .detail(
                    "Azure never gives secrets back, so this is taken to be what it holds, and \
                     nothing is sent. To send it, change it once more after this apply.",
                )
                .at(attribute)
        }));
    }
}

/// What must be known to send the protected map, and what goes with it.
fn sends_all(plan: &mut Plan<'_, Extension>, prior: &Extension, subject: &str, is_well: bool) {
    let unknown = secret_decision::unknown(prior, plan.config(), plan.private());
    let lost = secret_decision::lost(plan.config(), plan.private());
    let is_there = !pending_install::is_noted(plan.private());
    if is_there && unknown.is_empty() && !lost.is_empty() {
        plan.diagnostics.push(taken_away(subject, &lost));
    }
    plan.diagnostics.extend(unknown);
    // Keys are fetched again, and what is gone is made again.
    if is_well && connections::stay(prior, plan.planned()) {
        plan.set(field!(side_resources), prior.side_resources.clone());
    } else {
        plan.unknown(field!(side_resources));
    }
}

/// Sends again what the service does not show any more, once.
fn send_missing(plan: &mut Plan<'_, Extension>, prior: &Extension, subject: &str) -> bool {
    let refused = protected_names::refused(plan.private());
    if !refused.is_empty() {
        plan.diagnostics.push(not_held(subject, &refused));
    }
    let drifted = secret_decision::drifted(prior, plan.config(), plan.private());
    if drifted.is_empty() {
        return false;
    }
    plan.diagnostics.push(sent_again(subject, &drifted));
    plan.unknown(field!(statuses));
    true
}

fn taken_away(subject: &str, names: &Names) -> Diagnostic {
    Diagnostic::warning(format!("{subject} loses protected settings")).detail(format!(
        "{}\n\nThe service holds them and nothing here writes them. This change sends the protected \
         settings, which replaces them as a whole. To keep them, write them too.",
        protected_names::listed(names)
    ))
}

fn sent_again(subject: &str, names: &Names) -> Diagnostic {
    Diagnostic::warning(format!("{subject}: protected settings are missing")).detail(format!(
        "{}\n\nThey were sent and the service does not show them any more. This plan sends the \
         protected settings again, as a whole.",
        protected_names::listed(names)
    ))
}

fn not_held(subject: &str, names: &Names) -> Diagnostic {
    Diagnostic::warning(format!("{subject}: protected settings are not kept by the service"))
        .detail(format!(
            "{}\n\nThey were sent twice and the service does not show them. Nothing more is done \
             about it. Leave them out if the extension works without them.",
            protected_names::listed(names)
        ))
        .at("configuration_protected_settings")
}

/// Whether the last operation ended badly.
fn is_failed(of: &Extension) -> bool {
    let state = of.provisioning_state.known();
    let well = state.is_none_or(|state| state.eq_ignore_ascii_case("Succeeded"));
    !well && !operation::is_running(state.map(String::as_str))
}
