//! The managed types, one file or folder each.

mod kubernetes_compute;

pub(crate) use kubernetes_compute::KubernetesCompute;
