"""The programs that are measured: ours as released, Terraform, and a provider of somebody else."""

import json
import pathlib
import re
import subprocess
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GET = ROOT / "tests/tools/get"
TERRAFORM = "1.11.4"
RANDOM = "3.9.0"


def build():
    """The released provider and the emulator."""
    command = ["cargo", "build", "--release", "--locked", "-p", "terraform-provider-azureml", "-p", "emulator", "--bins"]
    run = subprocess.run(command + ["--message-format=json-render-diagnostics"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    built = [json.loads(line).get("executable") for line in run.stdout.splitlines()]
    by_name = {pathlib.Path(path).stem: pathlib.Path(path) for path in built if path}
    return by_name["terraform-provider-azureml"], by_name["azureml-emulator"]


def get(name, version):
    """The path of a program, or why there is none."""
    run = subprocess.run([GET, name, version], capture_output=True, text=True)
    if run.returncode == 0:
        return pathlib.Path(run.stdout.strip()), None
    return None, f"not measured: `tests/tools/get {name} {version}` gets it, and said: {run.stderr.strip().splitlines()[-1]}"


def launches(providers):
    """What launching each of them costs, by the host of our tests."""
    command = ["cargo", "bench", "--profile", "measure", "--locked", "--bench", "figures", "--", *map(str, providers)]
    return json.loads(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout)


def zipped(program):
    """How many bytes it has in an archive, as registries hand it out."""
    with tempfile.TemporaryFile() as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(program, program.name)
        return file.tell()


def version(program):
    """What it says of itself."""
    run = subprocess.run([program, "--version"], capture_output=True, text=True)
    found = re.search(r"\d+\.\d+\.\d+\S*", run.stdout)
    return found.group(0) if found else "of an unknown version"


def commit():
    """The commit that is measured, with a mark where the checkout has changes."""
    run = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return run.stdout.strip() or "unknown"
