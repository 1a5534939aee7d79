//! Creates an extension. The update of one that is not there goes on here too.

use aml::settings::{Connections, Era, derive};
use azure::resource_types::EXTENSIONS;
use azure::{ArmResource, Id, Operation, ProvisioningState};
use framework::{Attr, Resource, Saved};

use super::desired::Desired;
use super::model::Extension;
use super::prepared::{Prepared, prepare_create};
use super::protected_names::{self, Names};
use super::response::{check_extension_type, read_answer};
use super::validate::refusal;
use super::{ArcExtension, pending_install, pods, request};
use crate::arm::locks::lock_cluster;
use crate::arm::operation;
use crate::connections::{self, ConnectRequest, OwnershipTracker, SideResource};
use crate::context::Context;
use crate::explain::{Action, Result};

pub(super) async fn create(
    context: &mut Context<'_>, planned: Extension, saved: &mut Saved<Extension>,
) -> Result<()> {
    let (id, cluster_id) = planned.arm_ids()?;
    let turn = lock_cluster(context, &cluster_id).await?;
    let name = ArcExtension::NAME;
    operation::ensure_absent(context, &EXTENSIONS, &id, name, check_extension_type).await?;
    let reached = pods::reach(context, &planned).await?;
    let known = context.provider.replacement_stash.take(&cluster_id);
    let installed = install(context, planned, known, saved).await;
    drop(turn);
    pods::follow(context, Action::Create, &cluster_id, reached.as_ref(), installed).await
}

/// Installs an extension that is not there. `known`: the side resources of an earlier run.
pub(super) async fn install(
    context: &mut Context<'_>, planned: Extension, known: Vec<SideResource>,
    saved: &mut Saved<Extension>,
) -> Result<()> {
    let creating = Extension {
        id: Attr::text(planned.arm_ids()?.0),
        provisioning_state: ProvisioningState::CREATING.into(),
        ..planned.clone()
    };
    if pending_install::note_created(&mut context.private, &known) {
        saved.save(&with_planned_side_resources(context, creating.clone(), &known));
    }
    let (mut prepared, cluster, wanted) =
        prepare_create(context, Box::new(Desired::new(planned))).await?;
    let arguments = &prepared.desired.connections;
    let connect = ConnectRequest::for_create(arguments, wanted, &prepared.cluster_id, &cluster)?;
    let connections =
        connect_first(context, &mut prepared, &connect, known, &creating, saved).await?;
    connections::update_tags(context, None, &prepared.desired.connections).await?;
    let derived = derive(&prepared.desired.declared, &cluster, &connections, Era::Today);
    let derived = derived.map_err(refusal)?;
    let Prepared { id, desired, .. } = &prepared;
    let body = request::body(&prepared, &cluster, &derived);
    let accepted = operation::put_managed(context, Action::Create, &EXTENSIONS, id, &body).await?;
    saved.save(&creating.with_side_resources(&desired.model.known_side_resources()));
    pending_install::forget(&mut context.private);
    let names = derived.protected.into_keys().collect();
    protected_names::save_sent(&mut context.private, &names, &Names::new());
    let Prepared { id, desired, .. } = prepared;
    finish(context, Action::Create, &id, desired.model, accepted.operation, saved).await
}

/// Connects the extension. Each resource is saved as soon as it is created.
async fn connect_first(
    context: &mut Context<'_>, prepared: &mut Prepared, request: &ConnectRequest,
    known: Vec<SideResource>, creating: &Extension, saved: &mut Saved<Extension>,
) -> Result<Connections> {
    let mut save = |entries: &[SideResource]| {
        let reported = connections::report_as_planned(&creating.side_resources, entries);
        saved.save(&Extension { side_resources: reported, ..creating.clone() });
    };
    let mut tracker = OwnershipTracker::new(prepared.id.clone(), known, &mut save);
    let connected = connections::connect(context, request, &mut tracker).await;
    let entries = tracker.into_entries();
    pending_install::note_created(&mut context.private, &entries);
    let planned = std::mem::take(&mut prepared.desired.model);
    prepared.desired.model = with_planned_side_resources(context, planned, &entries);
    connected
}

/// The model with side resources as the plan listed them; private state keeps what it did not list.
fn with_planned_side_resources(
    context: &mut Context<'_>, model: Extension, entries: &[SideResource],
) -> Extension {
    let side_resources = connections::report_as_planned(&model.side_resources, entries);
    let model = Extension { side_resources, ..model };
    connections::remember_found(&mut context.private, &model.known_side_resources(), entries);
    model
}

/// Waits for the operation, and saves what the service answers then, success or not.
pub(super) async fn finish(
    context: &mut Context<'_>, action: Action, id: &Id, planned: Extension,
    operation: Option<Operation>, saved: &mut Saved<Extension>,
) -> Result<()> {
    pods::note_awaited_pods(&mut context.private, action, &planned);
    let write = operation.clone();
    match operation::wait_for_result(context, action, &EXTENSIONS, id, operation).await {
        Ok(object) => {
            let is_current = |object: &ArmResource| {
                action != Action::Update || write.as_ref().is_none_or(|it| it.is_shown_by(object))
            };
            let object =
                operation::read_until_current(context, &EXTENSIONS, object, is_current).await;
            saved.save(&read_answer(planned, &object)?);
            Ok(())
        }
        Err(error) => {
            let object = operation::state_after_error(context, &EXTENSIONS, id, &error).await;
            if let Some(Ok(model)) = object.map(|object| read_answer(planned, &object)) {
                saved.save(&model);
            }
            Err(error)
        }
    }
}
