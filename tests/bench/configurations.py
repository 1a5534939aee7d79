"""What is planned and applied: so many resources of ours, of Terraform itself, and of the other provider."""

import copy

from azure import cluster_id, workspace_id

TYPES = 3


def compute(types=TYPES, description="one", renamed=False):
    """A compute with so many instance types."""
    amounts = {"cpu": "4", "memory": "16Gi", "nvidia.com/gpu": "1"}
    kind = {"node_selector": {"pool": "ml"}, "resources": {"requests": dict(amounts), "limits": dict(amounts)}}
    # The default keeps its name: another one has a warning of its own.
    names = ["default"] + [f"{'other' if renamed else 'type'}-{n:04}" for n in range(1, types)]
    return {
        "name": "compute${count.index}",
        "workspace_id": workspace_id("workspace"),
        "cluster_id": cluster_id("cluster"),
        "description": description,
        "default_instance_type": names[0],
        "instance_types": {name: copy.deepcopy(kind) for name in names},
    }


def ours(count, **how):
    return {
        "terraform": {"required_providers": {"azureml": {"source": "azureml/azureml"}}},
        "resource": {"azureml_kubernetes_compute": {"this": compute(**how) | {"count": count}}},
    }


def built_in(count, description="one"):
    return {"resource": {"terraform_data": {"this": {"count": count, "input": description}}}}


def of_random(count, description="one"):
    """A name is never changed in place, so another description is not written."""
    return {
        "terraform": {"required_providers": {"random": {"source": "hashicorp/random"}}},
        "resource": {"random_pet": {"this": {"count": count, "length": 2}}},
    }
