//! `azureml_arc_extension`: the Azure Machine Learning extension of a cluster, looked up.

use aml::settings::Settings;
use azure::Id;
use azure::resource_types::{EXTENSIONS, MANAGED_CLUSTERS, canonicalize};
use framework::{
    Attr, AttrList, AttrMap, Attribute, DataSource, Diagnostics, Schema, flag, objects, text,
    text_map,
};
use serde::{Deserialize, Serialize};

use crate::arm::ids;
use crate::arm::not_found;
use crate::connections::SideResource;
use crate::context::{AzureMl, Context};
use crate::explain::Result;
use crate::types::arc_extension::Extension;
use crate::types::arc_extension::schema::{self, typed_settings};
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
        .with(settings())
        .with(releases())
        .with(schema::answers().map(Attribute::looked_up))
        .with([side_resources(), effective_settings()])
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

/// The typed settings that the product of today knows.
fn settings() -> impl Iterator<Item = Attribute> {
    typed_settings().filter(|setting| setting.deprecated.is_none()).map(Attribute::looked_up)
}

fn releases() -> [Attribute; 3] {
    [
        text("release_train").computed().help("Release train."),
        text("version")
            .computed()
            .help("Version that it stays at. Null where the service upgrades by itself."),
        flag("auto_upgrade_minor_version")
            .computed()
            .help("Whether the service upgrades by itself."),
    ]
}

fn side_resources() -> Attribute {
    let attributes = [
        text("kind").computed().help("`relay_namespace` or `hybrid_connection`."),
        text("id").computed().help("ARM ID."),
    ];
    objects("side_resources", attributes)
        .computed()
        .help("The relay that the extension is connected to; none on AKS.")
}

fn effective_settings() -> Attribute {
    text_map("effective_configuration_settings").computed().help(
        "Every plain setting that the service holds, by its key on the wire, those of the attributes \
         above included.",
    )
}

// === model ===

aml::with_typed_settings! {
    today
    /// An extension as it is installed: one field per attribute of the schema, none of them secret.
    #[derive(Clone, Debug, Default, Serialize, Deserialize)]
    pub(crate) struct Installed {
        name: Attr<String>,
        cluster_id: Attr<String>,
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
        let settings = Settings::from(&of);
        let installed = Self {
            name: of.name,
            cluster_id: of.cluster_id,
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
            ..Self::default()
        };
        installed.with_settings(settings)
    }
}
