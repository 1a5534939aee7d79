//! What is checked before anything is written to Azure.

use std::collections::BTreeMap;

use aml::settings::{self, Cluster, Era, Mode, Wanted, release_train, required_connections};
use azure::{ArmResource, Id};
use framework::{Diagnostics, Failure};
use serde_json::{Map, Value, json};
use vocabulary::Problem;

use super::desired::{Current, Desired};
use super::model::Extension;
use super::protected_names::Names;
use super::request::{RELEASE_TRAIN, UPGRADES, VERSION, upgrades_automatically};
use super::secret_decision::{SecretDecision, SecretInputs};
use super::validate::{missing_settings, refuse, validate_known};
use crate::arm::catalogue::{self, VersionCheck};
use crate::arm::preflight;
use crate::connections::check_cluster_name;
use crate::context::Context;
use crate::explain::{Error, Result};

/// A create or an update that passed its checks.
pub(super) struct Prepared {
    pub(super) id: Id,
    pub(super) cluster_id: Id,
    pub(super) desired: Box<Desired>,
    pub(super) secrets: SecretDecision,
    /// Release train, version and upgrades, where the service holds others than planned.
    pub(super) changed_release: Map<String, Value>,
}

/// Checks a create with everything that can be read before. Returns what the cluster is like, and
/// which connections the extension needs there.
pub(super) async fn prepare_create(
    context: &mut Context<'_>, desired: Box<Desired>,
) -> Result<(Prepared, Cluster, Wanted)> {
    let (id, cluster_id) = desired.model.arm_ids()?;
    let (cluster_kind, _) = preflight::kind_of(&cluster_id)?;
    validate_known(context, &desired, cluster_kind, true)?;
    let cluster = preflight::cluster(context, &cluster_id).await?;
    let wanted = required_connections(&desired.declared, cluster.kind, Era::Today);
    refuse(check_for_cluster(&desired, &cluster, &cluster_id, wanted))?;
    preflight::refuse_second_extension(context, &cluster_id, id.name()).await?;
    preflight::check_registered(context, &cluster_id, &resource_providers(wanted)).await?;
    check_version(context, &desired, &cluster_id, &cluster).await?;
    let secrets = SecretDecision::Send { missing: Names::new() };
    let changed_release = Map::new();
    Ok((Prepared { id, cluster_id, desired, secrets, changed_release }, cluster, wanted))
}

/// Whether the cluster takes the settings, and its name those of resources to create.
fn check_for_cluster(
    desired: &Desired, cluster: &Cluster, cluster_id: &Id, wanted: Wanted,
) -> Vec<Problem> {
    let mut problems = settings::check_overwritten(&desired.declared, cluster);
    if [wanted.relay, wanted.service_bus].contains(&Mode::Managed) {
        problems.extend(check_cluster_name(cluster_id).map(|problem| problem.below("cluster_id")));
    }
    problems
}

/// The namespaces of what a create writes.
fn resource_providers(wanted: Wanted) -> Vec<&'static str> {
    let managed = |mode: Mode, namespace| (mode == Mode::Managed).then_some(namespace);
    let connections = [
        managed(wanted.relay, "Microsoft.Relay"),
        managed(wanted.service_bus, "Microsoft.ServiceBus"),
        managed(wanted.log_analytics, "Microsoft.OperationalInsights"),
    ];
    connections.into_iter().flatten().chain(["Microsoft.KubernetesConfiguration"]).collect()
}

/// Checks an update of an extension that is there, and decides about its secrets. `settings` are
/// the plain ones that it holds.
pub(super) async fn prepare_update(
    context: &mut Context<'_>, current: &Current, desired: Box<Desired>, found: &ArmResource,
    settings: &BTreeMap<String, String>, is_failed: bool,
) -> Result<Prepared> {
    let (id, cluster_id) = desired.model.arm_ids()?;
    let private = &context.private;
    let inputs = SecretInputs::new(current, &desired, &desired, settings, is_failed, private);
    let secrets = inputs.decide();
    let unknown = if secrets.sends() { inputs.unknown_secrets() } else { Vec::new() };
    let (cluster_kind, _) = preflight::kind_of(&cluster_id)?;
    validate_known(context, &desired, cluster_kind, secrets.sends())?;
    refuse(missing_settings(&desired, Some(current)))?;
    if !unknown.is_empty() {
        return Err(Failure::from(unknown.into_iter().collect::<Diagnostics>()).into());
    }
    let changed_release = changed_release(&desired.model, found);
    if !changed_release.is_empty() {
        check_version_change(context, &desired, &cluster_id).await?;
    }
    Ok(Prepared { id, cluster_id, desired, secrets, changed_release })
}

fn changed_release(planned: &Extension, found: &ArmResource) -> Map<String, Value> {
    let held = found.properties();
    let mut changed = Map::new();
    let train = planned.release_train.known();
    let holds = |train: &String| {
        held[RELEASE_TRAIN].as_str().is_some_and(|held| held.eq_ignore_ascii_case(train))
    };
    if let Some(train) = train.filter(|train| !holds(train)) {
        changed.insert(RELEASE_TRAIN.to_owned(), json!(train));
    }
    let automatic = upgrades_automatically(planned);
    let version = planned.version.known();
    let is_other = version.is_some_and(|version| held[VERSION] != version.as_str());
    if is_other || held[UPGRADES] != automatic {
        changed.insert(UPGRADES.to_owned(), json!(automatic));
        changed.extend(version.map(|version| (VERSION.to_owned(), json!(version))));
    }
    changed
}

/// Without the right to read the cluster, the version is not checked.
async fn check_version_change(
    context: &Context<'_>, desired: &Desired, cluster_id: &Id,
) -> Result<()> {
    if desired.model.version.is_null() && !upgrades_automatically(&desired.model) {
        // It stays at what it runs.
        return Ok(());
    }
    match preflight::cluster(context, cluster_id).await {
        Ok(cluster) => check_version(context, desired, cluster_id, &cluster).await,
        Err(Error::Azure(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Refuses a version that does not exist, or does not run on the cluster.
async fn check_version(
    context: &Context<'_>, desired: &Desired, cluster_id: &Id, cluster: &Cluster,
) -> Result<()> {
    let train = release_train(desired.model.release_train.known().map(String::as_str));
    let version = desired.model.version.known().map(String::as_str);
    catalogue::check(context, &VersionCheck { cluster_id, cluster, train, version }).await
}
