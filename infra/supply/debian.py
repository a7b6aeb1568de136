"""What of Debian an image holds, as its own dpkg has it written down. Nothing of the image is run."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from typing import NamedTuple
from urllib.parse import quote

STATUS = "/var/lib/dpkg/status"
# Not the link in /etc: an engine copies a link as one.
RELEASE = "/usr/lib/os-release"
# As Debian's published images have it.
SOURCES = "/etc/apt/sources.list.d/debian.sources"
ENGINES = ("docker", "podman")


class CannotRead(Exception):
    """The text says why the image cannot be read."""


class Archive(NamedTuple):
    address: str
    suite: str


def read(image: str, engine: str, path: str) -> str:
    """Return a file of an image. Raises CannotRead."""
    if shutil.which(engine) is None:
        raise CannotRead(f"{engine} is not installed")
    container = _answer(engine, "create", image).decode().split()[-1]
    try:
        archive = _answer(engine, "cp", f"{container}:{path}", "-")
    finally:
        _answer(engine, "rm", container)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        [member] = files.getmembers()
        file = files.extractfile(member)
        if file is None:
            raise CannotRead(f"{path} is no file")
        return file.read().decode()


def components(status: str, release: str) -> list[dict[str, str]]:
    """Return Debian's release and the packages installed of it, as CycloneDX has them."""
    system = dict(line.replace('"', "").split("=", 1) for line in release.splitlines() if "=" in line)
    name, version = system["ID"], system.get("VERSION_ID", "")
    own = {"type": "operating-system", "bom-ref": f"{name}-{version}", "name": name, "version": version}
    return [own, *sorted(_packages(status, name, f"{name}-{version}"), key=lambda component: component["bom-ref"])]


def installed(status: str) -> Iterator[Message]:
    """Return the fields of each package that dpkg's status has as installed."""
    for fields in _paragraphs(status):
        if fields["Status"] == "install ok installed":
            yield fields


def security(sources: str) -> Archive:
    """Return where, by its own sources, an image has security updates from. Raises CannotRead."""
    for fields in _paragraphs(re.sub(r"(?m)^#.*\n", "", sources)):
        for suite in fields["Suites"].split():
            if suite.endswith("-security"):
                return Archive(fields["URIs"].split()[0], suite)
    raise CannotRead(f"{SOURCES} names no archive for security")


def _paragraphs(text: str) -> Iterator[Message]:
    return map(message_from_string, filter(str.strip, text.split("\n\n")))


def _packages(status: str, vendor: str, distro: str) -> Iterator[dict[str, str]]:
    for fields in installed(status):
        address = _address(fields, vendor, distro)
        named = {"name": fields["Package"], "version": fields["Version"]}
        yield {"type": "library", "bom-ref": address, **named, "purl": address}


def _address(fields: Message, vendor: str, distro: str) -> str:
    name, version = quote(fields["Package"], safe=""), quote(fields["Version"], safe=":")
    return f"pkg:deb/{vendor}/{name}@{version}?arch={fields['Architecture']}&distro={distro}"


def _answer(*command: str) -> bytes:
    done = subprocess.run(command, capture_output=True, check=False, timeout=300)
    if done.returncode != 0:
        raise CannotRead(done.stderr.decode(errors="replace").strip()[-300:])
    return done.stdout
