"""azure-ai-ml: a cluster is attached as compute; its endpoints come from the cloud's metadata."""

import os

import machine_learning_client
from azure.ai.ml.entities import IdentityConfiguration, KubernetesCompute
from azure.core.exceptions import ResourceNotFoundError
from azure.mgmt.kubernetesconfiguration.extensions import KubernetesConfigurationExtensionsMgmtClient
from extension_settings import training_extension
from life import equal, play
from machine_learning_client import WORKSPACE
from sign_in import GROUP, GROUP_ID, LOCATION, start, version

CLUSTER = "amlarc-cluster"

NAME = "clients-compute"
TYPES = {
    "defaultinstancetype": {
        "nodeSelector": None,
        "resources": {"requests": {"cpu": "1", "memory": "4Gi"}, "limits": {"cpu": "2", "memory": "8Gi"}},
    }
}


class MachineLearning:
    client, version = "azure-ai-ml", version("azure-ai-ml")

    def __init__(self):
        self._ml = None
        extensions = start(KubernetesConfigurationExtensionsMgmtClient).extensions
        on = (GROUP, "Microsoft.Kubernetes", "connectedClusters", CLUSTER)
        extensions.begin_create(*on, "azureml", training_extension(CLUSTER)).result(60)

    def start_from_the_metadata(self):
        self._ml = machine_learning_client.start()
        # The package sets this once it has found the cloud.
        equal(os.environ.get("AZUREML_CURRENT_CLOUD"), "AzureEmulator")

    def get_a_workspace(self):
        equal(self._ml.workspaces.get(WORKSPACE).location, LOCATION)

    def attach_a_cluster(self):
        made = self._ml.compute.begin_attach(self._compute()).result(60)
        equal((made.name, made.provisioning_state), (NAME, "Succeeded"))

    def get_a_compute(self):
        found = self._ml.compute.get(NAME)
        equal((found.type, found.namespace, found.description), ("kubernetes", "clients", None))
        equal(found.properties["instanceTypes"].keys(), TYPES.keys())

    def list_computes(self):
        equal([it.name for it in self._ml.compute.list()], [NAME])

    def list_computes_of_a_type(self):
        equal([it.name for it in self._ml.compute.list(compute_type="kubernetes")], [NAME])

    def update_a_compute(self):
        compute = self._ml.compute.get(NAME)
        compute.description = "by a client"
        self._ml.compute.begin_update(compute).result(60)
        equal(self._ml.compute.get(NAME).description, "by a client")

    def detach_a_cluster(self):
        self._ml.compute.begin_delete(NAME, action="Detach").result(60)
        try:
            self._ml.compute.get(NAME)
        except ResourceNotFoundError:
            return
        raise AssertionError("it is still attached")

    def _compute(self):
        return KubernetesCompute(
            name=NAME,
            resource_id=f"{GROUP_ID}/providers/Microsoft.Kubernetes/connectedClusters/{CLUSTER}",
            namespace="clients",
            identity=IdentityConfiguration(type="system_assigned"),
            properties={"defaultInstanceType": "defaultinstancetype", "instanceTypes": TYPES},
        )


play(MachineLearning())
