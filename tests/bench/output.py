"""How much a plan prints that renames instance types, which is what a plan says most about."""

import configurations
from folder import Failed, Folder
from lives import emulated
from table import Section, budget

# Bytes of all warnings, and lines of them for each compute.
LIMIT = 300_000
LINES = 12
TYPES = 20
DEFAULT = 1


def measure(terraform, provider, emulator, counts):
    columns = ["Terraform's own lines", "warnings", "lines of them for each compute", "budget"]
    section = Section("What a plan prints", columns)
    for types in counts:
        computes = types // TYPES
        own, warnings = rename(terraform, provider, emulator, computes)
        size, lines = len(warnings.encode()), warnings.count("\n") / computes
        kept = budget(f"{LIMIT / 1e3:.0f} kB, {LINES} lines", size <= LIMIT and lines <= LINES)
        name = f"{types:,} renamed types, {TYPES} of each compute"
        section.add(name, f"{own / 1e3:.1f} kB", f"{size / 1e3:.1f} kB", f"{lines:.1f}", budget=kept)
    return section


def rename(terraform, provider, emulator, computes):
    """The bytes that Terraform prints of the change itself, and the warnings that stand below it."""
    with emulated(emulator) as azure, Folder.made(terraform, {"azureml": provider}, azure.environment) as folder:
        folder.write(configurations.ours(computes, types=TYPES + DEFAULT))
        folder.run("apply", "-auto-approve", "-no-color")
        folder.write(configurations.ours(computes, types=TYPES + DEFAULT, renamed=True))
        plan = folder.run("plan", "-no-color", "-refresh=false").output
        change, _, rest = plan.partition("\nPlan: ")
        warnings = rest.partition("\n")[2].partition("\n───")[0]
        if "are renamed" not in warnings:
            raise Failed(f"a plan that renames does not warn of it:\n{rest}")
        return len(change.encode()), warnings
