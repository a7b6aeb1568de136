"""Imports of the connector keep to their side."""

from __future__ import annotations

import subprocess
import sys


def test_the_supervisor_never_loads_neonize() -> None:
    check = (
        "import sys, connector.supervisor.supervisor; sys.exit(any(name.startswith('neonize') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", check], check=True, timeout=60)
