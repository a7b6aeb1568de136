"""Lambda's machine on any other: Debian's Python for arm64 under qemu, and the packages that are deployed.

apt downloads into a directory of its own: nothing is installed, and nobody needs to be root.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.aws.package import LAMBDA_PLATFORM, LAMBDA_PYTHON, ROOT, compile_all, package

SUITE = "trixie"
# The last one for AWS's runtime client, which Lambda brings itself.
PACKAGES = (f"python{LAMBDA_PYTHON}", "libmagic1t64", "libstdc++6")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Graviton2, as Lambda has it. The default of qemu emulates signed pointers, which is seven times slower.
PROCESSOR = "neoverse-n1"
# For what takes a second on this machine's own processor.
PATIENCE_SECONDS = 240.0


class CannotRun(Exception):
    """The text says what this machine lacks."""


@dataclass(frozen=True, slots=True)
class Arm64:
    """`python` runs like any other; `runtime_client` is the directory of AWS's for Lambda."""

    python: Path
    runtime_client: Path
    packages: Path

    def packaged(self, name: str) -> Path:
        """Return the package of a function or the connector, as it is deployed; built once."""
        directory = self.packages / name
        with _once(directory) as missing:
            if missing:
                package(name, directory)
        return directory


def prepare(base: Path) -> Arm64:
    """Make it once for all who share `base`. Raises CannotRun."""
    machine = Arm64(base / "python", base / "runtime-client", base / "packages")
    machine.packages.mkdir(parents=True, exist_ok=True)
    with _once(base / "root") as missing:
        if missing:
            _make_python(base / "root", machine.python)
            _install_runtime_client(machine.runtime_client)
    return machine


def prepare_or_skip(tmp_path_factory: pytest.TempPathFactory) -> Arm64:
    """Share it with the other workers of xdist, which have a directory each below a common one."""
    base = tmp_path_factory.getbasetemp()
    try:
        return prepare((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "arm64")
    except CannotRun as reason:
        pytest.skip(str(reason))


@contextmanager
def _once(result: Path) -> Iterator[bool]:
    """Tell whether `result` is still to be made; nobody else makes it meanwhile."""
    done = result.with_suffix(".done")
    with result.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not done.exists()
        done.touch()


def _make_python(root: Path, python: Path) -> None:
    emulator = shutil.which("qemu-aarch64-static") or shutil.which("qemu-aarch64")
    if emulator is None:
        raise CannotRun("qemu for arm64 is not installed (apt-get install qemu-user-static)")
    for archive in _download(root.with_name("apt")):
        subprocess.run(["dpkg-deb", "--extract", archive, root], check=True, timeout=60)
    compile_all(root / "usr" / "lib" / f"python{LAMBDA_PYTHON}", native=False)
    # Where the loader is asked for; Debian's base-files would bring it.
    (root / "lib").symlink_to("usr/lib")
    started = f"{emulator} -cpu {PROCESSOR} -L {root} -0 $0 {root}/usr/bin/python{LAMBDA_PYTHON}"
    # A script, which the kernel starts: so do the processes that Python starts by sys.executable.
    python.write_text(f'#!/bin/sh\nPYTHONHOME={root}/usr exec {started} "$@"\n')
    python.chmod(0o755)


def _download(directory: Path) -> list[Path]:
    """Download PACKAGES and what they depend on."""
    if shutil.which("apt-get") is None or not KEYRING.exists():
        raise CannotRun("Debian's packages come by apt-get with Debian's keyring: this is no Debian")
    for part in ("state/lists/partial", "cache/archives/partial"):
        (directory / part).mkdir(parents=True, exist_ok=True)
    (directory / "status").touch()
    (directory / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} {SUITE} main\n")
    _apt(directory, "update", "--quiet", "--error-on=any")
    _apt(directory, "install", "--quiet", "--yes", "--no-install-recommends", "--download-only", *PACKAGES)
    return sorted((directory / "cache" / "archives").glob("*.deb"))


def _apt(directory: Path, *arguments: str) -> None:
    own = {
        "APT::Architecture": "arm64",
        "APT::Architectures": "arm64",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
        "Dir::State": directory / "state",
        "Dir::State::status": directory / "status",
        "Dir::Cache": directory / "cache",
        "Dir::Etc::sourcelist": directory / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
    }
    options = [part for name, value in own.items() for part in ("-o", f"{name}={value}")]
    done = subprocess.run(["apt-get", *options, *arguments], capture_output=True, text=True, check=False, timeout=300)
    if done.returncode != 0:
        raise CannotRun(f"apt-get {arguments[0]} of Debian's packages for arm64: {done.stderr.strip()[-300:]}")


def _mirror() -> str:
    """Return the address from which this machine has its own packages."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages"]
    listed = subprocess.run([*command, "Component: main"], capture_output=True, text=True, check=False, timeout=60)
    # Updates and security have a suite with a dash, and the latter an address of its own.
    for address, suite in map(str.split, listed.stdout.splitlines()):
        if "-" not in suite:
            return address
    raise CannotRun("apt-get has no source of packages on this machine")


def _install_runtime_client(directory: Path) -> None:
    command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--target", str(directory)]
    command += ["--constraints", "infra/aws/tools.lock", "--only-binary", ":all:"]
    command += ["--python-platform", LAMBDA_PLATFORM, "--python-version", LAMBDA_PYTHON, "awslambdaric"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
