"""What the program is made of, as a CycloneDX document: every crate, its licence, its sum and what it needs."""

import json
import os
import re
import subprocess
import uuid

from targets import PROGRAM, ROOT, file_name

SPECIFICATION = "1.6"


def write_sbom(folder, targets):
    path = folder / file_name("sbom.cdx.json")
    path.write_text(json.dumps(document(targets), indent=2, sort_keys=True) + "\n")
    return path


def document(targets):
    packages, needs = {}, {}
    for target in targets:
        metadata = read_metadata(target)
        packages |= {package["id"]: package for package in metadata["packages"]}
        for identity, needed in reached(metadata, packages).items():
            needs.setdefault(identity, set()).update(needed)
    sums = locked_sums()
    own = next(identity for identity in needs if packages[identity]["name"] == PROGRAM)
    components = [component(packages[identity], sums) for identity in needs if identity != own]
    content = {
        "bomFormat": "CycloneDX",
        "specVersion": SPECIFICATION,
        "version": 1,
        "metadata": {"component": {**component(packages[own], sums), "type": "application"}},
        "components": sorted(components, key=lambda component: component["bom-ref"]),
        "dependencies": [
            {"ref": purl(packages[identity]), "dependsOn": sorted(purl(packages[it]) for it in needed)}
            for identity, needed in sorted(needs.items(), key=lambda pair: purl(packages[pair[0]]))
        ],
    }
    # The number of a document is that of what it says: the same sources give the same file.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(content, sort_keys=True))
    return {**content, "serialNumber": f"urn:uuid:{number}"}


def read_metadata(target):
    command = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", target.triple]
    environment = dict(os.environ, CARGO_TERM_COLOR="never")
    return json.loads(subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True).stdout)


def reached(metadata, packages):
    """What ends in the program, with what each needs: neither tests, nor what runs while it is built."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    own = next(it["id"] for it in metadata["packages"] if it["name"] == PROGRAM)
    found, left = {}, [own]
    while left:
        identity = left.pop()
        if identity in found:
            continue
        found[identity] = {
            needed["pkg"]
            for needed in nodes[identity]["deps"]
            if any(kind["kind"] is None for kind in needed["dep_kinds"]) and not is_macro(packages[needed["pkg"]])
        }
        left.extend(found[identity])
    return found


def is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def component(package, sums):
    said = {
        "type": "library",
        "bom-ref": purl(package),
        "name": package["name"],
        "version": package["version"],
        "purl": purl(package),
        # Some crates part their alternatives as Cargo did before it knew SPDX.
        "licenses": [{"expression": re.sub(r"\s*/\s*", " OR ", package["license"])}],
    }
    found = sums.get((package["name"], package["version"]))
    return {**said, "hashes": [{"alg": "SHA-256", "content": found}]} if found else said


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def locked_sums():
    """The sum of each crate's archive, by the lock."""
    entry = re.compile(r'name = "(.+)"\nversion = "(.+)"\nsource = ".+"\nchecksum = "(\w+)"')
    return {(name, version): sum for name, version, sum in entry.findall((ROOT / "Cargo.lock").read_text())}
