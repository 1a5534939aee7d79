//! What an update sends: a PATCH of what changed, or, for an extension that failed, everything
//! anew.

use std::collections::BTreeMap;
use std::time::Duration;

use aml::settings::{self, Declared, Era, derive, protected};
use azure::rp::EXTENSIONS;
use azure::{Envelope, Id};
use framework::{Diagnostic, Diagnostics, Failure, Saved};
use serde_json::{Map, Value, json};
use tokio::time::Instant;

use super::answer::{answered, held};
use super::declared::declared;
use super::install::{
    automatic, begun, body, finish, kept, runs_there, settled, sound, stands, with,
};
use super::model::Extension;
use super::{beside, secrets};
use crate::explain::{Doing, Error, Result};
use crate::side_resources::Ledger;
use crate::{Cx, operation, preflight};

/// How long the agents may take to run a version that was asked for.
const ROLL_OUT: Duration = Duration::from_mins(10);
/// Between two looks at the version that runs.
const LOOK: Duration = Duration::from_secs(15);

/// Makes an extension that is there, and at rest, what is planned.
pub(super) async fn change(
    cx: &mut Cx<'_>, prior: Extension, planned: Extension, found: &Envelope,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let state = found.provisioning_state();
    let well = state.is_none_or(|state| state.eq_ignore_ascii_case("Succeeded"));
    let fresh = secrets::is_marked(&cx.private, secrets::FRESH);
    let begins = secrets::turns_on_certificate(&held(found), &prior, &planned, &planned);
    let sends_secrets = begins || secrets::change(&prior, &planned, fresh);
    sound(cx, &planned, sends_secrets || !well)?;
    if sends_secrets || !well {
        complete(cx, &prior, &planned)?;
    }
    let target = planned.version.known().cloned();
    let released = !release(&planned, found).is_empty();
    if released {
        released_there(cx, &planned).await?;
    }
    if well {
        patch(cx, &prior, planned, found, sends_secrets, saved).await?;
    } else {
        repair(cx, &prior, planned, found, saved).await?;
    }
    cx.private.forget(secrets::FRESH);
    match target.filter(|_| released) {
        Some(version) => rolled_out(cx, &version, saved).await,
        None => Ok(()),
    }
}

/// Every secret must be known before the protected map is sent.
fn complete(cx: &Cx<'_>, prior: &Extension, planned: &Extension) -> Result<()> {
    let unseen = secrets::is_marked(&cx.private, secrets::UNSEEN);
    let unknown: Diagnostics = secrets::unknown(prior, planned, unseen).into_iter().collect();
    if unknown.is_empty() { Ok(()) } else { Err(Failure::from(unknown).into()) }
}

