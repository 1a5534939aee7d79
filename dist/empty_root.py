"""A root in which nothing is but what is put there: no loader, no library, no shell."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile

from targets import Unavailable

# Character devices of Linux, by major and minor number.
DEVICES = {"null": (1, 3), "urandom": (1, 9)}


class EmptyRoot:
    def __init__(self, path, administrator):
        self.path, self.administrator = path, administrator

    @classmethod
    @contextlib.contextmanager
    def made(cls):
        """Removed at the end of the block."""
        administrator = as_administrator()
        path = pathlib.Path(tempfile.mkdtemp(prefix="azureml-root-"))
        try:
            for folder in ("dev", "etc/ssl/certs", "tmp", "work"):
                (path / folder).mkdir(parents=True)
            for name, (major, minor) in DEVICES.items():
                device = path / "dev" / name
                subprocess.run([*administrator, "mknod", "-m", "666", device, "c", str(major), str(minor)], check=True)
            if os.path.exists("/etc/resolv.conf"):
                shutil.copy("/etc/resolv.conf", path / "etc")
            yield cls(path, administrator)
        finally:
            subprocess.run([*administrator, "rm", "-rf", path], check=True)

    def put(self, program, at):
        shutil.copy(program, self.path / at)
        (self.path / at).chmod(0o755)

    def run(self, *command, environment=()):
        """Runs a program of the root, in its folder /work, and gives what it printed with its code."""
        variables = [f"{name}={value}" for name, value in {"HOME": "/work", **dict(environment)}.items()]
        # `env` runs outside, since there is nothing inside. The folder is one of the program's own options.
        chroot = [*self.administrator, "env", "-i", *variables, shutil.which("chroot", path="/usr/sbin:/sbin:/usr/bin:/bin"), self.path]
        run = subprocess.run([*chroot, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return run.returncode, run.stdout


def as_administrator():
    """How a command is run as root, which alone may make devices and change the root."""
    if os.geteuid() == 0:
        return []
    if shutil.which("sudo") and subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0:
        return ["sudo", "-n"]
    raise Unavailable("an empty root needs root, or sudo without a password")
