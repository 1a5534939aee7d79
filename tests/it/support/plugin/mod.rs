//! go-plugin's side of the protocol: starts a provider, reads its line, connects, speaks gRPC.

pub(crate) mod channel;
mod identity;
mod process;

pub(crate) use channel::{Channel, Transport, connect, dial, handshake};
pub(crate) use identity::Identity;
pub(crate) use process::{
    Environment, Launched, Line, Process, environment, launch, program, signal,
};
