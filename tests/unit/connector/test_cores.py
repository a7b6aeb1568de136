from __future__ import annotations

import os
from pathlib import Path

import pytest

from connector.supervisor.cores import whole_cores


@pytest.mark.parametrize(
    ("quota", "cores"), [("50000 100000", 1), ("199999 100000", 1), ("max 100000", None), ("", None)]
)
def test_below_two_cores_there_is_one_worker(tmp_path: Path, quota: str, cores: int | None) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(f"{quota}\n")
    everything = len(os.sched_getaffinity(0))
    assert whole_cores(file) == (cores or everything)
    assert whole_cores(tmp_path / "missing") == everything
