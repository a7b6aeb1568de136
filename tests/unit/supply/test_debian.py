"""What of Debian is in an image."""

from __future__ import annotations

import pytest

from infra.supply.debian import Archive, CannotRead, components, read, security

RELEASE = 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n'
STATUS = """Package: libstdc++6
Status: install ok installed
Architecture: amd64
Source: gcc-14
Version: 14.2.0-19
Description: GNU Standard C++ Library v3
 Status: of no package

Package: libmagic1t64
Status: install ok installed
Architecture: amd64
Version: 1:5.46-5

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1.0
"""

SOURCES = """Types: deb
# https://snapshot.example/archive
URIs: https://packages.example/debian
Suites: trixie trixie-updates
Components: main
"""
SECURITY = """
Types: deb
# https://snapshot.example/archive-security
URIs: https://packages.example/debian-security
Suites: trixie-security
Components: main
"""


def test_what_is_installed_is_named_with_its_version_and_release() -> None:
    system, magic, standard = components(STATUS, RELEASE)
    assert (system["type"], system["name"], system["version"]) == ("operating-system", "debian", "13")
    assert (magic["name"], magic["version"]) == ("libmagic1t64", "1:5.46-5")
    assert magic["purl"] == "pkg:deb/debian/libmagic1t64@1:5.46-5?arch=amd64&distro=debian-13"
    assert standard["purl"] == "pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=debian-13"


def test_who_lacks_the_engine_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(CannotRead, match="podman is not installed"):
        read("localhost/nothing", "podman", "/etc/os-release")


def test_an_image_says_where_it_has_security_updates_from() -> None:
    assert security(SOURCES + SECURITY) == Archive("https://packages.example/debian-security", "trixie-security")


def test_an_image_without_security_updates_is_refused() -> None:
    with pytest.raises(CannotRead, match="names no archive for security"):
        security(SOURCES)
