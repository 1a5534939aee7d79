"""Builds the provider for a target, such that the same sources give the same bytes in every folder."""

import hashlib
import os
import pathlib
import subprocess

import toolchain
from targets import PROGRAM, ROOT

# Of no meaning but to be the same always: the first moment that a zip archive can tell.
EPOCH = "315532800"


def build(target, source=ROOT, into=None):
    """The path of the provider for that target. `into` is the folder of the build."""
    chosen = toolchain.of(target)
    print(f"{target.triple}: {chosen.name}", flush=True)
    into = into or target_folder(source)
    run = subprocess.run(command(target, chosen, into), cwd=source, env=environment(chosen, source, into))
    if run.returncode != 0:
        raise SystemExit(f"{target.triple}: the build failed")
    built = into / target.triple / "release" / f"{PROGRAM}{target.suffix}"
    check(built, target, [source, into, toolchain.cargo_home(), toolchain.cache()])
    return built


def target_folder(source=ROOT):
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR") or source / "target").absolute() / "dist/build"


def command(target, chosen, into):
    variables = chosen.variables
    cargo = [variables["ZIGBUILD"], "zigbuild"] if "ZIGBUILD" in variables else [variables.get("CARGO", "cargo"), "build"]
    return [
        *cargo, "--release", "--locked", "--package", PROGRAM, "--bin", PROGRAM, "--target", target.triple, "--target-dir", into,
    ]


def environment(chosen, source, into):
    # The folder of the build may lie in that of the sources: of two names that fit, the compiler takes the last.
    places = {toolchain.cargo_home(): "/cargo", toolchain.cache(): "/tools", source: "/source", into: "/build"}
    flags = [*chosen.flags, *(f"--remap-path-prefix={here}={name}" for here, name in places.items())]
    return {**chosen.environment(), "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags), "SOURCE_DATE_EPOCH": EPOCH}


# === what a release must be ===


def check(built, target, folders):
    content = built.read_bytes()
    for folder in folders:
        if str(folder).encode() in content:
            raise SystemExit(f"{built} names {folder}: it is another one in each folder")
    if target.os == "linux" and not is_static(built):
        raise SystemExit(f"{built} is not fully static")
    print(f"{target.triple}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}", flush=True)


def is_static(built):
    """Whether an ELF file asks for no loader and no library. It is of 64 bits and little-endian, as every target is."""
    content = built.read_bytes()
    number = lambda at, size: int.from_bytes(content[at : at + size], "little")
    segments, size, count = number(0x20, 8), number(0x36, 2), number(0x38, 2)
    headers = [segments + index * size for index in range(count)]
    kinds = {number(at, 4) for at in headers}
    interpreter, dynamic = 3, 2
    if content[:4] != b"\x7fELF" or interpreter in kinds:
        return False
    return all(not needs_library(content, number(at + 8, 8), number(at + 32, 8)) for at in headers if number(at, 4) == dynamic)


def needs_library(content, start, size):
    needed = 1
    tags = [int.from_bytes(content[at : at + 8], "little") for at in range(start, start + size, 16)]
    return needed in tags
