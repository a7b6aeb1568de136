"""`make clean` asks before it erases what cannot be made again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.python_service import PROJECT
from tests.stack import inherited_environment


@pytest.fixture
def data(tmp_path: Path) -> Path:
    kept = tmp_path / "local" / "api-key"
    kept.parent.mkdir()
    kept.write_text("wag_x")
    return kept


def clean(data: Path, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "infra.local.clean", *arguments],
        env={**inherited_environment(), "GATEWAY_LOCAL_DIR": str(data.parent)},
        cwd=PROJECT,
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answered(data: Path, answer: str) -> subprocess.CompletedProcess[str]:
    """Run it with somebody at the terminal who types this."""
    terminal, end = os.openpty()
    try:
        os.write(terminal, f"{answer}\n".encode())
        return clean(data, stdin=end)
    finally:
        os.close(terminal)
        os.close(end)


def test_where_nobody_can_be_asked_nothing_is_erased(data: Path) -> None:
    refused = clean(data)
    assert refused.returncode == 1
    assert "credentials" in refused.stdout
    assert "make clean YES=1" in refused.stdout
    assert data.exists()


@pytest.mark.parametrize("answer", ["", "n", "what?"])
def test_nothing_but_a_yes_erases(data: Path, answer: str) -> None:
    assert answered(data, answer).returncode == 1
    assert data.exists()


def test_a_yes_erases(data: Path) -> None:
    assert answered(data, "y").returncode == 0
    assert not data.parent.exists()


def test_who_says_so_is_not_asked(data: Path) -> None:
    assert clean(data, "--yes").returncode == 0
    assert not data.parent.exists()
    assert clean(data, "--yes").returncode == 0
