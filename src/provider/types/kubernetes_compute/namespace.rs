//! The namespace of a compute, where the resource is to create it and to delete it.
//!
//! It is created before the compute is attached, with a note of the compute that it is made for. Its
//! `uid` is kept in private state, and no other namespace is ever deleted. An apply that ends between the
//! two leaves no state behind: the note tells the next one that the namespace is its own.

use std::time::Duration;

use azure::Id;
use azure::resource_types::COMPUTES;
use framework::{Diagnostic, Diagnostics, Plan, Saved};
use kubernetes::namespace::{
    CreateError, NamespaceRemoval, NewNamespace, Origin, create_if_absent, delete_if_empty,
};
use serde::{Deserialize, Serialize};
use vocabulary::to_sentence;

use super::list::cluster_of;
use super::model::{Compute, Target};
use super::request::read_attach_configuration;
use crate::arm::list_below;
use crate::cluster_access::{self, Reached, options};
use crate::clusters::ClusterError;
use crate::context::Context;
use crate::explain::{Error, Result};

/// In the object's memory: the namespace that this resource created.
const OWN: &str = "namespace";
/// In the memory of the half that makes room for another compute: whether that one needs the namespace.
const NEED: &str = "namespace_need";
/// How long the deletion of the namespace may take.
const REMOVAL_TIMEOUT: Duration = Duration::from_mins(10);

/// A namespace that this resource created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct OwnNamespace {
    uid: String,
    name: String,
    /// ARM ID of its cluster, in lower case.
    cluster: String,
}

impl OwnNamespace {
    fn new(uid: String, name: &str, cluster: &Id) -> Self {
        Self { uid, name: name.to_owned(), cluster: cluster.to_string().to_lowercase() }
    }
}

/// Whether the compute that replaces another needs the same namespace.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Need {
    Needed,
    NotNeeded,
    /// It is not known before the apply.
    Unknown,
}

// === planning ===

/// Says what `delete_namespace_on_destroy` means by itself.
pub(super) fn validate(config: &Compute, found: &mut Diagnostics) {
    let deletes = config.delete_namespace_on_destroy.known() == Some(&true);
    if deletes && !config.create_namespace.is_unknown() && !creates(config) {
        found.push(
            Diagnostic::warning("Namespace is deleted only if this resource created it")
                .detail(
                    "Without `create_namespace = true` this resource creates no namespace, so that \
                     `delete_namespace_on_destroy` concerns only one that it created earlier. A \
                     namespace that somebody else made is never deleted.",
                )
                .at("delete_namespace_on_destroy"),
        );
    }
}

/// Lets a replacement know the namespace and whether it stays, and says where a change creates none.
pub(super) fn plan(plan: &mut Plan<'_, Compute>) {
    if let Some(own) = plan.private().get::<OwnNamespace>(OWN) {
        plan.hand_on(NEED, &need(&own, plan.planned()));
        plan.hand_on(OWN, &own);
    }
    let is_turned_on = plan.prior().is_some_and(|prior| !creates(prior)) && creates(plan.planned());
    if is_turned_on && !plan.replaces() {
        plan.diagnostics.push(
            Diagnostic::warning("Namespace is not created by this change")
                .detail(
                    "`create_namespace` acts when a compute is attached, and this one is attached \
                     already.",
                )
                .at("create_namespace"),
        );
    }
}

fn need(own: &OwnNamespace, planned: &Compute) -> Need {
    let known = planned.namespace.known().zip(planned.cluster_id.known());
    match known {
        None => Need::Unknown,
        Some((name, cluster)) if *name == own.name && cluster.to_lowercase() == own.cluster => {
            Need::Needed
        }
        Some(_) => Need::NotNeeded,
    }
}

fn creates(of: &Compute) -> bool {
    of.create_namespace.known() == Some(&true)
}

fn name_of(of: &Compute) -> &str {
    of.namespace.known().map_or("default", String::as_str)
}

// === creating ===

