"""The command `review` on a plan of many instance types."""

import json
import pathlib
import statistics
import subprocess
import tempfile
import time

from folder import Failed

RUNS = 9
# Milliseconds.
LIMIT = 100


def measure(provider):
    """Wall time of the command on a plan over 20 computes of 10 instance types each: the least and the median."""
    taken = []
    with tempfile.TemporaryDirectory(prefix="azureml-bench-") as folder:
        plan = pathlib.Path(folder) / "plan.json"
        plan.write_text(json.dumps(large_plan(20, 10)))
        for _ in range(RUNS):
            began = time.monotonic()
            told = subprocess.run([provider, "review", plan], stdout=subprocess.PIPE, text=True, check=True).stdout
            taken.append((time.monotonic() - began) * 1e3)
    if "## Azure ML: 20 to update" not in told:
        raise Failed(f"the review says something else: {told[:400]}")
    return min(taken), statistics.median(taken)

def large_plan(computes, types):
    """A plan that changes every fifth type of each compute."""

    def side(compute, cpu):
        limits = lambda n: {"cpu": "4" if n % 5 else cpu, "memory": "16Gi", "nvidia.com/gpu": "1"}
        kinds = {f"type_{n:03}": {"node_selector": None, "resources": {"requests": None, "limits": limits(n)}} for n in range(types)}
        return {"name": f"compute{compute:04}", "default_instance_type": "type_000", "instance_types": kinds}

    def change(compute):
        sides = {"before": side(compute, "4"), "after": side(compute, "8"), "after_unknown": {}}
        return {
            "address": f"azureml_kubernetes_compute.compute{compute:04}",
            "mode": "managed",
            "type": "azureml_kubernetes_compute",
            "provider_name": "registry.terraform.io/azureml/azureml",
            "change": {"actions": ["update"], **sides},
        }

    return {"format_version": "1.2", "complete": True, "resource_changes": [change(n) for n in range(computes)]}
