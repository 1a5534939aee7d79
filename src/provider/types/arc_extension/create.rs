//! The way to an installed extension: look, connect what it needs, derive its settings, put it.
//!
//! A create goes it from the start, and the update after an interrupted one goes on with it.

use aml::Problem;
use aml::settings::{self, Cluster, Derived, Era, Mode, derive, release_train, wanted};
use azure::resource_types::EXTENSIONS;
use azure::{Id, Operation};
use framework::{Attr, Diagnostics, Failure, Saved};
use serde_json::{Map, Value, json};

use super::desired::declared;
use super::findings::{findings, findings_now};
use super::model::Extension;
use super::pending_install;
use super::protected_names::{self, Names};
use super::response::answered;
use crate::arm::catalogue::{self, Wanted};
use crate::arm::operation;
use crate::arm::preflight::{self, EXTENSION_TYPE};
use crate::connections::{self, OwnershipTracker, SideResource};
use crate::context::Context;
use crate::explain::{Action, Error, Report, Result};

/// What stands beside an extension, as its state has it.
pub(crate) fn stands(of: &Extension) -> Vec<SideResource> {
    let entries = of.side_resources.known().into_iter().flatten();
    entries.filter_map(|entry| entry.known().cloned()).collect()
}

/// Installs an extension that is not there. `known` is what an earlier run left beside it.
pub(super) async fn install(
    context: &mut Context<'_>, planned: Extension, known: Vec<SideResource>,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let id = super::id(&planned)?;
    let begun = begun(&id, "Creating", planned.clone());
    if owes(context, &known) {
        let told = connections::as_planned(begun.clone(), &known);
        connections::remember(&mut context.private, &told, &known);
        saved.save(&told);
    }
    let cluster = ready(context, &planned).await?;
    let mut tell = |entries: &[SideResource]| {
        saved.save(&connections::as_planned(begun.clone(), entries));
    };
    let mut tracker = OwnershipTracker::new(id.clone(), known, &mut tell);
    let connected = connections::first(context, &planned, &cluster, &mut tracker).await;
    let entries = tracker.into_entries();
    owes(context, &entries);
    let planned = connections::as_planned(planned, &entries);
    connections::remember(&mut context.private, &planned, &entries);
    let connected = connected?;
    connections::retag(context, None, &planned).await?;
    let derived = settled(derive(&declared(&planned), &cluster, &connected, Era::Today))?;
    let body = body(&planned, &cluster, &derived);
    let accepted = operation::put_managed(context, Action::Create, &EXTENSIONS, &id, &body).await?;
    saved.save(&with(begun, &stands(&planned)));
    pending_install::forget(&mut context.private);
    let names = derived.protected.into_keys().collect();
    protected_names::record(&mut context.private, &names, &Names::new());
    finish(context, Action::Create, planned, accepted.operation, saved).await
}

/// From the moment that something of its own stands beside it until the extension is put, a
/// refresh must not lose that.
fn owes(context: &mut Context<'_>, entries: &[SideResource]) -> bool {
    let owes = entries.iter().any(SideResource::is_created);
    if owes {
        pending_install::note(&mut context.private);
    }
    owes
}

/// Waits until the service has done it, and saves what it says then, good or bad.
pub(super) async fn finish(
    context: &mut Context<'_>, doing: Action, planned: Extension, operation: Option<Operation>,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let id = super::id(&planned)?;
    match operation::settle(context, doing, &EXTENSIONS, &id, operation).await {
        Ok(object) => {
            saved.save(&answered(planned, &object)?);
            Ok(())
        }
        Err(error) => {
            let left = operation::left_by(context, &EXTENSIONS, &id, &error).await;
            if let Some(Ok(true_now)) = left.map(|object| answered(planned, &object)) {
                saved.save(&true_now);
            }
            Err(error)
        }
    }
}

// === steps ===

/// Everything that can be looked at before anything is written; what the cluster is like.
async fn ready(context: &mut Context<'_>, planned: &Extension) -> Result<Cluster> {
    let (id, cluster_id) = (super::id(planned)?, super::cluster(planned)?);
    sound(context, planned, true)?;
    let cluster = preflight::cluster(context, &cluster_id).await?;
    check(planned, &cluster)?;
    preflight::alone(context, &cluster_id, id.name()).await?;
    preflight::registered(context, &cluster_id, &namespaces(planned, &cluster)).await?;
    runs_there(context, planned, &cluster_id, &cluster).await?;
    Ok(cluster)
}

/// Refuses a version that there is not, or that does not run on the cluster.
pub(super) async fn runs_there(
    context: &Context<'_>, planned: &Extension, cluster_id: &Id, cluster: &Cluster,
) -> Result<()> {
    let train = release_train(planned.release_train.known().map(String::as_str));
    let version = planned.version.known().map(String::as_str);
    let wanted = Wanted { cluster_id, cluster, train, version };
    catalogue::check(context, &wanted).await
}

