"""A life: what one client does to its objects, in order, each operation reported as one line of JSON.

A life is a class. Its public methods are its operations, in the order in which they are written; the name of a
method says what it does. An operation fails when it raises; those after it are tried all the same.
"""

import json
import os
import sys
import time


def play(life):
    for name in operations(type(life)):
        began = time.monotonic()
        why = attempt(getattr(life, name))
        line = {"client": life.client, "version": life.version, "operation": name.replace("_", " "), "why": why}
        print(json.dumps(line | {"seconds": round(time.monotonic() - began, 1)}), flush=True)


def operations(kind):
    return [name for name, member in vars(kind).items() if callable(member) and not name.startswith("_")]


def attempt(operation):
    """Why it failed, or None."""
    try:
        operation()
    except AssertionError as error:
        return f"{place(error)}: {error}"
    except Exception as error:
        return f"{place(error)}: {type(error).__name__}: {error}"
    return None


def place(error):
    """The line of the life in which the error arose."""
    lines = []
    step = error.__traceback__
    while step is not None:
        if os.path.abspath(step.tb_frame.f_code.co_filename) == os.path.abspath(sys.argv[0]):
            lines.append(step.tb_lineno)
        step = step.tb_next
    return f"{sys.argv[0].rsplit('/', 1)[-1]}:{lines[-1] if lines else '?'}"


def equal(shown, wanted):
    """Compares, and says what differs."""
    assert shown == wanted, f"it is {shown!r} and should be {wanted!r}"
