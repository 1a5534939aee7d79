"""A stub of a large cluster's API server, which pages as a real one does, over plain HTTP on loopback.

So many objects take a real etcd minutes. Theirs are made up page by page, as large as real ones are.
"""

import contextlib
import gzip
import http.server
import json
import threading
import urllib.parse

NODES = 2_000
PODS = 5_000
# What a real node and a real pod weigh at least.
NODE_BYTES = 30_000
POD_BYTES = 8_000

AMOUNTS = {"cpu": "7820m", "memory": "27438128Ki", "ephemeral-storage": "119703055367", "pods": "110", "hugepages-1Gi": "0", "hugepages-2Mi": "0"}
RESOURCES = {"requests": {"cpu": "2", "memory": "8Gi"}, "limits": {"cpu": "2", "memory": "8Gi"}}


@contextlib.contextmanager
def served():
    """The address of the server while it runs."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        lists = {
            "/api/v1/nodes": (NODES, node),
            "/api/v1/pods": (PODS, pod),
            "/apis/amlarc.azureml.com/v1alpha1/instancetypes": (20, instance_type),
        }
        if url.path not in lists:
            return self.answer(404, {"kind": "Status", "status": "Failure", "reason": "NotFound", "code": 404})
        self.answer(200, page(*lists[url.path], query))

    def answer(self, status, content):
        body = json.dumps(content, separators=(",", ":")).encode()
        is_compressed = len(body) > 128 * 1024 and "gzip" in self.headers.get("Accept-Encoding", "")
        body = gzip.compress(body, 1) if is_compressed else body
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        if is_compressed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def page(count, make, query):
    """A page of a list. As the API does, it names the next page, and how many are left after this one."""
    begin = int(query.get("continue", "0"))
    end = min(count, begin + int(query.get("limit", count)))
    metadata = {"resourceVersion": "4711"}
    if end < count:
        metadata |= {"continue": str(end), "remainingItemCount": count - end}
    return {"metadata": metadata, "items": [make(n) for n in range(begin, end)]}


def node(n):
    pool = f"pool{n % 4}"
    name = f"aks-{pool}-12345678-vmss{n:06}"
    well_known = {
        "agentpool": pool, "kubernetes.azure.com/agentpool": pool, "kubernetes.azure.com/mode": "user",
        "kubernetes.azure.com/cluster": "MC_rg-machine-learning_aks-machine-learning_westeurope",
        "kubernetes.azure.com/node-image-version": "AKSUbuntu-2204gen2containerd-202511.18.0",
        "kubernetes.azure.com/os-sku": "Ubuntu", "kubernetes.azure.com/role": "agent",
        "kubernetes.azure.com/storageprofile": "managed", "kubernetes.azure.com/storagetier": "Premium_LRS",
        "kubernetes.io/arch": "amd64", "kubernetes.io/hostname": name, "kubernetes.io/os": "linux",
        "node.kubernetes.io/instance-type": "Standard_D8s_v5", "topology.kubernetes.io/region": "westeurope",
        "topology.kubernetes.io/zone": f"westeurope-{n % 3}", "pool": pool,
    }
    labels = well_known | {f"feature.node.kubernetes.io/cpu-cpuid.FEATURE{k:02}": "true" for k in range(24)}
    repository = "mcr.microsoft.com/azureml/component-with-a-name-of-usual-length"
    images = [
        {"names": [f"{repository}-{k:03}@sha256:{k:064}", f"{repository}-{k:03}:1.1.39.20231115.1"], "sizeBytes": 300_000_000 + k}
        for k in range(120)
    ]
    condition = {"status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status", "lastHeartbeatTime": "2026-11-01T00:00:00Z", "lastTransitionTime": "2026-11-01T00:00:00Z"}
    kinds = ["MemoryPressure", "DiskPressure", "PIDPressure"]
    pressures = [condition | {"type": kind, "status": "False"} for kind in kinds]
    return weighed(NODE_BYTES, {
        "metadata": {
            "name": name, "uid": f"00000000-0000-0000-0001-{n:012}", "resourceVersion": str(n), "labels": labels,
            "annotations": {"node.alpha.kubernetes.io/ttl": "0", "csi.volume.kubernetes.io/nodeid": "x" * 200},
            "managedFields": managed_fields(n),
        },
        "spec": {"podCIDR": "10.244.1.0/24", "providerID": f"azure:///subscriptions/s/virtualMachines/{name}"},
        "status": {
            "addresses": [{"type": "Hostname", "address": name}, {"type": "InternalIP", "address": "10.0.0.4"}],
            "allocatable": AMOUNTS, "capacity": AMOUNTS, "conditions": [*pressures, condition | {"type": "Ready"}],
            "nodeInfo": {"architecture": "amd64", "operatingSystem": "linux", "kubeletVersion": "v1.33.3", "osImage": "Ubuntu 22.04.5 LTS"},
            "images": images,
        },
    })


def pod(n):
    name = f"job-with-a-name-of-usual-length-{n:06}"
    environment = [{"name": f"AZUREML_VARIABLE_{k:02}", "value": f"a value of usual length {k}" * 2} for k in range(40)]
    mounts = [{"name": f"volume-{k}", "mountPath": f"/mnt/azureml/volume-{k}", "readOnly": True} for k in range(8)]
    container = {"name": "main", "image": "mcr.microsoft.com/azureml/job:1", "env": environment, "volumeMounts": mounts, "resources": RESOURCES}
    state = {"name": "main", "ready": True, "restartCount": 0, "image": "mcr.microsoft.com/azureml/job:1", "imageID": f"sha256:{n:064}", "state": {"running": {"startedAt": "2026-11-01T00:00:00Z"}}}
    return weighed(POD_BYTES, {
        "metadata": {
            "name": name, "namespace": "azureml", "uid": f"00000000-0000-0000-0002-{n:012}", "resourceVersion": str(n),
            "labels": {f"ml.azure.com/label-{k}": name for k in range(8)}, "managedFields": managed_fields(n),
        },
        "spec": {
            "nodeName": node_name(n), "initContainers": [container | {"name": "init"}], "containers": [container],
            "volumes": [{"name": f"volume-{k}", "secret": {"secretName": f"{name}-{k}"}} for k in range(8)],
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}],
        },
        "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}], "containerStatuses": [state]},
    })


def node_name(n):
    of = n % NODES
    return f"aks-pool{of % 4}-12345678-vmss{of:06}"


def instance_type(n):
    return {"metadata": {"name": f"type-{n}"}, "spec": {"nodeSelector": {"pool": f"pool{n % 4}"}, "resources": RESOURCES}}


def managed_fields(n):
    fields = {f"f:field-{k}": {"f:nested": {}, f"k:{{\"name\":\"{k}\"}}": {".": {}}} for k in range(20)}
    return [{"manager": "kubelet", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:status": fields, "f:n": {str(n): {}}}}]


def weighed(least, made):
    assert len(json.dumps(made)) >= least, f"{len(json.dumps(made))} bytes are less than a real one has"
    return made
