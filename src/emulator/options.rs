//! What can be chosen about an emulator.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde_json::Value;

/// How an emulator behaves. The default is what tests want: any port, plain HTTP, no delays,
/// operations that have ended by their first poll.
#[derive(Clone, Debug)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// Serve TLS, and write the certificate of the own authority to `ca.pem` in this folder.
    pub tls: Option<PathBuf>,
    /// Time before each answer.
    pub latency: Duration,
    /// How long a long-running operation runs.
    pub operation_duration: Duration,
    /// Limit requests as Azure Resource Manager's token bucket does.
    pub throttle: bool,
    /// Send `Retry-After: 1` with the answers of running operations; the recordings have none.
    pub retry_after: bool,
    /// Write each exchange into this folder as one JSON file.
    pub record: Option<PathBuf>,
    /// Objects by ARM ID, laid over the default ones; `null` takes one of those away.
    pub seed: Option<Value>,
    /// Load everything from this file if it exists (the seed then counts for nothing), and keep it
    /// there.
    pub state: Option<PathBuf>,
    /// What no public source settles, decided the less usual way.
    pub traits: BTreeSet<Trait>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            tls: None,
            latency: Duration::ZERO,
            operation_duration: Duration::ZERO,
            throttle: false,
            retry_after: true,
            record: None,
            seed: None,
            state: None,
            traits: BTreeSet::new(),
        }
    }
}

/// A behaviour of Azure that no public source settles. Absent, the usual assumption holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trait {
    /// PUT on an existing extension drops settings that the body leaves out. Usual: they stay.
    PutDropsKeys,
    /// Instance types in the body of a compute have no effect. Usual: they are stored.
    IgnoresBodyTypes,
    /// GET of an attached compute also shows the instance types found in the cluster. This is the usual assumption; the
    /// name stands for it where `HidesClusterTypes` does not.
    ReturnsClusterTypes,
    /// PUT of a compute without an identity removes the one it has. Usual: it stays.
    DropsUndeclaredIdentity,
    /// An extension under auto-upgrade shows the running version as `version`. Usual: null.
    VersionUnderAutoUpgrade,
    /// PATCH with an empty protected map wipes the secrets. Usual: an empty map changes nothing.
    EmptyProtectedMapWipes,
    /// GET of an extension shows no protected setting. Usual: their names, each with an empty value.
    HidesProtectedNames,
    /// GET of a compute shows the instance types that are stored, and none that are found in the cluster. Usual: those too.
    HidesClusterTypes,
}

impl Trait {
    /// Every trait, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::PutDropsKeys,
        Self::IgnoresBodyTypes,
        Self::ReturnsClusterTypes,
        Self::DropsUndeclaredIdentity,
        Self::VersionUnderAutoUpgrade,
        Self::EmptyProtectedMapWipes,
        Self::HidesProtectedNames,
        Self::HidesClusterTypes,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::PutDropsKeys => "put-drops-keys",
            Self::IgnoresBodyTypes => "ignores-body-types",
            Self::ReturnsClusterTypes => "returns-cluster-types",
            Self::DropsUndeclaredIdentity => "drops-undeclared-identity",
            Self::VersionUnderAutoUpgrade => "version-under-auto-upgrade",
            Self::EmptyProtectedMapWipes => "empty-protected-map-wipes",
            Self::HidesProtectedNames => "hides-protected-names",
            Self::HidesClusterTypes => "hides-cluster-types",
        }
    }
}

impl FromStr for Trait {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|one| one.name() == name);
        found.ok_or_else(|| {
            format!("`{name}` is no trait; there are {}", Self::ALL.map(Self::name).join(", "))
        })
    }
}
