"""Find the tools for AWS: programs in an environment of their own, which `make` creates."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BIN = Path(sys.prefix) / "aws" / "bin"


def tool(name: str) -> str:
    """Return the path of a program. Raises FileNotFoundError that says what to do."""
    path = BIN / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run make {BIN.parent.relative_to(Path.cwd())}/.ready")
    return str(path)


def quiet_environment() -> dict[str, str]:
    """Return this process's environment without SAM's telemetry, and with a region for what only checks templates."""
    return {"AWS_DEFAULT_REGION": "us-east-1", **os.environ, "SAM_CLI_TELEMETRY": "0"}
