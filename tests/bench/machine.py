"""The machine on which is measured."""

import os
import pathlib
import platform
import re


def describe():
    """Processor, cores, memory and system in one sentence."""
    memory = first(r"MemTotal:\s+(\d+) kB", "/proc/meminfo")
    size = f"{int(memory) / 2**20:.0f} GiB of memory" if memory else "an unknown amount of memory"
    processor = first(r"model name\s*:\s*(.+)", "/proc/cpuinfo") or platform.processor() or platform.machine()
    system = first(r'PRETTY_NAME="?([^"\n]+)', "/etc/os-release") or platform.system()
    return f"{processor}, {cores()}, {size}, {system}, kernel {platform.release()}"


def cores():
    count = os.cpu_count()
    return "1 core" if count == 1 else f"{count} cores"


def first(pattern, path):
    """What a file of the system says; nothing where it has no such file."""
    try:
        found = re.search(pattern, pathlib.Path(path).read_text())
    except OSError:
        return None
    return found and found.group(1).strip()
