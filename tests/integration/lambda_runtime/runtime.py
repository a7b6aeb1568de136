"""Functions as Lambda runs them: packaged, under AWS's runtime client, invoked through the Runtime API.

`aws-lambda-rie` is AWS's own emulator of the Runtime API; it ships inside the aws-sam-cli wheel.
"""

from __future__ import annotations

import fcntl
import json
import platform
import re
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.aws.package import package
from infra.aws.tools import BIN
from infra.local.child import Child, Command
from infra.local.ports import LOOPBACK, free_port, is_free

PYTHON = BIN.parent / "lambda" / "bin" / "python"
INVOKE = "/2015-03-31/functions/function/invocations"
_MACHINE = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)")


class FunctionError(Exception):
    """The function raised; the text is what Lambda's caller is told."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function that waits for events, in one execution environment."""

    url: str
    log: Path
    patience_seconds: float = 60.0

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Return what the function returns. Raises FunctionError."""
        request = urllib.request.Request(self.url, json.dumps(event).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=self.patience_seconds) as response:
            result = json.loads(response.read() or b"null")
        if isinstance(result, dict) and "errorType" in result:
            raise FunctionError(f"{result['errorType']}: {result['errorMessage']}")
        return result

    @property
    def init_milliseconds(self) -> float:
        """The duration of the cold start; known after the first invocation."""
        match = _INIT.search(self.log.read_text())
        assert match is not None, self.log.read_text()
        return float(match[1])


def packaged(name: str, base: Path, also: str | None = None) -> Path:
    """Return the package of a function for this machine; built once for all who share `base`."""
    whole = f"{name}-{also}" if also else name
    directory, done = base / whole, base / f"{whole}.done"
    with (base / f"{whole}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            package(name, directory, native=True, also=also)
            done.touch()
    return directory


@contextmanager
def running(
    directory: Path, name: str, environment: Mapping[str, str], log: Path, python: Path = PYTHON
) -> Iterator[Function]:
    """Run a function until the block ends. It gets nothing of this process's environment, as in Lambda."""
    api, emulator = free_port(), free_port()
    command = Command(
        (
            str(emulator_path()),
            "--runtime-api-address", f"{LOOPBACK}:{api}",
            "--runtime-interface-emulator-address", f"{LOOPBACK}:{emulator}",
            str(python), "-m", "awslambdaric", f"functions.{name}.handler.handler",
        ),
        {**lambda_environment(directory, name), **environment},
        directory,
    )  # fmt: skip
    child = Child(command, log)
    try:
        _wait_until_listening(emulator)
        yield Function(f"http://{LOOPBACK}:{emulator}{INVOKE}", log)
    finally:
        child.kill_group()


def _wait_until_listening(port: int, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while is_free(port):
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing listens on port {port}")
        time.sleep(0.02)


def lambda_environment(directory: Path, name: str) -> dict[str, str]:
    """Return what Lambda itself sets, for a package in `directory`."""
    return {
        "PATH": "/usr/bin:/bin",
        "LAMBDA_TASK_ROOT": str(directory),
        "PYTHONPATH": str(directory),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "60",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
    }


def emulator_path() -> Path:
    """Return aws-lambda-rie for this machine."""
    (path,) = BIN.parent.glob(f"lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{_MACHINE}")
    return path
