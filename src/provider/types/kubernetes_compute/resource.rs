//! The managed resource: what Terraform calls, each handed to the file of its name.

use azure::resource_types::{COMPUTES, WORKSPACES, canonicalize};
use azure::{ArmResource, Id};
use framework::{
    Attr, Diagnostic, Diagnostics, MoveOrigin, MoveSource, Path, Plan, Private, Resource, Saved,
    Schema,
};
use serde_json::{Map, json};

use crate::arm::ids::shape;
use crate::arm::operation;
use crate::context::{AzureMl, Context};
use crate::explain::{Action, Error, Result, sentence};
use crate::types::move_source::AZAPI;

use super::request::{Overlay, overlay};
use super::response::{answered, looked_up, must_be_kubernetes};
use super::schema::Compute;
use super::{extension, move_state, plan, schema, validate};

/// The type.
pub(crate) struct KubernetesCompute;

impl Resource for KubernetesCompute {
    const NAME: &'static str = "kubernetes_compute";
    const GUIDE: &'static str = include_str!("guide.md");
    const MOVE_FROM: &'static [MoveOrigin] = &[AZAPI];
    type Provider = AzureMl;
    type Model = Compute;

    fn schema() -> Schema {
        schema::schema()
    }

    fn validate(config: &Compute, found: &mut Diagnostics) {
        validate::validate(config, found);
    }

    fn plan(plan: &mut Plan<'_, Compute>) {
        plan::plan(plan);
    }

    async fn create(
        context: &mut Context<'_>, planned: Compute, saved: &mut Saved<Compute>,
    ) -> Result<()> {
        let id = id(&planned)?;
        operation::ensure_absent(context, &COMPUTES, &id, Self::NAME, must_be_kubernetes).await?;
        attach(context, planned, saved).await
    }

    async fn read(context: &mut Context<'_>, state: Compute) -> Result<Option<Compute>> {
        let is_new = state.id.is_null();
        let found = operation::refresh(context, &COMPUTES, &id(&state)?, is_new).await?;
        let Some(object) = found else { return Ok(None) };
        must_be_kubernetes(&object)?;
        let found_now = is_new || context.private.get(move_state::MOVED).unwrap_or(false);
        context.private.forget(move_state::MOVED);
        let mut compute = answered(state, &object)?;
        if found_now && compute.extension_id.is_null() {
            compute.extension_id = extension::of(context, &compute)
                .await
                .map(|id| canonicalize(&id).to_string())
                .into();
        }
        Ok(Some(compute))
    }

    async fn update(
        context: &mut Context<'_>, prior: Compute, planned: Compute, saved: &mut Saved<Compute>,
    ) -> Result<()> {
        let id = id(&prior)?;
        let Some(found) = operation::resume(context, &COMPUTES, &id).await? else {
            return attach(context, planned, saved).await;
        };
        must_be_kubernetes(&found)?;
        let mut over = overlay(&found, Some(&prior), &planned)?;
        if over.is_empty() && is_well(&found) {
            saved.save(&answered(planned, &found)?);
            return Ok(());
        }
        // Where time has passed, somebody may have changed the compute.
        if extension::still_ready(context, &planned).await?
            && let Some(found) = operation::find(context, &COMPUTES, &id).await?
        {
            over = overlay(&found, Some(&prior), &planned)?;
        }
        put(context, Action::Update, Some(&prior), planned, over, saved).await
    }

    async fn delete(context: &mut Context<'_>, state: Compute) -> Result<()> {
        // Never `Delete`: the cluster is the user's.
        let detach = [("underlyingResourceAction", "Detach")];
        operation::remove(context, &COMPUTES, &id(&state)?, &detach).await
    }

    fn import(id: &str) -> Result<Compute> {
        let (workspace, name) = COMPUTES.split_id(id).map_err(|error| {
            let told = sentence(&error.to_string());
            let expected = shape(&COMPUTES);
            Diagnostic::error("Invalid import ID")
                .detail(format!("{told}\n\nExpected:\n\n  {expected}"))
        })?;
        Ok(Compute::keys(&workspace, name))
    }

    fn move_state(source: &MoveSource, private: &mut Private) -> Result<Option<Compute>> {
        move_state::move_state(source, private).map(Some)
    }
}

/// The compute of those keys as the service has it, managed by nobody.
/// `None`: there is none.
pub(crate) async fn look_up(context: &Context<'_>, keys: Compute) -> Result<Option<Compute>> {
    let Some(object) = operation::find(context, &COMPUTES, &id(&keys)?).await? else {
        return Ok(None);
    };
    must_be_kubernetes(&object)?;
    let compute = looked_up(keys, &object)?;
    let extension = extension::of(context, &compute).await;
    let extension_id = extension.map(|id| canonicalize(&id).to_string()).into();
    Ok(Some(Compute { extension_id, ..compute }))
}

