//! `azureml_connected_cluster`: a cluster that is connected to Azure Arc, looked up.

use azure::resource_types::CONNECTED_CLUSTERS;
use azure::{ArmResource, Id};
use framework::{
    Attr, AttrMap, Attribute, DataSource, Diagnostics, Schema, flag, number, text, text_map,
};
use serde::{Deserialize, Serialize};

use crate::arm::not_found;
use crate::arm::{ids, operation};
use crate::context::{AzureMl, Context};
use crate::explain::Result;

/// The data source.
pub(crate) struct ConnectedClusterData;

impl DataSource for ConnectedClusterData {
    const NAME: &'static str = "connected_cluster";
    type Provider = AzureMl;
    type Model = Cluster;

    fn schema() -> Schema {
        Schema::new(
            "Looks up a Kubernetes cluster that is connected to Azure Arc: whether its agents \
             answer, what runs on it and how big it is.",
        )
        .with(identification())
        .with(connection())
        .with(size())
    }

    fn validate(config: &Cluster, found: &mut Diagnostics) {
        ids::validate("id", &config.id, &[&CONNECTED_CLUSTERS], found);
    }

    async fn read(context: &mut Context<'_>, config: Cluster) -> Result<Cluster> {
        let id = ids::need("id", &config.id, &[&CONNECTED_CLUSTERS])?;
        let id = azure::resource_types::canonicalize(&id);
        let found = operation::find(context, &CONNECTED_CLUSTERS, &id).await?;
        let check = "Check the ID. The clusters that are connected to Azure Arc:\n\n  az connectedk8s \
                     list --output table";
        let found = found.ok_or_else(|| not_found(&CONNECTED_CLUSTERS, &id, "id", check))?;
        Ok(cluster_from_response(&id, &found))
    }
}

// === schema ===

fn identification() -> [Attribute; 4] {
    [
        text("id")
            .required()
            .semantic_equality::<Id>()
            .help("ARM ID of the cluster (`Microsoft.Kubernetes/connectedClusters`)."),
        text("name").computed().help("Name of the cluster."),
        text("location").computed().help("Region of the cluster's ARM object."),
        text_map("tags").computed().help("Tags of the cluster."),
    ]
}

fn connection() -> [Attribute; 6] {
    [
        flag("connected").computed().help("Whether `connectivity_status` is `Connected`."),
        text("connectivity_status")
            .computed()
            .help("`Connecting`, `Connected`, `Offline`, `Expired` or `AgentNotInstalled`."),
        text("last_connectivity_time")
            .computed()
            .help("When the cluster's agents were last heard of (RFC 3339)."),
        text("certificate_expiration_time").computed().help(
            "When the certificate of the cluster's identity runs out (RFC 3339). An expired \
             cluster must be connected again.",
        ),
        text("agent_version").computed().help("Version of the agents of Azure Arc."),
        text("provisioning_state").computed().help("State of the cluster's ARM object."),
    ]
}

fn size() -> [Attribute; 6] {
    [
        text("kubernetes_version").computed().help("Version of Kubernetes."),
        text("distribution").computed().help("Distribution of Kubernetes, such as `k3s`."),
        text("distribution_version").computed().help("Version of the distribution."),
        text("infrastructure").computed().help("What the cluster runs on, such as `generic`."),
        number("node_count").computed().help("Number of nodes."),
        number("core_count").computed().help("Number of CPU cores of all nodes."),
    ]
}

// === model ===

/// A connected cluster: one field per attribute of the schema.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Cluster {
    id: Attr<String>,
    name: Attr<String>,
    location: Attr<String>,
    tags: AttrMap<String>,
    connected: Attr<bool>,
    connectivity_status: Attr<String>,
    last_connectivity_time: Attr<String>,
    certificate_expiration_time: Attr<String>,
    agent_version: Attr<String>,
    provisioning_state: Attr<String>,
    kubernetes_version: Attr<String>,
    distribution: Attr<String>,
    distribution_version: Attr<String>,
    infrastructure: Attr<String>,
    node_count: Attr<i64>,
    core_count: Attr<i64>,
}

/// The properties of `connectedClusters`, API version 2024-01-01.
fn cluster_from_response(id: &Id, object: &ArmResource) -> Cluster {
    let properties = object.properties();
    let text = |name: &str| -> Attr<String> { properties[name].as_str().map(str::to_owned).into() };
    let number = |name: &str| -> Attr<i64> { properties[name].as_i64().into() };
    let status = properties["connectivityStatus"].as_str();
    let tags = object.tags().into_iter().flatten();
    Cluster {
        id: Attr::text(id),
        name: id.name().to_owned().into(),
        location: object.location().map(str::to_owned).into(),
        tags: tags.filter_map(|(key, tag)| Some((key.clone(), tag.as_str()?.to_owned()))).collect(),
        connected: status.map(|status| status.eq_ignore_ascii_case("Connected")).into(),
        connectivity_status: text("connectivityStatus"),
        last_connectivity_time: text("lastConnectivityTime"),
        certificate_expiration_time: text("managedIdentityCertificateExpirationTime"),
        agent_version: text("agentVersion"),
        provisioning_state: text("provisioningState"),
        kubernetes_version: text("kubernetesVersion"),
        distribution: text("distribution"),
        distribution_version: text("distributionVersion"),
        infrastructure: text("infrastructure"),
        node_count: number("totalNodeCount"),
        core_count: number("totalCoreCount"),
    }
}
