"""Security updates that an image lacks: apt compares its packages with an archive, debsecan with its own data."""

from __future__ import annotations

import os
import shutil
import sys
import zlib
from pathlib import Path

import pytest

from infra.supply import apt, scan
from infra.supply.apt import AptError
from infra.supply.scan import NotAsked, Update, lacking, vulnerabilities

needs_apt = pytest.mark.skipif(
    shutil.which("apt-cache") is None or not apt.KEYRING.exists(),
    reason="this machine has no apt with Debian's keyring",
)
needs_debsecan = pytest.mark.skipif(shutil.which("debsecan") is None, reason="debsecan is not installed")

MAGIC = ("libmagic1t64", "1:5.46-5", "amd64")
STATUS = "Package: {}\nStatus: {}\nVersion: {}\nArchitecture: {}\nMaintainer: x\nDescription: x\n\n"
PUBLISHED = "Package: {}\nVersion: {}\nArchitecture: {}\nFilename: ./x.deb\nSize: 1\nSHA256: {}\n\n"


def status(*packages: tuple[str, str, str], state: str = "install ok installed") -> str:
    return "".join(STATUS.format(name, state, version, machine) for name, version, machine in packages)


def archive(directory: Path, *packages: tuple[str, str, str]) -> str:
    """Return the line of sources.list for an archive of these."""
    (directory / "Packages").write_text("".join(PUBLISHED.format(*package, "0" * 64) for package in packages))
    return f"deb [trusted=yes] file:{directory} ./"


@needs_apt
@pytest.mark.parametrize("version", ["1:5.46-5+deb13u1", "2:1.0"])
def test_what_is_published_newer_is_named_with_both_versions(version: str, tmp_path: Path) -> None:
    source = archive(tmp_path, ("libmagic1t64", version, "amd64"), ("tini", "0.19.0-3", "amd64"))
    installed = status(MAGIC, ("tini", "0.19.0-3", "amd64"), ("tzdata", "2026a-1", "all"))
    [found] = lacking(installed, source)
    assert found == Update("libmagic1t64", "1:5.46-5", version)
    assert str(found) == f"libmagic1t64 1:5.46-5: {version} is published"


@needs_apt
@pytest.mark.parametrize("version", ["1:5.46-5", "1:5.46-5~deb12u1", "5.47"])
def test_what_is_published_older_or_the_same_is_not(version: str, tmp_path: Path) -> None:
    assert lacking(status(MAGIC), archive(tmp_path, ("libmagic1t64", version, "amd64"))) == []


@needs_apt
def test_what_was_removed_lacks_nothing(tmp_path: Path) -> None:
    gone = status(MAGIC, state="deinstall ok config-files") + status(("tini", "1", "amd64"))
    assert lacking(gone, archive(tmp_path, ("libmagic1t64", "2:1", "amd64"))) == []


@needs_apt
def test_packages_for_a_second_architecture_are_compared_too(tmp_path: Path) -> None:
    source = archive(tmp_path, ("libc6", "2.0", "armhf"), ("libc6", "1.0", "arm64"))
    # The first package is not always of the image's own.
    installed = status(("libc6", "1.0", "armhf"), ("libc6", "1.0", "arm64"), ("dpkg", "1.0", "arm64"))
    assert lacking(installed, source) == [Update("libc6:armhf", "1.0", "2.0")]


@needs_apt
def test_an_archive_that_cannot_be_read_is_no_clean_image(tmp_path: Path) -> None:
    with pytest.raises(AptError, match="nowhere"):
        lacking(status(MAGIC), f"deb [trusted=yes] file:{tmp_path}/nowhere ./")


def test_without_apt_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(AptError, match="apt-get install debian-archive-keyring"):
        lacking(status(MAGIC), "deb file:/nonexistent ./")


def test_an_image_that_cannot_be_read_is_no_clean_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setattr(sys, "argv", ["scan", "localhost/nothing", "--engine", "podman"])
    with pytest.raises(SystemExit, match="The image cannot be scanned: podman is not installed"):
        scan.main()


@pytest.fixture
def debsecan_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory from which debsecan has its data, a file a suite."""
    data = tmp_path / "data"
    data.mkdir()
    program = tmp_path / "bin" / "debsecan"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {shutil.which("debsecan")} --source file:{data} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return data


@needs_debsecan
def test_debsecan_names_vulnerabilities_that_have_a_fix(debsecan_of: Path, tmp_path: Path) -> None:
    names = "CVE-2026-1,,reads what it should not\nCVE-2026-2,,has no fix\n"
    packages = "libmagic1t64,0,BHRF,2:0,\nlibmagic1t64,1,BHR ,2:0,\n"
    (debsecan_of / "trixie").write_bytes(zlib.compress(f"VERSION 1\n{names}\n{packages}\n\n".encode()))
    (tmp_path / "status").write_text(status(MAGIC))
    [line] = vulnerabilities(tmp_path / "status", "trixie")
    assert line.startswith("CVE-2026-1 libmagic1t64 (fixed")


@needs_debsecan
def test_debsecan_without_data_says_why(debsecan_of: Path, tmp_path: Path) -> None:
    (tmp_path / "status").write_text(status(MAGIC))
    with pytest.raises(NotAsked, match="No such file"):
        vulnerabilities(tmp_path / "status", "trixie")


def test_debsecan_that_is_not_installed_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(NotAsked, match="apt-get install debsecan"):
        vulnerabilities(tmp_path / "status", "trixie")