/// Refuses settings that are wrong, now that all of them are known, and a certificate that is sent
/// and not valid; warns of one that is not valid for long.
pub(super) fn sound(
    context: &mut Context<'_>, planned: &Extension, sends_secrets: bool,
) -> Result<()> {
    let (kind, _) = preflight::kind_of(&super::cluster(planned)?)?;
    let mut wrong = findings(planned, aml::Given::Set(kind));
    let now = if sends_secrets { findings_now(planned) } else { Vec::new() };
    let (expired, expiring): (Vec<_>, Vec<_>) = now.into_iter().partition(Problem::is_error);
    wrong.retain(Problem::is_error);
    wrong.extend(expired);
    context.diagnostics.report("", expiring);
    if wrong.is_empty() { Ok(()) } else { Err(refused(wrong)) }
}

/// Whether the cluster takes the settings, and its name those of side resources that are to be
/// made.
fn check(planned: &Extension, cluster: &Cluster) -> Result<()> {
    let declared = declared(planned);
    let mut found = settings::overruled(&declared, cluster);
    let wanted = wanted(&declared, cluster.kind, Era::Today);
    if [wanted.relay, wanted.service_bus].contains(&Mode::Managed) {
        let at = aml::Place::itself().attribute("cluster_id");
        let place = connections::place(planned, cluster)?;
        found.extend(place.check().map(|problem| Problem { at, ..problem }));
    }
    if found.is_empty() { Ok(()) } else { Err(refused(found)) }
}

/// The resource providers of what is about to be written.
fn namespaces(planned: &Extension, cluster: &Cluster) -> Vec<&'static str> {
    let wanted = wanted(&declared(planned), cluster.kind, Era::Today);
    let managed = |mode: Mode, namespace| (mode == Mode::Managed).then_some(namespace);
    let beside = [
        managed(wanted.relay, "Microsoft.Relay"),
        managed(wanted.service_bus, "Microsoft.ServiceBus"),
        managed(wanted.log_analytics, "Microsoft.OperationalInsights"),
    ];
    beside.into_iter().flatten().chain(["Microsoft.KubernetesConfiguration"]).collect()
}

/// The whole extension, for a PUT.
pub(super) fn body(planned: &Extension, cluster: &Cluster, derived: &Derived) -> Value {
    let secrets = derived.protected.iter();
    let secrets: Map<_, _> =
        secrets.map(|(key, value)| (key.clone(), json!(value.expose()))).collect();
    let mut properties = json!({
        "extensionType": EXTENSION_TYPE,
        "scope": { "cluster": { "releaseNamespace": "azureml" } },
        "releaseTrain": release_train(planned.release_train.known().map(String::as_str)),
        "autoUpgradeMinorVersion": automatic(planned),
        "configurationSettings": derived.plain,
        "configurationProtectedSettings": secrets,
    });
    if let Some(version) = planned.version.known() {
        properties["version"] = json!(version);
    }
    let mut body = json!({ "properties": properties });
    if cluster.kind.takes_identity() {
        body["identity"] = json!({ "type": "SystemAssigned" });
    }
    body
}

/// Whether the service upgrades by itself.
pub(super) fn automatic(planned: &Extension) -> bool {
    let written = planned.auto_upgrade_minor_version.known().copied();
    settings::auto_upgrade(written, planned.version.known().map(String::as_str))
}

pub(super) fn settled(derived: std::result::Result<Derived, Vec<Problem>>) -> Result<Derived> {
    derived.map_err(refused)
}

pub(super) fn refused(problems: Vec<Problem>) -> Error {
    let mut found = Diagnostics::new();
    found.report("", problems);
    Failure::from(found).into()
}

// === what is true while the service works ===

/// What is true as soon as the service has accepted a request: its answer is half empty yet.
pub(super) fn begun(id: &Id, state: &str, planned: Extension) -> Extension {
    Extension { id: Attr::text(id), provisioning_state: state.into(), ..planned }
}

/// What the state said and an operation under way has not answered yet.
pub(super) fn kept(planned: Extension, prior: &Extension) -> Extension {
    Extension {
        extension_type: prior.extension_type.clone(),
        release_namespace: prior.release_namespace.clone(),
        current_version: prior.current_version.clone(),
        statuses: prior.statuses.clone(),
        identity: prior.identity.clone(),
        effective_configuration_settings: prior.effective_configuration_settings.clone(),
        ..planned
    }
}

pub(crate) fn with(of: Extension, entries: &[SideResource]) -> Extension {
    Extension { side_resources: entries.iter().cloned().collect(), ..of }
}
