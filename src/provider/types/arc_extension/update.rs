//! Updates an extension: a PATCH of what changed, or, of one that failed, a PUT of everything.

use std::collections::BTreeMap;
use std::time::Duration;

use aml::settings::{self, Cluster, Connections, Declared, Derived, Era, derive_again};
use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id, ProvisioningState, WriteResponse};
use framework::{Attr, Diagnostic, Failure, Saved, Sensitive};
use tokio::time::Instant;

use super::create::{finish, install};
use super::desired::{Current, Desired};
use super::model::Extension;
use super::prepared::{Prepared, prepare_update};
use super::protected_names::{self, Names};
use super::response::{check_extension_type, held_settings, read_answer};
use super::validate::refusal;
use super::{pending_install, pods, request, secret_decision};
use crate::arm::locks::lock_cluster;
use crate::arm::{operation, preflight};
use crate::connections::{self, ConnectRequest, OwnershipTracker};
use crate::context::Context;
use crate::explain::{Action, Error, Result};

/// How long the agents may take to run a version that was asked for.
const VERSION_TIMEOUT: Duration = Duration::from_mins(10);
const VERSION_POLL_INTERVAL: Duration = Duration::from_secs(15);

/// The plain settings of an extension.
type Settings = BTreeMap<String, String>;

pub(super) async fn update(
    context: &mut Context<'_>, prior: Extension, planned: Extension, saved: &mut Saved<Extension>,
) -> Result<()> {
    let (_, cluster_id) = prior.arm_ids()?;
    let turn = lock_cluster(context, &cluster_id).await?;
    pending_install::refuse_without_cluster(context, &prior).await?;
    let reached = pods::reach(context, &planned).await?;
    // It is large, and stands beside the wait for the pods.
    let updated = Box::pin(update_or_install(context, prior, planned, saved)).await;
    drop(turn);
    pods::follow(context, Action::Update, &cluster_id, reached.as_ref(), updated).await
}

/// Updates the extension, once nothing is under way on it. One that is not installed yet is installed.
async fn update_or_install(
    context: &mut Context<'_>, prior: Extension, planned: Extension, saved: &mut Saved<Extension>,
) -> Result<()> {
    let (id, _) = prior.arm_ids()?;
    let Some(found) = operation::resume(context, &EXTENSIONS, &id).await? else {
        if !pending_install::is_noted(&context.private) {
            return Err(vanished(&id));
        }
        let found = connections::take_found(&mut context.private);
        let known = found.unwrap_or_else(|| prior.known_side_resources());
        return install(context, planned, known, saved).await;
    };
    check_extension_type(&found)?;
    pending_install::forget(&mut context.private);
    let (current, desired) = (Box::new(Current::new(prior)), Box::new(Desired::new(planned)));
    update_installed(context, &current, desired, &found, saved).await
}

/// Updates an extension that is there and at rest.
async fn update_installed(
    context: &mut Context<'_>, current: &Current, desired: Box<Desired>, found: &ArmResource,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let held = held_settings(found);
    let is_failed = !found.state().is_healthy();
    let prepared = prepare_update(context, current, desired, found, &held, is_failed).await?;
    let (before, after) = (&current.connections.arguments, &prepared.desired.connections);
    connections::update_tags(context, Some(before), after).await?;
    let id = prepared.id.clone();
    let version = prepared.desired.model.version.known().cloned();
    let version = version.filter(|_| !prepared.changed_release.is_empty());
    if is_failed {
        repair(context, current, prepared, held, saved).await?;
    } else {
        patch(context, current, prepared, found, &held, saved).await?;
    }
    context.private.forget(secret_decision::IMPORTED);
    match version {
        Some(version) => wait_for_version(context, &id, &version, saved).await,
        None => Ok(()),
    }
}

fn vanished(id: &Id) -> Error {
    Diagnostic::error("Extension is gone")
        .detail(format!(
            "{id}\n\nIt was there when the plan was made and does not exist any more. Plan again, \
             which installs it again."
        ))
        .into()
}

