"""azure-mgmt-servicebus: namespaces, topics, subscriptions, rules and keys."""

from datetime import timedelta

from azure.mgmt.servicebus import ServiceBusManagementClient
from azure.mgmt.servicebus.models import (
    CheckNameAvailability,
    RegenerateAccessKeyParameters,
    SBAuthorizationRule,
    SBNamespace,
    SBNamespaceUpdateParameters,
    SBSku,
    SBSubscription,
    SBTopic,
)
from life import equal, play
from sign_in import GROUP, LOCATION, assert_absent, start, version

NAMESPACE = "clients-service-bus"
TOPIC = "topic"
SUBSCRIPTION = "subscription"
RULE = "sender"


class ServiceBus:
    client, version = "azure-mgmt-servicebus", version("azure-mgmt-servicebus")

    def __init__(self):
        self._bus = start(ServiceBusManagementClient)
        self._in = (GROUP, NAMESPACE)

    def ask_for_a_free_name(self):
        answer = self._bus.namespaces.check_name_availability(CheckNameAvailability(name=NAMESPACE))
        equal(answer.name_available, True)

    def create_a_namespace(self):
        wanted = SBNamespace(location=LOCATION, sku=SBSku(name="Standard"), tags={"by": "client"})
        made = self._bus.namespaces.begin_create_or_update(*self._in, wanted).result(60)
        equal((made.name, made.sku.name, made.provisioning_state), (NAMESPACE, "Standard", "Succeeded"))

    def get_a_namespace(self):
        equal(self._bus.namespaces.get(*self._in).tags, {"by": "client"})

    def list_namespaces_of_the_group(self):
        equal([it.name for it in self._bus.namespaces.list_by_resource_group(GROUP)], [NAMESPACE])

    def list_namespaces_of_the_subscription(self):
        equal([it.name for it in self._bus.namespaces.list()], [NAMESPACE])

    def update_a_namespace(self):
        wanted = SBNamespaceUpdateParameters(tags={"by": "nobody"})
        equal(self._bus.namespaces.update(*self._in, wanted).tags, {"by": "nobody"})

    def create_a_topic(self):
        wanted = SBTopic(max_size_in_megabytes=5120, default_message_time_to_live=timedelta(days=60))
        made = self._bus.topics.create_or_update(*self._in, TOPIC, wanted)
        equal((made.max_size_in_megabytes, made.default_message_time_to_live), (5120, timedelta(days=60)))

    def get_a_topic(self):
        equal(self._bus.topics.get(*self._in, TOPIC).status, "Active")

    def list_topics(self):
        equal([it.name for it in self._bus.topics.list_by_namespace(*self._in)], [TOPIC])

    def create_a_subscription(self):
        wanted = SBSubscription(max_delivery_count=1, lock_duration=timedelta(seconds=30))
        made = self._bus.subscriptions.create_or_update(*self._in, TOPIC, SUBSCRIPTION, wanted)
        equal((made.max_delivery_count, made.lock_duration), (1, timedelta(seconds=30)))

    def get_a_subscription(self):
        equal(self._bus.subscriptions.get(*self._in, TOPIC, SUBSCRIPTION).max_delivery_count, 1)

    def list_subscriptions(self):
        equal([it.name for it in self._bus.subscriptions.list_by_topic(*self._in, TOPIC)], [SUBSCRIPTION])

    def create_a_rule(self):
        wanted = SBAuthorizationRule(rights=["Send"])
        equal(self._bus.namespaces.create_or_update_authorization_rule(*self._in, RULE, wanted).rights, ["Send"])

    def get_a_rule(self):
        equal(self._bus.namespaces.get_authorization_rule(*self._in, RULE).rights, ["Send"])

    def list_rules(self):
        names = {it.name for it in self._bus.namespaces.list_authorization_rules(*self._in)}
        equal(names, {RULE, "RootManageSharedAccessKey"})

    def list_keys(self):
        keys = self._bus.namespaces.list_keys(*self._in, RULE)
        begin = f"Endpoint=sb://{NAMESPACE}.servicebus.windows.net/;SharedAccessKeyName={RULE};SharedAccessKey="
        assert keys.primary_connection_string.startswith(begin), "the connection string has another form"

    def regenerate_a_key(self):
        before = self._bus.namespaces.list_keys(*self._in, RULE)
        which = RegenerateAccessKeyParameters(key_type="SecondaryKey")
        after = self._bus.namespaces.regenerate_keys(*self._in, RULE, which)
        assert after.primary_key == before.primary_key, "the primary key is another one"
        assert after.secondary_key != before.secondary_key, "the secondary key is the old one"

    def delete_a_rule(self):
        self._bus.namespaces.delete_authorization_rule(*self._in, RULE)
        assert_absent(lambda: self._bus.namespaces.get_authorization_rule(*self._in, RULE))

    def delete_a_subscription(self):
        self._bus.subscriptions.delete(*self._in, TOPIC, SUBSCRIPTION)
        assert_absent(lambda: self._bus.subscriptions.get(*self._in, TOPIC, SUBSCRIPTION))

    def delete_a_topic(self):
        self._bus.topics.delete(*self._in, TOPIC)
        assert_absent(lambda: self._bus.topics.get(*self._in, TOPIC))

    def delete_a_namespace(self):
        self._bus.namespaces.begin_delete(*self._in).result(60)
        assert_absent(lambda: self._bus.namespaces.get(*self._in))


play(ServiceBus())
