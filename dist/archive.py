"""The files of a release, under the names that registries and mirrors expect."""

import base64
import hashlib
import json
import pathlib
import shutil
import zipfile

from sbom import write_sbom
from targets import PROGRAM, ROOT, file_name, version

# The first moment that an archive can tell, so that the same program makes the same archive.
MOMENT = (1980, 1, 1, 0, 0, 0)
UNIX, EXECUTABLE = 3, 0o100755


def write_release(folder, programs):
    """All of them, for the program of each target, and prints what they are."""
    folder.mkdir(parents=True, exist_ok=True)
    archives = [pack(target, program, folder) for target, program in programs.items()]
    rest = [write_manifest(folder), write_sbom(folder, list(programs))]
    rest += [write_sums(folder, [*archives, *rest]), write_hashes(folder, archives)]
    for path in archives:
        print(f"{path}: {path.stat().st_size} bytes, {h1(path)}")
    for path in rest:
        print(path, flush=True)
    return archives


def pack(target, program, folder):
    """The archive of one platform: the program, and nothing else."""
    path = folder / file_name(f"{target.platform}.zip")
    entry = zipfile.ZipInfo(f"{PROGRAM}_v{version()}{target.suffix}", MOMENT)
    entry.create_system, entry.external_attr, entry.compress_type = UNIX, EXECUTABLE << 16, zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, pathlib.Path(program).read_bytes(), compresslevel=9)
    return path


def write_manifest(folder):
    """Which protocol it speaks: a registry wants the file beside the archives."""
    path = folder / file_name("manifest.json")
    shutil.copyfile(ROOT / "terraform-registry-manifest.json", path)
    return path


def write_sums(folder, files):
    """What a registry checks, and signs for: the line that `sha256sum --check` reads, for each file."""
    path = folder / file_name("SHA256SUMS")
    path.write_text("".join(f"{sha256(file.read_bytes())}  {file.name}\n" for file in sorted(files)))
    return path


def write_hashes(folder, archives):
    """What stands in a dependency lock file, by platform, and in the index of a network mirror."""
    path = folder / file_name("hashes.json")
    hashes = {archive.name.removesuffix(".zip").split("_", 2)[2]: [h1(archive)] for archive in sorted(archives)}
    path.write_text(json.dumps(hashes, indent=2) + "\n")
    return path


def h1(archive):
    """The hash of what is in an archive: that of its sorted list of names and sums."""
    with zipfile.ZipFile(archive) as opened:
        lines = [f"{sha256(opened.read(name))}  {name}\n" for name in sorted(opened.namelist())]
    return "h1:" + base64.b64encode(hashlib.sha256("".join(lines).encode()).digest()).decode()


def sha256(content):
    return hashlib.sha256(content).hexdigest()
