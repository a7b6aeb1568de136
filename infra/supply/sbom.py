"""Write what each package holds as CycloneDX: `python -m infra.supply.sbom DIRECTORY`, a file a function and one of the
connector.

With `--image` that of the connector holds Debian's packages in its image, too, and their list lies beside it as dpkg
has it. The components are read from the package as it is deployed, not from what was asked for.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.aws.package import GROUPS, ROOT, package
from infra.aws.tools import tool
from infra.supply import debian

# What the Go linker writes into a library about each module in it: its path and version.
_GO_MODULE = re.compile(rb"\ndep\t([^\t\n]+)\t([^\t\n]+)\th1:")


def sbom(directory: Path) -> dict[str, Any]:
    """Return the bill of materials of a package that infra.aws.package made. Raises CalledProcessError."""
    with tempfile.TemporaryDirectory(prefix="gateway-sbom-") as temporary:
        python = Path(temporary) / "python"
        # The tool asks a Python where it finds packages. This one finds those of the directory alone (-S).
        python.write_text(f'#!/bin/sh\nPYTHONPATH="{directory.resolve()}" exec {sys.executable} "$@"\n')
        python.chmod(0o755)
        command = [tool("cyclonedx-py"), "environment", "-S", "--pyproject", str(ROOT / "pyproject.toml")]
        command += ["--output-reproducible", str(python)]
        listed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    bill: dict[str, Any] = json.loads(listed.stdout)
    bill["components"] += go_modules(directory)
    return bill


def go_modules(directory: Path) -> list[dict[str, str]]:
    """Return the modules in the Go libraries of a package, as components."""
    found = {
        (module.decode(), version.decode())
        for library in directory.rglob("*.so")
        for module, version in _GO_MODULE.findall(library.read_bytes())
    }
    return [
        {"type": "library", "bom-ref": address, "name": module, "version": version, "purl": address}
        for module, version in sorted(found)
        for address in [f"pkg:golang/{module}@{version}"]
    ]


def add_image(target: Path, image: str, engine: str) -> None:
    """Add what an image of the connector has of Debian to the bill in `target`. Raises CannotRead."""
    status = debian.read(image, engine, debian.STATUS)
    (target / "connector.dpkg-status").write_text(status)
    path = target / "connector.cdx.json"
    bill = json.loads(path.read_text())
    bill["components"] += debian.components(status, debian.read(image, engine, debian.RELEASE))
    path.write_text(json.dumps(bill, indent=1) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(prog="infra.supply.sbom", description="Write what each package holds.")
    parser.add_argument("directory", type=Path)
    parser.add_argument("--image", help="the connector's, as the engine names it")
    parser.add_argument("--engine", choices=debian.ENGINES, default=debian.ENGINES[0])
    arguments = parser.parse_args()
    target: Path = arguments.directory
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gateway-package-") as temporary:
        for name in GROUPS:
            package(name, Path(temporary) / name)
            (target / f"{name}.cdx.json").write_text(json.dumps(sbom(Path(temporary) / name), indent=1) + "\n")
    if arguments.image:
        try:
            add_image(target, arguments.image, arguments.engine)
        except debian.CannotRead as reason:
            sys.exit(f"The image cannot be read: {reason}")


if __name__ == "__main__":
    main()
