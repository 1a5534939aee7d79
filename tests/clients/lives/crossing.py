"""Terraform with the provider, and Microsoft's clients, on the same objects: each reads and changes what the other made."""

import hashlib
import json
import os
import pathlib
import subprocess
import tempfile

import machine_learning_client
from azure.mgmt.kubernetesconfiguration.extensions import KubernetesConfigurationExtensionsMgmtClient
from azure.mgmt.relay import RelayAPIMgmtClient
from azure.mgmt.relay.models import AuthorizationRule, HybridConnection, RelayNamespace
from azure.ai.ml.entities import IdentityConfiguration, KubernetesCompute
from extension_settings import EXTENSION_TYPE, settings, training_extension
from life import equal, play
from sign_in import GROUP, GROUP_ID, LOCATION, SUBSCRIPTION, assert_absent, start

ARC = f"{GROUP_ID}/providers/Microsoft.Kubernetes/connectedClusters"
WORKSPACE = f"{GROUP_ID}/providers/Microsoft.MachineLearningServices/workspaces/amlarc-workspace"
# What the provider makes lies on the first cluster, what the clients make on the second.
OURS, THEIRS = "amlarc-cluster", "amlarc-small"
NAME = "crossing"

MADE = f"""
resource "azureml_arc_extension" "this" {{
  name            = "{NAME}"
  cluster_id      = "{ARC}/{OURS}"
  enable_training = true
}}

resource "azureml_kubernetes_compute" "this" {{
  name         = "{NAME}"
  workspace_id = "{WORKSPACE}"
  cluster_id   = azureml_arc_extension.this.cluster_id
  extension_id = azureml_arc_extension.this.id
  description  = "by terraform"

  default_instance_type = "small"
  instance_types = {{
    small = {{ resources = {{ requests = {{ cpu = "1", memory = "1Gi" }}, limits = {{ cpu = "2", memory = "2Gi" }} }} }}
  }}
}}
"""

IMPORTED = f"""
import {{
  to = azureml_arc_extension.theirs
  id = "{ARC}/{THEIRS}/providers/Microsoft.KubernetesConfiguration/extensions/{NAME}"
}}

import {{
  to = azureml_kubernetes_compute.theirs
  id = "{WORKSPACE}/computes/{NAME}"
}}
"""


class Terraform:
    """A folder with a configuration, and the CLI in it."""

    def __init__(self, scratch):
        self.folder = pathlib.Path(scratch)
        provider = json.dumps(os.path.dirname(os.environ["AZUREML_PROVIDER"]))
        overrides = f'dev_overrides {{ "azureml/azureml" = {provider} }}'
        (self.folder / "cli.tfrc").write_text(f"provider_installation {{\n  {overrides}\n  direct {{}}\n}}\n")
        self.environment = os.environ | {"TF_CLI_CONFIG_FILE": str(self.folder / "cli.tfrc"), "CHECKPOINT_DISABLE": "1"}
        self.write("terraform.tf", 'terraform {\n  required_providers {\n    azureml = { source = "azureml/azureml" }\n  }\n}\n')

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def run(self, *arguments, expect=0):
        command = [os.environ["TERRAFORM"], *arguments, "-no-color"]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=300
        )
        told = f"`terraform {arguments[0]}` ended with {done.returncode} instead of {expect}:\n{done.stdout}{done.stderr}"
        assert done.returncode == expect, told
        return done.stdout

    def assert_nothing_to_do(self):
        self.run("plan", "-detailed-exitcode", "-input=false")

    def changes(self):
        """What a plan does, by address."""
        self.run("plan", "-out=plan", "-input=false")
        plan = json.loads(self.run("show", "-json", "plan"))
        return {it["address"]: it["change"] for it in plan["resource_changes"]}


