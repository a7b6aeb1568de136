"""Name the security updates of Debian that an image lacks: `python -m infra.supply.scan IMAGE`, which then fails.

apt of this machine compares the packages of the image with Debian's archive for security; nothing of the image is run.
debsecan names the vulnerabilities where it is installed and reaches its data.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from infra.supply import apt, debian

_POLICY = re.compile(r"^(\S+):\n  Installed: (\S+)\n  Candidate: (\S+)$", re.MULTILINE)
_PATIENCE_SECONDS = 120


class NotAsked(Exception):
    """The text says why debsecan could not be asked."""


@dataclass(frozen=True, slots=True)
class Update:
    package: str
    installed: str
    published: str

    def __str__(self) -> str:
        return f"{self.package} {self.installed}: {self.published} is published"


def lacking(status: str, source: str) -> list[Update]:
    """Return what `source`, a line of sources.list, has newer than a dpkg status. Raises AptError."""
    installed = list(debian.installed(status))
    names = [f"{fields['Package']}:{fields['Architecture']}" for fields in installed]
    with tempfile.TemporaryDirectory(prefix="gateway-apt-") as directory:
        own = apt.Apt(Path(directory), source, _architectures(installed), status)
        own.update()
        found = _POLICY.findall(own.run("apt-cache", "policy", *names))
    if len(found) != len(installed):
        raise apt.AptError(f"apt-cache policy: {len(found)} of {len(installed)} packages were compared")
    return [Update(*policy) for policy in found if policy[1] != policy[2]]


def _architectures(installed: list[Message]) -> list[str]:
    """Return those of the packages, that of the image itself first."""
    own = [fields["Architecture"] for fields in installed if fields["Package"] == "dpkg"]
    named = (fields["Architecture"] for fields in installed if fields["Architecture"] != "all")
    return list(dict.fromkeys([*own, *named]))


def vulnerabilities(status: Path, suite: str) -> list[str]:
    """Return debsecan's line for each vulnerability with a fix in the suite. Raises NotAsked."""
    if shutil.which("debsecan") is None:
        raise NotAsked("it is not installed (apt-get install debsecan)")
    command = ["debsecan", "--suite", suite, "--only-fixed", "--status", str(status)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        raise NotAsked(f"no answer within {_PATIENCE_SECONDS} s") from None
    if done.returncode != 0:
        raise NotAsked(done.stderr.strip().rpartition("\n")[2][:200])
    return done.stdout.splitlines()


def findings(image: str, engine: str) -> list[str]:
    """Return a line for each update and vulnerability. Raises CannotRead, AptError."""
    status = debian.read(image, engine, debian.STATUS)
    archive = debian.security(debian.read(image, engine, debian.SOURCES))
    lines = [str(update) for update in lacking(status, apt.debian(*archive))]
    with tempfile.NamedTemporaryFile("w", prefix="gateway-dpkg-status-") as file:
        file.write(status)
        file.flush()
        try:
            lines += vulnerabilities(Path(file.name), archive.suite.removesuffix("-security"))
        except NotAsked as reason:
            sys.stderr.write(f"debsecan was not asked: {reason}\n")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="infra.supply.scan", description="Name the security updates an image lacks.")
    parser.add_argument("image", help="as the engine names it")
    parser.add_argument("--engine", choices=debian.ENGINES, default=debian.ENGINES[0])
    arguments = parser.parse_args()
    try:
        lines = findings(arguments.image, arguments.engine)
    except (debian.CannotRead, apt.AptError) as reason:
        sys.exit(f"The image cannot be scanned: {reason}")
    sys.exit("\n".join(["Security updates that the image lacks:", *lines]) if lines else 0)


if __name__ == "__main__":
    main()
