"""Many computes from create to destroy, against the emulator: how long each verb takes, and what it asks."""

import collections
import dataclasses
import json
import tempfile

import configurations
from azure import Azure, seed
from folder import Folder
from table import NOT_MEASURED, Section, budget

# Requests at once and each second, by "Understand how Azure Resource Manager throttles requests".
BUCKETS = {"reads": (250, 25), "writes": (200, 10), "deletes": (200, 10)}
KINDS = {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}

PARALLELISM = 10
LATENCY_MS = 50
# How many times the time that the buckets demand the verbs may take.
OVER_BOUND = 1.2

# The most requests for one more compute on a cluster and in a workspace that are in use already.
CALLS = {"create": 4, "refresh": 0.1, "update": 4, "destroy": 3}

COMMON = ("-no-color", f"-parallelism={PARALLELISM}")
COMMANDS = {
    "create": ("apply", "-auto-approve", *COMMON),
    "refresh": ("plan", "-detailed-exitcode", *COMMON),
    "update": ("apply", "-auto-approve", "-refresh=false", *COMMON),
    "destroy": ("destroy", "-auto-approve", "-refresh=false", *COMMON),
}


@dataclasses.dataclass
class Verb:
    """What one command took and asked."""

    seconds: float
    # The shortest time that the buckets allow for as many requests, as full as they were.
    bound: float
    counts: collections.Counter
    refused: int


def live(terraform, provider, emulator, count, *options):
    """The verbs of so many computes on an emulator of their own."""
    with emulated(emulator, *options) as azure, Folder.made(terraform, {"azureml": provider}, azure.environment) as folder:
        buckets = {kind: Bucket(*BUCKETS[kind]) for kind in BUCKETS}
        verbs = {}
        for name, command in COMMANDS.items():
            folder.write(configurations.ours(count, description="two" if name == "update" else "one"))
            if name == "destroy":
                folder.write(configurations.ours(count, description="two"))
            azure.forget_requests()
            ran = folder.run(*command)
            verbs[name] = verb(ran, azure.requests(), buckets)
        return verbs


def emulated(emulator, *options):
    """An emulator with a cluster that has the extension, and a workspace."""
    file = tempfile.NamedTemporaryFile("w", prefix="azureml-bench-", suffix=".json")
    json.dump(seed(["cluster"], ["cluster"], ["workspace"]), file)
    file.flush()
    return Closing(file, Azure.running(emulator, "--seed", file.name, *options))


class Closing:
    """A context with a file that goes with it."""

    def __init__(self, file, context):
        self.file, self.context = file, context

    def __enter__(self):
        return self.context.__enter__()

    def __exit__(self, *why):
        self.file.close()
        return self.context.__exit__(*why)


def verb(ran, requests, buckets):
    passed = [it for it in requests if it["status"] != 429]
    counts = collections.Counter(KINDS.get(it["method"], "writes") for it in passed)
    began = min((it["at_ms"] for it in requests), default=0) / 1e3
    bound = max([0, *((counts[kind] - buckets[kind].at(began)) / buckets[kind].rate for kind in buckets)])
    for it in passed:
        buckets[KINDS.get(it["method"], "writes")].take(it["at_ms"] / 1e3)
    return Verb(ran.seconds, bound, counts, len(requests) - len(passed))


class Bucket:
    """As the emulator's, by the times of the requests that it let pass."""

    def __init__(self, burst, rate):
        self.burst, self.rate, self.tokens, self.since = burst, rate, burst, 0

    def at(self, time):
        return min(self.burst, self.tokens + max(0, time - self.since) * self.rate)

    def take(self, time):
        self.tokens, self.since = self.at(time) - 1, max(time, self.since)


def measure_throttled(terraform, provider, emulator, counts):
    columns = ["wall", "the buckets demand", "times that", "reads", "writes", "deletes", "refused", "budget"]
    section = Section("Under Resource Manager's token buckets", columns)
    for count in counts:
        for name, it in live(terraform, provider, emulator, count, "--throttle", "--no-retry-after").items():
            section.add(f"{name} of {count:,}", *throttled(it), budget=budget_of(it))
    return section


def throttled(it):
    times = f"{it.seconds / it.bound:.2f}" if it.bound else "—"
    return [f"{it.seconds:.1f} s", f"{it.bound:.1f} s", times, *(it.counts[kind] for kind in BUCKETS), it.refused]


def budget_of(it):
    """A bound of some seconds is less than Terraform itself takes."""
    return budget(f"{OVER_BOUND} times", it.seconds <= OVER_BOUND * it.bound) if it.bound > 20 else ""


def measure_distant(terraform, provider, emulator, counts):
    columns = ["wall", "the latency of the requests", "reads", "writes", "deletes"]
    section = Section(f"With a latency of {LATENCY_MS} ms", columns)
    for count in counts:
        for name, it in live(terraform, provider, emulator, count, "--latency", f"{LATENCY_MS}ms").items():
            alone = sum(it.counts.values()) * LATENCY_MS / 1e3 / PARALLELISM
            section.add(f"{name} of {count:,}", f"{it.seconds:.1f} s", f"{alone:.1f} s", *(it.counts[kind] for kind in BUCKETS))
    return section


def measure_calls(terraform, provider, emulator, more):
    """The requests for one compute, and for each further one on its cluster and in its workspace."""
    one, many = (live(terraform, provider, emulator, count) for count in (1, 1 + more))
    section = Section("Requests", ["the first", "each further", "reads", "writes", "deletes", "budget"])
    for name, limit in CALLS.items():
        further = {kind: (many[name].counts[kind] - one[name].counts[kind]) / more for kind in BUCKETS}
        total = sum(further.values())
        kinds = (f"{further[kind]:.2f}" for kind in BUCKETS)
        section.add(name, sum(one[name].counts.values()), f"{total:.2f}", *kinds, budget=budget(str(limit), total <= limit))
    return section


def measure_beside_others(terraform, contenders, emulator, counts):
    """The same verbs of ours, on an emulator without latency, and of providers that ask nobody."""
    section = Section("Without latency, beside others", [it.name for it in contenders])
    for count in counts:
        walls = [beside(terraform, it, emulator, count) for it in contenders]
        for name in COMMANDS:
            section.add(f"{name} of {count:,}", *(of.get(name, NOT_MEASURED) for of in walls))
    return section


def beside(terraform, contender, emulator, count):
    if contender.missing:
        return {}
    with emulated(emulator) as azure, Folder.made(terraform, contender.providers, azure.environment) as folder:
        walls = {}
        for name, command in COMMANDS.items():
            description = "one" if name in ("create", "refresh") else "two"
            folder.write(contender.configuration(count, description=description))
            walls[name] = "—"
            if name != "update" or contender.changes_in_place:
                walls[name] = f"{folder.run(*command).seconds:.1f} s"
        return walls
