"""`terraform validate`, and plans of many resources that do not exist yet: wall, processor time and memory."""

import statistics

from folder import Folder
from table import NOT_MEASURED, Section, budget

# Milliseconds of the provider's processor time for one compute with three instance types.
PER_COMPUTE = 0.2
# Megabytes.
MEMORY = 40


def measure(terraform, contenders, environment, counts):
    """`counts` has for each number of resources how often it is planned."""
    section = Section("Validate and plan", [it.name for it in contenders] + ["budget"])
    validated = rounds(terraform, contenders, environment, ("validate",), 1, max(counts.values()))
    section.add("validate of 1: wall", *cells(contenders, validated, wall))
    launched = {}
    for count, times in counts.items():
        planned = rounds(terraform, contenders, environment, ("plan", "-refresh=false", "-out=plan"), count, times)
        of = f"plan of {count:,}"
        section.add(f"{of}: wall", *cells(contenders, planned, wall))
        section.add(f"{of}: processor time of Terraform", *cells(contenders, planned, host))
        section.add(f"{of}: processor time of the provider", *cells(contenders, planned, own))
        if count == 1:
            launched = {name: cheapest(runs) for name, runs in planned.items()}
        elif launched:
            add_slope(section, contenders, planned, launched, count)
    add_memory(section, contenders, planned, count)
    return section


def rounds(terraform, contenders, environment, command, count, times):
    """Each of them in turn, so that whatever the machine is at meets all alike."""
    runs = {it.name: [] for it in contenders}
    for _ in range(times):
        for it in filter(lambda it: not it.missing, contenders):
            with Folder.made(terraform, it.providers, environment) as folder:
                folder.write(it.configuration(count))
                runs[it.name].append(folder.run(*command, watches_memory=count > 1))
    return runs


def cells(contenders, runs, figure):
    return [figure(it, runs[it.name]) if runs[it.name] else NOT_MEASURED for it in contenders]


def wall(_, runs):
    seconds = [run.seconds for run in runs]
    return f"{min(seconds) * 1e3:,.0f} / {statistics.median(seconds) * 1e3:,.0f} ms"


def host(_, runs):
    return f"{min(run.host_ms for run in runs):,.0f} ms"


def own(contender, runs):
    return f"{cheapest(runs):,.0f} ms" if contender.providers else "—"


def cheapest(runs):
    return min((run.provider_ms for run in runs), default=0)


def add_slope(section, contenders, planned, launched, count):
    """What one more resource costs, launches aside."""
    slopes = {name: (cheapest(runs) - launched[name]) / (count - 1) for name, runs in planned.items() if runs}
    figures = [f"{slopes[it.name]:.3f} ms" if it.providers and it.name in slopes else absent(it) for it in contenders]
    kept = slopes[contenders[0].name] <= PER_COMPUTE
    section.add(f"plan of {count:,}: of the provider for each", *figures, budget=budget(f"{PER_COMPUTE} ms", kept))


def add_memory(section, contenders, planned, count):
    peaks = {name: max((run.peak_kb for run in runs), default=0) / 1024 for name, runs in planned.items()}
    figures = [f"{peaks[it.name]:.1f} MB" if peaks[it.name] else absent(it) for it in contenders]
    kept = peaks[contenders[0].name] <= MEMORY
    section.add(f"plan of {count:,}: most memory of the provider", *figures, budget=budget(f"{MEMORY} MB", kept))


def absent(contender):
    return "—" if not contender.providers else NOT_MEASURED
