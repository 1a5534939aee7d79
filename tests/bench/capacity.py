"""The memory that the provider needs to count what fits on a large cluster."""

import cluster
from folder import Failed, Folder

# Megabytes.
LIMIT = 40

CLUSTER_ID = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-arc/providers/Microsoft.Kubernetes"
    "/connectedClusters/amlarc-cluster"
)
# The type has the 500 nodes of one pool. Half of these have three pods of 2 CPUs, which leaves 1.82 of their 7.82, and
# half have two, which leaves room for one more.
EXPECTED = 250


def measure(terraform, provider, environment):
    """Megabytes at most while Terraform reads the capacity of 2,000 nodes and 5,000 pods."""
    with cluster.served() as address, Folder.made(terraform, {"azureml": provider}, environment) as folder:
        folder.write(configuration(address))
        ran = folder.run("plan", "-no-color", watches_memory=True)
    if f"fits = {EXPECTED}" not in ran.output:
        raise Failed(f"the capacity is another one: {ran.output[-800:]}")
    return ran.peak_kb / 1024


def configuration(address):
    """A cluster with a connection of its own, and how many of a type of it fit."""
    return {
        "terraform": {"required_providers": {"azureml": {"source": "azureml/azureml"}}},
        "provider": {"azureml": {"kubernetes": {"host": address, "cluster_ids": [CLUSTER_ID]}}},
        "data": {"azureml_cluster_capacity": {"this": {"cluster_id": CLUSTER_ID}}},
        "output": {"fits": {"value": 'fits = ${data.azureml_cluster_capacity.this.capacity["type-0"].training.fits}'}},
    }
