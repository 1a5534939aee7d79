//! The calls, against scripts in virtual time, and against servers on this machine.

mod absence;
mod objects;
mod pages;
mod proxies;
mod retries;
mod server;
mod sessions;
mod tls;
mod transport;
