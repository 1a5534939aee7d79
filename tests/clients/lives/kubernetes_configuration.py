"""azure-mgmt-kubernetesconfiguration: the package of all its services, with the extension on a managed cluster."""

from azure.mgmt.kubernetesconfiguration import SourceControlConfigurationClient
from extension_settings import EXTENSION_TYPE, settings
from life import equal, play
from sign_in import GROUP, GROUP_ID, assert_absent, start, version

CLUSTER = "aks-cluster"
CLUSTER_ID = f"{GROUP_ID}/providers/Microsoft.ContainerService/managedClusters/{CLUSTER}"
NAME = "clients-aks-extension"


class KubernetesConfiguration:
    client, version = "azure-mgmt-kubernetesconfiguration", version("azure-mgmt-kubernetesconfiguration")

    def __init__(self):
        client = start(SourceControlConfigurationClient)
        self._extensions, self._models = client.extensions, client.models()
        self._status = client.operation_status
        self._cluster = (GROUP, "Microsoft.ContainerService", "managedClusters", CLUSTER)

    def create_an_extension(self):
        relay = {"relayserver.enabled": "false", "nginxIngress.enabled": "true"}
        wanted = self._models.Extension(
            extension_type=EXTENSION_TYPE,
            auto_upgrade_minor_version=True,
            release_train="stable",
            scope=self._models.Scope(cluster=self._models.ScopeCluster(release_namespace="azureml")),
            configuration_settings=settings(CLUSTER, CLUSTER_ID) | relay,
        )
        made = self._extensions.begin_create(*self._cluster, NAME, wanted).result(60)
        equal((made.name, made.provisioning_state), (NAME, "Succeeded"))

    def get_an_extension(self):
        found = self._extensions.get(*self._cluster, NAME)
        equal((found.release_train, found.auto_upgrade_minor_version), ("stable", True))
        assert found.aks_assigned_identity.principal_id, "the identity that AKS assigns is missing"

    def list_extensions(self):
        equal([it.name for it in self._extensions.list(*self._cluster)], [NAME])

    def update_an_extension(self):
        wanted = self._models.PatchExtension(configuration_settings={"installPromOp": "False"})
        self._extensions.begin_update(*self._cluster, NAME, wanted).result(60)
        equal(self._extensions.get(*self._cluster, NAME).configuration_settings["installPromOp"], "False")

    def delete_an_extension(self):
        self._extensions.begin_delete(*self._cluster, NAME, force_delete=True).result(60)
        assert_absent(lambda: self._extensions.get(*self._cluster, NAME))


play(KubernetesConfiguration())