/// Attaches the cluster where no compute is, or is any more.
async fn attach(
    context: &mut Context<'_>, mut planned: Compute, saved: &mut Saved<Compute>,
) -> Result<()> {
    let extension = extension::ready(context, &planned).await?.and_then(|extension| extension.id);
    if planned.extension_id.is_unknown() {
        planned.extension_id = extension.map(|id| canonicalize(&id).to_string()).into();
    }
    let fresh = located(&workspace_location(context, &planned).await?);
    let over = overlay(&fresh, None, &planned)?;
    put(context, Action::Create, None, planned, over, saved).await
}

/// The one way to change a compute: put it whole, wait, read it back, and see what was taken.
async fn put(
    context: &mut Context<'_>, doing: Action, prior: Option<&Compute>, planned: Compute,
    over: Overlay, saved: &mut Saved<Compute>,
) -> Result<()> {
    let id = id(&planned)?;
    let cluster: Id = planned.cluster_id.require()?.parse()?;
    let body = over.body.into_value();
    let accepted = operation::put_managed(context, doing, &COMPUTES, &id, &body).await;
    let accepted = accepted.map_err(|error| error.on_cluster(&cluster))?;
    saved.save(&begun(&id, doing, planned.clone()));
    let object = match operation::wait_for_result(
        context,
        doing,
        &COMPUTES,
        &id,
        accepted.operation,
    )
    .await
    {
        Ok(object) => object,
        Err(error) => {
            let left = operation::state_after_error(context, &COMPUTES, &id, &error).await;
            if let Some(Ok(true_now)) = left.map(|object| answered(planned, &object)) {
                saved.save(&true_now);
            }
            return Err(error.on_cluster(&cluster));
        }
    };
    saved.save(&answered(planned.clone(), &object)?);
    let refused = overlay(&object, prior, &planned)?;
    context.diagnostics.extend(still_there(&refused.dropped));
    if refused.changed.is_empty() { Ok(()) } else { Err(not_taken(doing, &refused.changed)) }
}

/// What is true as soon as the service has accepted the PUT: its answer is half empty yet.
fn begun(id: &Id, doing: Action, planned: Compute) -> Compute {
    let state = if doing == Action::Create { "Creating" } else { "Updating" };
    Compute { id: Attr::text(id), provisioning_state: state.into(), ..planned }
}

fn is_well(object: &ArmResource) -> bool {
    object.provisioning_state().is_none_or(|state| state.eq_ignore_ascii_case("Succeeded"))
}

/// The service said yes and kept something else. No source says which fields a second PUT changes,
/// so every one is looked at afterwards.
fn not_taken(doing: Action, refused: &[Path]) -> Error {
    let names: Vec<_> = refused.iter().map(ToString::to_string).collect();
    let names: Vec<_> = names.iter().map(|name| name.trim_start_matches('.')).collect();
    let fix = match doing {
        Action::Create => {
            "Leave these arguments out to work without them; where the service ignores instance \
             types, declare them in the cluster."
        }
        _ => "To attach the compute anew with them:\n\n  terraform apply -replace=ADDRESS",
    };
    let diagnostic = Diagnostic::error("Service did not take a change").detail(format!(
        "The service accepted the request, but the compute does not hold what was sent for \
         {}.\n\n{fix}",
        names.join(", ")
    ));
    match refused.first() {
        Some(path) => diagnostic.at(path.clone()).into(),
        None => diagnostic.into(),
    }
}

/// The service answers types that were taken away. They are no longer ours, and nothing here removes
/// them, so that an error would come again with every apply.
fn still_there(dropped: &[String]) -> Option<Diagnostic> {
    let names = aml::list(dropped.iter().map(String::as_str));
    let (summary, them) = match dropped {
        [] => return None,
        [_] => (format!("Instance type {names} is still there"), "It was"),
        _ => (format!("Instance types {names} are still there"), "They were"),
    };
    Some(Diagnostic::warning(summary).detail(format!(
        "{them} taken out of the compute, and the service still tells of what may come from the \
         cluster. To remove it there:\n\n  kubectl delete instancetype {}\n\nIf there is none, \
         attach the compute anew:\n\n  terraform apply -replace=ADDRESS",
        dropped.join(" ")
    )))
}

/// The location of the workspace, in which every compute of it is.
async fn workspace_location(context: &Context<'_>, planned: &Compute) -> Result<String> {
    let workspace: Id = planned.workspace_id.require()?.parse()?;
    let found = operation::find(context, &WORKSPACES, &workspace).await?;
    let location = found.as_ref().and_then(ArmResource::location);
    location.map(str::to_owned).ok_or_else(|| {
        Diagnostic::error("Workspace does not exist")
            .detail(format!(
                "{workspace}\n\nCheck the ID. A workspace that was deleted lately may be soft-deleted: \
                 recover it, or purge it and make it anew."
            ))
            .at("workspace_id")
            .into()
    })
}

fn located(location: &str) -> ArmResource {
    ArmResource::new(Map::from_iter([("location".to_owned(), json!(location))]))
}

pub(super) fn id(of: &Compute) -> Result<Id> {
    let workspace: Id = of.workspace_id.require()?.parse()?;
    Ok(COMPUTES.id(&canonicalize(&workspace), of.name.require()?)?)
}
