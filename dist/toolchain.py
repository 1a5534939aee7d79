"""What compiles and links for a target: what is installed, else Debian's compiler, which builds the standard library."""

import dataclasses
import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import tempfile

from debian import cache, unpacked
from targets import ROOT, Unavailable, manifest_value

GET = ROOT / "tests/tools/get"
ZIGBUILD = ("zigbuild", "0.24.1")
MINGW = "x86_64-w64-mingw32"

# The standard library is optimised together with the provider.
STANDARD_LIBRARY = ["-Cembed-bitcode=yes", "-Ccodegen-units=1"]


@dataclasses.dataclass
class Toolchain:
    """A compiler that has the standard library of a target, or a linker for it."""

    name: str
    # What the compiler and the build are told.
    flags: list = dataclasses.field(default_factory=list)
    variables: dict = dataclasses.field(default_factory=dict)
    # Where Debian's packages lie, if they are not installed.
    roots: list = dataclasses.field(default_factory=list)

    def __add__(self, linker):
        variables = {**self.variables, **linker.variables}
        name = f"{self.name}, linked by {linker.name}"
        return Toolchain(name, self.flags + linker.flags, variables, self.roots + linker.roots)

    def environment(self):
        programs = [str(root / "usr/bin") for root in self.roots]
        libraries = [str(root / "usr/lib/x86_64-linux-gnu") for root in self.roots]
        known = {**os.environ, **self.variables}
        for variable, folders in {"PATH": programs, "LD_LIBRARY_PATH": libraries}.items():
            known[variable] = os.pathsep.join(filter(None, [*folders, known.get(variable)]))
        return known


def of(target):
    if target.os == "darwin" and platform.system() != "Darwin":
        raise Unavailable("the frameworks of macOS come with Apple's SDK: it is built on a Mac")
    linking = linker(target)
    return (of_rustup(target) or of_debian(target, linking)) + linking


def of_rustup(target):
    """The compiler on PATH, if it has the target."""
    if not shutil.which("rustc"):
        return None
    run = subprocess.run(["rustc", "--print", "target-libdir", "--target", target.triple], cwd=ROOT, capture_output=True, text=True)
    folder = pathlib.Path(run.stdout.strip())
    if run.returncode != 0 or not list(folder.glob("libstd-*.rlib")):
        return None
    return Toolchain(says("rustc"))


