//! The one request that changes a compute: put it whole, wait, read it back, and see what was taken.

use azure::resource_types::COMPUTES;
use azure::{ArmResource, Id, ProvisioningState};
use framework::{Attr, Diagnostic, Path, Saved};

use super::model::{Compute, Target};
use super::request::{Overlay, overlay};
use super::response::compute_from_response;
use crate::arm::operation;
use crate::context::Context;
use crate::explain::{Action, Error, Result};

/// A request that is ready to be sent.
pub(super) struct Put<'a> {
    pub(super) action: Action,
    pub(super) target: Target,
    pub(super) prior: Option<&'a Compute>,
    pub(super) planned: Compute,
    pub(super) overlay: Overlay,
}

impl Put<'_> {
    /// Saves what is true after each step.
    pub(super) async fn send(
        self, context: &mut Context<'_>, saved: &mut Saved<Compute>,
    ) -> Result<()> {
        let Put { action, target: Target { id, cluster, .. }, prior, planned, overlay: sent } =
            self;
        let body = sent.body.into_value();
        let accepted = operation::put_managed(context, action, &COMPUTES, &id, &body).await;
        let accepted = accepted.map_err(|error| error.on_cluster(&cluster))?;
        saved.save(&accepted_compute(&id, action, planned.clone()));
        let settled =
            operation::wait_for_result(context, action, &COMPUTES, &id, accepted.operation).await;
        let object = match settled {
            Ok(object) => object,
            Err(error) => {
                let left = operation::state_after_error(context, &COMPUTES, &id, &error).await;
                if let Some(Ok(compute)) =
                    left.map(|object| compute_from_response(planned, &object))
                {
                    saved.save(&compute);
                }
                return Err(error.on_cluster(&cluster));
            }
        };
        let missing = |object: &ArmResource| overlay(object, prior, &planned);
        let is_current =
            |object: &ArmResource| missing(object).is_ok_and(|it| it.changed.is_empty());
        let object = operation::read_until_current(context, &COMPUTES, object, is_current).await;
        saved.save(&compute_from_response(planned.clone(), &object)?);
        let missing = missing(&object)?;
        context.diagnostics.extend(warn_of_types_that_stay(&missing.dropped));
        match missing.changed.as_slice() {
            [] => Ok(()),
            changed => Err(not_taken(action, changed)),
        }
    }
}

/// What is true as soon as the service has accepted the PUT: its answer is half empty yet.
fn accepted_compute(id: &Id, action: Action, planned: Compute) -> Compute {
    let state = match action {
        Action::Create => ProvisioningState::CREATING,
        _ => ProvisioningState::UPDATING,
    };
    Compute { id: Attr::text(id), provisioning_state: state.into(), ..planned }
}

/// The service said yes and kept something else. No source says which fields a second PUT changes,
/// so every one is looked at afterwards.
fn not_taken(action: Action, paths: &[Path]) -> Error {
    let names: Vec<_> = paths.iter().map(ToString::to_string).collect();
    let names: Vec<_> = names.iter().map(|name| name.trim_start_matches('.')).collect();
    let fix = match action {
        Action::Create => {
            "Leave these arguments out to work without them; where the service ignores instance \
             types, declare them in the cluster."
        }
        _ => "To attach the compute again with them:\n\n  terraform apply -replace=ADDRESS",
    };
    let diagnostic = Diagnostic::error("Service did not take a change").detail(format!(
        "The service accepted the request, but the compute does not hold what was sent for \
         {}.\n\n{fix}",
        names.join(", ")
    ));
    match paths.first() {
        Some(path) => diagnostic.at(path.clone()).into(),
        None => diagnostic.into(),
    }
}

/// The service answers types that were taken away. They are no longer ours, and nothing here removes
/// them, so that an error would come again with every apply.
fn warn_of_types_that_stay(dropped: &[String]) -> Option<Diagnostic> {
    let names = aml::list(dropped.iter().map(String::as_str));
    let (summary, them) = match dropped {
        [] => return None,
        [_] => (format!("Instance type {names} is still there"), "It was"),
        _ => (format!("Instance types {names} are still there"), "They were"),
    };
    Some(Diagnostic::warning(summary).detail(format!(
        "{them} taken out of the compute, and the service still tells of what may come from the \
         cluster. To remove it there:\n\n  kubectl delete instancetype {}\n\nIf there is none, \
         attach the compute again:\n\n  terraform apply -replace=ADDRESS",
        dropped.join(" ")
    )))
}
