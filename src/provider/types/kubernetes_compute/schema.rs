//! What users may write of a compute.

use std::collections::BTreeSet;

use azure::Id;
use framework::{
    Attribute, Block, Schema, block, flag, object_map, objects, text, text_map, texts,
};

use super::model::IdentityKind;
use crate::types::instance_type;

const MOVED: &str = "an attached cluster can only be detached and attached again";

pub(super) fn schema() -> Schema {
    Schema::new(
        "Attaches a Kubernetes cluster to an Azure Machine Learning workspace as compute, with the \
         instance types that jobs may ask for.",
    )
    .with(keys())
    .with(arguments())
    .with(answers())
    .with([effective_instance_types()])
    .with_blocks([identity()])
    .minutes(120, 5, 120, 60)
}

fn keys() -> [Attribute; 5] {
    [
        text("name").required().identifies().replace("a compute cannot be renamed").help(
            "Name of the compute in the workspace: 2 to 24 letters, digits and hyphens, a letter \
             first.",
        ),
        text("workspace_id")
            .required()
            .identifies()
            .semantic_equality::<Id>()
            .replace(MOVED)
            .help("ARM ID of the workspace. The compute is placed in the workspace's region."),
        text("cluster_id").required().semantic_equality::<Id>().replace(MOVED).help(
            "ARM ID of the cluster: an Arc connected cluster or an AKS cluster, in the workspace's \
             subscription.",
        ),
        text("extension_id")
            .optional()
            .computed()
            .stable()
            .semantic_equality::<Id>()
            .state_only()
            .remember_written()
            .help(
                "ARM ID of the Azure Machine Learning extension on the cluster. Set it to create \
                 the compute after its extension, and to attach it again when the extension is \
                 replaced. Without it, the attribute shows the extension that was found. It is \
                 only in the state and never sent. Changing it to another extension forces a new \
                 resource.",
            ),
        text("namespace").default("default").replace("jobs already run in the old namespace").help(
            "Kubernetes namespace of the jobs. It must exist: attaching neither creates nor checks \
             it, and creating one takes cluster-administrator rights.",
        ),
    ]
}

fn arguments() -> [Attribute; 5] {
    [
        text("default_instance_type").optional().help(
            "Instance type of a job that names none, and so of every job that is submitted with \
             the name of the compute alone. Required with `instance_types`, and one of its keys. \
             Without `instance_types`, it names a type that the cluster already has.",
        ),
        object_map("instance_types", instance_type::attributes())
            .optional()
            .ignore_undeclared_keys()
            .help(
                "Instance types that jobs may ask for, by name. Left out, instance types are not \
                 managed; `{}` removes those that this resource declared. Types that were added \
                 elsewhere are left alone. Always give requests and limits: otherwise the service \
                 uses its own default, which was 1 CPU and 4Gi in 2021 and has changed since, and \
                 jobs fail on a smaller cluster.",
            ),
        text("description").optional().help("What the compute is for."),
        text_map("tags").optional().help("Tags of the compute."),
        flag("disable_local_auth")
            .optional()
            .computed()
            .stable()
            .replace("local authentication is chosen when a cluster is attached")
            .help("Whether only Microsoft Entra ID tokens are accepted."),
    ]
}

fn identity() -> Block {
    block(
        "identity",
        [
            text("type").required().semantic_equality::<IdentityKind>().help(
                "`SystemAssigned`, `UserAssigned`, `SystemAssigned, UserAssigned` or `None`.",
            ),
            texts("identity_ids")
                .optional()
                .semantic_equality::<BTreeSet<Id>>()
                .help("ARM IDs of user-assigned identities. Jobs use the first one."),
        ],
    )
    .help(
        "Managed identity with which jobs sign in. Without the block, the identity is not managed.",
    )
}

/// What the service alone sets, in the resource and in the data source.
pub(super) fn answers() -> [Attribute; 10] {
    [
        text("id").computed().stable().help("ARM ID of the compute."),
        text("location").computed().stable().help("Region, which is the workspace's."),
        text("provisioning_state").computed().stable().help("`Succeeded` when jobs can run."),
        objects(
            "provisioning_errors",
            [
                text("code").computed().service_code().help("Code of the error."),
                text("message").computed().service_words().help("What went wrong."),
            ],
        )
        .computed()
        .depends_on("provisioning_state")
        .help("Errors that the service reports about the compute."),
        text("created_on").computed().stable().help("When it was attached (RFC 3339)."),
        flag("is_attached_compute").computed().stable().help(
            "Whether the compute is a cluster that a user attached, and not one that the \
                   service created.",
        ),
        text("principal_id")
            .computed()
            .depends_on("identity")
            .help("Object ID of the system-assigned identity."),
        text("tenant_id")
            .computed()
            .depends_on("identity")
            .help("Tenant of the system-assigned identity."),
        text("extension_release_train")
            .computed()
            .depends_on("cluster_id")
            .help("Release train of the extension, as the service sees it."),
        text("extension_principal_id")
            .computed()
            .depends_on("cluster_id")
            .help("Object ID of the extension's identity."),
    ]
}

fn effective_instance_types() -> Attribute {
    object_map("effective_instance_types", instance_type::attributes())
        .computed()
        .depends_on("instance_types")
        .depends_on("provisioning_state")
        .help(
            "What the service holds beyond `instance_types`: the types of others, those that it \
             completed, and its defaults where none are written.",
        )
}
