"""How much later than an operation its end is known: from the request log, so that no start of Terraform takes part."""

import concurrent.futures

import configurations
from folder import Failed, Folder, kill_all
from lives import emulated
from table import Section, budget

# Seconds that are added, where the service does not say when to ask again and where it does.
SHORT, SHORT_ALLOWED, LONG_ALLOWED = 5, 1.0, 0.2
ALLOWED_BY_SERVICE = 0.2


def measure(terraform, provider, emulator, lengths):
    section = Section("After the end of an operation", ["known after", "polls", "budget"])
    cases = [(length, says) for says in (False, True) for length in lengths]
    waited = side_by_side(lambda it: wait(terraform, provider, emulator, *it), cases)
    for (length, says), (late, polls) in zip(cases, waited):
        told = "Retry-After: 1" if says else "no Retry-After"
        section.add(f"{length} s, {told}", f"{late:.2f} s", polls, budget=budget_of(late, length, says))
    return section


def side_by_side(act, cases):
    """They wait most of their time, and so may do it together. Whoever stops the run stops them."""
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(cases)) as pool:
        try:
            return list(pool.map(act, cases))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            kill_all()
            raise


def wait(terraform, provider, emulator, length, says):
    """How long after an operation of this length its last poll came, and how many there were."""
    options = ["--operation-duration", f"{length}s"] + ([] if says else ["--no-retry-after"])
    with emulated(emulator, *options) as azure, Folder.made(terraform, {"azureml": provider}, azure.environment) as folder:
        folder.write(configurations.ours(1))
        folder.run("apply", "-auto-approve", "-no-color")
        seen = azure.requests()
    puts = [it for it in seen if it["method"] == "PUT" and "/computes/" in it["path"]]
    polls = [it for it in seen if "operation" in it["path"].lower()]
    if len(puts) != 1 or not polls:
        raise Failed(f"{len(puts)} writes and {len(polls)} polls are not those of one create")
    return (polls[-1]["at_ms"] - puts[0]["at_ms"]) / 1e3 - length, len(polls)


def budget_of(late, length, says):
    if says:
        return budget(f"{ALLOWED_BY_SERVICE} s", late <= ALLOWED_BY_SERVICE)
    allowed = SHORT_ALLOWED if length <= SHORT else length * LONG_ALLOWED
    return budget(f"{allowed:g} s", late <= allowed)
