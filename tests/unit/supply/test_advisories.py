"""Known vulnerabilities: found, ignored for a time, or not looked up."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra.supply import advisories
from infra.supply.advisories import Ignored, Unreachable, findings

TODAY = date(2026, 11, 26)
FOUND = {"id": "GHSA-1", "aliases": ["CVE-1"], "fix_versions": ["2.1"], "description": "reads what it should not"}
REPORT: dict[str, Any] = {
    "dependencies": [
        {"name": "sound", "version": "1.0", "vulns": []},
        {"name": "unsound", "version": "2.0", "vulns": [FOUND]},
        {"name": "unknown", "skip_reason": "not in the index"},
    ],
    "fixes": [],
}


def test_a_finding_names_the_package_and_where_it_is_mended() -> None:
    assert findings(REPORT, TODAY) == ["unsound 2.0: GHSA-1, mended in 2.1"]


@pytest.mark.parametrize("name", ["GHSA-1", "CVE-1"])
def test_what_is_ignored_comes_back_on_its_day(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(advisories.IGNORED, name, Ignored("nothing here calls it", date(2026, 12, 1)))
    assert findings(REPORT, TODAY) == []
    assert findings(REPORT, date(2026, 12, 1)) != []


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens where the proxy would be."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_network")
def test_without_a_network_it_says_why_and_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    locked = tmp_path / "requirements.lock"
    locked.write_text(f"six==1.17.0 --hash=sha256:{'0' * 64}\n")
    monkeypatch.setattr(advisories, "LOCKED", str(locked))
    with pytest.raises(Unreachable):
        advisories.audit()
    advisories.main()
    assert "not looked up" in capsys.readouterr().err
