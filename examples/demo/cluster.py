"""A Kubernetes API server for `make demo CLUSTER=1`: etcd and kube-apiserver on loopback, and two nodes to look at.

Nothing runs on these nodes. The emulator of Azure writes the pods of the extension, as its operator would have them.
"""

import json
import pathlib
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request

# The programs, at the versions that the tests drive too.
PROGRAMS = {"etcd": "3.7.3", "kube-apiserver": "1.37.2"}
TOKEN = "demo"
# How long the API server may take to start on a busy machine, in seconds.
PATIENCE = 120


class Unavailable(Exception):
    """The cluster cannot be started, and why."""


def get_programs(get):
    """The paths of the programs, which the script `get` looks for, and builds if it must."""
    found = {}
    for name, version in PROGRAMS.items():
        got = subprocess.run([get, name, version], stdout=subprocess.PIPE, text=True)
        if got.returncode != 0:
            raise Unavailable(f"{name} {version} cannot be had: see above")
        found[name] = got.stdout.strip()
    return found


class Cluster:
    """A running API server. `kubeconfig` is the file that leads to it."""

    def __init__(self, programs, folder):
        self.folder = pathlib.Path(folder)
        self.processes = []
        self.programs = programs
        self.kubeconfig = self.folder / "kubeconfig"

    def __enter__(self):
        clients, peers, port = (free_port() for _ in range(3))
        self.endpoint = f"https://127.0.0.1:{port}"
        store = f"http://127.0.0.1:{clients}"
        self.start(
            "etcd",
            f"--data-dir={self.folder / 'etcd'}",
            f"--listen-client-urls={store}",
            f"--advertise-client-urls={store}",
            f"--listen-peer-urls=http://127.0.0.1:{peers}",
        )
        (self.folder / "tokens.csv").write_text(f'{TOKEN},administrator,1,"system:masters"\n')
        # It makes its own certificate, which is its own authority, and a key with it.
        certificates = self.folder / "certificates"
        key = certificates / "apiserver.key"
        self.start(
            "kube-apiserver",
            f"--etcd-servers={store}",
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--cert-dir={certificates}",
            f"--token-auth-file={self.folder / 'tokens.csv'}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-signing-key-file={key}",
            f"--service-account-key-file={key}",
            "--service-cluster-ip-range=10.0.0.0/24",
            "--endpoint-reconciler-type=none",
            # Nothing runs the pods and nothing looks after the nodes.
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
        )
        self.certificate = certificates / "apiserver.crt"
        try:
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        self.kubeconfig.write_text(json.dumps(self.describe(), indent=2))
        for node in (new_node("cpu-1", "cpu", {}), new_node("gpu-1", "gpu", {"nvidia.com/gpu": "2"})):
            self.call("POST", "/api/v1/nodes", node)
        return self

    def __exit__(self, *_):
        # What they hold goes with the folder: nothing is to be ended in order.
        for process in self.processes:
            process.kill()
        for process in self.processes:
            process.wait()

    def start(self, name, *options):
        log = (self.folder / f"{name}.log").open("w")
        command = [self.programs[name], *options]
        # Ctrl-C is for the demo, which stops them in the right order.
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
        self.processes.append(process)

    def wait_until_ready(self):
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            if any(process.poll() is not None for process in self.processes):
                break
            try:
                self.call("GET", "/readyz")
                return
            except (OSError, ssl.SSLError):
                time.sleep(0.2)
        logs = (self.folder / f"{name}.log" for name in PROGRAMS)
        last = "\n".join(line for log in logs for line in log.read_text().splitlines()[-5:])
        raise Unavailable(f"the API server did not start:\n{last}")

    def describe(self):
        """A kubeconfig; JSON is YAML."""
        cluster = {"server": self.endpoint, "certificate-authority": str(self.certificate)}
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "demo",
            "clusters": [{"name": "demo", "cluster": cluster}],
            "users": [{"name": "demo", "user": {"token": TOKEN}}],
            "contexts": [{"name": "demo", "context": {"cluster": "demo", "user": "demo"}}],
        }

    def call(self, method, path, body=None):
        """Calls the API server as its administrator."""
        trusted = ssl.create_default_context(cafile=self.certificate)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusted)
        )
        request = urllib.request.Request(
            self.endpoint + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        )
        with opener.open(request, timeout=10) as answer:
            return answer.read().decode()

    def list_names(self, path):
        """The names of the objects of a type. A type that is not served has none."""
        try:
            listed = json.loads(self.call("GET", path))
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return []
            raise
        return sorted(item["metadata"]["name"] for item in listed["items"])


def new_node(name, pool, devices):
    amounts = {"cpu": "16", "memory": "64Gi", "pods": "110"} | devices
    labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "pool": pool}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": labels},
        "status": {
            "allocatable": amounts,
            "capacity": amounts,
            "conditions": [{"type": "Ready", "status": "True"}],
            "nodeInfo": {"operatingSystem": "linux", "architecture": "amd64"},
        },
    }


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
