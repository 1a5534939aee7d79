"""Where releases run: the targets of Rust with the names that registries have for them."""

import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = "terraform-provider-azureml"


@dataclasses.dataclass(frozen=True)
class Target:
    triple: str
    # As Terraform and the registries name the platform.
    os: str
    arch: str

    @property
    def platform(self):
        return f"{self.os}_{self.arch}"

    @property
    def suffix(self):
        return ".exe" if self.os == "windows" else ""


TARGETS = [
    Target("x86_64-unknown-linux-musl", "linux", "amd64"),
    Target("aarch64-unknown-linux-musl", "linux", "arm64"),
    Target("x86_64-pc-windows-gnu", "windows", "amd64"),
    Target("x86_64-apple-darwin", "darwin", "amd64"),
    Target("aarch64-apple-darwin", "darwin", "arm64"),
]


class Unavailable(Exception):
    """Why something cannot be had here, and what to do about it."""


def named(triples):
    """The targets of that name, or all."""
    known = {target.triple: target for target in TARGETS}
    unknown = [triple for triple in triples if triple not in known]
    if unknown:
        raise SystemExit(f"{', '.join(unknown)}: no target of a release, which are {', '.join(known)}")
    return [known[triple] for triple in triples] or TARGETS


def manifest_value(key):
    """A value of the workspace's manifest."""
    text = (ROOT / "Cargo.toml").read_text()
    return re.search(rf'^{key} = "(.*)"$', text, re.MULTILINE).group(1)


def version():
    return manifest_value("version")


def file_name(rest):
    """The name of a file of this release."""
    return f"{PROGRAM}_{version()}_{rest}"
