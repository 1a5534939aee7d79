"""An emulator of one's own, and what is asked of it beside Azure's API: objects, faults, the end of operations."""

import contextlib
import itertools
import json
import re
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg-soak"
CLUSTERS = f"{GROUP}/providers/Microsoft.Kubernetes/connectedClusters"
WORKSPACES = f"{GROUP}/providers/Microsoft.MachineLearningServices/workspaces"
EXTENSIONS = "providers/Microsoft.KubernetesConfiguration/extensions"

# An extension that somebody else has installed, with a relay that somebody else has.
INSTALLED = {
    "properties": {
        "extensionType": "microsoft.azureml.kubernetes",
        "provisioningState": "Succeeded",
        "autoUpgradeMinorVersion": True,
        "releaseTrain": "stable",
        "scope": {"cluster": {"releaseNamespace": "azureml"}},
        "configurationSettings": {"enableTraining": "True", "relayserver.enabled": "True"},
        "configurationProtectedSettings": {"relayserver.relayConnectionString": "Endpoint=sb://elsewhere.example/"},
    }
}


def cluster_id(name):
    return f"{CLUSTERS}/{name}"


def workspace_id(name):
    return f"{WORKSPACES}/{name}"


def seed(clusters, installed, workspaces):
    """Objects by ID: clusters, of which some have the extension, and workspaces."""
    cluster = {"location": "eastus", "properties": {
        "connectivityStatus": "Connected", "kubernetesVersion": "1.29.4", "provisioningState": "Succeeded", "totalNodeCount": 3,
    }}
    workspace = {"location": "eastus", "kind": "Default", "properties": {"provisioningState": "Succeeded"}}
    return (
        {cluster_id(name): cluster for name in clusters}
        | {f"{cluster_id(name)}/{EXTENSIONS}/installed": INSTALLED for name in installed}
        | {workspace_id(name): workspace for name in workspaces}
    )


class Azure:
    """A running emulator."""

    def __init__(self, environment):
        self.environment = environment
        self.endpoint = environment["ARM_RESOURCE_MANAGER_ENDPOINT"]

    @classmethod
    @contextlib.contextmanager
    def running(cls, executable, *options):
        """Until the end of the block."""
        process = subprocess.Popen([executable, *options], stdout=subprocess.PIPE, text=True)
        try:
            # It says what to set, up to an empty line. One that says nothing is ended.
            patience = threading.Timer(30, process.kill)
            patience.start()
            said = "".join(itertools.takewhile(str.strip, process.stdout))
            patience.cancel()
            if not said:
                raise OSError("the emulator did not start")
            yield cls(dict(re.findall(r"^export (\w+)='(.*)'$", said, re.MULTILINE)))
        finally:
            process.terminate()
            process.wait(10)
            process.stdout.close()

    def objects(self):
        """All objects by ID in lower case, secrets included."""
        return {id.lower(): found for id, found in self._ask("GET", "objects").items()}

    def put(self, id, found):
        self._ask("PUT", f"objects?id={urllib.parse.quote(id)}", found)

    def remove(self, id):
        self._ask("DELETE", f"objects?id={urllib.parse.quote(id)}")

    def script(self, rules):
        self._ask("POST", "faults", rules)

    def forget_faults(self):
        self._ask("DELETE", "faults")

    def end_operations(self):
        self._ask("POST", "operations/end")

    def requests(self):
        return self._ask("GET", "requests")

    def forget_requests(self):
        self._ask("DELETE", "requests")

    def _ask(self, method, path, body=None):
        body = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.endpoint}/emulator/{path}", body, method=method)
        # No proxy stands between two processes of one machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=60) as answer:
            said = answer.read()
        return json.loads(said) if said else None
