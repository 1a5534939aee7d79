//! `azureml_kubernetes_compute`: a cluster that is attached to a workspace, looked up.

use azure::Id;
use azure::resource_types::{COMPUTES, WORKSPACES, canonicalize};
use framework::{
    Attribute, DataSource, Diagnostics, Schema, flag, object, object_map, text, text_map, texts,
};

use super::model::Compute;
use super::read::look_up;
use super::schema::computed_attributes;
use crate::arm::ids;
use crate::arm::not_found;
use crate::context::{AzureMl, Context};
use crate::explain::Result;
use crate::types::instance_type;

/// The data source.
pub(crate) struct KubernetesComputeData;

impl DataSource for KubernetesComputeData {
    const NAME: &'static str = "kubernetes_compute";
    type Provider = AzureMl;
    type Model = Compute;

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

    fn validate(config: &Compute, found: &mut Diagnostics) {
        ids::validate("workspace_id", &config.workspace_id, &[&WORKSPACES], found);
    }

    async fn read(context: &mut Context<'_>, config: Compute) -> Result<Compute> {
        let workspace = ids::need("workspace_id", &config.workspace_id, &[&WORKSPACES])?;
        let (workspace, name) = (canonicalize(&workspace), config.name.require()?.clone());
        let id = COMPUTES.id(&workspace, &name)?;
        look_up(context, Compute::keys(&workspace, name)).await?.ok_or_else(|| {
            let (group, workspace) = (id.resource_group().unwrap_or("<group>"), workspace.name());
            let check = format!(
                "Check `name` and `workspace_id`. What the workspace has:\n\n  az ml compute list \
                 --workspace-name {workspace} --resource-group {group} --output table"
            );
            not_found(&COMPUTES, &id, "name", &check)
        })
    }
}

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
