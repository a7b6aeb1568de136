"""The tools for AWS: programs of an environment of their own, which `make` creates."""

from __future__ import annotations

import os
import sys
from pathlib import Path

BIN = Path(sys.prefix) / "aws" / "bin"


def tool(name: str) -> str:
    """The path of a program. Raises FileNotFoundError with what to do."""
    path = BIN / name
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: run make {BIN.parent.relative_to(Path.cwd())}/.ready")
    return str(path)


def quiet_environment() -> dict[str, str]:
    """Ours, without SAM's telemetry and with a region for what only checks templates."""
    return {"AWS_DEFAULT_REGION": "us-east-1", **os.environ, "SAM_CLI_TELEMETRY": "0"}
