//! The instance types of a cluster.

use framework::{Attr, Diagnostics, List, Listed, Schema, text};
use kubernetes::instance_type::list;
use serde::{Deserialize, Serialize};

use super::ClusterInstanceType;
use super::cluster::{reach, unreached_error};
use super::model::ClusterType;
use crate::arm::ids;
use crate::cluster_access::options;
use crate::context::Context;
use crate::explain::Result;

/// The list.
pub(crate) struct ClusterInstanceTypes;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Config {
    cluster_id: Attr<String>,
}

impl List for ClusterInstanceTypes {
    type Resource = ClusterInstanceType;
    type Config = Config;

    fn schema() -> Schema {
        Schema::new("Lists the instance types of a cluster.")
            .with([text("cluster_id").required().help("ARM ID of the cluster.")])
    }

    fn validate(config: &Config, found: &mut Diagnostics) {
        ids::check("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    }

    async fn list(context: &mut Context<'_>, config: Config) -> Result<Vec<Listed<ClusterType>>> {
        let of = ClusterType { cluster_id: config.cluster_id, ..ClusterType::default() };
        let reached = reach(context, &of).await??;
        let found = list(&reached.cluster, options(context)).await;
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                return Err(unreached_error(context, &reached, "cannot be listed", &error).await);
            }
        };
        let listed = found.unwrap_or_default().into_iter().map(|live| Listed {
            display_name: format!("{} in {}", live.name, reached.id.name()),
            keys: ClusterType::keys(&reached.id, &live.name),
        });
        Ok(listed.collect())
    }
}
