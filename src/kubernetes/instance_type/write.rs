//! Creates instance types, and changes them by server-side apply.

use std::time::Duration;

use aml::InstanceType;
use serde_json::{Value, json};

use super::conflict::{Conflict, conflicts};
use super::field::{Field, fields};
use super::live::{LiveInstanceType, read};
use super::spec;
use crate::call_options::CallOptions;
use crate::cluster::{Apply, Cluster, FIELD_MANAGER, Insertion, Lookup, Patch};
use crate::error::Error;
use crate::poll::Pauses;
use crate::resource_type::ResourceType;

const TYPE: ResourceType = ResourceType::INSTANCE_TYPES;
/// How often an object that changes meanwhile is read again.
const MAX_READS: usize = 5;

/// What is to be in the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Declaration<'a> {
    /// Name of the instance type.
    pub name: &'a str,
    /// What was declared before. What leaves is to leave the cluster too.
    pub prior: &'a InstanceType,
    /// What is declared now.
    pub declared: &'a InstanceType,
    /// Whether fields are taken from other managers.
    pub force_conflicts: bool,
    /// Managers that declared the type before this provider took it over, such as `Terraform` or
    /// `kubectl`: their fields become ours.
    pub predecessors: &'a [&'a str],
}

/// What came of a creation.
#[derive(Clone, Debug, PartialEq)]
pub enum Created {
    /// The type is there.
    Done(Written),
    /// It was there already, and is not ours.
    Exists(Box<LiveInstanceType>),
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq)]
pub enum Updated {
    /// The type was changed.
    Done(Written),
    /// There is no such type any more.
    Gone,
    /// Another object has its name.
    OtherObject(Box<LiveInstanceType>),
}

/// A type that was written, and what is not as declared for all that.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The type as it is now.
    pub live: Box<LiveInstanceType>,
    /// Fields that others hold on to, or change again.
    pub remaining: Vec<Remaining>,
}

