//! The Kubernetes cluster behind the emulated ones, if there is one.

mod kubeconfig;

pub(crate) use kubeconfig::{AKS_SERVER, Kubeconfig, SignIn};
