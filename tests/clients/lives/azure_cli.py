"""The Azure CLI: signing in, and the commands that the provider's errors and pages tell a user to run."""

import json
import os
import pathlib
import re
import shlex
import subprocess

from life import equal, play

ROOT = pathlib.Path(__file__).resolve().parents[3]
SUBSCRIPTION = os.environ["ARM_SUBSCRIPTION_ID"]
GROUP = "rg-arc"
GROUP_ID = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
RELAY = f"{GROUP_ID}/providers/Microsoft.Relay/namespaces/clients-cli"
CLUSTER = f"{GROUP_ID}/providers/Microsoft.Kubernetes/connectedClusters/amlarc-cluster"

# What the provider prints and this life does not run.
EXTENSIONS = "comes with an extension of the CLI, which no package registry has"
NOT_RUN = {
    "az connectedk8s": EXTENSIONS,
    "az k8s-extension": EXTENSIONS,
    "az ml": EXTENSIONS,
    "az role assignment create": "asks Microsoft Graph about the assignee",
}


def az(*arguments):
    """What a command prints, as JSON where it is that."""
    command = [os.environ["AZURE_CLI_PYTHON"], "-m", "azure.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"`az {shlex.join(arguments)}` ended with {done.returncode}: {done.stderr.strip()}"
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout.strip()


class AzureCli:
    client = "azure-cli"

    def __init__(self):
        self.version = az("version")["azure-cli"]
        self._commands = set()

    def _az(self, line, **values):
        """Runs a command line in which `{name}` stands for a value."""
        words = [word.format(**values) for word in shlex.split(line)]
        self._commands.add(command_of("az " + " ".join(words)))
        return az(*words)

    def register_a_cloud(self):
        endpoints = (
            ("resource-manager", os.environ["ARM_RESOURCE_MANAGER_ENDPOINT"]),
            ("active-directory", os.environ["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"]),
            ("active-directory-resource-id", os.environ["ARM_RESOURCE_MANAGER_AUDIENCE"]),
        )
        given = " ".join(f"--endpoint-{name} {value}" for name, value in endpoints)
        self._az(f"cloud register --name AzureEmulator --skip-endpoint-discovery {given}")
        self._az("cloud set --name AzureEmulator")

    def login_with_a_service_principal(self):
        names = ("ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID")
        user, secret, tenant = (os.environ[name] for name in names)
        line = f"login --service-principal --username {user} --password {secret} --tenant {tenant}"
        equal([it["id"] for it in self._az(line)], [SUBSCRIPTION])

    def account_list(self):
        assert "Emulator" in self._az("account list --output table")

    def account_get_access_token(self):
        assert self._az("account get-access-token --query accessToken --output tsv")

    def group_show(self):
        equal(self._az(f"group show --name {GROUP} --subscription {SUBSCRIPTION}")["location"], "eastus")

    def provider_register(self):
        self._az(f"provider register --namespace Microsoft.Relay --subscription {SUBSCRIPTION} --wait")

    def provider_show(self):
        shown = self._az("provider show --namespace Microsoft.KubernetesConfiguration")
        equal(shown["registrationState"], "Registered")

    def resource_show(self):
        equal(self._az(f"resource show --ids {CLUSTER}")["name"], "amlarc-cluster")

    def lock_list(self):
        self._az(f"lock list --resource-group {GROUP} --subscription {SUBSCRIPTION} --output table")

    def aks_list(self):
        assert "aks-cluster" in self._az("aks list --output table")

    def relay_namespace_create(self):
        made = self._az(f"relay namespace create --name clients-cli --resource-group {GROUP} --location eastus")
        equal(made["provisioningState"], "Succeeded")

    def relay_hyco_create(self):
        equal(self._az(f"relay hyco create --name connection {self._in_relay()}")["name"], "connection")

    def relay_hyco_authorization_rule_create(self):
        line = f"relay hyco authorization-rule create --name azureml_rw {self._connection()} --rights Manage Send Listen"
        equal(set(self._az(line)["rights"]), {"Manage", "Send", "Listen"})

    def relay_hyco_authorization_rule_keys_list(self):
        keys = self._az(f"relay hyco authorization-rule keys list --name azureml_rw {self._connection()}")
        assert keys["primaryConnectionString"].startswith("Endpoint=sb://clients-cli."), "it has another form"

    def relay_hyco_authorization_rule_keys_renew(self):
        line = f"relay hyco authorization-rule keys renew --name azureml_rw --key PrimaryKey {self._connection()}"
        before = self._az(f"relay hyco authorization-rule keys list --name azureml_rw {self._connection()}")
        assert self._az(line)["primaryKey"] != before["primaryKey"], "the key is the old one"

    def resource_delete(self):
        self._az(f"resource delete --ids {RELAY}/hybridConnections/connection {RELAY}")
        equal(self._az(f"relay namespace list --resource-group {GROUP}"), [])

    def servicebus_namespace_create(self):
        made = self._az(f"servicebus namespace create --name clients-cli-bus --resource-group {GROUP} --location eastus")
        equal(made["provisioningState"], "Succeeded")

    def servicebus_namespace_authorization_rule_create(self):
        made = self._az(
            "servicebus namespace authorization-rule create --name sender --namespace-name clients-cli-bus "
            f"--resource-group {GROUP} --rights Manage Send Listen"
        )
        equal(set(made["rights"]), {"Manage", "Send", "Listen"})

    def servicebus_namespace_delete(self):
        self._az(f"servicebus namespace delete --name clients-cli-bus --resource-group {GROUP}")

    def monitor_log_analytics_workspace_create(self):
        of = f"--workspace-name clients-cli-logs --resource-group {GROUP}"
        equal(self._az(f"monitor log-analytics workspace create {of}")["provisioningState"], "Succeeded")

    def monitor_log_analytics_workspace_show(self):
        of = f"--workspace-name clients-cli-logs --resource-group {GROUP}"
        shown = self._az(f"monitor log-analytics workspace show {of} --query customerId --output tsv")
        assert re.fullmatch("[0-9a-f-]{36}", shown), shown

    def monitor_log_analytics_workspace_delete(self):
        of = f"--workspace-name clients-cli-logs --resource-group {GROUP}"
        self._az(f"monitor log-analytics workspace delete {of} --yes --force")

    def run_every_command_that_the_provider_prints(self):
        told = printed()
        assert "az resource delete" in told, f"they are not found any more: {told}"
        left = {it for it in told - self._commands if not any(it.startswith(name) for name in NOT_RUN)}
        equal(left, set())

    def logout(self):
        self._az("logout")

    def _in_relay(self):
        return f"--namespace-name clients-cli --resource-group {GROUP}"

    def _connection(self):
        return f"--hybrid-connection-name connection {self._in_relay()}"


def command_of(line):
    """`az relay hyco create` of a line that begins so: every word before the first option."""
    return re.match(r"az( [a-z][a-z0-9-]*)+", line).group()


def printed():
    """The commands in the sources and pages of the provider; a text of Rust may go on in the next line."""
    sources = [path for path in (ROOT / "src/provider").rglob("*") if path.suffix in (".rs", ".md")]
    shipped = [path for path in sources if "tests" not in path.parts and path.name != "tests.rs"]
    text = "\n".join(re.sub(r" *\\\n *", " ", path.read_text()) for path in shipped)
    return {command_of(it) for it in re.findall(r"\baz [a-z][a-z0-9-]* [a-z][a-z0-9 -]*", text)}


play(AzureCli())
