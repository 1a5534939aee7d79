"""azure-mgmt-relay: namespaces, hybrid connections, their rules and keys."""

from azure.mgmt.relay import RelayAPIMgmtClient
from azure.mgmt.relay.models import (
    AuthorizationRule,
    CheckNameAvailability,
    HybridConnection,
    RegenerateAccessKeyParameters,
    RelayNamespace,
    RelayUpdateParameters,
)
from life import equal, play
from sign_in import GROUP, LOCATION, assert_absent, start, version

NAMESPACE = "clients-relay"
CONNECTION = "connection"
RULE = "sender"


class Relay:
    client, version = "azure-mgmt-relay", version("azure-mgmt-relay")

    def __init__(self):
        self._relay = start(RelayAPIMgmtClient)
        self._in = (GROUP, NAMESPACE)

    def ask_for_a_free_name(self):
        answer = self._relay.namespaces.check_name_availability(CheckNameAvailability(name=NAMESPACE))
        equal(answer.name_available, True)

    def create_a_namespace(self):
        wanted = RelayNamespace(location=LOCATION, tags={"by": "client"})
        made = self._relay.namespaces.begin_create_or_update(*self._in, wanted).result(60)
        equal((made.name, made.tags, made.provisioning_state), (NAMESPACE, {"by": "client"}, "Succeeded"))
        assert made.service_bus_endpoint.startswith(f"https://{NAMESPACE}."), made.service_bus_endpoint

    def find_the_name_taken(self):
        answer = self._relay.namespaces.check_name_availability(CheckNameAvailability(name=NAMESPACE))
        equal((answer.name_available, answer.reason), (False, "NameInUse"))

    def get_a_namespace(self):
        equal(self._relay.namespaces.get(*self._in).name, NAMESPACE)

    def list_namespaces_of_the_group(self):
        equal([it.name for it in self._relay.namespaces.list_by_resource_group(GROUP)], [NAMESPACE])

    def list_namespaces_of_the_subscription(self):
        equal([it.name for it in self._relay.namespaces.list()], [NAMESPACE])

    def update_a_namespace(self):
        changed = self._relay.namespaces.update(*self._in, RelayUpdateParameters(tags={"by": "nobody"}))
        equal(changed.tags, {"by": "nobody"})

    def list_rules_of_a_namespace(self):
        names = [it.name for it in self._relay.namespaces.list_authorization_rules(*self._in)]
        equal(names, ["RootManageSharedAccessKey"])

    def list_keys_of_a_namespace(self):
        keys = self._relay.namespaces.list_keys(*self._in, "RootManageSharedAccessKey")
        begin = f"Endpoint=sb://{NAMESPACE}.servicebus.windows.net/;SharedAccessKeyName=RootManageSharedAccessKey;"
        assert keys.primary_connection_string.startswith(begin), "the connection string has another form"

    def create_a_rule_of_a_namespace(self):
        rule = AuthorizationRule(rights=["Listen"])
        equal(self._relay.namespaces.create_or_update_authorization_rule(*self._in, RULE, rule).rights, ["Listen"])
        equal(self._relay.namespaces.get_authorization_rule(*self._in, RULE).rights, ["Listen"])

    def delete_a_rule_of_a_namespace(self):
        self._relay.namespaces.delete_authorization_rule(*self._in, RULE)
        assert_absent(lambda: self._relay.namespaces.get_authorization_rule(*self._in, RULE))

    def create_a_connection(self):
        wanted = HybridConnection(requires_client_authorization=True)
        made = self._relay.hybrid_connections.create_or_update(*self._in, CONNECTION, wanted)
        equal((made.name, made.requires_client_authorization), (CONNECTION, True))

    def get_a_connection(self):
        equal(self._relay.hybrid_connections.get(*self._in, CONNECTION).requires_client_authorization, True)

    def list_connections(self):
        equal([it.name for it in self._relay.hybrid_connections.list_by_namespace(*self._in)], [CONNECTION])

    def create_a_rule_of_a_connection(self):
        rule = AuthorizationRule(rights=["Send", "Listen"])
        made = self._relay.hybrid_connections.create_or_update_authorization_rule(*self._in, CONNECTION, RULE, rule)
        equal(set(made.rights), {"Send", "Listen"})

    def list_rules_of_a_connection(self):
        rules = self._relay.hybrid_connections.list_authorization_rules(*self._in, CONNECTION)
        equal([it.name for it in rules], [RULE])

    def regenerate_a_key(self):
        connections = self._relay.hybrid_connections
        before = connections.list_keys(*self._in, CONNECTION, RULE)
        which = RegenerateAccessKeyParameters(key_type="PrimaryKey")
        after = connections.regenerate_keys(*self._in, CONNECTION, RULE, which)
        assert after.primary_key != before.primary_key, "the primary key is the old one"
        assert after.secondary_key == before.secondary_key, "the secondary key is another one"

    def delete_a_rule_of_a_connection(self):
        self._relay.hybrid_connections.delete_authorization_rule(*self._in, CONNECTION, RULE)
        assert_absent(lambda: self._relay.hybrid_connections.get_authorization_rule(*self._in, CONNECTION, RULE))

    def delete_a_connection(self):
        self._relay.hybrid_connections.delete(*self._in, CONNECTION)
        assert_absent(lambda: self._relay.hybrid_connections.get(*self._in, CONNECTION))

    def delete_a_namespace(self):
        self._relay.namespaces.begin_delete(*self._in).result(60)
        assert_absent(lambda: self._relay.namespaces.get(*self._in))


play(Relay())