// === a change in place ===

async fn patch(
    context: &mut Context<'_>, current: &Current, mut prepared: Prepared, found: &ArmResource,
    held: &Settings, saved: &mut Saved<Extension>,
) -> Result<()> {
    let declared = &prepared.desired.declared;
    let mut changed = settings::change(held, &current.declared, declared).settings;
    let protected = if prepared.secrets.sends() {
        let cluster = preflight::cluster(context, &prepared.cluster_id).await?;
        let keeps_plan = !prepared.desired.model.side_resources.is_unknown();
        let connections =
            reconnect(context, current, &mut prepared, &cluster, held, keeps_plan, saved).await?;
        changed.extend(settings::settings_of_connections(&connections, held));
        Some(settings::derive_protected(&prepared.desired.declared, &connections))
    } else {
        keep_side_resources(&mut prepared, current);
        None
    };
    changed.retain(|key, value| held.get(key) != Some(value));
    if repeats_settings(&current.model, &prepared.desired.model) {
        changed = settings::settings_to_resend(held, &changed);
    }
    let Some(body) = request::patch_body(&prepared, &changed, protected.as_ref()) else {
        saved.save(&read_answer(prepared.desired.model, found)?);
        return Ok(());
    };
    let accepted =
        operation::patch(context, Action::Update, &EXTENSIONS, &prepared.id, &body).await?;
    finish_update(context, current, prepared, protected.unwrap_or_default(), accepted, saved).await
}

/// Whether all plain settings are sent once more. A version that is no longer written says nothing.
fn repeats_settings(prior: &Extension, planned: &Extension) -> bool {
    let version = &planned.configuration_settings_version;
    !version.is_null() && *version != prior.configuration_settings_version
}

// === a failed extension ===

/// Sends what it holds, what is written, and every secret, unless none is known.
async fn repair(
    context: &mut Context<'_>, current: &Current, mut prepared: Prepared, held: Settings,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let cluster = preflight::cluster(context, &prepared.cluster_id).await?;
    let (derived, connected) = if prepared.secrets.sends() {
        let connections =
            reconnect(context, current, &mut prepared, &cluster, &held, false, saved).await?;
        let declared = &prepared.desired.declared;
        let derived = derive_again(declared, &cluster, &connections, Era::Today);
        (derived.map_err(refusal)?, settings::settings_of_connections(&connections, &held))
    } else {
        keep_side_resources(&mut prepared, current);
        let plain = settings::settings_without_connections(&prepared.desired.declared, &cluster);
        (Derived { plain, ..Derived::default() }, Settings::new())
    };
    let declared = &prepared.desired.declared;
    let written = settings::change(&held, &Declared::default(), declared).settings;
    let plain = derived.plain.into_iter().chain(held).chain(written).chain(connected).collect();
    let derived = Derived { plain: settings::in_one_spelling(plain), ..derived };
    let body = request::body(&prepared, &cluster, &derived);
    let accepted =
        operation::put(context, Action::Update, &EXTENSIONS, &prepared.id, &body).await?;
    finish_update(context, current, prepared, derived.protected, accepted, saved).await
}

// === both ===

/// Connects the extension again, which fetches the keys. Where the plan is kept, a resource that
/// was created again shows in the next refresh.
async fn reconnect(
    context: &mut Context<'_>, current: &Current, prepared: &mut Prepared, cluster: &Cluster,
    held: &Settings, keeps_plan: bool, saved: &mut Saved<Extension>,
) -> Result<Connections> {
    let Prepared { id, cluster_id, desired, .. } = prepared;
    let known = current.connections.side_resources.clone();
    let request = ConnectRequest::for_update(
        &desired.connections,
        &desired.declared,
        cluster_id,
        cluster,
        held,
        &known,
    )?;
    let mut save = |entries: &[_]| saved.save(&current.model.clone().with_side_resources(entries));
    let mut tracker = OwnershipTracker::new(id.clone(), known, &mut save);
    let connections = connections::connect(context, &request, &mut tracker).await?;
    let entries = tracker.into_entries();
    if keeps_plan {
        let reported = &current.connections.side_resources;
        connections::remember_found(&mut context.private, reported, &entries);
    } else {
        desired.model = std::mem::take(&mut desired.model).with_side_resources(&entries);
    }
    Ok(connections)
}

