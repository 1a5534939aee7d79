//! The options of an emulator.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use crate::role::Role;
use crate::traits::Trait;

/// The default is what tests need: any port, plain HTTP, no delays,
/// operations that have ended by their first poll.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Serve TLS, and write the certificate authority's certificate to `ca.pem` in this folder.
    pub tls: Option<PathBuf>,
    /// Time before each response.
    pub latency: Duration,
    /// How long a long-running operation runs.
    pub operation_duration: Duration,
    /// How many objects a page of a list has. Azure publishes no number, and clients must not count on
    /// any.
    pub page_size: usize,
    /// Limit requests as Azure Resource Manager's token bucket does.
    pub throttle: bool,
    /// Send `Retry-After: 1` with the responses of running operations; the recordings have none.
    pub retry_after: bool,
    /// Write each exchange into this folder as one JSON file.
    pub record: Option<PathBuf>,
    /// Objects by ARM ID, laid over the default ones; `null` takes one of those away.
    pub seed: Option<Value>,
    /// Load all objects from this file if it exists (the seed is then ignored), and save them
    /// there.
    pub state: Option<PathBuf>,
    /// A cluster that is behind every emulated one. Extensions install there, and it is what the
    /// credentials of managed clusters lead to.
    pub kubeconfig: Option<PathBuf>,
    /// PEM files of certificates that are registered on the application.
    pub client_certificates: Vec<PathBuf>,
    /// What whoever signed in may do; without a role, everything.
    pub role: Option<Role>,
    /// Where the agent of an Arc server writes the keys by which a caller shows that it may read them.
    pub arc_keys: Option<PathBuf>,
    /// Open questions that are decided other than by default.
    pub traits: BTreeSet<Trait>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            tls: None,
            latency: Duration::ZERO,
            operation_duration: Duration::ZERO,
            page_size: 1000,
            throttle: false,
            retry_after: true,
            record: None,
            seed: None,
            state: None,
            kubeconfig: None,
            client_certificates: Vec::new(),
            role: None,
            arc_keys: None,
            traits: BTreeSet::new(),
        }
    }
}
