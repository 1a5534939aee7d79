"""What a soak is made of: the built programs, and folders in which Terraform works."""

import contextlib
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
GET = ROOT / "tests/tools/get"

# Seconds after which a command has hung. The longest takes about one minute on a busy machine.
PATIENCE = 600


class Failed(Exception):
    """What a soak has found."""


def build():
    """The executables of the provider and the emulator, as `make test` leaves them."""
    if not shutil.which("cargo"):
        raise Failed("cargo is not on PATH: install Rust by rustup (https://rustup.rs) or your distribution")
    command = ["cargo", "build", "--locked", "--package", "terraform-provider-azureml", "--package", "emulator", "--bins"]
    run = subprocess.run(command + ["--message-format=json-render-diagnostics"], cwd=ROOT, stdout=subprocess.PIPE)
    if run.returncode != 0:
        raise Failed("the build failed")
    built = [json.loads(line).get("executable") for line in run.stdout.splitlines()]
    by_name = {pathlib.Path(path).stem: pathlib.Path(path) for path in built if path}
    return by_name["terraform-provider-azureml"], by_name["azureml-emulator"]


def running_in(folder):
    """Those of a folder, however they were built."""
    folder = pathlib.Path(folder).absolute()
    return folder / "terraform-provider-azureml", folder / "azureml-emulator"


def get_terraform():
    got = subprocess.run([GET, "terraform", "1.11.4"], stdout=subprocess.PIPE, text=True)
    if got.returncode != 0:
        raise Failed("there is no terraform")
    return got.stdout.strip()


def write_json(path, value):
    path.write_text(json.dumps(value))
    return path


class Kept:
    """A provider that serves one command after the other."""

    def __init__(self, process, attached):
        self.process, self.attached = process, attached

    @classmethod
    @contextlib.contextmanager
    def running(cls, provider, azure):
        """Until the end of the block."""
        environment = clean_environment() | azure.environment
        process = subprocess.Popen([provider, "-debug"], env=environment, stdout=subprocess.PIPE, text=True)
        try:
            said = "".join(itertools.islice(process.stdout, 3))
            found = re.search("TF_REATTACH_PROVIDERS='(.*)'", said)
            if not found:
                raise Failed(f"the provider did not start: {said}")
            yield cls(process, found[1])
        finally:
            process.terminate()
            process.wait(20)
            process.stdout.close()

    def memory(self):
        return own_memory(self.process.pid)


class Folder:
    """A working folder with a state, and the commands that run in it."""

    def __init__(self, path, terraform, provider, azure):
        self.path, self.terraform, self.provider = path, terraform, provider
        self.path.mkdir(parents=True)
        overrides = json.dumps(str(provider.parent))
        (path / "cli.tfrc").write_text(
            f'provider_installation {{\n  dev_overrides {{\n    "azureml/azureml" = {overrides}\n  }}\n  direct {{}}\n}}\n'
        )
        self.environment = clean_environment() | azure.environment | {
            "HOME": str(path),
            "TF_CLI_CONFIG_FILE": str(path / "cli.tfrc"),
            "TF_IN_AUTOMATION": "1",
            "CHECKPOINT_DISABLE": "1",
            # Terraform's own work takes most of the time.
            "GOGC": "400",
        }

    def write(self, configuration):
        (self.path / "main.tf.json").write_text(configuration)

    def start(self, *arguments):
        return Command(self, arguments)

    def state_ids(self):
        """Of every object that the state holds, those beside an extension too."""
        try:
            state = json.loads((self.path / "terraform.tfstate").read_text() or "{}")
        except FileNotFoundError:
            return set()
        instances = [instance for it in state.get("resources", []) for instance in it["instances"]]
        return {id for instance in instances for id in own_ids(instance["attributes"])}


def own_ids(attributes):
    yield attributes["id"].lower()
    for beside in attributes.get("side_resources") or []:
        yield beside["id"].lower()


# What the provider says where a stop comes before the answer to a write.
UNHEARD = "interrupted before the service had answered"


def clean_environment():
    """Nothing of the user's accounts and settings takes part."""
    foreign = ("ARM_", "AZURE", "AZUREML_", "TF_", "KUBE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return kept | {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


class Command:
    """A command of Terraform's while it runs, in a group of its own as on a terminal."""

    started = []

    def __init__(self, folder, arguments):
        self.arguments = [folder.terraform, *arguments]
        self.began = time.monotonic()
        self.output = folder.path / f"{arguments[0]}.{time.time_ns()}.log"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                self.arguments, cwd=folder.path, env=folder.environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )
        self.memory = Memory(self.process.pid, folder.provider)
        Command.started.append(self)

    @classmethod
    def kill_all(cls):
        """Those that still run, with what they started."""
        for command in filter(cls.is_running, cls.started):
            os.killpg(command.process.pid, signal.SIGKILL)
            command.process.wait()

    def interrupt(self):
        os.killpg(self.process.pid, signal.SIGINT)

    def is_running(self):
        return self.process.poll() is None

    def end(self):
        """Its exit code. A command that hangs is ended."""
        try:
            code = self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise Failed(f"{self} did not end within {PATIENCE} s") from None
        finally:
            self.memory.stop()
        self.seconds = time.monotonic() - self.began
        return code

    def __str__(self):
        return " ".join(map(str, self.arguments))

    def messages(self):
        """The lines of its output, which is JSON."""
        for line in self.output.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                yield json.loads(line)

    def errors(self):
        """What it reported as errors, each in one line."""
        return [one_line(it["diagnostic"]) for it in self.messages() if it.get("@level") == "error" and "diagnostic" in it]

    def unheard(self):
        """Address and ID of each object whose creation was interrupted before Azure had answered."""
        for told in self.messages():
            diagnostic = told.get("diagnostic") or {}
            detail = diagnostic.get("detail") or ""
            if diagnostic.get("summary", "").endswith("was not created") and UNHEARD in " ".join(detail.split()):
                yield diagnostic["address"], detail.split()[0]

    def said(self):
        """Its errors, or what it plans, or else where its output is."""
        planned = [it["change"] for it in self.messages() if it.get("type") in ("planned_change", "resource_drift")]
        planned = [f"{it['action']} {it['resource']['addr']}" for it in planned]
        return "\n".join((self.errors() or planned)[:10] + [f"The output is {self.output}."])


def one_line(diagnostic):
    words = [diagnostic.get("address") or "", diagnostic["summary"], diagnostic.get("detail") or ""]
    return " | ".join(" ".join(part.split()) for part in words if part)


class Memory:
    """The most memory of its own that a provider of a command ever had, in kilobytes; 0 where the system does not say."""

    def __init__(self, parent, provider):
        self.peak, self.parent, self.provider = 0, parent, provider.resolve()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.over.wait(0.1):
            for process in children(self.parent):
                if executable(process) == self.provider:
                    self.peak = max(self.peak, own_memory(process))

    def stop(self):
        self.over.set()
        self.thread.join()


def children(parent):
    """What any of its threads has started."""
    for threads in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
        # A process may end while it is looked at.
        with contextlib.suppress(OSError):
            yield from threads.read_text().split()


def executable(process):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{process}/exe").resolve()
    return None


def own_memory(process):
    """Without the pages of the program's file, which differ from build to build."""
    with contextlib.suppress(OSError):
        found = re.search(r"RssAnon:\s+(\d+) kB", pathlib.Path(f"/proc/{process}/status").read_text())
        return int(found[1]) if found else 0
    return 0
