//! The schema: which cluster, which instance types, and what fits of each.

use aml::Labels;
use azure::Id;
use framework::{Attribute, Schema, number, object, object_map, text, text_map, texts};

use crate::types::instance_type;

pub(super) fn schema() -> Schema {
    Schema::new(
        "Looks up how many jobs and deployments of each instance type fit on the nodes of a cluster \
         now, what keeps the next one from each node, and which node pools of AKS can grow for it.",
    )
    .with([
        text("cluster_id").required().semantic_equality::<Id>().help(
            "ARM ID of the cluster: an Arc connected cluster or an AKS cluster. Its API server is \
             asked, for an Arc connected cluster by the block `kubernetes` of the provider.",
        ),
        text("compute_id").optional().semantic_equality::<Id>().help(
            "ARM ID of the compute whose jobs are meant: they tolerate the taints \
             `ml.azure.com/resource-group`, `ml.azure.com/workspace` and `ml.azure.com/compute` with \
             its names. Without it, nodes with such taints do not count.",
        ),
        text_map("node_selector").optional().computed().semantic_equality::<Labels>().help(
            "The extension's own `node_selector`, which is combined with that of every instance type. \
             Defaults to that of the extension on the cluster.",
        ),
        object_map("instance_types", instance_type::attributes()).optional().help(
            "Instance types by name, as in `azureml_kubernetes_compute`. Defaults to those of the \
             cluster, by which jobs of today's extension are run.",
        ),
        capacity(),
    ])
    .read_minutes(5)
}

fn capacity() -> Attribute {
    let workloads = [
        workload("training", "What fits of training jobs, each of one node."),
        workload(
            "deployment",
            "What fits of replicas of deployments, with the containers that Azure Machine Learning \
             adds to each: 10m CPU and 100Mi, and at least 100m and 500Mi to begin with.",
        ),
    ];
    object_map("capacity", workloads)
        .computed()
        .help("What fits, by the name of the instance type.")
}

fn workload(name: &'static str, help: &'static str) -> Attribute {
    object(
        name,
        [
            number("fits").computed().help("How many more fit now."),
            texts("blocked_by").computed().help(
                "What keeps one more from the nodes, with their number, nearest to fitting first: \
                 `2 nodes have at most 500m cpu free of the 1 requested`.",
            ),
            texts("can_grow").computed().help(
                "Names of the node pools that can grow by themselves, and whose nodes would take one \
                 more. Empty where nothing is known of pools, as on Arc.",
            ),
        ],
    )
    .computed()
    .help(help)
}
