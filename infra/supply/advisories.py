"""Look up known vulnerabilities of what is locked: `python -m infra.supply.advisories`.

Without a way to the service of advisories it says so and succeeds: a machine without a network is no finding.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from infra.aws.package import ROOT
from infra.aws.tools import tool

LOCKED = "requirements.lock"
TIMEOUT_SECONDS = 120
# An answer is looked for a few seconds: most machines reach the service at once or never.
_CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Ignored:
    """A finding that does not concern us, until a day on which somebody looks again."""

    reason: str
    until: date


# By the id that pip-audit prints.
IGNORED: dict[str, Ignored] = {}


class Unreachable(Exception):
    """The advisories could not be read; the text says why."""


def audit() -> dict[str, Any]:
    """Return pip-audit's report on requirements.lock. Raises Unreachable."""
    command = [tool("pip-audit"), "--vulnerability-service", "osv", "--disable-pip", "--require-hashes"]
    command += ["--requirement", LOCKED, "--format", "json", "--progress-spinner", "off"]
    command += ["--timeout", str(_CONNECT_SECONDS)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise Unreachable(f"no answer within {TIMEOUT_SECONDS} s") from None
    except json.JSONDecodeError:
        raise Unreachable(done.stderr.strip().rpartition("\n")[2][:200]) from None
    return report


def findings(report: dict[str, Any], today: date) -> list[str]:
    """Return a line for each vulnerability that is not ignored on that day."""
    return [
        f"{package['name']} {package['version']}: {found['id']}, mended in {', '.join(found['fix_versions']) or 'none'}"
        for package in report["dependencies"]
        for found in package.get("vulns", ())
        if not _is_ignored({found["id"], *found["aliases"]}, today)
    ]


def _is_ignored(names: set[str], today: date) -> bool:
    return any(today < IGNORED[name].until for name in names if name in IGNORED)


def main() -> None:
    try:
        lines = findings(audit(), datetime.now(UTC).date())
    except Unreachable as reason:
        sys.stderr.write(f"Known vulnerabilities were not looked up: {reason}\n")
        return
    sys.exit("\n".join(["Known vulnerabilities in what is locked:", *lines]) if lines else 0)


if __name__ == "__main__":
    main()
