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

# What the provider prints and no package registry has: these come with extensions of the CLI.
EXTENSIONS = ("az connectedk8s ", "az k8s-extension ", "az ml ")


def az(*arguments):
    """What a command prints, as JSON where it is that."""
    command = [os.environ["AZURE_CLI_PYTHON"], "-m", "azure.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"`az {shlex.join(arguments)}` ended with {done.returncode}: {done.stderr.strip()}"
    try:
        return json.loads(done.stdout)
    except ValueError:
        return done.stdout.strip()


def run(line):
    return az(*shlex.split(line))


class AzureCli:
    client = "azure-cli"

    def __init__(self):
        self.version = az("version")["azure-cli"]

    def register_a_cloud(self):
        endpoints = (
            ("resource-manager", os.environ["ARM_RESOURCE_MANAGER_ENDPOINT"]),
            ("active-directory", os.environ["ARM_ACTIVE_DIRECTORY_AUTHORITY_HOST"]),
            ("active-directory-resource-id", os.environ["ARM_RESOURCE_MANAGER_AUDIENCE"]),
        )
        given = " ".join(f"--endpoint-{name} {value}" for name, value in endpoints)
        run(f"cloud register --name AzureEmulator --skip-endpoint-discovery {given}")
        run("cloud set --name AzureEmulator")

    def login_with_a_service_principal(self):
        names = ("ARM_CLIENT_ID", "ARM_CLIENT_SECRET", "ARM_TENANT_ID")
        user, secret, tenant = (os.environ[name] for name in names)
        line = f"login --service-principal --username {user} --password {secret} --tenant {tenant}"
        equal([it["id"] for it in run(line)], [SUBSCRIPTION])

    def account_list(self):
        assert "Emulator" in run("account list --output table")

    def account_get_access_token(self):
        assert run("account get-access-token --query accessToken --output tsv")

    def group_show(self):
        equal(run(f"group show --name {GROUP} --subscription {SUBSCRIPTION}")["location"], "eastus")

    def provider_register(self):
        run(f"provider register --namespace Microsoft.Relay --subscription {SUBSCRIPTION} --wait")

    def provider_show(self):
        shown = run("provider show --namespace Microsoft.KubernetesConfiguration")
        equal(shown["registrationState"], "Registered")

    def resource_show(self):
        equal(run(f"resource show --ids {CLUSTER}")["name"], "amlarc-cluster")

    def lock_list(self):
        run(f"lock list --resource-group {GROUP} --subscription {SUBSCRIPTION} --output table")

    def aks_list(self):
        assert "aks-cluster" in run("aks list --output table")

    def relay_namespace_create(self):
        made = run(f"relay namespace create --name clients-cli --resource-group {GROUP} --location eastus")
        equal(made["provisioningState"], "Succeeded")

    def relay_hyco_create(self):
        equal(run(f"relay hyco create --name connection {self._in_relay()}")["name"], "connection")

    def relay_hyco_authorization_rule_create(self):
        line = f"relay hyco authorization-rule create --name azureml_rw {self._connection()} --rights Manage Send Listen"
        equal(set(run(line)["rights"]), {"Manage", "Send", "Listen"})

    def relay_hyco_authorization_rule_keys_list(self):
        keys = run(f"relay hyco authorization-rule keys list --name azureml_rw {self._connection()}")
        assert keys["primaryConnectionString"].startswith("Endpoint=sb://clients-cli."), "it has another form"

    def relay_hyco_authorization_rule_keys_renew(self):
        line = f"relay hyco authorization-rule keys renew --name azureml_rw --key PrimaryKey {self._connection()}"
        before = run(f"relay hyco authorization-rule keys list --name azureml_rw {self._connection()}")
        assert run(line)["primaryKey"] != before["primaryKey"], "the key is the old one"

    def resource_delete(self):
        run(f"resource delete --ids {RELAY}/hybridConnections/connection {RELAY}")
        equal(run(f"relay namespace list --resource-group {GROUP}"), [])

    def servicebus_namespace_create(self):
        made = run(f"servicebus namespace create --name clients-cli-bus --resource-group {GROUP} --location eastus")
        equal(made["provisioningState"], "Succeeded")

    def servicebus_namespace_authorization_rule_create(self):
        made = run(
            "servicebus namespace authorization-rule create --name sender --namespace-name clients-cli-bus "
            f"--resource-group {GROUP} --rights Manage Send Listen"
        )
        equal(set(made["rights"]), {"Manage", "Send", "Listen"})

    def servicebus_namespace_delete(self):
        run(f"servicebus namespace delete --name clients-cli-bus --resource-group {GROUP}")

    def monitor_log_analytics_workspace_create(self):
        of = f"--workspace-name clients-cli-logs --resource-group {GROUP}"
        equal(run(f"monitor log-analytics workspace create {of}")["provisioningState"], "Succeeded")

    def monitor_log_analytics_workspace_show(self):
        of = f"--workspace-name clients-cli-logs --resource-group {GROUP}"
        shown = run(f"monitor log-analytics workspace show {of} --query customerId --output tsv")
        assert re.fullmatch("[0-9a-f-]{36}", shown), shown

    def monitor_log_analytics_workspace_delete(self):
        of = f"--workspace-name clients-cli-logs --resource-group {GROUP}"
        run(f"monitor log-analytics workspace delete {of} --yes --force")

    def know_every_command_that_the_provider_prints(self):
        """What the life does not run exists too, and takes the options that are printed with it."""
        told = {command: options for command, options in printed().items() if not command.startswith(EXTENSIONS)}
        assert "az resource delete" in told, f"they are not found any more: {told}"
        for command, options in told.items():
            unknown = options - set(options_of(az(*command.split()[1:], "--help")))
            assert not unknown, f"{command} does not take {unknown}"

    def logout(self):
        run("logout")

    def _in_relay(self):
        return f"--namespace-name clients-cli --resource-group {GROUP}"

    def _connection(self):
        return f"--hybrid-connection-name connection {self._in_relay()}"


def command_of(line):
    """`az relay hyco create` of a line that begins so: every word before the first option."""
    return re.match(r"az( [a-z][a-z0-9-]*)+", line).group()


def options_of(text):
    return re.findall("(?<![a-z-])--[a-z][a-z-]*", text)


def printed():
    """The commands in the sources and pages of the provider, with their options; a text may go on in the next line."""
    sources = [path for path in (ROOT / "src/provider").rglob("*") if path.suffix in (".rs", ".md")]
    shipped = [path for path in sources if "tests" not in path.parts and path.name != "tests.rs"]
    text = "\n".join(re.sub(r" *\\\n *", " ", path.read_text()) for path in shipped)
    commands = {}
    for line in re.findall(r"""\baz [a-z][a-z0-9-]* [a-z](?:[^`"\\\n]|\\")*""", text):
        commands.setdefault(command_of(line), set()).update(options_of(line))
    return commands


play(AzureCli())
