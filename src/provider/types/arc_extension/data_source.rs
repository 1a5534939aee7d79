//! `azureml_arc_extension`: the Azure Machine Learning extension of a cluster, looked up.

use azure::Id;
use azure::resource_types::{EXTENSIONS, MANAGED_CLUSTERS, canonicalize};
use framework::{
    Attr, AttrList, AttrMap, Attribute, DataSource, Diagnostics, Schema, flag, object, objects,
    text, text_map,
};
use serde::{Deserialize, Serialize};

use crate::arm::ids;
use crate::arm::not_found;
use crate::connections::SideResource;
use crate::context::{AzureMl, Context};
use crate::explain::Result;
use crate::types::arc_extension::Extension;
use crate::types::arc_extension::{Identity, Status, look_up};

/// The data source.
pub(crate) struct ArcExtensionData;

impl DataSource for ArcExtensionData {
    const NAME: &'static str = "arc_extension";
    type Provider = AzureMl;
    type Model = Installed;

    fn schema() -> Schema {
        Schema::new(
            "Looks up the Azure Machine Learning extension (`Microsoft.AzureML.Kubernetes`) of an \
             Arc connected cluster or of AKS. Its secrets are never given by the service.",
        )
        .with(keys())
        .with(features())
        .with(components())
        .with(inference())
        .with(releases())
        .with(answers())
    }

    fn validate(config: &Installed, found: &mut Diagnostics) {
        ids::validate("cluster_id", &config.cluster_id, &ids::CLUSTERS, found);
    }

    async fn read(context: &mut Context<'_>, config: Installed) -> Result<Installed> {
        let cluster = ids::need("cluster_id", &config.cluster_id, &ids::CLUSTERS)?;
        let (cluster, name) = (canonicalize(&cluster), config.name.require()?.clone());
        let id = EXTENSIONS.id(&cluster, &name)?;
        let found = look_up(context, Extension::keys(&cluster, name)).await?;
        found.map(Installed::from).ok_or_else(|| {
            let managed = MANAGED_CLUSTERS.matches(&cluster.resource_type());
            let kind = if managed { "managedClusters" } else { "connectedClusters" };
            let (group, cluster) = (id.resource_group().unwrap_or("<group>"), cluster.name());
            let check = format!(
                "Check `name` and `cluster_id`. What the cluster has:\n\n  az k8s-extension list \
                 --cluster-name {cluster} --resource-group {group} --cluster-type {kind} --output \
                 table"
            );
            not_found(&EXTENSIONS, &id, "name", &check)
        })
    }
}

// === schema ===

fn keys() -> [Attribute; 2] {
    [
        text("name").required().help("Name of the extension on the cluster."),
        text("cluster_id")
            .required()
            .semantic_equality::<Id>()
            .help("ARM ID of the cluster: an Arc connected cluster or an AKS cluster."),
    ]
}

fn features() -> [Attribute; 5] {
    [
        flag("enable_training").computed().help("Whether the cluster runs training jobs."),
        flag("enable_inference").computed().help("Whether the cluster serves online endpoints."),
        flag("log_analytics_ws").computed().help("Whether logs go to a Log Analytics workspace."),
        text("cluster_purpose").computed().help("`DevTest` or `FastProd`."),
        text_map("node_selector")
            .computed()
            .help("Labels of the nodes on which the extension's own pods run."),
    ]
}

fn components() -> [Attribute; 4] {
    [
        flag("install_nvidia_device_plugin")
            .computed()
            .help("Whether the NVIDIA device plugin is installed with it."),
        flag("install_prom_op")
            .computed()
            .help("Whether the Prometheus operator is installed with it."),
        flag("install_volcano")
            .computed()
            .help("Whether the Volcano scheduler is installed with it."),
        flag("install_dcgm_exporter")
            .computed()
            .help("Whether the exporter of GPU metrics is installed with it."),
    ]
}

fn inference() -> [Attribute; 6] {
    [
        flag("allow_insecure_connections")
            .computed()
            .help("Whether endpoints may be reached over HTTP."),
        text("inference_router_service_type")
            .computed()
            .help("How the router is exposed: `loadBalancer`, `nodePort` or `clusterIP`."),
        flag("inference_router_ha").computed().help("Whether three replicas of the router run."),
        text("internal_load_balancer_provider")
            .computed()
            .help("`azure` for an internal load balancer of AKS."),
        text("ssl_secret")
            .computed()
            .help("Name of the secret in the cluster that holds the router's certificate."),
        text("ssl_cname").computed().help("Host name of the router's certificate."),
    ]
}

