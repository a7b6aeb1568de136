"""Lambda's machine on any other: Debian's Python for arm64 under qemu, and the packages that are deployed.

apt downloads into a directory of its own: nothing is installed, and nobody needs to be root.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.aws.package import LAMBDA_PLATFORM, LAMBDA_PYTHON, ROOT, compile_all, package
from infra.supply import apt
from tests.emulation import PROCESSOR, CannotRun, find_emulator

SUITE = "trixie"
# The last one for AWS's runtime client, which Lambda brings itself.
PACKAGES = (f"python{LAMBDA_PYTHON}", "libmagic1t64", "libstdc++6")


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
    emulator = find_emulator()
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
    try:
        own = apt.Apt(directory, apt.debian(_mirror(), SUITE), ["arm64"])
        own.update()
        own.run("apt-get", "install", "--quiet", "--yes", "--no-install-recommends", "--download-only", *PACKAGES)
    except apt.AptError as reason:
        raise CannotRun(f"Debian's packages for arm64: {reason}") from None
    return sorted(own.archives.glob("*.deb"))


def _mirror() -> str:
    """Return the address from which this machine has its own packages. Raises AptError."""
    wanted = ("--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages", "Component: main")
    # Updates and security have a suite with a dash, and the latter an address of its own.
    for address, suite in map(str.split, apt.ask("apt-get", "indextargets", *wanted).splitlines()):
        if "-" not in suite:
            return address
    raise apt.AptError("this machine has no source of packages")


def _install_runtime_client(directory: Path) -> None:
    command = [str(Path(sys.executable).with_name("uv")), "pip", "install", "--quiet", "--target", str(directory)]
    command += ["--constraints", "infra/aws/tools.lock", "--only-binary", ":all:"]
    command += ["--python-platform", LAMBDA_PLATFORM, "--python-version", LAMBDA_PYTHON, "awslambdaric"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
