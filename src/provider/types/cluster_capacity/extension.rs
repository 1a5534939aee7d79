//! Where the extension on the cluster lets jobs run.

use azure::Id;
use framework::Diagnostic;

use crate::context::Context;
use crate::explain::{Error, Result};
use crate::placement::Placement;

/// Reads it from Azure. Without an extension nothing is set. Who may not look at extensions is warned.
pub(super) async fn read_placement(context: &mut Context<'_>, cluster: &Id) -> Result<Placement> {
    match Placement::read(context, cluster).await {
        Err(Error::Azure(failure)) if failure.error.is_forbidden() => {
            context.diagnostics.push(warn_of_unread_extension(&failure.error));
            Ok(Placement::default())
        }
        placement => Ok(placement?.unwrap_or_default()),
    }
}

fn warn_of_unread_extension(error: &azure::Error) -> Diagnostic {
    Diagnostic::warning("Extension was not looked at")
        .detail(format!(
            "The provider may not read the extensions of the cluster, so that the node selector and \
             the tolerations of Azure Machine Learning's own are taken to be empty:\n\n{error}\n\nIf \
             its node selector is set, write it in `node_selector` here."
        ))
        .at("cluster_id")
}
