//! The schema of an instance type of a cluster.

use aml::{Amounts, Labels};
use azure::Id;
use framework::{Schema, flag, object, text, text_map};

use crate::cluster_checks;

pub(super) fn schema() -> Schema {
    Schema::new(
        "Manages an instance type of a cluster: what jobs and deployments of Azure Machine Learning \
         may ask for by name.",
    )
    .with([
        text("name").required().identifies().replace("an instance type cannot be renamed").help(
            "Name of the instance type in the cluster: lower-case letters, digits, hyphens and dots.",
        ),
        text("cluster_id")
            .required()
            .identifies()
            .may_be_missing()
            .semantic_equality::<Id>()
            .replace("an instance type stays in its cluster")
            .help(
                "ARM ID of the cluster: an Arc connected cluster or an AKS cluster. Take it from the \
                 extension, so that the instance type is created after it and destroyed before it.",
            ),
        text_map("node_selector").optional().semantic_equality::<Labels>().help(
            "Labels that nodes must have. A selector that no node matches leaves jobs waiting. \
             Labelling nodes takes cluster-administrator rights.",
        ),
        object(
            "resources",
            [
                text_map("requests").required().semantic_equality::<Amounts>().help(
                    "Resources that a job is given, by name, as Kubernetes quantities. `cpu` and \
                     `memory` are required.",
                ),
                text_map("limits").required().semantic_equality::<Amounts>().help(
                    "Resources that a job may use at most, by name, as Kubernetes quantities. `cpu` \
                     and `memory` are required. Devices such as `nvidia.com/gpu` are sent as limits \
                     only.",
                ),
            ],
        )
        .required()
        .may_be_missing()
        .help("Resources of a job or a deployment of this type."),
        flag("force_conflicts").optional().state_only().help(
            "Whether fields are taken from other managers of the object, such as `kubectl` or Helm, \
             and keys that they hold on to are removed. Defaults to `false`.",
        ),
        cluster_checks::attribute(
            "nodes that match and are large enough, fields that other managers have set, and what else \
             the cluster would refuse",
        ),
        text("id").computed().stable().help("ARM ID of the cluster and the name, with `|` between."),
    ])
    .minutes(10, 5, 10, 10)
}
