"""What a cold start of the API waits for, and what it leaves to the requests that need it."""

from __future__ import annotations

import subprocess
import sys


def _after_import(expression: str) -> str:
    program = f"import sys, functions.api.factory, gateway.schemas.base as base; print({expression})"
    command = [sys.executable, "-c", program]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout.strip()


def test_what_few_requests_need_is_loaded_by_them_alone() -> None:
    assert _after_import(
        "sorted({'PIL', 'boto3', 'fastapi', 'httpx2', 'qrcode', 'selectolax'} & set(sys.modules))"
    ) == ("['fastapi']")


def test_responses_are_prepared_by_the_first_that_needs_them() -> None:
    bodies = "base.ResponseBody.__subclasses__()"
    assert int(_after_import(f"len({bodies})")) > 10
    assert _after_import(f"[each for each in {bodies} if each.__pydantic_complete__]") == "[]"
