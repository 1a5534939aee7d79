//! What an update sends: a PATCH of what changed, or, for an extension that failed, everything
//! anew.

use std::collections::BTreeMap;
use std::time::Duration;

use aml::settings::{self, Cluster, Declared, Derived, Era, derive_again, protected};
use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id};
use framework::{Diagnostic, Diagnostics, Failure, Saved};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::create::{
    automatic, begun, body, finish, kept, refused, runs_there, settled, sound, stands, with,
};
use super::desired::declared;
use super::findings::missing;
use super::model::Extension;
use super::protected_names::{self, Names};
use super::response::{answered, held};
use super::secret_decision;
use crate::arm::{operation, preflight};
use crate::connections::{self, OwnershipTracker};
use crate::context::Context;
use crate::explain::{Action, Error, Result};

/// The protected map on the wire.
const PROTECTED: &str = "configurationProtectedSettings";
/// How long the agents may take to run a version that was asked for.
const ROLL_OUT: Duration = Duration::from_mins(10);
/// Between two looks at the version that runs.
const LOOK: Duration = Duration::from_secs(15);

/// Makes an extension that is there, and at rest, what is planned.
pub(super) async fn update(
    context: &mut Context<'_>, prior: Extension, planned: Extension, found: &ArmResource,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let state = found.provisioning_state();
    let well = state.is_none_or(|state| state.eq_ignore_ascii_case("Succeeded"));
    let sends = Sends::of(context, &prior, &planned, found, well);
    sound(context, &planned, sends != Sends::Nothing)?;
    let missing = missing(&planned, Some(&prior));
    if !missing.is_empty() {
        return Err(refused(missing));
    }
    if sends != Sends::Nothing {
        complete(context, &prior, &planned)?;
    }
    let target = planned.version.known().cloned();
    let released = !release(&planned, found).is_empty();
    if released {
        released_there(context, &planned).await?;
    }
    connections::retag(context, Some(&prior), &planned).await?;
    if well {
        patch(context, &prior, planned, found, sends, saved).await?;
    } else {
        repair(context, &prior, planned, found, sends, saved).await?;
    }
    context.private.forget(secret_decision::IMPORTED);
    match target.filter(|_| released) {
        Some(version) => rolled_out(context, &version, saved).await,
        None => Ok(()),
    }
}

/// What an update does with the protected map.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Sends {
    /// It is left out.
    Nothing,
    /// It is sent as a whole; these names were missing.
    Everything(Names),
}

impl Sends {
    fn of(
        context: &Context<'_>, prior: &Extension, planned: &Extension, found: &ArmResource,
        well: bool,
    ) -> Self {
        let fresh = secret_decision::is_marked(&context.private, secret_decision::IMPORTED);
        let begins = secret_decision::turns_on_certificate(&held(found), prior, planned, planned);
        let drifted = secret_decision::drifted(prior, planned, &context.private);
        if begins || secret_decision::change(prior, planned, fresh) || !drifted.is_empty() {
            return Sends::Everything(drifted);
        }
        if well || secret_decision::is_left_out(planned, &context.private) {
            return Sends::Nothing;
        }
        Sends::Everything(drifted)
    }
}

/// Every secret must be known before the protected map is sent.
fn complete(context: &Context<'_>, prior: &Extension, planned: &Extension) -> Result<()> {
    let unknown = secret_decision::unknown(prior, planned, &context.private);
    let unknown: Diagnostics = unknown.into_iter().collect();
    if unknown.is_empty() { Ok(()) } else { Err(Failure::from(unknown).into()) }
}

