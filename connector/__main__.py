"""`python -m connector`: the container's entry point. It validates the settings and makes way for the supervisor.

The process becomes the supervisor's, without the libraries that settings need.
"""

from __future__ import annotations

import os
import sys

from connector.supervisor.settings import SupervisorSettings
from gateway.settings import ConnectorSettings

settings = SupervisorSettings.of(ConnectorSettings())
os.execv(sys.executable, [sys.executable, "-m", "connector.supervisor", settings.encode()])  # noqa: S606