/// Refuses a version that the cluster does not run, or to change it where no agent would. Who may
/// not look at the cluster is not stopped.
async fn released_there(cx: &Cx<'_>, planned: &Extension) -> Result<()> {
    if planned.version.is_null() && !automatic(planned) {
        // It stays at what it runs.
        return Ok(());
    }
    let id = super::cluster(planned)?;
    match preflight::cluster(cx, &id).await {
        Ok(cluster) => runs_there(cx, planned, &id, &cluster).await,
        Err(Error::Azure(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

// === a change in place ===

async fn patch(
    cx: &mut Cx<'_>, prior: &Extension, planned: Extension, found: &Envelope, sends_secrets: bool,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let id = super::id(&planned)?;
    let held = held(found);
    let mut settings = settings::change(&held, &declared(prior), &declared(&planned)).settings;
    let mut properties = release(&planned, found);
    let mut planned = with(planned, &stands(prior));
    if sends_secrets {
        let (connected, secrets);
        (planned, connected, secrets) = reconnected(cx, prior, planned, &held, saved).await?;
        settings.extend(connected);
        properties.insert("configurationProtectedSettings".to_owned(), Value::Object(secrets));
    }
    settings.retain(|key, value| held.get(key) != Some(value));
    if !settings.is_empty() {
        properties.insert("configurationSettings".to_owned(), json!(settings));
    }
    if properties.is_empty() {
        saved.save(&answered(planned, found)?);
        return Ok(());
    }
    let body = json!({ "properties": properties });
    let accepted = operation::patch(cx, Doing::Update, &EXTENSIONS, &id, &body).await?;
    if sends_secrets {
        cx.private.forget(secrets::UNSEEN);
    }
    saved.save(&begun(&id, "Updating", kept(planned.clone(), prior)));
    finish(cx, Doing::Update, planned, accepted.operation, saved).await
}

/// Train, version and upgrades, as far as the service holds others.
fn release(planned: &Extension, found: &Envelope) -> Map<String, Value> {
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
    cx: &Cx<'_>, prior: &Extension, planned: Extension, held: &BTreeMap<String, String>,
    saved: &mut Saved<Extension>,
) -> Result<(Extension, BTreeMap<String, String>, Map<String, Value>)> {
    let cluster = preflight::cluster(cx, &super::cluster(&planned)?).await?;
    let mut tell = |entries: &[_]| saved.save(&with(prior.clone(), entries));
    let mut ledger = Ledger::new(stands(prior), &mut tell);
    let connections = beside::again(cx, &planned, held, &cluster, &mut ledger).await?;
    let planned = with(planned, &ledger.into_entries());
    let secrets = protected(&declared(&planned), &connections).into_iter();
    let secrets = secrets.map(|(key, value)| (key, json!(value.expose()))).collect();
    Ok((planned, settings::connected(&connections, held), secrets))
}

// === a failed extension ===

/// Puts it again: what it holds, what is written, and every secret.
async fn repair(
    cx: &mut Cx<'_>, prior: &Extension, planned: Extension, found: &Envelope,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let id = super::id(&planned)?;
    let cluster = preflight::cluster(cx, &super::cluster(&planned)?).await?;
    let held = held(found);
    let mut tell = |entries: &[_]| saved.save(&with(prior.clone(), entries));
    let mut ledger = Ledger::new(stands(prior), &mut tell);
    let connections = beside::again(cx, &planned, &held, &cluster, &mut ledger).await?;
    let planned = with(planned, &ledger.into_entries());
    let mut derived = settled(derive(&declared(&planned), &cluster, &connections, Era::Today))?;
    let written = settings::update(&Declared::default(), &declared(&planned)).settings;
    let connected = settings::connected(&connections, &held);
    derived.plain.extend(held);
    derived.plain.extend(written);
    derived.plain.extend(connected);
    let body = body(&planned, &cluster, &derived);
    let accepted = operation::put(cx, Doing::Update, &EXTENSIONS, &id, &body).await?;
    cx.private.forget(secrets::UNSEEN);
    saved.save(&begun(&id, "Updating", kept(planned.clone(), prior)));
    finish(cx, Doing::Update, planned, accepted.operation, saved).await
}

// === versions ===

/// Waits until the pinned version runs, and warns if it does not come.
async fn rolled_out(cx: &mut Cx<'_>, version: &str, saved: &mut Saved<Extension>) -> Result<()> {
    let began = Instant::now();
    loop {
        let Some(known) = saved.last() else { return Ok(()) };
        if known.current_version.known().is_some_and(|current| current == version) {
            return Ok(());
        }
        if began.elapsed() >= ROLL_OUT || Instant::now() + LOOK >= Instant::from_std(cx.deadline) {
            cx.diagnostics.push(late(version, &known));
            return Ok(());
        }
        tokio::select! {
            () = cx.stop.cancelled() => return Err(interrupted(version)),
            () = tokio::time::sleep(LOOK) => {}
        }
        let id: Id = super::id(&known)?;
        if let Some(object) = operation::find(cx, &EXTENSIONS, &id).await? {
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