class Crossing:
    client = "terraform and the clients"

    def __init__(self, scratch):
        self._terraform = Terraform(scratch)
        self.version = json.loads(self._terraform.run("version", "-json"))["terraform_version"]
        self._extensions = start(KubernetesConfigurationExtensionsMgmtClient).extensions
        self._relay = start(RelayAPIMgmtClient)
        self._computes = machine_learning_client.start().compute
        self._on = {it: (GROUP, "Microsoft.Kubernetes", "connectedClusters", it, NAME) for it in (OURS, THEIRS)}

    # What the provider makes, read and changed by the clients.

    def apply_with_terraform(self):
        self._terraform.write("main.tf", MADE)
        self._terraform.run("apply", "-auto-approve", "-input=false")

    def read_its_extension(self):
        found = self._extensions.get(*self._on[OURS])
        equal((found.provisioning_state, found.extension_type), ("Succeeded", EXTENSION_TYPE))
        wanted = settings(OURS)
        equal({key: found.configuration_settings.get(key) for key in wanted}, wanted)

    def read_its_relay(self):
        (namespace,) = self._relay.namespaces.list_by_resource_group(GROUP)
        equal([it.name for it in self._relay.hybrid_connections.list_by_namespace(GROUP, namespace.name)], [OURS])
        rule = self._relay.hybrid_connections.get_authorization_rule(GROUP, namespace.name, OURS, "azureml_rw")
        equal(set(rule.rights), {"Manage", "Send", "Listen"})

    def read_its_compute(self):
        found = self._computes.get(NAME)
        equal((found.type, found.description, found.namespace), ("kubernetes", "by terraform", "default"))
        equal(found.resource_id.lower(), f"{ARC}/{OURS}".lower())
        equal(found.properties["instanceTypes"]["small"]["resources"]["limits"], {"cpu": "2", "memory": "2Gi"})

    def add_a_setting_that_is_not_declared(self):
        wanted = {"properties": {"configurationSettings": {"jobSchedulerVerbosity": "debug"}}}
        self._extensions.begin_update(*self._on[OURS], wanted).result(60)
        self._terraform.assert_nothing_to_do()

    def change_what_is_declared(self):
        compute = self._computes.get(NAME)
        compute.description = "by hand"
        self._computes.begin_update(compute).result(60)
        changes = self._terraform.changes()
        equal({address: it["actions"] for address, it in changes.items() if it["actions"] != ["no-op"]},
              {"azureml_kubernetes_compute.this": ["update"]})
        change = changes["azureml_kubernetes_compute.this"]
        equal((change["before"]["description"], change["after"]["description"]), ("by hand", "by terraform"))

    def repair_it_with_terraform(self):
        self._terraform.run("apply", "-auto-approve", "-input=false")
        equal(self._computes.get(NAME).description, "by terraform")
        self._terraform.assert_nothing_to_do()

    def destroy_with_terraform(self):
        self._terraform.run("destroy", "-auto-approve", "-input=false")
        assert_absent(lambda: self._extensions.get(*self._on[OURS]))
        equal([it.name for it in self._computes.list()], [])
        equal([it.name for it in self._relay.namespaces.list_by_resource_group(GROUP)], [])

    # What the clients make, imported by the provider.

    def create_with_the_clients(self):
        connection = self._make_relay()
        string = self._relay.hybrid_connections.list_keys(*connection, "azureml_rw").primary_connection_string
        wanted = training_extension(THEIRS, string, self._relay_settings())
        self._extensions.begin_create(*self._on[THEIRS], wanted).result(60)
        self._computes.begin_attach(
            KubernetesCompute(
                name=NAME,
                resource_id=f"{ARC}/{THEIRS}",
                namespace="crossing",
                description="by a client",
                identity=IdentityConfiguration(type="system_assigned"),
            )
        ).result(60)

    def import_with_a_generated_configuration(self):
        self._terraform.write("main.tf", IMPORTED)
        self._terraform.run("plan", "-generate-config-out=generated.tf", "-input=false")
        changes = self._terraform.changes()
        equal({address: it["actions"] for address, it in changes.items()},
              {"azureml_arc_extension.theirs": ["no-op"], "azureml_kubernetes_compute.theirs": ["no-op"]})
        assert all("importing" in it for it in changes.values()), "nothing is imported"

    def plan_nothing_after_the_import(self):
        self._terraform.run("apply", "-auto-approve", "-input=false")
        self._terraform.assert_nothing_to_do()

    def destroy_what_is_imported(self):
        self._terraform.run("destroy", "-auto-approve", "-input=false")
        assert_absent(lambda: self._extensions.get(*self._on[THEIRS]))
        equal([it.name for it in self._computes.list()], [])

    def find_that_a_relay_of_others_stays(self):
        equal([it.name for it in self._relay.namespaces.list_by_resource_group(GROUP)], [self._relay_of(THEIRS)])
        self._relay.namespaces.begin_delete(GROUP, self._relay_of(THEIRS)).result(60)

    def _make_relay(self):
        namespace = (GROUP, self._relay_of(THEIRS))
        tags = {"created_by": "Azure Arc-enabled ML"}
        self._relay.namespaces.begin_create_or_update(*namespace, RelayNamespace(location=LOCATION, tags=tags)).result(60)
        wanted = HybridConnection(requires_client_authorization=True)
        self._relay.hybrid_connections.create_or_update(*namespace, THEIRS, wanted)
        rule = AuthorizationRule(rights=["Manage", "Send", "Listen"])
        connection = (*namespace, THEIRS)
        self._relay.hybrid_connections.create_or_update_authorization_rule(*connection, "azureml_rw", rule)
        return connection

    def _relay_settings(self):
        namespace = f"{GROUP_ID}/providers/Microsoft.Relay/namespaces/{self._relay_of(THEIRS)}"
        return {
            "relayserver.hybridConnectionResourceID": f"{namespace}/hybridConnections/{THEIRS}",
            "relayserver.hybridConnectionName": THEIRS,
        }

    def _relay_of(self, cluster):
        """The name that the Azure CLI gives it: what is too long ends in six digits of its hash."""
        whole = f"{cluster}-{SUBSCRIPTION}-{GROUP}-relay"
        letters = "".join(it for it in whole if it.isalnum())
        return letters if len(letters) <= 50 else letters[:44] + hashlib.md5(whole.encode()).hexdigest()[:6]


with tempfile.TemporaryDirectory(prefix="azureml-clients-") as scratch:
    play(Crossing(scratch))