/// Creates the namespace where that is asked for and none is there. Nothing is written before.
pub(super) async fn create(
    context: &mut Context<'_>, target: &Target, planned: &Compute,
) -> Result<()> {
    let name = name_of(planned);
    let left = context.provider.namespace_stash.take(&target.cluster, name);
    if let Some(uid) = left {
        context.private.set(OWN, &OwnNamespace::new(uid, name, &target.cluster));
    }
    if !creates(planned) {
        return Ok(());
    }
    let reached = cluster_access::reach_and_identify(context, &target.cluster).await;
    let (reached, identity) = reached.map_err(no_way_error)?;
    if let Err(error) = identity {
        let summary = format!("Namespace {name} was not created");
        return Err(cluster_access::unreached_error(context, &reached, &summary, &error).await);
    }
    let known: Option<OwnNamespace> = context.private.get(OWN);
    let known_uid = known.as_ref().map(|own| own.uid.as_str());
    let made_for = target.id.to_string().to_lowercase();
    let new = NewNamespace { name, made_for: &made_for, known_uid };
    let made = create_if_absent(&reached.cluster, new, options(context)).await;
    let made = made.map_err(|error| create_error(context, &reached, name, error))?;
    match made.origin {
        Origin::Foreign => context.private.forget(OWN),
        Origin::Created | Origin::CreatedBefore => {
            context.private.set(OWN, &OwnNamespace::new(made.uid, name, &target.cluster));
        }
    }
    Ok(())
}

/// Warns of the namespace of a compute that was not attached, so that no state has it.
pub(super) fn warn_of_left(context: &mut Context<'_>, planned: &Compute, saved: &Saved<Compute>) {
    let is_ours = context.private.get::<OwnNamespace>(OWN).is_some();
    if !is_ours || !creates(planned) || saved.last().is_some() {
        return;
    }
    let name = name_of(planned);
    context.diagnostics.push(
        Diagnostic::warning(format!("Namespace {name} stays in the cluster"))
            .detail(format!(
                "It was created for the compute, which is not attached. The next apply takes it as \
                 its own. To remove it instead:\n\n  kubectl delete namespace {name}"
            ))
            .at("create_namespace"),
    );
}

fn no_way_error(error: ClusterError) -> Error {
    if matches!(error, ClusterError::Azure { .. }) {
        return error.into();
    }
    let told = error.diagnostic();
    let detail = format!(
        "{}\n\n`create_namespace` needs the cluster before it is attached. Nothing was written.",
        told.detail
    );
    Diagnostic { detail, ..told }.at("create_namespace").into()
}

fn create_error(context: &Context<'_>, reached: &Reached, name: &str, error: CreateError) -> Error {
    let obstacles = match error {
        CreateError::Cluster(error) => {
            let summary = format!("Namespace {name} was not created");
            return cluster_access::cluster_error(context, reached, &summary, &error);
        }
        CreateError::Terminating(obstacles) => obstacles,
    };
    Diagnostic::error(format!("Namespace {name} is being deleted"))
        .detail(format!(
            "{}\n\nA namespace of this name is on its way out and does not go, so that none can be \
             created. Nothing was written. What it waits for:\n\n{}\n\nLook at it, and apply again once \
             it is gone:\n\n  kubectl get namespace {name} -o yaml",
            reached.id,
            lines(&obstacles)
        ))
        .at("create_namespace")
        .into()
}

fn lines(obstacles: &[String]) -> String {
    match obstacles {
        [] => "  It does not say.".to_owned(),
        _ => obstacles.iter().map(|it| format!("  {it}")).collect::<Vec<_>>().join("\n"),
    }
}

// === deleting ===

/// Deletes the namespace of a compute that was detached, if that is asked for and nobody needs it. What
/// stays is a warning: the compute is gone, and an error would bring it back into the state.
pub(super) async fn delete(context: &mut Context<'_>, state: &Compute) {
    let need = context.private.get(NEED).unwrap_or(Need::Needed);
    if context.replaced && need == Need::Needed {
        leave_to_next(context, state);
        return;
    }
    if state.delete_namespace_on_destroy.known() != Some(&true) {
        return;
    }
    let kept = match context.private.get::<OwnNamespace>(OWN) {
        Some(_) if context.replaced && need == Need::Unknown => {
            Some(Kept::because("the compute that replaces this one may need it"))
        }
        Some(own) => try_delete(context, state, &own).await.unwrap_or_else(Some),
        None => Some(Kept::because("this resource did not create it")),
    };
    context.diagnostics.extend(kept.map(|kept| kept.warning(state)));
}

