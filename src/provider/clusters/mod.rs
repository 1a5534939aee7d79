//! The way to the API server of a cluster: by the block `kubernetes`, else what Azure says of AKS.
//!
//! A connection is made once for each cluster and shared. The token of the provider's own sign-in
//! goes to no server but the one that Azure Resource Manager names.

pub(crate) mod agent_pools;
mod aks_tokens;
mod error;
mod namespace_stash;
mod target;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use azure::resource_types::MANAGED_CLUSTERS;
use azure::{Arm, CallOptions, Credential, Id};
use framework::{Diagnostic, Secrets};
use kubernetes::Cluster;
use kubernetes::connection::aks::AksConnection;
use kubernetes::connection::{Connection, Kubeconfig, in_cluster};

use crate::config::{ClusterConnection, ClusterSettings, OnUnreachable, insecure_warning};
use aks_tokens::AksTokens;
pub(crate) use aks_tokens::scope as aks_scope;
pub(crate) use error::{ClusterError, MESSAGES, WITHOUT_CLUSTER};
pub(crate) use namespace_stash::NamespaceStash;
use target::Target;

/// The action of Azure Resource Manager that tells the way to a cluster of AKS.
const CREDENTIAL_ACTION: &str = "listClusterUserCredential";

/// What clusters are reached with.
pub(crate) struct Clusters {
    settings: ClusterSettings,
    /// Gives tokens for clusters of AKS; `None` where only a token for Resource Manager is there.
    credential: Option<Credential>,
    user_agent: String,
    secrets: Secrets,
    connected: Mutex<HashMap<String, ReachedCluster>>,
    /// Whether it was said that a connection checks no certificate.
    has_warned_of_insecure: AtomicBool,
}

/// A cluster, and whether it is surely the one that was meant.
#[derive(Clone, Debug)]
pub(crate) struct ReachedCluster {
    pub(crate) cluster: Cluster,
    /// Why nobody can say whether it is the right one: a warning.
    pub(crate) unverified: Option<String>,
    /// What asks for no check of the certificate, where the block does not say it itself.
    insecure_by: Option<&'static str>,
    /// Whether the way was known before: another cluster of the name may have taken its place since.
    pub(crate) is_known: bool,
}

impl Clusters {
    pub(crate) fn new(
        settings: ClusterSettings, credential: Option<Credential>, user_agent: String,
        secrets: Secrets,
    ) -> Self {
        let (connected, has_warned_of_insecure) = (Mutex::default(), AtomicBool::default());
        Self { settings, credential, user_agent, secrets, connected, has_warned_of_insecure }
    }

    /// Whether a refresh keeps what the state says where a cluster does not answer.
    pub(crate) fn keeps_state(&self) -> bool {
        self.settings.on_unreachable == OnUnreachable::KeepState
    }

    /// Whether a connection to the cluster is written, so that Azure is not asked for the way.
    pub(crate) fn has_connection(&self, id: &Id) -> bool {
        let is_known = self.settings.unknown.is_none();
        is_known && self.connection_of(&id.to_string().to_lowercase()).is_some()
    }

    /// The cluster of an ID. `arm` is asked for the way to a cluster of AKS.
    pub(crate) async fn reach(
        &self, arm: &Arm, id: &Id, options: &CallOptions<'_>,
    ) -> Result<ReachedCluster, ClusterError> {
        let key = id.to_string().to_lowercase();
        if let Some(known) = self.lock_connections().get(&key) {
            return Ok(ReachedCluster { is_known: true, ..known.clone() });
        }
        let reached = self.connect(arm, id, &key, options).await?;
        self.lock_connections().insert(key, reached.clone());
        Ok(reached)
    }

    /// What to know of a cluster whose certificate is not checked, once: the block is one connection,
    /// for however many objects.
    pub(crate) fn insecure_warning(&self, reached: &ReachedCluster) -> Option<Diagnostic> {
        let by = reached.insecure_by?;
        let is_new = !self.has_warned_of_insecure.swap(true, Ordering::Relaxed);
        is_new.then(|| insecure_warning(by))
    }

    /// Drops what is known of the way to a cluster, which may be another one of the same name by
    /// now: after a failure of TLS, of a name, of a connection or of a sign-in.
    pub(crate) fn forget(&self, id: &Id) {
        self.lock_connections().remove(&id.to_string().to_lowercase());
    }

