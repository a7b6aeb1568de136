"""`python -m connector.supervisor SETTINGS`: what `python -m connector` becomes."""

from __future__ import annotations

import sys

from connector.supervisor.settings import SupervisorSettings
from connector.supervisor.supervisor import run

run(SupervisorSettings.decode(sys.argv[1]))
