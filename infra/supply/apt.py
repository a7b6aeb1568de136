"""apt of this machine over a directory of its own: nothing is installed or changed here, and root is not needed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

# Of whom Debian's archives are signed, wherever they are fetched.
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


class AptError(Exception):
    """The text says what this machine lacks, or what apt said."""


class Apt:
    """`source` is a line of sources.list, `status` what dpkg would have written down about what is installed."""

    def __init__(self, directory: Path, source: str, architectures: Sequence[str], status: str = "") -> None:
        for part in ("state/lists/partial", "cache/archives/partial"):
            (directory / part).mkdir(parents=True, exist_ok=True)
        (directory / "status").write_text(status)
        (directory / "sources.list").write_text(f"{source}\n")
        self.archives = directory / "cache" / "archives"
        own = {
            "APT::Architecture": architectures[0],
            "APT::Architectures": ",".join(architectures),
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Dir::State": directory / "state",
            "Dir::State::status": directory / "status",
            "Dir::Cache": directory / "cache",
            "Dir::Etc::sourcelist": directory / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
        }
        self._options = [part for name, value in own.items() for part in ("-o", f"{name}={value}")]

    def update(self) -> None:
        """Fetch the lists of packages; raise AptError unless all were."""
        self.run("apt-get", "update", "--quiet", "--error-on=any")

    def run(self, program: str, *arguments: str) -> str:
        """Return what apt-get or apt-cache prints. Raises AptError."""
        return ask(program, *self._options, *arguments)


def ask(*command: str) -> str:
    """Return what a program of apt prints. Raises AptError."""
    if shutil.which(command[0]) is None or not KEYRING.exists():
        raise AptError("apt and Debian's keyring are needed (apt-get install debian-archive-keyring)")
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)
    if done.returncode != 0:
        raise AptError(f"{command[0]}: {done.stderr.strip()[-300:]}")
    return done.stdout


def debian(address: str, suite: str) -> str:
    """Return the line of sources.list for what Debian signs there."""
    return f"deb [signed-by={KEYRING}] {address} {suite} main"
