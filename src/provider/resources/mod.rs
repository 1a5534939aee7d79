//! The managed types, one file or folder each.

mod arc_extension;
mod kubernetes_compute;

pub(crate) use arc_extension::{ArcExtension, Extension};
pub(crate) use kubernetes_compute::{Compute, KubernetesCompute};
