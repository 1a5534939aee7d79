"""azure-mgmt-loganalytics: workspaces and their keys."""

from azure.mgmt.loganalytics import LogAnalyticsManagementClient
from azure.mgmt.loganalytics.models import Workspace, WorkspacePatch, WorkspaceSku
from life import equal, play
from sign_in import GROUP, LOCATION, assert_absent, start, version

WORKSPACE = "clients-logs"


class LogAnalytics:
    client, version = "azure-mgmt-loganalytics", version("azure-mgmt-loganalytics")

    def __init__(self):
        self._logs = start(LogAnalyticsManagementClient)
        self._in = (GROUP, WORKSPACE)

    def create_a_workspace(self):
        wanted = Workspace(
            location=LOCATION, sku=WorkspaceSku(name="PerGB2018"), retention_in_days=30, tags={"by": "client"}
        )
        made = self._logs.workspaces.begin_create_or_update(*self._in, wanted).result(60)
        equal((made.name, made.retention_in_days, made.provisioning_state), (WORKSPACE, 30, "Succeeded"))
        assert made.customer_id, "there is no customer ID"

    def get_a_workspace(self):
        equal(self._logs.workspaces.get(*self._in).tags, {"by": "client"})

    def list_workspaces_of_the_group(self):
        equal([it.name for it in self._logs.workspaces.list_by_resource_group(GROUP)], [WORKSPACE])

    def list_workspaces_of_the_subscription(self):
        equal([it.name for it in self._logs.workspaces.list()], [WORKSPACE])

    def update_a_workspace(self):
        changed = self._logs.workspaces.update(*self._in, WorkspacePatch(retention_in_days=60, tags={"by": "nobody"}))
        equal((changed.retention_in_days, changed.tags), (60, {"by": "nobody"}))

    def get_keys(self):
        keys = self._logs.shared_keys.get_shared_keys(*self._in)
        assert keys.primary_shared_key and keys.secondary_shared_key

    def regenerate_keys(self):
        before = self._logs.shared_keys.get_shared_keys(*self._in)
        after = self._logs.shared_keys.regenerate(*self._in)
        assert after.primary_shared_key != before.primary_shared_key, "the primary key is the old one"

    def delete_a_workspace(self):
        self._logs.workspaces.begin_delete(*self._in).result(60)
        assert_absent(lambda: self._logs.workspaces.get(*self._in))


play(LogAnalytics())
