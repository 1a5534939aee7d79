"""How much a plan prints that renames instance types, which is what a plan says most about."""

import configurations
from folder import Folder
from lives import emulated
from table import Section, budget

# Bytes, by how many types are renamed.
LIMITS = {1000: 300_000}
TYPES = 20


def measure(terraform, provider, emulator, counts):
    section = Section("What a plan prints", ["printed", "for each type", "budget"])
    for types in counts:
        printed = rename(terraform, provider, emulator, types // TYPES)
        limit = LIMITS.get(types)
        kept = budget(f"{limit / 1e3:.0f} kB", printed <= limit) if limit else ""
        name = f"{types:,} renamed types, {TYPES} of each compute"
        section.add(name, f"{printed / 1e3:.1f} kB", f"{printed / types:.0f} B", budget=kept)
    return section


def rename(terraform, provider, emulator, computes):
    """The bytes of the plan, less those of one that changes nothing: warnings about the folder itself."""
    with emulated(emulator) as azure, Folder.made(terraform, {"azureml": provider}, azure.environment) as folder:
        folder.write(configurations.ours(computes, types=TYPES))
        folder.run("apply", "-auto-approve", "-no-color")
        before = folder.run("plan", "-no-color", "-refresh=false").output
        folder.write(configurations.ours(computes, types=TYPES, renamed=True))
        after = folder.run("plan", "-no-color", "-refresh=false").output
        return len(after.encode()) - len(before.encode())
