"""What a process of a provider costs before it does anything, and how large its program is."""

import builds
from table import NOT_MEASURED, Section, budget

# Milliseconds, by the name of the figure.
BUDGETS = {"line_ms": 5, "schema_ms": 15, "exit_ms": 20}
NAMES = {"line_ms": "start to handshake line", "schema_ms": "start to schema served", "exit_ms": "Shutdown to exit"}


def measure(contenders):
    programs = [next(iter(it.providers.values()), None) if not it.missing else None for it in contenders]
    measured = builds.launches([program for program in programs if program])
    figures = iter(measured["programs"])
    by_contender = [next(figures) if program else None for program in programs]
    section = Section("One process", [it.name for it in contenders] + ["budget"])
    section.add("starting any program at all", spread(measured["floor_ms"]), *["—"] * (len(contenders) - 1))
    for key, name in NAMES.items():
        kept = by_contender[0][key]["median"] <= BUDGETS[key]
        cells = [spread(it[key]) if it else absent(who) for who, it in zip(contenders, by_contender)]
        section.add(name, *cells, budget=budget(f"{BUDGETS[key]} ms", kept))
    add_sizes(section, contenders, programs, by_contender)
    return section


def add_sizes(section, contenders, programs, figures):
    def add(name, size, limit, by):
        sizes = [size(it, program) / by if it else None for it, program in zip(figures, programs)]
        cells = [f"{it:.2f} MB" if it else absent(who) for who, it in zip(contenders, sizes)]
        section.add(name, *cells, budget=budget(f"{limit} MB", sizes[0] <= limit))

    add("memory when the schema is served", lambda it, _: it["rss_kb"], 10, 1024)
    add("program", lambda _, program: program.stat().st_size, 14, 1e6)
    add("program in a zip", lambda _, program: builds.zipped(program), 6.5, 1e6)


def absent(contender):
    return NOT_MEASURED if contender.missing else "—"


def spread(of):
    return f"{of['min']:.1f} / {of['median']:.1f} ms"
