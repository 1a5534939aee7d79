//! The Azure Machine Learning extensions of a cluster.

use azure::Id;
use azure::resource_types::{EXTENSIONS, canonicalize};
use framework::{Attr, Diagnostics, List, Listed, Schema, text};
use serde::{Deserialize, Serialize};

use crate::arm::list_below;
use crate::arm::{ids, preflight};
use crate::context::Context;
use crate::explain::Result;
use crate::types::arc_extension::{ArcExtension, Extension};

/// The list.
pub(crate) struct ArcExtensions;

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Config {
    cluster_id: Attr<String>,
}

impl List for ArcExtensions {
    type Resource = ArcExtension;
    type Config = Config;

    fn schema() -> Schema {
        Schema::new("Lists the Azure Machine Learning extension of a cluster.").with([text(
            "cluster_id",
        )
        .required()
        .help("ARM ID of the cluster: an Arc connected cluster or an AKS cluster.")])
    }

    fn validate(config: &Config, found: &mut Diagnostics) {
        ids::check("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    }

    async fn list(context: &mut Context<'_>, config: Config) -> Result<Vec<Listed<Extension>>> {
        let cluster: Id = config.cluster_id.require()?.parse()?;
        let cluster = canonicalize(&cluster);
        let found = list_below(context, &EXTENSIONS, &cluster).await?;
        let ours = found.into_iter().filter(|(_, object)| preflight::is_azureml(object));
        let listed = ours.map(|(name, _)| Listed {
            display_name: format!("{name} on {}", cluster.name()),
            keys: Extension::keys(&cluster, name),
        });
        Ok(listed.collect())
    }
}
