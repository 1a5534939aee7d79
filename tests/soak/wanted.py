"""What a state is to hold: a configuration that changes at random, and what Azure must hold then."""

import json

import azure

# The service shows it in every compute, and who changes one sends back what he was shown.
OF_THE_CLUSTER = "defaultinstancetype"

PURPOSES = ["training", "batch", "notebooks", "evaluation", "fine-tuning"]


class Wanted:
    """The extensions and computes of one state. Names begin with the state's, so that no two states share one."""

    def __init__(self, name, random, objects, shared, own, workspaces):
        self.name, self.random = name, random
        self.shared, self.workspaces = shared, workspaces
        self.extensions = {cluster: self.new_extension(cluster, number) for number, cluster in enumerate(own)}
        self.computes, self.made = {}, 0
        while len(self.extensions) + len(self.computes) < objects:
            self.add_compute()

    # === what changes ===

    def change(self):
        """Changes about a tenth; the number of objects stays about the same."""
        some = self.random.sample(sorted(self.computes), max(1, len(self.computes) // 10))
        for name in some:
            how = self.random.choices([self.change_types, self.change_texts, self.replace, self.remove_and_add], [4, 4, 1, 2])[0]
            how(name)
        for cluster in self.random.sample(sorted(self.extensions), max(1, len(self.extensions) // 4)):
            settings = self.extensions[cluster]["settings"]
            setting = self.random.choice(["install_prom_op", "install_volcano", "install_dcgm_exporter"])
            settings[setting] = not settings[setting]

    def change_types(self, name):
        self.computes[name] |= self.instance_types()

    def change_texts(self, name):
        self.computes[name] |= self.texts()

    def replace(self, name):
        """The namespace of an attached cluster cannot be changed."""
        self.computes[name]["namespace"] = self.random.choice(["default", "ml", f"team-{self.random.randrange(100)}"])

    def remove_and_add(self, name):
        del self.computes[name]
        self.add_compute()

    def add_compute(self):
        self.made += 1
        clusters = self.shared + [cluster for cluster, it in self.extensions.items() if it["relay"]]
        self.computes[f"{self.name}{self.made:05}"] = {
            "cluster": self.random.choice(clusters),
            "workspace": self.random.choice(self.workspaces),
            "namespace": "default",
            **self.instance_types(),
            **self.texts(),
        }

    def new_extension(self, cluster, number):
        settings = dict.fromkeys(["install_prom_op", "install_volcano", "install_dcgm_exporter"], True)
        return {"name": f"aml-{self.name}-{number}", "relay": number % 2 == 0, "settings": settings, "cluster": cluster}

    def instance_types(self):
        names = self.random.sample(["small", "medium", "large", "huge"], self.random.randrange(1, 4))
        types = {}
        for name in names:
            amounts = {"cpu": str(self.random.randrange(1, 32)), "memory": f"{self.random.randrange(1, 128)}Gi"}
            selector = {"pool": self.random.choice(["one", "two"])}
            types[name] = {"node_selector": selector, "resources": {"requests": amounts, "limits": amounts}}
        return {"instance_types": types, "default_instance_type": names[0]}

    def texts(self):
        purpose = self.random.choice(PURPOSES)
        return {"description": f"For {purpose}.", "tags": {"purpose": purpose, "by": self.name}}

    # === what is written ===

    def configuration(self):
        """As Terraform reads it in JSON."""
        extensions = {it["name"]: self.extension_block(cluster, it) for cluster, it in self.extensions.items()}
        computes = {name: self.compute_block(name, it) for name, it in self.computes.items()}
        return json.dumps({
            "terraform": {"required_providers": {"azureml": {"source": "azureml/azureml"}}},
            "resource": {"azureml_arc_extension": extensions, "azureml_kubernetes_compute": computes},
        })

    def extension_block(self, cluster, it):
        relay = {} if it["relay"] else {"relay": {"mode": "none"}}
        return {"name": it["name"], "cluster_id": azure.cluster_id(cluster), "enable_training": True, **relay, **it["settings"]}

    def compute_block(self, name, it):
        kept = ["namespace", "instance_types", "default_instance_type", "description", "tags"]
        ids = {"cluster_id": azure.cluster_id(it["cluster"]), "workspace_id": azure.workspace_id(it["workspace"])}
        if it["cluster"] in self.extensions:
            ids["extension_id"] = f"${{azureml_arc_extension.{self.extensions[it['cluster']]['name']}.id}}"
        return {"name": name, **ids, **{key: it[key] for key in kept}}

    # === what Azure must hold ===

    def compute_id(self, name):
        return f"{azure.workspace_id(self.computes[name]['workspace'])}/computes/{name}"

    def extension_id(self, cluster):
        return f"{azure.cluster_id(cluster)}/{azure.EXTENSIONS}/{self.extensions[cluster]['name']}"

    def ids(self):
        return [self.extension_id(it) for it in self.extensions] + [self.compute_id(it) for it in self.computes]

    def differences(self, objects):
        """Where Azure holds something else, in the service's own words."""
        for name, it in self.computes.items():
            found = objects.get(self.compute_id(name).lower())
            yield from compare(name, self.compute_as_held(it), compute_held(found))
        for cluster, it in self.extensions.items():
            found = objects.get(self.extension_id(cluster).lower())
            yield from compare(it["name"], extension_as_held(it), extension_held(found))

    def compute_as_held(self, it):
        types = {
            name: {"nodeSelector": type["node_selector"], "resources": type["resources"]}
            for name, type in it["instance_types"].items()
        }
        return {
            "cluster": azure.cluster_id(it["cluster"]).lower(),
            "namespace": it["namespace"],
            "description": it["description"],
            "tags": it["tags"],
            "default": it["default_instance_type"],
            "types": types,
            "state": "Succeeded",
        }


def compute_held(found):
    if not found:
        return None
    properties = found["properties"]
    inner = properties["properties"]
    types = {
        name: {"nodeSelector": type.get("nodeSelector"), "resources": type["resources"]}
        for name, type in (inner.get("instanceTypes") or {}).items()
        if name != OF_THE_CLUSTER
    }
    return {
        "cluster": properties["resourceId"].lower(),
        "namespace": inner["namespace"],
        "description": properties["description"],
        "tags": found["tags"],
        "default": inner["defaultInstanceType"],
        "types": types,
        "state": properties["provisioningState"],
    }


def extension_as_held(it):
    wire = {"install_prom_op": "installPromOp", "install_volcano": "installVolcano", "install_dcgm_exporter": "installDcgmExporter"}
    return {wire[name]: str(value).lower() for name, value in it["settings"].items()} | {"state": "Succeeded"}


def extension_held(found):
    if not found:
        return None
    settings = found["properties"]["configurationSettings"]
    wire = ["installPromOp", "installVolcano", "installDcgmExporter"]
    return {name: str(settings.get(name)).lower() for name in wire} | {"state": found["properties"]["provisioningState"]}


def compare(name, expected, found):
    if found is None:
        yield f"{name} is not in Azure"
        return
    for key, value in expected.items():
        if found[key] != value:
            yield f"{name}: {key} is {json.dumps(found[key])} in Azure, and {json.dumps(value)} in the configuration"