/// A field that is not as declared after it was applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// Which field.
    pub field: Field,
    /// What is declared. `None`: the field was to go.
    pub declared: Option<String>,
    /// What the cluster has.
    pub live: Option<String>,
    /// Who else manages it.
    pub managers: Vec<String>,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum WriteError {
    /// Other managers have set fields that are declared.
    #[error("other managers have set what is declared: {}", lines(.0))]
    Conflict(Vec<Conflict>),
    /// The cluster cannot be asked, or refuses.
    #[error(transparent)]
    Cluster(#[from] Error),
}

fn lines(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Creates an instance type. Where the API server does not serve instance types yet, the request is
/// repeated for as long as `api_wait`: the extension may be on its way.
///
/// It is a POST, which the API server refuses where an object of the name exists: an apply would merge
/// into what somebody else has made since the look, and where that is this provider too, would replace it
/// without a conflict.
pub async fn create(
    cluster: &Cluster, declaration: Declaration<'_>, api_wait: Duration, options: CallOptions<'_>,
) -> Result<Created, WriteError> {
    if let Lookup::Found(live) = read(cluster, declaration.name, options).await? {
        return Ok(Created::Exists(Box::new(live)));
    }
    let live = match insert_when_served(cluster, &declaration, api_wait, options).await? {
        Insertion::Created(object) => LiveInstanceType::new(object),
        Insertion::Existed => {
            return Ok(Created::Exists(read_existing(cluster, &declaration, options).await?));
        }
        Insertion::Unknown => {
            let live = read_existing(cluster, &declaration, options).await?;
            if !is_ours(&declaration, &live) {
                return Ok(Created::Exists(live));
            }
            *live
        }
    };
    // The object exists: that it is not applied yet is made up for by its next change.
    let applied = take_over(cluster, live.clone(), &[], options).await;
    let live = applied.unwrap_or(live);
    Ok(Created::Done(finish(cluster, &declaration, live, options).await?))
}

async fn read_existing(
    cluster: &Cluster, declaration: &Declaration<'_>, options: CallOptions<'_>,
) -> Result<Box<LiveInstanceType>, Error> {
    match read(cluster, declaration.name, options).await? {
        Lookup::Found(live) => Ok(Box::new(live)),
        Lookup::NotFound | Lookup::ApiAbsent => {
            let message = "it existed and was deleted at the same moment".to_owned();
            Err(Error::Changed { message })
        }
    }
}

/// Whether an object is what a request made whose answer was lost.
fn is_ours(declaration: &Declaration<'_>, live: &LiveInstanceType) -> bool {
    let is_untouched = live.managed_fields.managers().all(|it| it == FIELD_MANAGER);
    is_untouched && remaining(declaration, live).is_empty()
}

async fn insert_when_served(
    cluster: &Cluster, declaration: &Declaration<'_>, api_wait: Duration, options: CallOptions<'_>,
) -> Result<Insertion, Error> {
    let waiting = options.within(api_wait);
    let object = spec::object(declaration.name, declaration.declared, None);
    let mut pauses = Pauses::default();
    loop {
        let inserted = cluster.insert(&TYPE, &object, options).await;
        // A type that is being established is found by discovery before it is served.
        let Err(Error::ApiAbsent { .. } | Error::Unreachable { .. }) = &inserted else {
            return inserted;
        };
        match pauses.pause(waiting, "the cluster to serve instance types", None).await {
            Ok(()) => {}
            Err(Error::Timeout { .. }) => return inserted,
            Err(stopped) => return Err(stopped),
        }
    }
}

/// Changes an instance type whose `uid` is known. Without one, whichever has the name.
pub async fn update(
    cluster: &Cluster, declaration: Declaration<'_>, uid: Option<&str>, options: CallOptions<'_>,
) -> Result<Updated, WriteError> {
    let Lookup::Found(live) = read(cluster, declaration.name, options).await? else {
        return Ok(Updated::Gone);
    };
    if uid.is_some_and(|uid| uid != live.uid) {
        return Ok(Updated::OtherObject(Box::new(live)));
    }
    let live = take_over(cluster, live, declaration.predecessors, options).await?;
    let applied = apply(cluster, &declaration, Some(&live), false, options).await?;
    let live = LiveInstanceType::new(applied);
    Ok(Updated::Done(finish(cluster, &declaration, live, options).await?))
}

/// Whether the API server would take the declaration: nothing is kept of it.
pub async fn dry_run(
    cluster: &Cluster, declaration: Declaration<'_>, options: CallOptions<'_>,
) -> Result<(), WriteError> {
    let live = match read(cluster, declaration.name, options).await? {
        Lookup::Found(live) => Some(live),
        Lookup::NotFound => None,
        Lookup::ApiAbsent => {
            return Err(Error::ApiAbsent { resource: TYPE.qualified_plural() }.into());
        }
    };
    apply(cluster, &declaration, live.as_ref(), true, options).await.map(|_| ())
}

async fn apply(
    cluster: &Cluster, declaration: &Declaration<'_>, live: Option<&LiveInstanceType>,
    dry_run: bool, options: CallOptions<'_>,
) -> Result<Value, WriteError> {
    let there = live.map(|live| &live.object);
    let object = spec::object(declaration.name, declaration.declared, there);
    let apply = Apply { force: declaration.force_conflicts, dry_run };
    match cluster.apply(&TYPE, None, &object, apply, options).await {
        Err(Error::Conflict { fields }) => {
            let there = there.unwrap_or(&Value::Null);
            Err(WriteError::Conflict(conflicts(fields, declaration.declared, there)))
        }
        other => Ok(other?),
    }
}

/// Makes the fields of the predecessors ours, and those of our own creation applied. Whoever changes the object meanwhile is let through, and
/// it is read again.
async fn take_over(
    cluster: &Cluster, mut live: LiveInstanceType, predecessors: &[&str], options: CallOptions<'_>,
) -> Result<LiveInstanceType, Error> {
    for _ in 0..MAX_READS {
        let entries = live.managed_fields.handed_over(FIELD_MANAGER, predecessors);
        let Some(entries) = entries else { return Ok(live) };
        let patch = Patch::Json(json!([
            { "op": "replace", "path": "/metadata/resourceVersion", "value": live.resource_version },
            { "op": "replace", "path": "/metadata/managedFields", "value": entries },
        ]));
        match cluster.patch(&TYPE, None, &live.name, &patch, options).await {
            Ok(object) => return Ok(LiveInstanceType::new(object)),
            Err(Error::Changed { .. }) => {}
            Err(error) => return Err(error),
        }
        let Lookup::Found(again) = read(cluster, &live.name, options).await? else {
            return Err(Error::Absent { resource: TYPE.qualified_plural(), name: live.name });
        };
        live = again;
    }
    Err(Error::Changed { message: "it changes faster than it can be read".to_owned() })
}

/// Compares what was written with what is there. What was to go and stayed is removed only by force.
async fn finish(
    cluster: &Cluster, declaration: &Declaration<'_>, live: LiveInstanceType,
    options: CallOptions<'_>,
) -> Result<Written, WriteError> {
    let left = remaining(declaration, &live);
    let staying: Vec<&Field> =
        left.iter().filter(|it| it.declared.is_none()).map(|it| &it.field).collect();
    if staying.is_empty() || !declaration.force_conflicts {
        return Ok(Written { live: Box::new(live), remaining: left });
    }
    let patch = Patch::Merge(removal(&staying));
    let object = cluster.patch(&TYPE, None, declaration.name, &patch, options).await?;
    let live = LiveInstanceType::new(object);
    Ok(Written { remaining: remaining(declaration, &live), live: Box::new(live) })
}

/// A merge patch that removes fields.
fn removal(fields: &[&Field]) -> Value {
    let mut patch = Value::Null;
    for field in fields {
        let mut at = &mut patch;
        for name in field.segments() {
            at = &mut at[name];
        }
    }
    patch
}

/// What is declared and is not so, and what is declared no more and still there. What others have added
/// is theirs.
fn remaining(declaration: &Declaration<'_>, live: &LiveInstanceType) -> Vec<Remaining> {
    let (declared, there) = (fields(declaration.declared), fields(&live.spec.instance_type));
    let is_so = |field: &Field, text: &str| {
        there.get(field).is_some_and(|live| field.means_the_same(text, live))
    };
    let remaining = |field: &Field, declared: Option<&String>| Remaining {
        field: field.clone(),
        declared: declared.cloned(),
        live: there.get(field).cloned(),
        managers: live.other_managers_of(field),
    };
    let others = declared.iter().filter(|(field, text)| !is_so(field, text));
    let others = others.map(|(field, text)| remaining(field, Some(text)));
    let prior = fields(declaration.prior);
    let gone = prior.keys().filter(|field| !declared.contains_key(field));
    let staying =
        gone.filter(|field| there.contains_key(field)).map(|field| remaining(field, None));
    others.chain(staying).collect()
}
