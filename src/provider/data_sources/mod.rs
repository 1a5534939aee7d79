//! What a configuration may look up: one file per data source.

mod arc_extension;
mod connected_cluster;
mod extension_versions;
mod kubernetes_compute;
#[cfg(test)]
mod tests;

pub(crate) use arc_extension::ArcExtensionData;
pub(crate) use connected_cluster::ConnectedClusterData;
pub(crate) use extension_versions::ExtensionVersionsData;
pub(crate) use kubernetes_compute::KubernetesComputeData;

use azure::{Id, Kind};
use framework::Diagnostic;

use crate::explain::{Error, capitalised};

/// Nothing has that ID. `check` says where to look, and the error stands on the attribute `at`.
fn absent(kind: &Kind, id: &Id, at: &'static str, check: &str) -> Error {
    Diagnostic::error(format!("{} does not exist", capitalised(kind.noun)))
        .detail(format!("{id}\n\n{check}"))
        .at(at)
        .into()
}