/// Refuses a version that the cluster does not run, or to change it where no agent would. Who may
/// not look at the cluster is not stopped.
async fn released_there(context: &Context<'_>, planned: &Extension) -> Result<()> {
    if planned.version.is_null() && !automatic(planned) {
        // It stays at what it runs.
        return Ok(());
    }
    let id = super::cluster(planned)?;
    match preflight::cluster(context, &id).await {
        Ok(cluster) => runs_there(context, planned, &id, &cluster).await,
        Err(Error::Azure(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

// === a change in place ===

async fn patch(
    context: &mut Context<'_>, prior: &Extension, planned: Extension, found: &ArmResource,
    sends: Sends, saved: &mut Saved<Extension>,
) -> Result<()> {
    let id = super::id(&planned)?;
    let held = held(found);
    let mut settings = settings::change(&held, &declared(prior), &declared(&planned)).settings;
    let mut properties = release(&planned, found);
    let is_repeated = secret_decision::repeats(prior, &planned);
    let mut names = Names::new();
    let planned = if sends == Sends::Nothing {
        with(planned, &stands(prior))
    } else {
        let (planned, connected, secrets) =
            reconnected(context, prior, planned, &held, saved).await?;
        settings.extend(connected);
        names = secrets.keys().cloned().collect();
        properties.insert(PROTECTED.to_owned(), Value::Object(secrets));
        planned
    };
    settings.retain(|key, value| held.get(key) != Some(value));
    if is_repeated {
        settings = settings::repeated(&held, &settings);
    }
    if !settings.is_empty() {
        properties.insert("configurationSettings".to_owned(), json!(settings));
    }
    if properties.is_empty() {
        saved.save(&answered(planned, found)?);
        return Ok(());
    }
    let body = json!({ "properties": properties });
    let accepted = operation::patch(context, Action::Update, &EXTENSIONS, &id, &body).await?;
    note(context, sends, &names);
    saved.save(&begun(&id, "Updating", kept(planned.clone(), prior)));
    let ended = finish(context, Action::Update, planned.clone(), accepted.operation, saved).await;
    keep_prior(ended, prior, &planned, saved)
}

/// Where nobody knows whether the change arrived, the state keeps what it said of secrets before, so
/// that the next apply sends them again.
fn keep_prior(
    ended: Result<()>, prior: &Extension, planned: &Extension, saved: &mut Saved<Extension>,
) -> Result<()> {
    if let Some(azure::Error::OutcomeUnknown(unproven)) =
        ended.as_ref().err().and_then(Error::azure)
    {
        let known = with(prior.clone(), &stands(planned));
        saved.save(&answered(known, &unproven.object)?);
    }
    ended
}

/// Remembers which protected settings were sent.
fn note(context: &mut Context<'_>, sends: Sends, names: &Names) {
    if let Sends::Everything(again) = sends {
        context.private.forget(secret_decision::SECRETS_UNSEEN);
        protected_names::record(&mut context.private, names, &again);
    }
}

/// Train, version and upgrades, as far as the service holds others.
fn release(planned: &Extension, found: &ArmResource) -> Map<String, Value> {
    let held = found.properties();
    let mut changed = Map::new();
    let train = planned.release_train.known();
    let holds = |train: &String| {
        held["releaseTrain"].as_str().is_some_and(|held| held.eq_ignore_ascii_case(train))
    };
    if let Some(train) = train.filter(|train| !holds(train)) {
        changed.insert("releaseTrain".to_owned(), json!(train));
    }
    let automatic = automatic(planned);
    let version = planned.version.known();
    let other = version.is_some_and(|version| held["version"] != version.as_str());
    if other || held["autoUpgradeMinorVersion"] != automatic {
        changed.insert("autoUpgradeMinorVersion".to_owned(), json!(automatic));
        changed.extend(version.map(|version| ("version".to_owned(), json!(version))));
    }
    changed
}

/// What is planned with what stands beside it now, the settings that follow from that, and the
/// complete protected map.
async fn reconnected(
    context: &mut Context<'_>, prior: &Extension, planned: Extension,
    held: &BTreeMap<String, String>, saved: &mut Saved<Extension>,
) -> Result<(Extension, BTreeMap<String, String>, Map<String, Value>)> {
    let cluster = preflight::cluster(context, &super::cluster(&planned)?).await?;
    let mut tell = |entries: &[_]| saved.save(&with(prior.clone(), entries));
    let mut tracker = OwnershipTracker::new(super::id(&planned)?, stands(prior), &mut tell);
    let connections = connections::again(context, &planned, held, &cluster, &mut tracker).await?;
    let entries = tracker.into_entries();
    let planned = if planned.side_resources.is_unknown() {
        with(planned, &entries)
    } else {
        // What was gone was made again: the next refresh says so.
        connections::remember(&mut context.private, prior, &entries);
        planned
    };
    let secrets = protected(&declared(&planned), &connections).into_iter();
    let secrets = secrets.map(|(key, value)| (key, json!(value.expose()))).collect();
    Ok((planned, settings::connected(&connections, held), secrets))
}

// === a failed extension ===

/// Puts it again: what it holds, what is written, and every secret, unless nothing is known of any.
async fn repair(
    context: &mut Context<'_>, prior: &Extension, planned: Extension, found: &ArmResource,
    sends: Sends, saved: &mut Saved<Extension>,
) -> Result<()> {
    let id = super::id(&planned)?;
    let cluster = preflight::cluster(context, &super::cluster(&planned)?).await?;
    let held = held(found);
    let (planned, derived, connected) = match sends {
        Sends::Nothing => {
            let plain = settings::unconnected(&declared(&planned), &cluster);
            let derived = Derived { plain, ..Derived::default() };
            (with(planned, &stands(prior)), derived, BTreeMap::new())
        }
        Sends::Everything(_) => {
            derived_again(context, prior, planned, &held, &cluster, saved).await?
        }
    };
    let written = settings::change(&held, &Declared::default(), &declared(&planned)).settings;
    let plain = derived.plain.into_iter().chain(held).chain(written).chain(connected).collect();
    let derived = Derived { plain: settings::in_one_spelling(plain), ..derived };
    let mut body = body(&planned, &cluster, &derived);
    if sends == Sends::Nothing {
        let properties = body["properties"].as_object_mut();
        properties.and_then(|properties| properties.remove(PROTECTED));
    }
    let accepted = operation::put(context, Action::Update, &EXTENSIONS, &id, &body).await?;
    note(context, sends, &derived.protected.into_keys().collect());
    saved.save(&begun(&id, "Updating", kept(planned.clone(), prior)));
    let ended = finish(context, Action::Update, planned.clone(), accepted.operation, saved).await;
    keep_prior(ended, prior, &planned, saved)
}

/// Connects it once more, and derives its settings: all of them, and those that follow from what
/// stands beside it.
async fn derived_again(
    context: &Context<'_>, prior: &Extension, planned: Extension, held: &BTreeMap<String, String>,
    cluster: &Cluster, saved: &mut Saved<Extension>,
) -> Result<(Extension, Derived, BTreeMap<String, String>)> {
    let mut tell = |entries: &[_]| saved.save(&with(prior.clone(), entries));
    let mut tracker = OwnershipTracker::new(super::id(&planned)?, stands(prior), &mut tell);
    let connections = connections::again(context, &planned, held, cluster, &mut tracker).await?;
    let planned = with(planned, &tracker.into_entries());
    let written = declared(&planned);
    let derived = settled(derive_again(&written, cluster, &connections, Era::Today))?;
    Ok((planned, derived, settings::connected(&connections, held)))
}

// === versions ===

/// Waits until the pinned version runs, and warns if it does not come.
async fn rolled_out(
    context: &mut Context<'_>, version: &str, saved: &mut Saved<Extension>,
) -> Result<()> {
    let began = Instant::now();
    loop {
        let Some(known) = saved.last() else { return Ok(()) };
        if known.current_version.known().is_some_and(|current| current == version) {
            return Ok(());
        }
        if began.elapsed() >= ROLL_OUT
            || Instant::now() + LOOK >= Instant::from_std(context.deadline)
        {
            context.diagnostics.push(late(version, &known));
            return Ok(());
        }
        tokio::select! {
            () = context.stop.cancelled() => return Err(interrupted(version)),
            () = tokio::time::sleep(LOOK) => {}
        }
        let id: Id = super::id(&known)?;
        if let Some(object) = operation::find(context, &EXTENSIONS, &id).await? {
            saved.save(&answered(known, &object)?);
        }
    }
}

fn late(version: &str, known: &Extension) -> Diagnostic {
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
                "The call was interrupted while it waited for version {version} to run. The \
                 service has accepted the change; the state says so."
            ))
            .at("version"),
    )
    .into()
}
