"""azure-mgmt-kubernetesconfiguration-extensions: the extension on an Arc cluster."""

from azure.mgmt.kubernetesconfiguration.extensions import KubernetesConfigurationExtensionsMgmtClient
from azure.mgmt.kubernetesconfiguration.extensions.models import (
    Extension,
    ExtensionProperties,
    Identity,
    PatchExtension,
    PatchExtensionProperties,
    Scope,
    ScopeCluster,
)
from extension_settings import EXTENSION_TYPE, protected_settings, settings
from life import equal, play
from sign_in import GROUP, assert_absent, start, version

CLUSTER = "amlarc-small"
NAME = "clients-extension"


class Extensions:
    client = "azure-mgmt-kubernetesconfiguration-extensions"
    version = version("azure-mgmt-kubernetesconfiguration-extensions")

    def __init__(self):
        self._extensions = start(KubernetesConfigurationExtensionsMgmtClient).extensions
        self._cluster = (GROUP, "Microsoft.Kubernetes", "connectedClusters", CLUSTER)

    def create_an_extension(self):
        wanted = Extension(
            identity=Identity(type="SystemAssigned"),
            properties=ExtensionProperties(
                extension_type=EXTENSION_TYPE,
                auto_upgrade_minor_version=True,
                release_train="stable",
                scope=Scope(cluster=ScopeCluster(release_namespace="azureml")),
                configuration_settings=settings(CLUSTER),
                configuration_protected_settings=protected_settings(CLUSTER),
            ),
        )
        made = self._extensions.begin_create(*self._cluster, NAME, wanted).result(60)
        equal((made.name, made.provisioning_state, made.extension_type), (NAME, "Succeeded", EXTENSION_TYPE))
        assert made.identity.principal_id and made.current_version

    def get_an_extension(self):
        found = self._extensions.get(*self._cluster, NAME)
        equal(found.configuration_settings["enableTraining"], "True")
        shown = found.configuration_protected_settings or {}
        assert not any(shown.values()), "secrets are shown"

    def list_extensions(self):
        equal([it.name for it in self._extensions.list(*self._cluster)], [NAME])

    def update_an_extension(self):
        wanted = PatchExtensionProperties(configuration_settings={"installVolcano": "False"})
        self._extensions.begin_update(*self._cluster, NAME, PatchExtension(properties=wanted)).result(60)
        after = self._extensions.get(*self._cluster, NAME).configuration_settings
        equal((after["installVolcano"], after["enableTraining"]), ("False", "True"))

    def delete_an_extension(self):
        self._extensions.begin_delete(*self._cluster, NAME).result(60)
        assert_absent(lambda: self._extensions.get(*self._cluster, NAME))


play(Extensions())
