"""The connector's image, built and run by podman where it can: without Docker, on a base made by debootstrap."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from infra.aws.package import ROOT
from infra.supply import debian
from tests.emulation import PROCESSOR, CannotRun, registered

SUITE = "trixie"
BASE = "localhost/whatsapp-gateway-base"
IMAGE = "localhost/whatsapp-gateway-connector"
PACKAGES = "python3,python3-venv,ca-certificates"
# The kernel's names of processors, by Debian's, which are Docker's, too.
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
# What this machine trusts: a mirror of packages may have its own authority.
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
# Limits of our own: podman's are higher than some machines let anybody set.
LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096")
# As published images of Debian have it, with updates for security.
SOURCES = """Types: deb
URIs: {mirror}
Suites: {suite}
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: {mirror}-security
Suites: {suite}-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"""


@dataclass(frozen=True, slots=True)
class Image:
    """`runtime` is what starts its containers here."""

    name: str
    architecture: str
    runtime: str


@contextmanager
def built(architecture: str) -> Iterator[Image]:
    """It can be run meanwhile. Raises CannotRun."""
    for program in ("podman", "debootstrap"):
        if shutil.which(program) is None:
            raise CannotRun(f"{program} is not installed (apt-get install podman runc debootstrap)")
    if os.geteuid() != 0:
        raise CannotRun("debootstrap needs root")
    foreign = platform.machine() != MACHINES[architecture]
    with registered() if foreign else nullcontext():
        yield _build(architecture)


def _build(architecture: str) -> Image:
    base = f"{BASE}:{SUITE}-{architecture}"
    if _podman("image", "exists", base).returncode != 0:
        _make_base(base, architecture)
    image = Image(f"{IMAGE}:test-{architecture}", architecture, _working_runtime(base))
    # Without namespaces of its own, so that building needs no more of the machine than running.
    options = ("--isolation", "chroot", "--network", "host", "--format", "docker", "--build-arg", f"BASE_IMAGE={base}")
    named = ("--platform", f"linux/{architecture}", "--tag", image.name)
    made = _podman("build", *options, *named, str(ROOT), timeout=1200)
    if made.returncode != 0:
        raise AssertionError(f"the image cannot be built:\n{made.stdout[-2000:]}\n{made.stderr[-2000:]}")
    return image


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
def running(image: Image, environment: Mapping[str, str], readable: list[str], log: Path) -> Iterator[Container]:
    """As in production: read-only, unprivileged. `readable` are paths of this machine it sees where they are."""
    name = f"gateway-{os.getpid()}"
    variables = [part for key, value in environment.items() for part in ("--env", f"{key}={value}")]
    volumes = [part for path in readable for part in ("--volume", f"{path}:{path}:ro")]
    options = ["--rm", "--name", name, *_production(), "--network", "host", *variables, *volumes]
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["podman", "--runtime", image.runtime, "run", *options, image.name], stdout=output, stderr=output
        )
    try:
        yield Container(name, process)
    finally:
        _podman("rm", "--force", "--ignore", name)
        process.wait(30)


def _production() -> tuple[str, ...]:
    return ("--read-only", "--read-only-tmpfs=false", "--no-healthcheck", "--cap-drop", "all", *LIMITS)


def _make_base(base: str, architecture: str) -> None:
    with tempfile.TemporaryDirectory(prefix="gateway-base-") as root:
        command = ["debootstrap", "--variant=minbase", f"--arch={architecture}", f"--include={PACKAGES}", SUITE, root]
        environment = {**os.environ, "QEMU_CPU": PROCESSOR}
        made = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900, env=environment)
        if made.returncode != 0:
            raise CannotRun(f"debootstrap cannot reach Debian's packages: {made.stdout.strip()[-200:]}")
        _name_sources(Path(root))
        shutil.copy(AUTHORITIES, f"{root}{AUTHORITIES}")
        changes = ("--change", f"ENV=SSL_CERT_FILE={AUTHORITIES}", "--change", f"ENV=QEMU_CPU={PROCESSOR}")
        into = ["podman", "import", "--quiet", "--arch", architecture, *changes, "-", base]
        with subprocess.Popen(["tar", "--directory", root, "--create", "."], stdout=subprocess.PIPE) as archive:
            subprocess.run(into, stdin=archive.stdout, stdout=subprocess.DEVNULL, check=True, timeout=300)


def _name_sources(root: Path) -> None:
    """Replace what debootstrap wrote, a line for the one suite."""
    line = root / "etc/apt/sources.list"
    mirror = line.read_text().split()[1]
    line.unlink()
    (root / debian.SOURCES.lstrip("/")).write_text(SOURCES.format(mirror=mirror, suite=SUITE))


def _working_runtime(base: str) -> str:
    errors = []
    for runtime in ("crun", "runc"):
        options = ("--rm", *_production(), "--network", "host", "--entrypoint", "true")
        tried = _podman("--runtime", runtime, "run", *options, base)
        if tried.returncode == 0:
            return runtime
        errors.append(tried.stderr.strip()[-200:])
    raise CannotRun(f"podman cannot run containers on this machine: {errors}")


def _podman(*arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["podman", *arguments], capture_output=True, text=True, check=False, timeout=timeout)
