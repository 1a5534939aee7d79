//! What a plan does to Azure ML: the facts that the Markdown shows and `--format json` gives.

mod action;
mod capacity;
mod cluster_types;
mod compute;
mod digest;
mod effect;
mod extension;
mod instance_types;
mod plan_input;
mod resource;
mod root_modules;
mod schema;
mod settings;
mod severity;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use action::{Action, Import};
pub use capacity::{Capacity, Counted, Room, TypeRoom};
pub use cluster_types::ClusterTypes;
pub use effect::{Effect, Outcome};
pub use extension::{Release, Upgrade};
pub use instance_types::{Entry, InstanceTypes, Knowledge, Part, TypeChange, TypeOutcome};
use resource::Notice;
pub use resource::{Resource, Warning};
pub use root_modules::{Reviews, RootModule, RootModules};
pub use schema::{ResourceSchema, Schemas};
pub use settings::Setting;
pub use severity::Severity;

use capacity::CapacitySources;
use cluster_types::Clusters;

use crate::plan::{Check, DeferredChange, ModuleCalls, Plan, ResourceChange};

/// Version of the facts' own format: the minor number grows with additions, the major one when
/// something that was there changes.
pub const FORMAT_VERSION: &str = "1.3";

/// Everything that is told of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Review {
    /// [`FORMAT_VERSION`].
    pub format_version: &'static str,
    /// The program that made the plan, as far as it says.
    pub terraform_version: String,
    /// Format version of the plan's JSON.
    pub plan_format_version: String,
    /// The one word for all of it.
    pub result: PlanResult,
    /// The worst thing that the plan does. Since 1.2.
    pub worst: Severity,
    /// The same for plans of which the same is told, whatever program made them. Since 1.2.
    pub digest: String,
    /// True if an apply would change anything, of Azure ML or not.
    pub has_changes: bool,
    /// How many resources of this provider the plan has, with those that do not change.
    pub managed: usize,
    /// What happens to resources of this provider. Those without a change are left out.
    pub resources: Vec<Resource>,
    /// Instance types that are resources of their own, by cluster. Since 1.1.
    pub clusters: Vec<ClusterTypes>,
    /// What fits on the nodes of clusters of which the plan reads that. Left out where it reads none. Not in
    /// the digest: it changes with each job that comes and goes. Since 1.3.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capacity: Vec<Capacity>,
    /// What was changed outside of Terraform since the last apply.
    pub drift: Vec<Resource>,
    /// What has to wait for another round of plan and apply.
    pub deferred: Vec<Deferred>,
    /// Checks and conditions that fail, of the whole configuration.
    pub failed_checks: Vec<FailedCheck>,
    /// What is to be said once for the whole plan.
    pub notes: Vec<Warning>,
    /// Resources of other providers.
    pub others: Others,
    /// How many output values change.
    pub outputs: usize,
    /// Where the modules of the configuration come from.
    #[serde(skip)]
    pub(crate) module_calls: ModuleCalls,
}

/// The one word for a plan, from the worst to the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlanResult {
    /// Planning failed: what is told is only a part.
    Errored,
    /// Another round of plan and apply is needed: what is told is only a part.
    Incomplete,
    /// Something of this provider changes.
    Changes,
    /// Nothing of this provider changes.
    NoChanges,
}

/// A change that has to wait.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deferred {
    /// Terraform's word for why.
    pub reason: String,
    /// What would happen, as far as it is known.
    pub resource: Resource,
}

/// A check that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FailedCheck {
    /// What is checked.
    pub address: String,
    /// `fail`, or `error` if it could not be evaluated.
    pub status: String,
    /// What the configuration says about it.
    pub messages: Vec<String>,
}

/// How many resources of other providers an apply touches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Others {
    /// By action.
    pub actions: BTreeMap<Action, usize>,
    /// Imported, whatever else happens to them.
    pub imports: usize,
    /// Moved to another address, whatever else happens to them.
    pub moves: usize,
    /// Changed outside of Terraform.
    pub drift: usize,
    /// Waiting for another round.
    pub deferred: usize,
    /// Names of the providers, such as `azurerm`.
    pub providers: BTreeSet<String>,
}

