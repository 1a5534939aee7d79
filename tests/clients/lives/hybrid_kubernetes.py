"""azure-mgmt-hybridkubernetes: a cluster is connected, read, changed and disconnected."""

from azure.mgmt.hybridkubernetes import ConnectedKubernetesClient
from azure.mgmt.hybridkubernetes.models import (
    ConnectedCluster,
    ConnectedClusterIdentity,
    ConnectedClusterPatch,
    ConnectedClusterProperties,
    ListClusterUserCredentialProperties,
)
from life import equal, play
from sign_in import GROUP, LOCATION, assert_absent, start, version

CLUSTER = "clients-cluster"


class HybridKubernetes:
    client, version = "azure-mgmt-hybridkubernetes", version("azure-mgmt-hybridkubernetes")

    def __init__(self):
        self._clusters = start(ConnectedKubernetesClient).connected_cluster
        self._in = (GROUP, CLUSTER)

    def connect_a_cluster(self):
        wanted = ConnectedCluster(
            location=LOCATION,
            tags={"by": "client"},
            identity=ConnectedClusterIdentity(type="SystemAssigned"),
            properties=ConnectedClusterProperties(agent_public_key_certificate="", distribution="k3s"),
        )
        made = self._clusters.begin_create_or_replace(*self._in, wanted).result(60)
        equal((made.name, made.provisioning_state, made.identity.type), (CLUSTER, "Succeeded", "SystemAssigned"))
        assert made.identity.principal_id, "the identity has no principal"

    def get_a_cluster(self):
        equal(self._clusters.get(*self._in).distribution, "k3s")

    def list_clusters_of_the_group(self):
        names = [it.name for it in self._clusters.list_by_resource_group(GROUP)]
        assert {CLUSTER, "amlarc-cluster"} <= set(names), names

    def list_clusters_of_the_subscription(self):
        names = [it.name for it in self._clusters.list_by_subscription()]
        assert {CLUSTER, "amlarc-cluster"} <= set(names), names

    def update_a_cluster(self):
        changed = self._clusters.begin_update_async(*self._in, ConnectedClusterPatch(tags={"by": "nobody"})).result(60)
        equal(changed.tags, {"by": "nobody"})
        equal(self._clusters.get(*self._in).tags, {"by": "nobody"})

    def list_credentials(self):
        wanted = ListClusterUserCredentialProperties(authentication_method="AAD", client_proxy=True)
        answer = self._clusters.list_cluster_user_credential(GROUP, "amlarc-cluster", wanted)
        assert answer.hybrid_connection_config.relay, "there is no relay"

    def disconnect_a_cluster(self):
        self._clusters.begin_delete(*self._in).result(60)
        assert_absent(lambda: self._clusters.get(*self._in))


play(HybridKubernetes())
