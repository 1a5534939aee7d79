"""What a release has to do: be installed with the hashes that it states, start, plan and apply."""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import archive
from build import is_static
from debian import unpacked
from empty_root import EmptyRoot
from targets import PROGRAM, ROOT, TARGETS, Unavailable, file_name, version

sys.path.append(str(ROOT / "tests/soak"))

from azure import Azure

GET = ROOT / "tests/tools/get"
DEMO = ROOT / "examples/demo/main.tf"

# The programs that install it, and the registry that each of them means.
CLIS = {("terraform", "1.11.4"): "registry.terraform.io", ("tofu", "1.12.6"): "registry.opentofu.org"}
ADDRESS = "azureml/azureml"



class Failed(Exception):
    """What a release must do and does not."""


def cli(name, release):
    got = subprocess.run([GET, name, release], stdout=subprocess.PIPE, text=True)
    if got.returncode != 0:
        raise Unavailable(f"{name} {release} is missing")
    return pathlib.Path(got.stdout.strip())


def run(command, folder, environment=()):
    """A program of Terraform's or OpenTofu's, with no setting of the user's."""
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    environment = {**kept, "HOME": str(folder), "CHECKPOINT_DISABLE": "1", **dict(environment)}
    ran = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ran.returncode != 0:
        raise Failed(f"`{' '.join(map(str, command))}` ended with {ran.returncode}: {ran.stdout[-2000:]}")
    return ran.stdout


# === hashes ===


class Mirror:
    """A filesystem mirror of the archives. A platform that was not built has a stand-in, so that all can be locked."""

    def __init__(self, path, hashes):
        self.path, self.hashes = path, hashes

    @classmethod
    @contextlib.contextmanager
    def made(cls, archives):
        with tempfile.TemporaryDirectory(prefix="azureml-mirror-") as scratch:
            first, *others = [pathlib.Path(scratch) / registry / ADDRESS for registry in CLIS.values()]
            first.mkdir(parents=True)
            stand_in = pathlib.Path(scratch) / "stand-in"
            stand_in.write_text("the program of another machine\n")
            for target in TARGETS:
                archive.pack(target, stand_in, first)
            for built in archives:
                shutil.copy(built, first)
            for other in others:
                shutil.copytree(first, other)
            stand_in.unlink()
            yield cls(pathlib.Path(scratch), {archive.h1(path) for path in first.glob("*.zip")})


def check_hashes(mirror, scratch):
    """Both programs lock all platforms, by the hashes that the release states."""
    for which in CLIS:
        folder = scratch / f"lock-{which[0]}"
        lock(cli(*which), mirror, folder)
        locked = set(re.findall(r'"(h1:.*)"', (folder / ".terraform.lock.hcl").read_text()))
        if locked != mirror.hashes:
            raise Failed(f"{which[0]} locks {locked}, and the release says {mirror.hashes}")


def lock(program, mirror, folder):
    folder.mkdir()
    shutil.copy(DEMO, folder)
    platforms = [f"-platform={target.platform}" for target in TARGETS]
    run([program, "providers", "lock", f"-fs-mirror={mirror.path}", *platforms], folder, no_settings(folder))


def no_settings(folder):
    (folder / "cli.tfrc").write_text("")
    return {"TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc")}


def check_signature(folder, scratch):
    """A key of an hour signs a copy of the sums, as the workflow does with that of the registry."""
    if not shutil.which("gpg"):
        raise Unavailable("there is no gpg on PATH")
    home, signed = scratch / "keys", scratch / "signed"
    home.mkdir(mode=0o700)
    signed.mkdir()
    sums = shutil.copy(folder / file_name("SHA256SUMS"), signed)
    gpg = ["gpg", "--homedir", home, "--batch", "--quiet", "--passphrase", "", "--pinentry-mode", "loopback"]
    subprocess.run([*gpg, "--quick-generate-key", "release@example.invalid", "rsa3072", "sign", "1d"], check=True, capture_output=True)
    key = subprocess.run([*gpg, "--armor", "--export-secret-keys"], check=True, stdout=subprocess.PIPE, text=True).stdout
    subprocess.run([ROOT / "dist/sign", signed], env={**os.environ, "GPG_PRIVATE_KEY": key}, check=True, capture_output=True)
    pathlib.Path(sums).write_text("other sums\n")
    forged = subprocess.run([*gpg, "--verify", f"{sums}.sig", sums], capture_output=True)
    subprocess.run(["gpgconf", "--homedir", home, "--kill", "gpg-agent"], check=False)
    if forged.returncode == 0:
        raise Failed("other sums are taken for the signed ones")


# === the demo ===


@contextlib.contextmanager
def azure():
    """An emulator that speaks TLS, and its environment, in which it is signed in to with a secret."""
    with tempfile.TemporaryDirectory(prefix="azureml-tls-") as tls:
        with Azure.running(emulator(), "--tls", tls, "--operation-duration", "0s") as running:
            wanted = {name: value for name, value in running.environment.items() if name.startswith("ARM_")}
            yield wanted, pathlib.Path(tls) / "ca.pem"


