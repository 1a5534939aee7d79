//! The emulator held to recorded traffic, to published examples and to its own promises. Requests
//! are answered without a socket and time is virtual, save in `server`.

#![expect(clippy::needless_pass_by_value, reason = "tests hand over JSON literals")]

mod catalogue;
mod computes;
mod examples;
mod extensions;
mod faults;
mod generic_resources;
mod kit;
mod managed_clusters;
mod page;
mod protocols;
mod recordings;
mod resource_manager;
mod roles;
mod server;
mod sign_in;
