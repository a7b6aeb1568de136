"""What is in a package, and what is not."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from infra.aws.package import CONNECTOR, GROUPS, ROOT
from tests.integration.lambda_runtime.conftest import PackageOf
from tests.integration.lambda_runtime.runtime import PYTHON

# It takes a package to be built.
pytestmark = pytest.mark.slow

# Lambda takes 250. The API opens pages and pictures for the previews of links, media also documents and films.
MAX_MEGABYTES = 95
MAX_MEGABYTES_OF_MEDIA = 110
FUNCTIONS = [name for name in GROUPS if name != CONNECTOR]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_small_and_brings_only_its_own_code(name: str, package_of: PackageOf) -> None:
    directory = package_of(name)
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    assert size <= (MAX_MEGABYTES_OF_MEDIA if name == "media" else MAX_MEGABYTES) * 1_000_000
    own = {path.name for path in (directory / "functions").iterdir() if path.name != "__pycache__"}
    assert own == {"__init__.py", "doorbells.py", "error_boundary.py", name}
    assert not (directory / "connector").exists()
    assert (directory / "openai").exists() == (name == "replies")
    assert (directory / "fastapi").exists() == (name in ("api", "explorer"))


def test_everything_is_compiled_for_a_disk_that_is_read_only(package_of: PackageOf) -> None:
    directory = package_of("migrate")
    for source in (directory / "gateway").rglob("*.py"):
        assert list(source.parent.glob(f"__pycache__/{source.stem}.*.pyc"))


def test_a_wheel_that_is_not_the_locked_one_is_refused(tmp_path: Path) -> None:
    locked = (ROOT / "requirements.lock").read_text()
    name = "phonenumbers"
    start = locked.index(f"\n{name}==")
    end = locked.index("\n    # via", start)
    forged = locked[:start] + _with_other_hashes(locked[start:end]) + locked[end:]
    (tmp_path / "requirements.lock").write_text(forged)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    command = [str(Path(PYTHON).parents[3] / "bin" / "uv"), "pip", "install", "--target", str(tmp_path / "out")]
    command += ["--only-binary", ":all:", "--requirements", "pyproject.toml", "--constraints", "requirements.lock"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=100)
    assert done.returncode != 0
    assert f"Hash mismatch for `{name}" in done.stderr


def _with_other_hashes(entry: str) -> str:
    return "".join(
        line[: line.index("sha256:") + 7] + "0" * 64 + line[line.index("sha256:") + 71 :] if "sha256:" in line else line
        for line in entry.splitlines(keepends=True)
    )
