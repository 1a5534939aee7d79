//! `azureml_kubernetes_compute`: a cluster that is attached to a workspace, looked up.

use azure::Id;
use azure::resource_types::{COMPUTES, WORKSPACES, canonicalize};
use framework::{
    Attr, AttrList, AttrMap, Attribute, DataSource, Diagnostics, Schema, flag, object, object_map,
    text, text_map, texts,
};
use serde::{Deserialize, Serialize};

use super::model::{Compute, Identity, ProvisioningError};
use super::read::look_up;
use super::schema::computed_attributes;
use crate::arm::ids;
use crate::arm::not_found;
use crate::context::{AzureMl, Context};
use crate::explain::Result;
use crate::types::instance_type::{self, InstanceType};

/// The data source.
pub(crate) struct KubernetesComputeData;

impl DataSource for KubernetesComputeData {
    const NAME: &'static str = "kubernetes_compute";
    type Provider = AzureMl;
    type Model = Attached;

    fn schema() -> Schema {
        Schema::new(
            "Looks up a Kubernetes cluster that is attached to an Azure Machine Learning workspace \
             as compute, with the instance types that jobs may ask for.",
        )
        .with(keys())
        .with(arguments())
        .with(computed_attributes())
        .with([effective_instance_types()])
    }

    fn validate(config: &Attached, found: &mut Diagnostics) {
        ids::validate("workspace_id", &config.workspace_id, &[&WORKSPACES], found);
    }

    async fn read(context: &mut Context<'_>, config: Attached) -> Result<Attached> {
        let workspace = ids::need("workspace_id", &config.workspace_id, &[&WORKSPACES])?;
        let (workspace, name) = (canonicalize(&workspace), config.name.require()?.clone());
        let id = COMPUTES.id(&workspace, &name)?;
        let found = look_up(context, Compute::keys(&workspace, name)).await?;
        found.map(Attached::from).ok_or_else(|| {
            let (group, workspace) = (id.resource_group().unwrap_or("<group>"), workspace.name());
            let check = format!(
                "Check `name` and `workspace_id`. What the workspace has:\n\n  az ml compute list \
                 --workspace-name {workspace} --resource-group {group} --output table"
            );
            not_found(&COMPUTES, &id, "name", &check)
        })
    }
}

// === schema ===

fn keys() -> [Attribute; 2] {
    [
        text("name").required().help("Name of the compute in the workspace."),
        text("workspace_id").required().semantic_equality::<Id>().help("ARM ID of the workspace."),
    ]
}

fn arguments() -> [Attribute; 9] {
    [
        text("cluster_id").computed().help("ARM ID of the cluster that is attached."),
        text("extension_id").computed().help(
            "ARM ID of the Azure Machine Learning extension on the cluster. Null where there is \
             none, or where it may not be looked at.",
        ),
        text("namespace").computed().help("Kubernetes namespace of the jobs."),
        text("default_instance_type").computed().help("Instance type of a job that names none."),
        object_map("instance_types", instance_type::attributes()).computed().help(
            "What a job may ask for, by name, without the `defaultinstancetype` that every cluster \
             has, unless that is the default.",
        ),
        text("description").computed().help("What the compute is for."),
        text_map("tags").computed().help("Tags of the compute."),
        flag("disable_local_auth")
            .computed()
            .help("Whether only Microsoft Entra ID tokens are accepted."),
        object(
            "identity",
            [
                text("type")
                    .computed()
                    .help("`SystemAssigned`, `UserAssigned`, or both with a comma between them."),
                texts("identity_ids").computed().help("ARM IDs of user-assigned identities."),
            ],
        )
        .computed()
        .help("Managed identity with which jobs sign in. Null where there is none."),
    ]
}

fn effective_instance_types() -> Attribute {
    object_map("effective_instance_types", instance_type::attributes())
        .computed()
        .help("Every instance type that the service tells of.")
}

// === model ===

/// A compute as it is attached: one field per attribute of the schema. What only a managing state has
/// is left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Attached {
    name: Attr<String>,
    workspace_id: Attr<String>,
    cluster_id: Attr<String>,
    extension_id: Attr<String>,
    namespace: Attr<String>,
    default_instance_type: Attr<String>,
    instance_types: AttrMap<InstanceType>,
    description: Attr<String>,
    tags: AttrMap<String>,
    disable_local_auth: Attr<bool>,
    identity: Attr<Identity>,
    id: Attr<String>,
    location: Attr<String>,
    provisioning_state: Attr<String>,
    provisioning_errors: AttrList<ProvisioningError>,
    created_on: Attr<String>,
    is_attached_compute: Attr<bool>,
    principal_id: Attr<String>,
    tenant_id: Attr<String>,
    extension_release_train: Attr<String>,
    extension_principal_id: Attr<String>,
    effective_instance_types: AttrMap<InstanceType>,
}

impl From<Compute> for Attached {
    fn from(of: Compute) -> Self {
        Self {
            name: of.name,
            workspace_id: of.workspace_id,
            cluster_id: of.cluster_id,
            extension_id: of.extension_id,
            namespace: of.namespace,
            default_instance_type: of.default_instance_type,
            instance_types: of.instance_types,
            description: of.description,
            tags: of.tags,
            disable_local_auth: of.disable_local_auth,
            identity: of.identity,
            id: of.id,
            location: of.location,
            provisioning_state: of.provisioning_state,
            provisioning_errors: of.provisioning_errors,
            created_on: of.created_on,
            is_attached_compute: of.is_attached_compute,
            principal_id: of.principal_id,
            tenant_id: of.tenant_id,
            extension_release_train: of.extension_release_train,
            extension_principal_id: of.extension_principal_id,
            effective_instance_types: of.effective_instance_types,
        }
    }
}