def emulator():
    """As `make test` leaves it."""
    command = ["cargo", "build", "--locked", "--package", "emulator", "--message-format=json-render-diagnostics"]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.splitlines()
    return next(path for path in (json.loads(line).get("executable") for line in built) if path)


def play_in_an_empty_root(mirror, program):
    """Once with each command that needs no library itself. The authorities are the system's, as the root has them."""
    static = [which for which in CLIS if is_static(cli(*which))]
    if not static:
        raise Unavailable("neither terraform nor tofu is a program that starts in an empty root")
    for which in static:
        with EmptyRoot.made() as root, azure() as (environment, authority):
            shutil.copy(authority, root.path / "etc/ssl/certs/ca-certificates.crt")
            says_its_version(root, program)
            prepare(root, mirror, which)
            play(lambda *arguments: root.run("/cli", *arguments, environment=in_root(environment)))


def says_its_version(root, program):
    root.put(program, "provider")
    code, said = root.run("/provider", "--version")
    if code != 0 or version() not in said:
        raise Failed(f"--version in an empty root ends with {code}: {said}")
    (root.path / "provider").unlink()


def prepare(root, mirror, which):
    """The program, the mirror with nothing but ours, the demo and the lock file that was written outside."""
    root.put(cli(*which), "cli")
    lock(cli(*which), mirror, root.path / "lock")
    for name in (".terraform.lock.hcl", "main.tf"):
        shutil.move(root.path / "lock" / name, root.path / "work")
    shutil.rmtree(root.path / "lock")
    place = root.path / "mirror" / CLIS[which] / ADDRESS
    place.mkdir(parents=True)
    for built in mirror.path.glob(f"{CLIS[which]}/{ADDRESS}/*_linux_amd64.zip"):
        shutil.copy(built, place)
    (root.path / "work/cli.tfrc").write_text('provider_installation {\n  filesystem_mirror {\n    path = "/mirror"\n  }\n}\n')


def in_root(environment):
    return {**environment, "TF_CLI_CONFIG_FILE": "/work/cli.tfrc", "CHECKPOINT_DISABLE": "1", "TMPDIR": "/tmp"}


def play(command):
    """From `init` to an empty plan after an apply."""
    steps = [
        ("-chdir=/work", "init", "-no-color", "-lockfile=readonly"),
        ("-chdir=/work", "plan", "-no-color", "-out=plan"),
        ("-chdir=/work", "apply", "-no-color", "plan"),
        ("-chdir=/work", "plan", "-no-color", "-detailed-exitcode"),
    ]
    for step in steps:
        code, said = command(*step)
        if code != 0:
            raise Failed(f"{' '.join(step)} ended with {code}: {said[-2000:]}")
        print(f"  {step[1]}: {said.strip().splitlines()[-1] if said.strip() else 'done'}", flush=True)


def play_by_qemu(program, scratch):
    """Terraform of this machine starts it through a script."""
    qemu, folder = qemu_of_arm64(), scratch / "arm64"
    folder.mkdir()
    said = run([qemu, program, "--version"], folder)
    if version() not in said:
        raise Failed(f"--version says {said}")
    script = folder / PROGRAM
    script.write_text(f'#!/bin/sh\nexec "{qemu}" "{program}" "$@"\n')
    script.chmod(0o755)
    settings = folder / "cli.tfrc"
    settings.write_text(f'provider_installation {{\n  dev_overrides {{\n    "{ADDRESS}" = "{folder}"\n  }}\n  direct {{}}\n}}\n')
    shutil.copy(DEMO, folder)
    with azure() as (environment, authority):
        environment |= {"AZUREML_CA_CERTIFICATE_PATH": str(authority), "TF_CLI_CONFIG_FILE": str(settings)}
        for step in (["plan", "-out=plan"], ["apply", "plan"], ["plan", "-detailed-exitcode"]):
            run([cli("terraform", "1.11.4"), *step], folder, environment)


def qemu_of_arm64():
    for name in ("qemu-aarch64-static", "qemu-aarch64"):
        if shutil.which(name):
            return shutil.which(name)
    return unpacked("qemu", ["qemu-user-static"], "qemu-user-static") / "usr/bin/qemu-aarch64-static"


# === files ===


def check_windows_libraries(program):
    """The names of libraries stand in the file as they are, so what is none of Windows' own is seen without its tables."""
    named = {name.decode() for name in re.findall(rb"[\w.-]+\.dll", program.read_bytes(), re.I)}
    foreign = sorted(name for name in named if name.lower().startswith("lib"))
    if foreign:
        raise Failed(f"it asks for {', '.join(foreign)}")


def copy_sources(folder):
    """What git has and what is changed in the checkout, as they are now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)


def check_equal(first, second):
    one, other = first.read_bytes(), second.read_bytes()
    if one != other:
        at = next((index for index, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), min(len(one), len(other)))
        raise Failed(f"{len(one)} and {len(other)} bytes, different from byte {at} on")