impl Review {
    /// The facts of a plan.
    pub(crate) fn of(plan: Plan, schemas: &Schemas) -> Review {
        let mut others = Others::default();
        let outputs = plan.output_changes.values();
        let outputs = outputs.filter(|output| Action::of(&output.actions).changes()).count();
        let touched = outputs > 0 || plan.resource_changes.iter().any(resource::is_touched);
        let managed = plan.resource_changes.iter().filter(|change| schema::is_ours(change)).count();
        let clusters = Clusters::of(&plan.resource_changes);
        let sources = CapacitySources::of(plan.prior_state);
        let mut capacity = sources.of_computes(&plan.resource_changes);
        let resources = planned_resources(plan.resource_changes, schemas, &mut others);
        let drift = drifted_resources(plan.resource_drift, schemas, &mut others);
        let deferred = deferred_changes(plan.deferred_changes, schemas, &mut others);
        let incomplete =
            plan.complete == Some(false) || !deferred.is_empty() || others.deferred > 0;
        let notes = notes(&resources, &clusters);
        let cluster_types = clusters.facts();
        capacity.extend(sources.of_clusters(&cluster_types));
        let mut review = Review {
            format_version: FORMAT_VERSION,
            worst: Severity::Nothing,
            digest: String::new(),
            terraform_version: plan.terraform_version,
            plan_format_version: plan.format_version,
            result: match () {
                () if plan.errored => PlanResult::Errored,
                () if incomplete => PlanResult::Incomplete,
                () if !resources.is_empty() => PlanResult::Changes,
                () => PlanResult::NoChanges,
            },
            has_changes: plan.applyable == Some(true) || touched || incomplete,
            notes,
            managed,
            resources,
            clusters: cluster_types,
            capacity,
            drift,
            deferred,
            failed_checks: plan.checks.into_iter().filter_map(failed_check).collect(),
            others,
            outputs,
            module_calls: plan.configuration.root_module.module_calls,
        };
        review.worst = review.worst_severity();
        review.digest = digest::digest(&review);
        review
    }

    /// How many warnings there are, all of which the text shows.
    pub fn count_warnings(&self) -> usize {
        let resources = self.resources.iter().map(|each| each.all_warnings().count());
        let clusters = self.clusters.iter().map(|each| each.warnings.len());
        resources.chain(clusters).sum()
    }
}

/// What is said once for the whole plan. Types that are declared in the cluster too need no notice.
fn notes(resources: &[Resource], clusters: &Clusters) -> Vec<Warning> {
    let is_due = |notice: &&Notice| {
        notice.types.iter().any(|name| !clusters.declares(&notice.cluster_id, name))
    };
    let due = resources.iter().filter_map(|one| one.notice.as_ref()).find(is_due);
    due.map(|notice| notice.warning.clone()).into_iter().collect()
}

/// The resources of ours that an apply touches; those of others are counted.
fn planned_resources(
    changes: Vec<ResourceChange>, schemas: &Schemas, others: &mut Others,
) -> Vec<Resource> {
    let touched = changes.into_iter().filter(resource::is_touched);
    let touched = touched.filter(|change| change.mode != "data" || !schema::is_provided(change));
    let (ours, theirs): (Vec<_>, Vec<_>) = touched.partition(schema::is_ours);
    for change in &theirs {
        others.count(change);
    }
    let resource = |change| with_schema(change, schemas, Resource::planned);
    ours.into_iter().map(resource).collect()
}

/// What was changed outside. A move alone is in the plan as well.
fn drifted_resources(
    changes: Vec<ResourceChange>, schemas: &Schemas, others: &mut Others,
) -> Vec<Resource> {
    let real = changes.into_iter().filter(|one| Action::of(&one.change.actions).changes());
    let (ours, theirs): (Vec<_>, Vec<_>) = real.partition(schema::is_ours);
    others.drift = theirs.len();
    let resource = |change| with_schema(change, schemas, Resource::drifted);
    ours.into_iter().map(resource).collect()
}

fn deferred_changes(
    changes: Vec<DeferredChange>, schemas: &Schemas, others: &mut Others,
) -> Vec<Deferred> {
    let (ours, theirs): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|waiting| schema::is_ours(&waiting.resource_change));
    others.deferred = theirs.len();
    let deferred = |waiting: DeferredChange| Deferred {
        reason: waiting.reason,
        resource: with_schema(waiting.resource_change, schemas, Resource::planned),
    };
    ours.into_iter().map(deferred).collect()
}

fn with_schema(
    change: ResourceChange, schemas: &Schemas,
    resource: fn(ResourceChange, &ResourceSchema) -> Resource,
) -> Resource {
    let unknown = ResourceSchema::default();
    let schema = schemas.get(&change.kind).unwrap_or(&unknown);
    resource(change, schema)
}

impl Others {
    fn count(&mut self, change: &ResourceChange) {
        *self.actions.entry(Action::of(&change.change.actions)).or_default() += 1;
        self.imports += usize::from(change.change.importing.is_some());
        self.moves += usize::from(change.previous_address.is_some());
        let name = change.provider_name.rsplit('/').next().unwrap_or_default();
        let name =
            if name.is_empty() { change.kind.split('_').next().unwrap_or_default() } else { name };
        self.providers.insert(name.to_owned());
    }
}

/// A check that fails, with the messages of its instances; `None` if it holds or is not known yet.
fn failed_check(check: Check) -> Option<FailedCheck> {
    let bad = |status: &str| status == "fail" || status == "error";
    if !bad(&check.status) {
        return None;
    }
    let instances = check.instances.into_iter().filter(|instance| bad(&instance.status));
    let problems = instances.flat_map(|instance| instance.problems);
    Some(FailedCheck {
        address: check.address.to_display,
        status: check.status,
        messages: problems.map(|problem| problem.message).collect(),
    })
}
