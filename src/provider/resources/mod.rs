//! The managed types, one file or folder each.

pub(crate) mod arc_extension;
pub(crate) mod kubernetes_compute;

pub(crate) use arc_extension::{ArcExtension, Extension};
pub(crate) use kubernetes_compute::{Compute, KubernetesCompute};
