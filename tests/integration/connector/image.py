"""The connector's image, built and run by podman where it can: without Docker, on a base made by debootstrap."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.aws.package import ROOT

SUITE = "trixie"
BASE = f"localhost/whatsapp-gateway-base:{SUITE}"
IMAGE = "localhost/whatsapp-gateway-connector:test"
PACKAGES = "python3,python3-venv,ca-certificates"
# What this machine trusts: a mirror of packages may have its own authority.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
# Limits of our own: podman's are higher than some machines let anybody set.
LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")


class CannotRun(Exception):
    """The text says what this machine lacks."""


def build() -> str:
    """The runtime under which the image runs here. Raises CannotRun."""
    for program in ("podman", "debootstrap"):
        if shutil.which(program) is None:
            raise CannotRun(f"{program} is not installed (apt-get install podman runc debootstrap)")
    if os.geteuid() != 0:
        raise CannotRun("debootstrap needs root")
    if _podman("image", "exists", BASE).returncode != 0:
        _make_base()
    runtime = _working_runtime()
    # Without namespaces of its own, so that building needs no more of the machine than running.
    options = ("--isolation", "chroot", "--network", "host", "--format", "docker", "--build-arg", f"BASE_IMAGE={BASE}")
    built = _podman("build", *options, "--tag", IMAGE, str(ROOT), timeout=600)
    if built.returncode != 0:
        raise AssertionError(f"the image cannot be built:\n{built.stdout[-2000:]}\n{built.stderr[-2000:]}")
    return runtime


@dataclass(frozen=True, slots=True)
class Container:
    name: str
    process: subprocess.Popen[bytes]

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Inside it."""
        return _podman("exec", self.name, *command)

    def terminate(self) -> None:
        """As ECS ends a task: SIGTERM to its first process."""
        _podman("kill", "--signal", "TERM", self.name)


@contextmanager
def running(runtime: str, environment: Mapping[str, str], readable: list[str], log: Path) -> Iterator[Container]:
    """As in production: read-only, unprivileged. `readable` are paths of this machine it sees where they are."""
    name = f"gateway-{os.getpid()}"
    variables = [part for key, value in environment.items() for part in ("--env", f"{key}={value}")]
    volumes = [part for path in readable for part in ("--volume", f"{path}:{path}:ro")]
    options = ["--rm", "--name", name, *_production(), "--network", "host", *variables, *volumes]
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["podman", "--runtime", runtime, "run", *options, IMAGE], stdout=output, stderr=output
        )
    try:
        yield Container(name, process)
    finally:
        _podman("rm", "--force", "--ignore", name)
        process.wait(30)


def _production() -> tuple[str, ...]:
    return ("--read-only", "--read-only-tmpfs=false", "--no-healthcheck", "--cap-drop", "all", *LIMITS)


def _make_base() -> None:
    with tempfile.TemporaryDirectory(prefix="gateway-base-") as root:
        command = ["debootstrap", "--variant=minbase", f"--include={PACKAGES}", SUITE, root]
        made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
        if made.returncode != 0:
            raise CannotRun(f"debootstrap cannot reach Debian's packages: {made.stdout.strip()[-200:]}")
        shutil.copy(AUTHORITIES, f"{root}{AUTHORITIES}")
        change = f"ENV=SSL_CERT_FILE={AUTHORITIES}"
        into = ["podman", "import", "--quiet", "--change", change, "-", BASE]
        with subprocess.Popen(["tar", "--directory", root, "--create", "."], stdout=subprocess.PIPE) as archive:
            subprocess.run(into, stdin=archive.stdout, stdout=subprocess.DEVNULL, check=True, timeout=300)


def _working_runtime() -> str:
    errors = []
    for runtime in ("crun", "runc"):
        options = ("--rm", *_production(), "--network", "host", "--entrypoint", "true")
        tried = _podman("--runtime", runtime, "run", *options, BASE)
        if tried.returncode == 0:
            return runtime
        errors.append(tried.stderr.strip()[-200:])
    raise CannotRun(f"podman cannot run containers on this machine: {errors}")


def _podman(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False, timeout=timeout)
