//! What `terraform query` lists: one file per managed type.

mod arc_extension;
mod kubernetes_compute;
#[cfg(test)]
mod tests;

pub(crate) use arc_extension::ArcExtensions;
pub(crate) use kubernetes_compute::KubernetesComputes;

use azure::{Envelope, Id, Kind};

use crate::explain::{Doing, Result, met};
use crate::{Context, operation};

/// The objects of that kind below a parent, by name, over all pages.
async fn below(
    context: &Context<'_>, kind: &'static Kind, parent: &Id,
) -> Result<Vec<(String, Envelope)>> {
    let found = context.provider.arm.list(kind, parent, &operation::limits(context)).await;
    let found = found.map_err(met(Doing::Read, kind, parent))?;
    // The name of a child may be given with that of its parent.
    let named = found.into_iter().filter_map(|object| {
        let name = object.name()?.rsplit('/').next()?.to_owned();
        Some((name, object))
    });
    Ok(named.collect())
}