def says(rustc, environment=None):
    return subprocess.run([rustc, "--version"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.strip()


# === Debian's compiler ===


def of_debian(target, linking):
    how = f"`rustup target add {target.triple}` brings what is missing"
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise Unavailable(how)
    try:
        root = unpacked("rust", ["rustc-web", "cargo-web", "rust-web-src"], "rustc-web")
    except Unavailable as why:
        raise Unavailable(f"{how}; {why}") from why
    variables = {name.upper(): str(root / "usr/bin" / name) for name in ("cargo", "rustc")}
    # It has no objects and no C library of its own to link with: those are the linker's.
    found = Toolchain("", ["-Clink-self-contained=no"], variables, [root])
    found.name = says(variables["RUSTC"], found.environment())
    if numbers(found.name.split()[1]) < numbers(manifest_value("rust-version")):
        raise Unavailable(f"{how}; Debian's {found.name} is too old")
    # The library of Windows names those of the system by what MinGW makes.
    made_by = have_standard_library(root, target.triple, (found + linking).environment())
    # Cargo does not look whether the library is another one than last time: the flags say so.
    found.flags.append(f"-Cmetadata={made_by}")
    return found


def numbers(version):
    return [int(part) for part in version.split("-")[0].split(".")]


def have_standard_library(root, triple, environment):
    """Builds it once. Its folder lies where the compiler looks, and says by which flags it was made: they are given back."""
    folder = root / "usr/lib/rustlib" / triple
    made_by = hashlib.sha256("\n".join(STANDARD_LIBRARY).encode()).hexdigest()[:16]
    stamp = folder / "made-by"
    if stamp.is_file() and stamp.read_text() == made_by:
        return made_by
    print(f"building the standard library for {triple}", flush=True)
    # The folder of the sources is a link, and the compiler takes both of its names.
    sources = root / "usr/lib/rustlib/src/rust"
    places = {cargo_home(): "/cargo", sources.resolve(): "/rust", sources: "/rust"}
    flags = [*STANDARD_LIBRARY, *(f"--remap-path-prefix={here}={name}" for here, name in places.items())]
    with tempfile.TemporaryDirectory(dir=cache(), prefix=".getting-") as scratch:
        built = build_standard_library(pathlib.Path(scratch), triple, dict(environment), flags)
        made = pathlib.Path(scratch) / "made"
        (made / "lib").mkdir(parents=True)
        for library in built.glob("*.rlib"):
            if not library.name.startswith("libnothing-"):
                shutil.copy(library, made / "lib")
        (made / "made-by").write_text(made_by)
        shutil.rmtree(folder, ignore_errors=True)
        made.rename(folder)
    return made_by


def build_standard_library(scratch, triple, environment, flags):
    """As a dependency of a crate without any code. The compiler's own tools need no nightly for this."""
    (scratch / "Cargo.toml").write_text(
        '[package]\nname = "nothing"\nversion = "0.0.0"\nedition = "2024"\n[lib]\npath = "lib.rs"\n[workspace]\n'
    )
    (scratch / "lib.rs").write_text("")
    environment |= {
        "CARGO_ENCODED_RUSTFLAGS": "\x1f".join(flags), "RUSTC_BOOTSTRAP": "1", "CARGO_TARGET_DIR": str(scratch / "target"),
    }
    command = [environment["CARGO"], "build", "--release", "-Zbuild-std=std,panic_abort", "--target", triple]
    run = subprocess.run(command, cwd=scratch, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode != 0:
        raise Unavailable(f"the standard library of {triple} does not build:\n{run.stdout[-2000:]}")
    return scratch / "target" / triple / "release/deps"


def cargo_home():
    return pathlib.Path(os.environ.get("CARGO_HOME") or "~/.cargo").expanduser().absolute()


# === linkers ===


def linker(target):
    if target.os == "linux":
        return zig()
    if target.os == "windows":
        return mingw()
    return Toolchain("Xcode", variables={"MACOSX_DEPLOYMENT_TARGET": "11.0"})


def zig():
    """zig links with musl, and compiles C for it, from any machine. It comes as a wheel, locked by hash."""
    run = subprocess.run([GET, *ZIGBUILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if run.returncode != 0:
        raise Unavailable(f"`tests/tools/get {' '.join(ZIGBUILD)}` says: {run.stderr.strip()}")
    python = run.stdout.strip()
    variables = {
        "CARGO_ZIGBUILD_PYTHON_PATH": python,
        "CARGO_ZIGBUILD_CACHE_DIR": str(cache() / "zigbuild"),
        "ZIG_GLOBAL_CACHE_DIR": str(cache() / "zig"),
        "ZIGBUILD": str(pathlib.Path(python).with_name("cargo-zigbuild")),
    }
    return Toolchain("zig", ["-Ctarget-feature=+crt-static"], variables)


def mingw():
    if shutil.which(f"{MINGW}-gcc"):
        return linked_by_mingw(f"{MINGW}-gcc")
    try:
        root = unpacked("mingw", ["gcc-mingw-w64-x86-64-win32"], "gcc-mingw-w64-x86-64-win32")
    except Unavailable as why:
        raise Unavailable(f"install {MINGW}-gcc (Debian's and Ubuntu's package mingw-w64); {why}") from why
    return linked_by_mingw(f"{MINGW}-gcc-win32", root)


def linked_by_mingw(compiler, *roots):
    variables = {
        "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER": compiler,
        "CC_x86_64_pc_windows_gnu": compiler,
        "AR_x86_64_pc_windows_gnu": f"{MINGW}-ar",
    }
    # A time in the file would make each build another one.
    return Toolchain("MinGW", ["-Clink-arg=-Wl,--no-insert-timestamp"], variables, list(roots))
