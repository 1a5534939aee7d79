//! The schema of a compute.

use std::collections::BTreeSet;

use azure::Id;
use framework::{
    Attribute, Block, Schema, block, flag, object_map, objects, text, text_map, texts,
};

use super::model::IdentityKind;
use crate::cluster_checks;
use crate::types::instance_type;

const REATTACHED: &str = "an attached cluster can only be detached and attached again";

pub(super) fn schema() -> Schema {
    Schema::new(
        "Attaches a Kubernetes cluster to an Azure Machine Learning workspace as compute, with the \
         instance types that jobs may ask for.",
    )
    .with(required_and_identifying())
    .with(namespace_arguments())
    .with(optional_arguments())
    .with(computed_attributes())
    .with([effective_instance_types()])
    .with_blocks([identity()])
    .minutes(120, 5, 120, 60)
}

fn required_and_identifying() -> [Attribute; 5] {
    [
        text("name").required().identifies().replace("a compute cannot be renamed").help(
            "Name of the compute in the workspace. It has 2 to 24 letters, digits and hyphens, and \
             begins with a letter.",
        ),
        text("workspace_id")
            .required()
            .identifies()
            .semantic_equality::<Id>()
            .replace(REATTACHED)
            .help("ARM ID of the workspace. The compute is placed in the workspace's region."),
        text("cluster_id").required().semantic_equality::<Id>().replace(REATTACHED).help(
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
                 replaced. Without it, the attribute shows the extension that was found on the \
                 cluster. It is stored in the state only and never sent. Changing it to another \
                 extension forces a new resource.",
            ),
        text("namespace")
            .default("default")
            .replace("the namespace of an attached cluster cannot be changed")
            .help(
                "Kubernetes namespace in which jobs run. Attaching neither creates nor checks it; \
             `create_namespace` does.",
            ),
    ]
}

fn namespace_arguments() -> [Attribute; 2] {
    [
        flag("create_namespace").optional().state_only().help(
            "Whether to create `namespace` in the cluster before it is attached, unless it exists. \
             Needs a [way to the cluster](../guides/cluster_instance_types.md). Defaults to `false`.",
        ),
        flag("delete_namespace_on_destroy").optional().state_only().help(
            "Whether to delete `namespace` when the compute is destroyed, if this resource created it \
             and nothing is in it. Defaults to `false`.",
        ),
    ]
}

fn optional_arguments() -> [Attribute; 6] {
    [
        text("default_instance_type").optional().help(
            "Instance type of jobs that name none. Required with `instance_types`, and one of its \
             keys. Without `instance_types`, it names a type that the cluster already has.",
        ),
        object_map("instance_types", instance_type::attributes())
            .optional()
            .ignore_undeclared_keys()
            .help(
                "Instance types that jobs may ask for, by name. Without it, instance types are not \
                 managed; `{}` removes those that this resource declared. Types that were added \
                 elsewhere are not changed. Give requests and limits for each type: otherwise the \
                 service applies its own defaults, and jobs fail on a cluster that is too small \
                 for them.",
            ),
        text("description").optional().help("Description of the compute."),
        text_map("tags").optional().help("Tags of the compute."),
        flag("disable_local_auth")
            .optional()
            .computed()
            .stable()
            .replace("local authentication is chosen when a cluster is attached")
            .help("Whether only Microsoft Entra ID tokens are accepted."),
        cluster_checks::attribute(
            "the namespace, and nodes that match each instance type and are large enough",
        ),
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
    .help("Managed identity that jobs use. Without the block, the identity is not managed.")
}

/// What the service sets, in the resource and in the data source.
pub(super) fn computed_attributes() -> [Attribute; 10] {
    [
        text("id").computed().stable().help("ARM ID of the compute."),
        text("location").computed().stable().help("Azure region, the same as the workspace's."),
        text("provisioning_state")
            .computed()
            .stable()
            .help("Provisioning state of the compute. Jobs can run when it is `Succeeded`."),
        objects(
            "provisioning_errors",
            [
                text("code").computed().service_code().help("Code of the error."),
                text("message").computed().service_words().help("Message of the error."),
            ],
        )
        .computed()
        .depends_on("provisioning_state")
        .help("Errors that the service reports about the compute."),
        text("created_on")
            .computed()
            .stable()
            .help("Time at which the compute was attached, in RFC 3339 format."),
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
            .help("Tenant ID of the system-assigned identity."),
        text("extension_release_train")
            .computed()
            .depends_on("cluster_id")
            .help("Release train of the extension on the cluster."),
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
            "Instance types of the service that differ from `instance_types`: types that were added \
             elsewhere, and types in which the service filled in defaults.",
        )
}
