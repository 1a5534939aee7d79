//! Whether a connection that is written for every cluster leads to the one that is meant.

use azure::resource_types::{CONNECTED_CLUSTERS, MANAGED_CLUSTERS};
use azure::{Arm, CallOptions, Id};
use kubernetes::{Cluster, Lookup, ResourceType};
use serde_json::Value;

use super::ClusterError;

/// Where the agents of Azure Arc keep which cluster they stand for.
const ARC_NAMESPACE: &str = "azure-arc";
const ARC_CONFIG_MAP: &str = "azure-clusterconfig";

/// A cluster that is meant, and the one that the connection leads to.
pub(super) struct Target<'a> {
    pub(super) arm: &'a Arm,
    pub(super) id: &'a Id,
    pub(super) host: &'a str,
    pub(super) cluster: &'a Cluster,
}

impl Target<'_> {
    /// An error where it is another cluster; the reason where nobody can say.
    pub(super) async fn check(
        &self, options: &CallOptions<'_>,
    ) -> Result<Option<String>, ClusterError> {
        let kind = self.id.resource_type();
        if MANAGED_CLUSTERS.matches(&kind) {
            self.check_aks(options).await
        } else if CONNECTED_CLUSTERS.matches(&kind) {
            self.check_arc(options).await
        } else {
            Ok(Some("nothing is known of clusters of this type".to_owned()))
        }
    }

    /// The host is one of those that Azure Resource Manager names.
    async fn check_aks(&self, options: &CallOptions<'_>) -> Result<Option<String>, ClusterError> {
        let cluster = match self.arm.get(&MANAGED_CLUSTERS, self.id, options).await {
            Ok(Some(cluster)) => cluster,
            Ok(None) => return Err(ClusterError::Gone { id: self.id.clone() }),
            Err(azure::Error::Stopped) => {
                return Err(ClusterError::of_arm(self.id, azure::Error::Stopped));
            }
            Err(error) => return Ok(Some(error.to_string())),
        };
        let hosts: Vec<_> = ["fqdn", "privateFQDN"]
            .iter()
            .filter_map(|name| cluster.properties()[name].as_str())
            .filter(|host| !host.is_empty())
            .collect();
        if hosts.is_empty() {
            return Ok(Some("Azure Resource Manager names no address of the cluster".to_owned()));
        }
        if hosts.iter().any(|host| host.eq_ignore_ascii_case(self.host)) {
            return Ok(None);
        }
        Err(self.mismatch(format!("the cluster is {}", hosts.join(" or "))))
    }

    /// The agents in it name the cluster.
    async fn check_arc(&self, options: &CallOptions<'_>) -> Result<Option<String>, ClusterError> {
        let options = kubernetes::CallOptions::new(options.deadline, options.stop);
        let read = self
            .cluster
            .get(&ResourceType::CONFIG_MAPS, Some(ARC_NAMESPACE), ARC_CONFIG_MAP, options)
            .await;
        let data = match read {
            Ok(Lookup::Found(found)) => found["data"].clone(),
            Ok(Lookup::NotFound | Lookup::ApiAbsent) => {
                return Ok(Some(format!("it has no config map {ARC_NAMESPACE}/{ARC_CONFIG_MAP}")));
            }
            Err(kubernetes::Error::Forbidden(right)) => return Ok(Some(right.to_string())),
            Err(error) => return Err(error.into()),
        };
        match self.named_otherwise(&data) {
            None => Ok(None),
            Some(told) if told.is_empty() => {
                Ok(Some(format!("{ARC_NAMESPACE}/{ARC_CONFIG_MAP} does not name its cluster")))
            }
            Some(told) => Err(self.mismatch(format!("the agents in it stand for {told}"))),
        }
    }

    /// What the agents call their cluster, where it is another one; empty where they do not say.
    fn named_otherwise(&self, data: &Value) -> Option<String> {
        let said = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        let told =
            ["AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP", "AZURE_RESOURCE_NAME"].map(said);
        if told.iter().any(String::is_empty) {
            return Some(String::new());
        }
        let meant = [
            self.id.subscription().unwrap_or_default(),
            self.id.resource_group().unwrap_or_default(),
            self.id.name(),
        ];
        let is_same = told.iter().zip(meant).all(|(told, meant)| told.eq_ignore_ascii_case(meant));
        (!is_same).then(|| format!("{} in {} of {}", told[2], told[1], told[0]))
    }

    fn mismatch(&self, why: String) -> ClusterError {
        ClusterError::AnotherCluster { id: self.id.clone(), host: self.host.to_owned(), why }
    }
}
