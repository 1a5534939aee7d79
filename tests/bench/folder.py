"""Working folders in which Terraform runs, and what one command of it costs: wall, processor time, memory, output.

Each provider is started through a few lines of bash, which note the processor time of its process when it has ended.
"""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import tempfile
import threading
import time

from programs import clean_environment

# Seconds after which a command has hung. The longest takes about five minutes.
PATIENCE = 1200

WRAPPER = """#!/usr/bin/env bash
{program} "$@"
code=$?
times > "$BENCH_TIMES/$$"
exit $code
"""


# What runs now.
RUNNING = set()


class Failed(Exception):
    """What did not go as it must, so that there is nothing to measure."""


@dataclasses.dataclass
class Ran:
    """One command of Terraform's."""

    seconds: float
    # Processor time of Terraform, and of the providers that it started.
    host_ms: float
    provider_ms: float
    # The most memory that a provider had at any time, in kilobytes. 0: not asked for, or the system does not say.
    peak_kb: int
    output: str


class Folder:
    """A configuration with its state. It is removed at the end of the block."""

    def __init__(self, path, terraform, providers, environment):
        self.path, self.terraform = path, terraform
        self.programs = {pathlib.Path(program).resolve() for program in providers.values()}
        overrides = {name: str(wrap(path, name, program)) for name, program in providers.items()}
        lines = [f"    {json.dumps(source(name))} = {json.dumps(at)}" for name, at in overrides.items()]
        (path / "cli.tfrc").write_text("provider_installation {\n  dev_overrides {\n" + "\n".join(lines) + "\n  }\n  direct {}\n}\n")
        self.environment = clean_environment() | environment | {
            "HOME": str(path), "TF_CLI_CONFIG_FILE": str(path / "cli.tfrc"), "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1",
        }

    @classmethod
    @contextlib.contextmanager
    def made(cls, terraform, providers, environment=()):
        with tempfile.TemporaryDirectory(prefix="azureml-bench-") as path:
            yield cls(pathlib.Path(path), terraform, providers, dict(environment))

    def write(self, configuration):
        (self.path / "main.tf.json").write_text(json.dumps(configuration, indent=1))

    def run(self, *arguments, codes=(0,), watches_memory=False):
        """Runs a command to its end, and fails if that is another one than expected."""
        times, output = self.path / "times", self.path / "output.log"
        times.mkdir(exist_ok=True)
        for old in times.iterdir():
            old.unlink()
        with output.open("wb") as file:
            began = time.monotonic()
            process = subprocess.Popen(
                [self.terraform, *arguments], cwd=self.path, env=self.environment | {"BENCH_TIMES": str(times)},
                stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT, start_new_session=True,
            )
            memory = Memory(process.pid, self.programs) if watches_memory else None
            code, usage = end(process)
            seconds = time.monotonic() - began
        text = output.read_text(errors="replace")
        if code not in codes:
            raise Failed(f"`terraform {shlex.join(arguments)}` ended with {code}: {text[-800:]}")
        own = sum(map(processor_ms, times.iterdir()))
        return Ran(seconds, (usage.ru_utime + usage.ru_stime) * 1e3 - own, own, memory.stop() if memory else 0, text)


def source(name):
    return {"azureml": "azureml/azureml"}.get(name, f"hashicorp/{name}")


def wrap(path, name, program):
    """A folder with what Terraform starts for this provider."""
    folder = path / "providers" / name
    folder.mkdir(parents=True)
    script = folder / f"terraform-provider-{name}"
    script.write_text(WRAPPER.format(program=shlex.quote(str(program))))
    script.chmod(0o755)
    return folder


def end(process):
    """Its exit code and what it used. It never outlives an exception, nor does anything that it started."""
    late = threading.Timer(PATIENCE, kill, [process])
    late.start()
    RUNNING.add(process)
    try:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        return process.returncode, usage
    finally:
        late.cancel()
        RUNNING.discard(process)
        if process.returncode is None:
            kill(process)
            process.wait()


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def kill_all():
    """What other threads wait for."""
    for process in list(RUNNING):
        kill(process)


def processor_ms(file):
    """The second line of `times` is about what the shell has started: user and system time."""
    minutes_and_seconds = re.findall(r"(\d+)m([\d.]+)s", file.read_text().splitlines()[1].replace(",", "."))
    return sum(int(minutes) * 60e3 + float(seconds) * 1e3 for minutes, seconds in minutes_and_seconds)


class Memory:
    """The most memory that a provider below a process ever had. The system keeps the peak, so that only a process which is
    young and short-lived is missed."""

    def __init__(self, parent, programs):
        self.peak, self.parent, self.programs = 0, parent, programs
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def watch(self):
        while not self.over.wait(0.02):
            for process in descendants(self.parent):
                # A process may end while it is looked at.
                with contextlib.suppress(OSError):
                    if pathlib.Path(f"/proc/{process}/exe").resolve() in self.programs:
                        found = re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{process}/status").read_text())
                        self.peak = max(self.peak, int(found[1]) if found else 0)

    def stop(self):
        self.over.set()
        self.thread.join()
        return self.peak


def descendants(parent):
    for threads in pathlib.Path(f"/proc/{parent}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in threads.read_text().split():
                yield child
                yield from descendants(child)
