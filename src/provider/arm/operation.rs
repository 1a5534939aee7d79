//! The requests that every ARM type makes, from the look before a create to the end of a deletion.
//!
//! They turn Azure's errors into the provider's, and keep the operation that is under way in
//! private state, so that the next apply takes up what this one cannot finish.

use std::time::Duration;

use azure::{
    ArmResource, CallOptions, Id, Operation, Progress, ProvisioningState, ResourceType,
    WriteResponse,
};
use framework::{Diagnostic, Field, Plan};
use serde_json::Value;
use tracing::Instrument;
use tracing::instrument::Instrumented;
use vocabulary::capitalize;

use crate::context::Context;
use crate::explain::{Action, Error, Result, with_context, with_request_context};

/// Where the operation under way stands in an private state.
const PENDING: &str = "operation";
const READ_TIMEOUT: Duration = Duration::from_mins(5);
/// Of the one read after a deadline.
const FINAL_READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a read may show an object as it was before a write.
const READ_LAG: Duration = Duration::from_secs(5);
const READ_LAG_PAUSE: Duration = Duration::from_secs(1);

// === planning ===

/// Plans a state that is not `Succeeded` as unknown, which makes an update of it: a failed object
/// is sent again, and one that is still at work is waited for. `subject` names it in the warning,
/// such as `Compute edge`.
///
/// It is never planned as `Succeeded`, because core would hold the answer to that.
pub(crate) fn plan_repair<M>(plan: &mut Plan<'_, M>, state: Field<M, String>, subject: &str) {
    let Some(found) = plan.was(state).cloned() else { return };
    let known = ProvisioningState::parse(&found);
    if known.is_healthy() || plan.replaces() {
        return;
    }
    let next = if known.is_running() {
        "An apply waits until it has ended, then makes it what the configuration says."
    } else {
        "An apply sends it again. If that fails too, replace it with -replace=ADDRESS."
    };
    plan.unknown(state);
    plan.diagnostics.push(
        Diagnostic::warning(format!("{subject} is {found}"))
            .detail(format!("The service says {found}. {next}"))
            .at(state.name()),
    );
}

// === looking ===

/// The object, if there is one. A missing parent is an error.
pub(crate) async fn find(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id,
) -> Result<Option<ArmResource>> {
    get(context, kind, id, &read_options(context)).await
}

/// The object, or what was read of it within the last minute. What `is_kept` serves others too.
pub(crate) async fn find_recent(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id,
    is_kept: impl Fn(&ArmResource) -> bool,
) -> Result<Option<ArmResource>> {
    let options = read_options(context);
    let found = context.provider.arm.get_recent(kind, id, &options, is_kept).await;
    found.map_err(with_context(Action::Read, kind, id))
}

async fn get(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, options: &CallOptions<'_>,
) -> Result<Option<ArmResource>> {
    let found = context.provider.arm.get(kind, id, options).await;
    found.map_err(with_context(Action::Read, kind, id))
}

/// What a refresh sees of an object.
pub(crate) enum Refreshed {
    /// It is there.
    Present(ArmResource),
    /// It alone is not there.
    Absent,
    /// What it was part of is not there.
    ParentAbsent,
}

/// The object for a refresh: where what it is part of is gone, so is the object, with a warning. Of
/// one that is `imported` that is an error, because it must be there.
pub(crate) async fn refresh(
    context: &mut Context<'_>, kind: &'static ResourceType, id: &Id, imported: bool,
) -> Result<Option<ArmResource>> {
    match read_for_refresh(context, kind, id, imported).await? {
        Refreshed::Present(found) => Ok(Some(found)),
        Refreshed::Absent => Ok(None),
        Refreshed::ParentAbsent => {
            warn_of_parent(context, kind, id);
            Ok(None)
        }
    }
}

