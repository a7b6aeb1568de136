"""The TypeScript package and the example on it, installed in copies; skipped where Node or the npm registry is away."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.local.python_service import PROJECT

_OFFLINE = re.compile("ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ECONNRESET")
_PACKAGE = Path("clients/typescript")
_NOT_COPIED = shutil.ignore_patterns("node_modules", "dist", "bundle", ".next", "schema.ts")


def built_package(root: Path) -> Path:
    """Return a copy of the client in `root`, beside openapi.json, built."""
    shutil.copy(PROJECT / "openapi.json", root)
    package = installed(root, _PACKAGE)
    succeed(package, "npm", "run", "build")
    return package


def installed(root: Path, name: Path) -> Path:
    """Return a copy in `root` of a directory of the project, with what its lock file pins."""
    if shutil.which("npm") is None:
        pytest.skip("Node is not installed")
    directory = root / name
    shutil.copytree(PROJECT / name, directory, ignore=_NOT_COPIED)
    result = run(directory, "npm", "ci")
    if result.returncode and _OFFLINE.search(result.stderr):
        pytest.skip("npm's registry cannot be reached")
    assert result.returncode == 0, result.stderr
    return directory


def run(directory: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=300, check=False)


def succeed(directory: Path, *command: str) -> str:
    """Return what a command wrote; raise AssertionError where it failed."""
    result = run(directory, *command)
    assert result.returncode == 0, f"{result.stdout}\n{result.stderr}"
    return result.stdout