/// Leaves the namespace to the compute that replaces this one.
fn leave_to_next(context: &Context<'_>, state: &Compute) {
    let own = context.private.get::<OwnNamespace>(OWN);
    let cluster = state.cluster_id.known().and_then(|id| id.parse::<Id>().ok());
    if let Some((own, cluster)) = own.zip(cluster) {
        context.provider.namespace_stash.put(&cluster, &own.name, &own.uid);
    }
}

/// Warns of the namespace of a compute that is gone by itself.
pub(super) fn warn_of_kept(context: &mut Context<'_>, state: &Compute) {
    let is_ours = context.private.get::<OwnNamespace>(OWN).is_some();
    if is_ours && state.delete_namespace_on_destroy.known() == Some(&true) {
        let kept = Kept::because(
            "the compute that it was created for is gone, and Terraform did not delete it",
        );
        context.diagnostics.push(kept.warning(state));
    }
}

/// A namespace that stays.
enum Kept {
    /// For this reason: a sentence.
    Because(String),
    /// It is being deleted, and this is in the way.
    Terminating(Vec<String>),
}

impl Kept {
    fn because(reason: &str) -> Self {
        Self::Because(to_sentence(reason))
    }

    fn warning(&self, state: &Compute) -> Diagnostic {
        let name = name_of(state);
        let cluster = state.cluster_id.known().map_or("", String::as_str);
        match self {
            Self::Because(reason) => Diagnostic::warning(format!("Namespace {name} is kept"))
                .detail(format!(
                    "{cluster}\n\n{reason} If nobody needs it any more:\n\n  kubectl delete namespace \
                     {name}"
                )),
            Self::Terminating(obstacles) => {
                Diagnostic::warning(format!("Namespace {name} is still being deleted")).detail(
                    format!(
                        "{cluster}\n\nIts deletion was accepted and waits for this:\n\n{}\n\nLook at \
                         it:\n\n  kubectl get namespace {name} -o yaml",
                        lines(obstacles)
                    ),
                )
            }
        }
    }
}

/// What stays, and why; nothing where it is gone.
async fn try_delete(
    context: &mut Context<'_>, state: &Compute, own: &OwnNamespace,
) -> std::result::Result<Option<Kept>, Kept> {
    let target = Target::of(state).map_err(|_| Kept::because("its compute has no valid IDs"))?;
    if let Some(reason) = used_by_another(context, &target, &own.name).await {
        return Ok(Some(Kept::because(&reason)));
    }
    let reached = match cluster_access::reach(context, &target.cluster).await {
        Ok(reached) => reached,
        Err(error) if error.is_gone() => return Ok(None),
        Err(error) => {
            let told = error.diagnostic();
            return Err(Kept::Because(format!("{}: {}", told.summary, told.detail)));
        }
    };
    let options = options(context).within(REMOVAL_TIMEOUT);
    let removed = delete_if_empty(&reached.cluster, &own.name, &own.uid, options).await;
    match removed {
        Ok(NamespaceRemoval::Gone) => Ok(None),
        Ok(NamespaceRemoval::Kept(reason)) => Ok(Some(Kept::because(&reason))),
        Ok(NamespaceRemoval::Stuck(obstacles)) => Ok(Some(Kept::Terminating(obstacles))),
        Err(error) => Err(Kept::Because(cluster_access::explain(&error))),
    }
}

/// Whether another compute of the workspace runs its jobs there; not knowing it counts.
async fn used_by_another(
    context: &Context<'_>, target: &Target, namespace: &str,
) -> Option<String> {
    let listed = match list_below(context, &COMPUTES, &target.workspace).await {
        Ok(listed) => listed,
        Err(Error::Azure(failure)) if failure.error.is_not_found() => return None,
        Err(Error::Azure(failure)) => {
            return Some(format!("nobody can say which computes use it: {}", failure.error));
        }
        Err(Error::Diagnostics(_)) => {
            return Some("nobody can say which computes use it".to_owned());
        }
    };
    let is_other = |name: &str| !name.eq_ignore_ascii_case(target.id.name());
    let uses = |object: &azure::ArmResource| {
        let attached = read_attach_configuration(object).ok().and_then(|it| it.namespace);
        cluster_of(object).as_ref() == Some(&target.cluster)
            && attached.as_deref() == Some(namespace)
    };
    let other = listed.into_iter().find(|(name, object)| is_other(name) && uses(object));
    other.map(|(name, _)| format!("the compute {name} of the same workspace uses it"))
}
