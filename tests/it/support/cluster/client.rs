//! The provider's client of a cluster, as this process uses it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kubernetes::connection::{ExecPolicy, Kubeconfig};
use kubernetes::{CallOptions, CancellationToken};
use tokio::runtime::Runtime;

use super::{Account, Cluster};

/// No call of a test takes as long.
const DEADLINE: Duration = Duration::from_mins(2);

/// A client with what runs it. Between its calls a test asks the server by other ways.
pub(crate) struct Client {
    runtime: Runtime,
    cluster: kubernetes::Cluster,
}

impl Client {
    /// Runs calls until all are done.
    pub(crate) fn run<T>(
        &self, calls: impl AsyncFnOnce(&kubernetes::Cluster, CallOptions<'_>) -> T,
    ) -> T {
        let stop = CancellationToken::new();
        let options = CallOptions::new(Instant::now() + DEADLINE, &stop);
        self.runtime.block_on(calls(&self.cluster, options))
    }
}

impl Cluster {
    /// Of the administrator.
    pub(crate) fn client(&self) -> Client {
        client(&self.kubeconfig())
    }
}

impl Account<'_> {
    pub(crate) fn client(&self) -> Client {
        client(&self.kubeconfig())
    }
}

fn client(kubeconfig: &str) -> Client {
    let kubeconfig = Kubeconfig::parse("of the test", kubeconfig).expect("it is good");
    let arguments = kubeconfig.arguments(None, &ExecPolicy::Forbidden).expect("it has a context");
    let connection = arguments.connection(None).expect("it is complete");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    Client {
        runtime: runtime.expect("a runtime can be made"),
        cluster: kubernetes::Cluster::new(connection, "tests".to_owned(), Arc::new(|_| {})),
    }
}
