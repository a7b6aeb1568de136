"""A bill of materials names what lies in the directory, and nothing else."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from infra.supply.sbom import go_modules, sbom

LINKED = b"\x00path\tx\nmod\tx\t(devel)\t\ndep\tgo.mau.fi/whatsmeow\tv0.1\th1:a=\ndep\texample.org/y\tv2.0\th1:b=\n\x00"


def test_it_lists_packages_with_licences_and_go_modules(tmp_path: Path) -> None:
    information = tmp_path / "thing-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.4\nName: thing\nVersion: 1\nLicense-Expression: MIT\n")
    (tmp_path / "library.so").write_bytes(LINKED)
    bill = sbom(tmp_path)
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "whatsapp-gateway"
    named = {component["name"]: component for component in bill["components"]}
    assert named.keys() == {"thing", "go.mau.fi/whatsmeow", "example.org/y"}
    assert "MIT" in str(named["thing"]["licenses"])
    assert named["go.mau.fi/whatsmeow"]["purl"] == "pkg:golang/go.mau.fi/whatsmeow@v0.1"


def test_the_library_for_whatsapp_says_what_it_is_linked_of() -> None:
    neonize = find_spec("neonize")
    assert neonize is not None and neonize.origin is not None
    modules = {module["name"] for module in go_modules(Path(neonize.origin).parent)}
    assert {"go.mau.fi/whatsmeow", "go.mau.fi/libsignal"} <= modules