    async fn connect(
        &self, arm: &Arm, id: &Id, key: &str, options: &CallOptions<'_>,
    ) -> Result<ReachedCluster, ClusterError> {
        if let Some(argument) = &self.settings.unknown {
            return Err(ClusterError::NotKnownYet { argument: argument.clone() });
        }
        let bound = self.settings.cluster_ids.as_ref();
        if let Some(written) = self.connection_of(key) {
            let connection = self.written_connection(written)?;
            let insecure_by = self.insecure_by(written, &connection);
            let host = connection.server.host().to_owned();
            let cluster = self.cluster(connection);
            let target = Target { arm, id, host: &host, cluster: &cluster };
            let unverified = match bound {
                Some(_) => None,
                None => target.check(options).await?,
            };
            return Ok(ReachedCluster { cluster, unverified, insecure_by, is_known: false });
        }
        if !MANAGED_CLUSTERS.matches(&id.resource_type()) {
            return Err(ClusterError::NoWay { id: id.clone(), is_bound: bound.is_some() });
        }
        let connection = self.aks_connection(arm, id, options).await?;
        let cluster = self.cluster(connection);
        Ok(ReachedCluster { cluster, unverified: None, insecure_by: None, is_known: false })
    }

    /// The connection that is written for a cluster, by its ID in lower case.
    fn connection_of(&self, key: &str) -> Option<&ClusterConnection> {
        let bound = self.settings.cluster_ids.as_ref();
        let is_meant = bound.is_none_or(|ids| ids.iter().any(|id| id == key));
        self.settings.connection.as_ref().filter(|_| is_meant)
    }

    /// What asks for no check of the certificate; the argument of the block is warned of already.
    fn insecure_by(
        &self, written: &ClusterConnection, connection: &Connection,
    ) -> Option<&'static str> {
        if !connection.server.insecure || self.settings.is_insecure_written {
            return None;
        }
        Some(match written {
            ClusterConnection::Written { arguments, .. } if arguments.insecure.is_some() => {
                "KUBE_INSECURE"
            }
            _ => "`insecure-skip-tls-verify` of the kubeconfig",
        })
    }

    fn cluster(&self, connection: Connection) -> Cluster {
        Cluster::new(connection, self.user_agent.clone(), self.secrets.observer())
    }

    fn written_connection(
        &self, written: &ClusterConnection,
    ) -> Result<Connection, kubernetes::Error> {
        let arguments = match written {
            ClusterConnection::InCluster { host, port } => in_cluster::arguments(
                host.as_deref(),
                port.as_deref(),
                in_cluster::SERVICE_ACCOUNT.as_ref(),
            )?,
            ClusterConnection::Written { kubeconfig, arguments, .. } if kubeconfig.is_empty() => {
                arguments.as_ref().clone()
            }
            ClusterConnection::Written { kubeconfig, context, exec, arguments } => {
                let files = Kubeconfig::read_all(kubeconfig)?;
                let base = files.arguments(context.as_deref(), exec)?;
                arguments.as_ref().clone().or(base)
            }
        };
        arguments.connection(self.settings.proxy.clone())
    }

    /// What Azure Resource Manager says of a cluster of AKS, with a token of our own.
    async fn aks_connection(
        &self, arm: &Arm, id: &Id, options: &CallOptions<'_>,
    ) -> Result<Connection, ClusterError> {
        let query = [("format", "exec")];
        let answer = arm
            .post_with_query(&MANAGED_CLUSTERS, id, CREDENTIAL_ACTION, &query, options)
            .await
            .map_err(|error| ClusterError::of_arm(id, error))?;
        let kubeconfig = answer["kubeconfigs"][0]["value"].as_str().unwrap_or_default();
        let tokens = Arc::new(AksTokens(self.credential.clone()));
        let read = AksConnection::read(kubeconfig, tokens, self.settings.proxy.clone())?;
        read.secrets.iter().for_each(|secret| self.secrets.learn(secret.expose()));
        Ok(read.connection)
    }

    fn lock_connections(&self) -> std::sync::MutexGuard<'_, HashMap<String, ReachedCluster>> {
        self.connected.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
