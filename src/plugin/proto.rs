//! The messages and services of `proto/`, generated: server traits for us, client stubs for tests.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated code follows its generator's style"
)]

include!(concat!(env!("OUT_DIR"), "/proto.rs"));
