"""`python -m connector.supervisor.probe`: ends with 0 while GET /health answers 200; a container's health check.

It runs every few seconds, so that it reads one variable instead of loading the settings.
"""

from __future__ import annotations

import os
import sys
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException

HOST = "127.0.0.1"
DEFAULT_PORT = "8081"
TIMEOUT_SECONDS = 4


def is_healthy(port: int) -> bool:
    """Return whether GET /health is answered with 200 in time."""
    connection = HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_healthy(int(os.environ.get("GATEWAY_HEALTH_PORT", DEFAULT_PORT))) else 1)