fn keep_side_resources(prepared: &mut Prepared, current: &Current) {
    let model = std::mem::take(&mut prepared.desired.model);
    prepared.desired.model = model.with_side_resources(&current.connections.side_resources);
}

/// Saves that the service has accepted the update, waits for it, and saves what it answers.
async fn finish_update(
    context: &mut Context<'_>, current: &Current, prepared: Prepared,
    protected: BTreeMap<String, Sensitive<String>>, accepted: WriteResponse,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let Prepared { id, desired, secrets, .. } = prepared;
    let planned = desired.model;
    if secrets.sends() {
        context.private.forget(secret_decision::SECRETS_UNSEEN);
        let names: Names = protected.into_keys().collect();
        protected_names::save_sent(&mut context.private, &names, &secrets.missing());
    }
    let prior = &current.model;
    // The answer to the request is not complete yet.
    saved.save(&Extension {
        id: Attr::text(&id),
        provisioning_state: ProvisioningState::UPDATING.into(),
        extension_type: prior.extension_type.clone(),
        release_namespace: prior.release_namespace.clone(),
        current_version: prior.current_version.clone(),
        statuses: prior.statuses.clone(),
        identity: prior.identity.clone(),
        effective_configuration_settings: prior.effective_configuration_settings.clone(),
        ..planned.clone()
    });
    let side_resources = planned.known_side_resources();
    let ended = finish(context, Action::Update, &id, planned, accepted.operation, saved).await;
    if let Some(azure::Error::OutcomeUnknown(unproven)) =
        ended.as_ref().err().and_then(Error::azure)
    {
        // The state keeps what it said of secrets before, so that the next apply sends them again.
        let known = prior.clone().with_side_resources(&side_resources);
        saved.save(&read_answer(known, &unproven.object)?);
    }
    ended
}

// === versions ===

/// Waits until the cluster runs the version, and warns if it does not in time.
async fn wait_for_version(
    context: &mut Context<'_>, id: &Id, version: &str, saved: &mut Saved<Extension>,
) -> Result<()> {
    let began = Instant::now();
    loop {
        let Some(known) = saved.last() else { return Ok(()) };
        if known.current_version.known().is_some_and(|current| current == version) {
            return Ok(());
        }
        if began.elapsed() >= VERSION_TIMEOUT
            || Instant::now() + VERSION_POLL_INTERVAL >= Instant::from_std(context.deadline)
        {
            context.diagnostics.push(runs_late(version, &known));
            return Ok(());
        }
        tokio::select! {
            () = context.stop.cancelled() => return Err(interrupted(version)),
            () = tokio::time::sleep(VERSION_POLL_INTERVAL) => {}
        }
        if let Some(object) = operation::find(context, &EXTENSIONS, id).await? {
            saved.save(&read_answer(known, &object)?);
        }
    }
}

fn runs_late(version: &str, known: &Extension) -> Diagnostic {
    let current = known.current_version.known().map_or("unknown", String::as_str);
    Diagnostic::warning(format!("Version {version} does not run yet"))
        .detail(format!(
            "The service has accepted it, and the cluster still runs {current}. See what the pods \
             do:\n\n  kubectl get pods -n azureml"
        ))
        .at("version")
}

fn interrupted(version: &str) -> Error {
    Failure::resumable(
        Diagnostic::error("Extension is still being updated")
            .detail(format!(
                "The operation was interrupted while it waited for version {version} to run. The \
                 service has accepted the change; the state says so."
            ))
            .at("version"),
    )
    .into()
}
