"""azure-mgmt-resource: groups, providers, and resources by ID."""

from azure.mgmt.resource.resources import ResourceManagementClient
from azure.mgmt.resource.resources.models import GenericResource, ResourceGroup, ResourceGroupPatchable
from life import equal, play
from sign_in import GROUP, GROUP_ID, LOCATION, assert_absent, start, version

MADE = "clients-group"
CLUSTER = f"{GROUP_ID}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"
RELAY = f"{GROUP_ID}/providers/Microsoft.Relay/namespaces/clients-by-id"


class Resource:
    client, version = "azure-mgmt-resource", version("azure-mgmt-resource")

    def __init__(self):
        client = start(ResourceManagementClient)
        self._groups, self._providers, self._resources = client.resource_groups, client.providers, client.resources

    def find_that_a_group_exists(self):
        equal((self._groups.check_existence(GROUP), self._groups.check_existence("nowhere")), (True, False))

    def get_a_group(self):
        found = self._groups.get(GROUP)
        equal((found.name, found.location, found.properties.provisioning_state), (GROUP, LOCATION, "Succeeded"))

    def create_a_group(self):
        made = self._groups.create_or_update(MADE, ResourceGroup(location=LOCATION, tags={"by": "client"}))
        equal((made.name, made.tags), (MADE, {"by": "client"}))

    def list_groups(self):
        assert {GROUP, MADE} <= {it.name for it in self._groups.list()}

    def update_a_group(self):
        equal(self._groups.update(MADE, ResourceGroupPatchable(tags={"by": "nobody"})).tags, {"by": "nobody"})

    def delete_a_group(self):
        self._groups.begin_delete(MADE).result(60)
        assert_absent(lambda: self._groups.get(MADE))

    def register_a_provider(self):
        equal(self._providers.register("Microsoft.Relay").namespace, "Microsoft.Relay")

    def get_a_provider(self):
        found = self._providers.get("Microsoft.KubernetesConfiguration")
        equal(found.registration_state, "Registered")
        types = {it.resource_type for it in found.resource_types}
        assert "extensions" in types, types

    def list_providers(self):
        assert "Microsoft.Kubernetes" in {it.namespace for it in self._providers.list()}

    def list_resources_of_a_group(self):
        assert CLUSTER.lower() in {it.id.lower() for it in self._resources.list_by_resource_group(GROUP)}

    def list_resources_of_the_subscription(self):
        only = "resourceType eq 'Microsoft.Kubernetes/connectedClusters'"
        found = [it for it in self._resources.list(filter=only)]
        equal({it.type.lower() for it in found}, {"microsoft.kubernetes/connectedclusters"})

    def find_that_a_resource_exists(self):
        equal(self._resources.check_existence_by_id(CLUSTER, api_version="2024-01-01"), True)

    def get_a_resource(self):
        equal(self._resources.get_by_id(CLUSTER, api_version="2024-01-01").name, "amlarc-cluster")

    def create_a_resource(self):
        wanted = GenericResource(location=LOCATION, tags={"by": "client"})
        made = self._resources.begin_create_or_update_by_id(RELAY, wanted, api_version="2021-11-01").result(60)
        equal((made.name, made.tags), ("clients-by-id", {"by": "client"}))

    def update_a_resource(self):
        wanted = GenericResource(tags={"by": "nobody"})
        changed = self._resources.begin_update_by_id(RELAY, wanted, api_version="2021-11-01").result(60)
        equal(changed.tags, {"by": "nobody"})

    def delete_a_resource(self):
        self._resources.begin_delete_by_id(RELAY, api_version="2021-11-01").result(60)
        assert_absent(lambda: self._resources.get_by_id(RELAY, api_version="2021-11-01"))


play(Resource())
