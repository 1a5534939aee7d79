"""Debian's packages, unpacked into the cache: nothing is installed, and no right of an administrator is needed.

They are a way to a compiler for targets that the toolchain on PATH has no standard library for. apt checks their
signatures.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from targets import Unavailable


def cache():
    """The folder of `tests/tools/get`."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = os.environ.get("AZUREML_TOOLS") or os.path.join(base, "terraform-provider-azureml")
    return pathlib.Path(folder).expanduser().absolute()


def unpacked(name, packages, main):
    """A folder with these packages and what they need, as far as it is not installed. `main` is the package by whose
    version the folder is named. One that is there already is taken as it is."""
    made = sorted(cache().glob(f"debian-{name}-*"))
    if made:
        return made[-1]
    for program in ("apt-get", "dpkg-deb", "dpkg-query"):
        if not shutil.which(program):
            raise Unavailable(f"there is no {program} to get Debian's packages with")
    try:
        return get(name, packages, main)
    except Unavailable:
        # A new machine has no lists of packages yet, and one that was left alone has old ones.
        if os.geteuid() != 0:
            raise
    apt("update", "--quiet")
    return get(name, packages, main)


def get(name, packages, main):
    closure = what_they_need(packages)
    version = re.split(r"[+-]", closure[main].split(":")[-1])[0]
    print(f"getting Debian's {', '.join(packages)} {version}", flush=True)
    installed = installed_packages()
    # A package that happens to be installed is taken all the same, where the others look for it beside themselves.
    beside = re.compile("|".join([*map(re.escape, packages), "libstd-rust-.*", "libllvm.*"]))
    wanted = [f"{p}={v}" for p, v in closure.items() if p not in installed or beside.fullmatch(p)]
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache(), prefix=".getting-") as scratch:
        apt("download", *wanted, cwd=scratch)
        root = pathlib.Path(scratch) / "root"
        for package in sorted(pathlib.Path(scratch).glob("*.deb")):
            subprocess.run(["dpkg-deb", "--extract", package, root], check=True)
        target = cache() / f"debian-{name}-{version}"
        root.rename(target)
    return target


def what_they_need(packages):
    """Every package that these need, with its version, as if nothing were installed."""
    said = apt(
        "install", "--simulate", "--no-install-recommends", "--option", "Dir::State::status=/dev/null", *packages
    )
    return dict(re.findall(r"^Inst (\S+) \((\S+) ", said, re.MULTILINE))


def installed_packages():
    run = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n"], capture_output=True, text=True, check=True
    )
    return {line.split()[0] for line in run.stdout.splitlines() if line.endswith(" installed")}


def apt(*arguments, cwd=None):
    environment = dict(os.environ, LC_ALL="C")
    run = subprocess.run(["apt-get", *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
    if run.returncode != 0:
        why = run.stderr.strip().splitlines()
        raise Unavailable(f"`apt-get {' '.join(arguments)}` failed: {why[-1] if why else run.returncode}; try `apt-get update` first")
    return run.stdout