/// The same for a type that decides itself what its absence means.
pub(crate) async fn read_for_refresh(
    context: &mut Context<'_>, kind: &'static ResourceType, id: &Id, imported: bool,
) -> Result<Refreshed> {
    // A refresh has the time of `timeouts { read }`, however long that is.
    match get(context, kind, id, &call_options(context)).await {
        Err(Error::Azure(trouble)) if trouble.error.is_parent_missing() && !imported => {
            Ok(Refreshed::ParentAbsent)
        }
        Ok(Some(found)) => {
            if !found.state().is_running() {
                context.private.forget(PENDING);
            }
            Ok(Refreshed::Present(found))
        }
        found => found.map(|_| Refreshed::Absent),
    }
}

/// Whether the list of its parent shows that nothing is new of the object, where many of one parent
/// are refreshed at a time. What is new is never believed of a list, which may lag behind or leave
/// something out: where this is false, the object itself has to be read.
pub(crate) async fn is_unchanged_in_list(
    context: &mut Context<'_>, kind: &'static ResourceType, id: &Id,
    keeps_state: impl Fn(&Context<'_>, &ArmResource) -> bool,
) -> bool {
    let listed = context.provider.arm.find_in_list(kind, id, &call_options(context)).await;
    let is_unchanged =
        listed.is_some_and(|object| !object.state().is_running() && keeps_state(context, &object));
    if is_unchanged {
        context.private.forget(PENDING);
    }
    is_unchanged
}

/// Warns that an object leaves the state together with what it was part of.
pub(crate) fn warn_of_parent(context: &mut Context<'_>, kind: &'static ResourceType, id: &Id) {
    let parent = id.parent().map(|parent| parent.to_string()).unwrap_or_default();
    context.diagnostics.push(
        Diagnostic::warning(format!("{} is gone", capitalize(kind.noun))).detail(format!(
            "{id}\n\nWhat it was part of does not exist any more:\n\n  {parent}\n\nIt is taken out \
             of the state. If it still exists, the provider signs in to another subscription or \
             tenant: check that before you apply."
        )),
    );
}

/// Makes sure that there is no object yet; one that is being deleted is waited for. An object of
/// another type, which `check_type` refuses, has its own error.
pub(crate) async fn ensure_absent(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, type_name: &str,
    check_type: impl FnOnce(&ArmResource) -> Result<()>,
) -> Result<()> {
    let Some(found) = find(context, kind, id).await? else { return Ok(()) };
    if found.state().is_deleting() {
        let gone = Operation::polling_deletion();
        let waited = in_object_span(
            id,
            context.provider.arm.wait_until_gone(kind, id, Some(&gone), &call_options(context)),
        )
        .await;
        return waited.map_err(with_context(Action::Create, kind, id));
    }
    check_type(&found)?;
    Err(Diagnostic::error(format!("{} already exists", capitalize(kind.noun)))
        .detail(format!(
            "A resource with the ID {id} already exists. To manage it with Terraform, import it:\n\n\
             import {{\n  to = azureml_{type_name}.NAME\n  id = \"{id}\"\n}}\n\nIf this apply \
             replaces it, remove `create_before_destroy`: Azure has one object of an ID, so the old one \
             must go first."
        ))
        .at("name")
        .into())
}

// === writing ===

/// Creates or replaces the object.
pub(crate) async fn put(
    context: &Context<'_>, doing: Action, kind: &'static ResourceType, id: &Id, body: &Value,
) -> Result<WriteResponse> {
    let accepted =
        in_object_span(id, context.provider.arm.put(kind, id, body, &call_options(context))).await;
    accepted.map_err(with_request_context(doing, kind, id))
}

/// The same of an object that Terraform manages. One that was made by somebody else since it was
/// looked for is said: both manage it now.
pub(crate) async fn put_managed(
    context: &mut Context<'_>, doing: Action, kind: &'static ResourceType, id: &Id, body: &Value,
) -> Result<WriteResponse> {
    let accepted = put(context, doing, kind, id, body).await?;
    if doing == Action::Create && accepted.already_existed {
        context.diagnostics.push(created_concurrently(kind, id));
    }
    Ok(accepted)
}

fn created_concurrently(kind: &ResourceType, id: &Id) -> Diagnostic {
    let noun = kind.noun;
    Diagnostic::warning(format!("{} was made by somebody else at the same moment", capitalize(noun)))
        .detail(format!(
            "{id}\n\nThere was no such {noun} when this apply looked for it, and when it was written, \
             the service answered as it does for one that is there already. Somebody else made it in \
             between, such as an apply of another state, and what this apply sent stands over what the \
             other had sent.\n\nSee who made it:\n\n  az resource show --ids {id} --query \
             systemData\n\nIf another state manages it too, take it out of one of the two, or each \
             apply undoes what the other did:\n\n  terraform state rm ADDRESS"
        ))
        .at("name")
}

/// Changes parts of the object.
pub(crate) async fn patch(
    context: &Context<'_>, doing: Action, kind: &'static ResourceType, id: &Id, body: &Value,
) -> Result<WriteResponse> {
    let accepted =
        in_object_span(id, context.provider.arm.patch(kind, id, body, &call_options(context)))
            .await;
    accepted.map_err(with_request_context(doing, kind, id))
}

/// Waits until the operation has ended, then reads the object. What is interrupted, or takes too
/// long, stays in the private state.
pub(crate) async fn wait_for_result(
    context: &mut Context<'_>, doing: Action, kind: &'static ResourceType, id: &Id,
    operation: Option<Operation>,
) -> Result<ArmResource> {
    if let Some(operation) = &operation {
        context.private.set(PENDING, operation);
    }
    let options = call_options(context);
    let waited = in_object_span(
        id,
        context.provider.arm.wait_until_done(kind, id, operation.as_ref(), &options),
    )
    .await;
    let waited = match waited {
        // It was not there before: that it is there and well says all.
        Err(azure::Error::OutcomeUnknown(unproven)) if doing == Action::Create => {
            Ok(unproven.object)
        }
        Err(azure::Error::DeadlineExceeded(deadline)) if deadline.last_error.is_some() => {
            let ended = ended_unobserved(context, doing, kind, id, operation.as_ref()).await;
            ended.ok_or(azure::Error::DeadlineExceeded(deadline))
        }
        waited => waited,
    };
    if !matches!(waited, Err(azure::Error::Stopped | azure::Error::DeadlineExceeded(_))) {
        context.private.forget(PENDING);
    }
    waited.map_err(with_context(doing, kind, id))
}

/// The object again, until it `is_current`: reads may lag behind a write that has ended. After a while, or when it
/// cannot be read again, it is given as it is.
pub(crate) async fn read_until_current(
    context: &Context<'_>, kind: &ResourceType, mut object: ArmResource,
    is_current: impl Fn(&ArmResource) -> bool,
) -> ArmResource {
    let Some(id) = object.id() else { return object };
    let (options, until) = (call_options(context), tokio::time::Instant::now() + READ_LAG);
    while !is_current(&object) && tokio::time::Instant::now() < until {
        if options.sleep(READ_LAG_PAUSE).await.is_err() {
            break;
        }
        let Ok(Some(found)) = context.provider.arm.get(kind, &id, &options).await else { break };
        object = found;
    }
    object
}

/// The object of an operation that was not heard of until the time was over, if it is well and, where
/// it was there before, holds what was sent.
async fn ended_unobserved(
    context: &Context<'_>, doing: Action, kind: &'static ResourceType, id: &Id,
    operation: Option<&Operation>,
) -> Option<ArmResource> {
    let object = read_after_deadline(context, kind, id).await?;
    let is_well = object.state() == ProvisioningState::Succeeded;
    let is_done = || operation.is_none_or(|operation| operation.is_reflected_in(&object));
    (is_well && (doing == Action::Create || is_done())).then_some(object)
}

/// The object when the time of its call is over. `None`: there is none, or nobody says. However often
/// it is asked for, the call ends soon after its deadline.
pub(crate) async fn read_after_deadline(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id,
) -> Option<ArmResource> {
    let soon = (tokio::time::Instant::now() + FINAL_READ_TIMEOUT).into_std();
    let end = soon.min(context.deadline + FINAL_READ_TIMEOUT);
    let options = CallOptions { deadline: end, ..call_options(context) };
    context.provider.arm.get(kind, id, &options).await.ok().flatten()
}

/// The object as a call that ended badly leaves it: a failed one comes with the error, one that
/// took too long is asked for once more. An interrupted call has no time to ask.
pub(crate) async fn state_after_error(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, error: &Error,
) -> Option<ArmResource> {
    match error.azure()? {
        azure::Error::DeadlineExceeded(_) => read_after_deadline(context, kind, id).await,
        error => error.object().cloned(),
    }
}

/// The object once nothing is under way on it: what an interrupted call left running is waited
/// for. One that ended badly is given as it is: the caller sends it again. `None`: there is none.
pub(crate) async fn resume(
    context: &mut Context<'_>, kind: &'static ResourceType, id: &Id,
) -> Result<Option<ArmResource>> {
    let Some(found) = find(context, kind, id).await? else { return Ok(None) };
    if found.state().is_deleting() {
        let gone = Operation::polling_deletion();
        let waited = in_object_span(
            id,
            context.provider.arm.wait_until_gone(kind, id, Some(&gone), &call_options(context)),
        )
        .await;
        return waited.map(|()| None).map_err(with_context(Action::Update, kind, id));
    }
    if !found.state().is_running() {
        context.private.forget(PENDING);
        return Ok(Some(found));
    }
    let operation = context.private.get(PENDING).unwrap_or_else(Operation::polling_state);
    match wait_for_result(context, Action::Update, kind, id, Some(operation)).await {
        Err(Error::Azure(trouble)) if matches!(trouble.error, azure::Error::OperationFailed(_)) => {
            find(context, kind, id).await
        }
        waited => waited.map(Some),
    }
}

/// Deletes the object and makes sure that it is gone. One that is gone already is a success.
pub(crate) async fn remove(
    context: &Context<'_>, kind: &'static ResourceType, id: &Id, query: &[(&str, &str)],
) -> Result<()> {
    let (arm, options) = (&context.provider.arm, call_options(context));
    let deleted = in_object_span(id, arm.delete(kind, id, query, &options)).await;
    let operation = deleted.map_err(with_request_context(Action::Delete, kind, id))?;
    let gone =
        in_object_span(id, arm.wait_until_gone(kind, id, operation.as_ref(), &options)).await;
    gone.map_err(with_context(Action::Delete, kind, id))
}

/// Names the object in every line of the log that is written while it is waited for.
pub(crate) fn in_object_span<F: Future>(id: &Id, work: F) -> Instrumented<F> {
    work.instrument(tracing::info_span!("object", %id))
}

/// What a call may take, and who may stop it; what it waits for goes into the log.
pub(crate) fn call_options<'a>(context: &'a Context<'_>) -> CallOptions<'a> {
    CallOptions::new(context.deadline, &context.stop).with_progress(&log_progress)
}

/// The options of a look at one object: it takes no longer than a refresh may by default, so that an
/// endpoint that is down is told in minutes and not after the hours that an attach may take.
pub(crate) fn read_options<'a>(context: &'a Context<'_>) -> CallOptions<'a> {
    let soon = (tokio::time::Instant::now() + READ_TIMEOUT).into_std();
    CallOptions { deadline: context.deadline.min(soon), ..call_options(context) }
}

fn log_progress(progress: &Progress<'_>) {
    tracing::info!("{progress}");
}
