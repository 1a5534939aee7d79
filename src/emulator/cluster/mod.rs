//! The Kubernetes cluster behind the emulated ones, if there is one.

mod api;
mod kubeconfig;
mod objects;
mod operator;
mod release;

pub(crate) use kubeconfig::{AKS_SERVER, Kubeconfig, SignIn};
pub(crate) use operator::OperatorHandle;
pub(crate) use release::Release;
