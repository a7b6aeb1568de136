"""The Explorer with settings from the environment, for uvicorn (`functions.explorer.app:app`) and for Lambda."""

from __future__ import annotations

from functions.explorer.factory import create_app
from functions.explorer.settings import ExplorerSettings
from gateway import telemetry

log = telemetry.adopt("functions", "explorer")
app = create_app(ExplorerSettings())  # read from the environment