fn releases() -> [Attribute; 4] {
    [
        text("release_train").computed().help("Release train."),
        text("version")
            .computed()
            .help("Version that it stays at. Null where the service upgrades by itself."),
        flag("auto_upgrade_minor_version")
            .computed()
            .help("Whether the service upgrades by itself."),
        text("current_version").computed().help("Version that is installed."),
    ]
}

fn answers() -> [Attribute; 8] {
    [
        text("id").computed().help("ARM ID of the extension."),
        text("extension_type").computed().help("`microsoft.azureml.kubernetes`."),
        text("release_namespace").computed().help("Namespace of its pods: `azureml`."),
        text("provisioning_state").computed().help("`Succeeded` when it is installed."),
        objects(
            "statuses",
            [
                text("code").computed().service_code().help("Code."),
                text("display_status").computed().service_words().help("The code in words."),
                text("level").computed().help("`Information`, `Warning` or `Error`."),
                text("message").computed().service_words().help("Message of Helm or of the agent."),
            ],
        )
        .computed()
        .help("Statuses that the cluster's agent reports."),
        object(
            "identity",
            [
                text("principal_id").computed().help("Object ID."),
                text("tenant_id").computed().help("Tenant."),
            ],
        )
        .computed()
        .help("Managed identity of the extension; none on AKS."),
        objects(
            "side_resources",
            [
                text("kind").computed().help("`relay_namespace` or `hybrid_connection`."),
                text("id").computed().help("ARM ID."),
            ],
        )
        .computed()
        .help("The relay that the extension is connected to; none on AKS."),
        text_map("effective_configuration_settings").computed().help(
            "Every plain setting that the service holds, by its key on the wire, those of the \
             attributes above included.",
        ),
    ]
}

// === model ===

/// An extension as it is installed: one field per attribute of the schema, none of them secret.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Installed {
    name: Attr<String>,
    cluster_id: Attr<String>,
    enable_training: Attr<bool>,
    enable_inference: Attr<bool>,
    log_analytics_ws: Attr<bool>,
    cluster_purpose: Attr<String>,
    node_selector: AttrMap<String>,
    install_nvidia_device_plugin: Attr<bool>,
    install_prom_op: Attr<bool>,
    install_volcano: Attr<bool>,
    install_dcgm_exporter: Attr<bool>,
    allow_insecure_connections: Attr<bool>,
    inference_router_service_type: Attr<String>,
    inference_router_ha: Attr<bool>,
    internal_load_balancer_provider: Attr<String>,
    ssl_secret: Attr<String>,
    ssl_cname: Attr<String>,
    release_train: Attr<String>,
    version: Attr<String>,
    auto_upgrade_minor_version: Attr<bool>,
    current_version: Attr<String>,
    id: Attr<String>,
    extension_type: Attr<String>,
    release_namespace: Attr<String>,
    provisioning_state: Attr<String>,
    statuses: AttrList<Status>,
    identity: Attr<Identity>,
    side_resources: AttrList<ConnectedResource>,
    effective_configuration_settings: AttrMap<String>,
}

/// An Azure resource beside the extension; who created it, only a managing state knows.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct ConnectedResource {
    kind: Attr<String>,
    id: Attr<String>,
}

impl From<SideResource> for ConnectedResource {
    fn from(of: SideResource) -> Self {
        Self { kind: of.kind, id: of.id }
    }
}

impl From<Extension> for Installed {
    fn from(of: Extension) -> Self {
        Self {
            name: of.name,
            cluster_id: of.cluster_id,
            enable_training: of.enable_training,
            enable_inference: of.enable_inference,
            log_analytics_ws: of.log_analytics_ws,
            cluster_purpose: of.cluster_purpose,
            node_selector: of.node_selector,
            install_nvidia_device_plugin: of.install_nvidia_device_plugin,
            install_prom_op: of.install_prom_op,
            install_volcano: of.install_volcano,
            install_dcgm_exporter: of.install_dcgm_exporter,
            allow_insecure_connections: of.allow_insecure_connections,
            inference_router_service_type: of.inference_router_service_type,
            inference_router_ha: of.inference_router_ha,
            internal_load_balancer_provider: of.internal_load_balancer_provider,
            ssl_secret: of.ssl_secret,
            ssl_cname: of.ssl_cname,
            release_train: of.release_train,
            version: of.version,
            auto_upgrade_minor_version: of.auto_upgrade_minor_version,
            current_version: of.current_version,
            id: of.id,
            extension_type: of.extension_type,
            release_namespace: of.release_namespace,
            provisioning_state: of.provisioning_state,
            statuses: of.statuses,
            identity: of.identity,
            side_resources: of.side_resources.map(|found| {
                found.into_iter().map(|each| each.map(ConnectedResource::from)).collect()
            }),
            effective_configuration_settings: of.effective_configuration_settings,
        }
    }
}
