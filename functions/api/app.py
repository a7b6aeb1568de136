"""The API with settings from the environment, for uvicorn (`functions.api.app:app`) and for the Lambda handler."""

from __future__ import annotations

import logging

from functions.api.factory import create_app
from gateway.aws.queues import CommandQueues
from gateway.function_database import open_database
from gateway.settings import ApiSettings
from gateway.telemetry import adopt

log = adopt("functions", "api")

# Both log paths, and paths may hold phone numbers; RequestContextMiddleware writes the access log.
for name in ("uvicorn.access", "mangum.http"):
    logging.getLogger(name).disabled = True

_settings = ApiSettings()  # read from the environment
_database = open_database(_settings, "api")

app = create_app(_settings, _database, CommandQueues(_settings.queue_prefix))
