//! `cluster_checks`: a look at the live cluster when a change is planned.
//!
//! - `setting`: the attribute
//! - `look`: the look of one plan, and how its findings are told
//! - `memory`: what was read a moment ago, which the resources of one plan share
//! - `extension`: what the installed extension means for where jobs run
//! - `failure`: what could not be looked at

mod extension;
mod failure;
mod look;
mod memory;
mod setting;

pub(crate) use failure::Unchecked;
pub(crate) use look::Look;
pub(crate) use memory::ClusterMemory;
pub(crate) use setting::{ClusterChecks, attribute, validate};
