"""The model stub as a process: `python -m infra.local.model --port 3003`."""

from __future__ import annotations

import argparse

from aiohttp import web

from infra.local.model.server import ModelServer
from infra.local.ports import LOOPBACK

# Stopping does not wait for responses that a fault delays.
SHUTDOWN_SECONDS = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    port: int = parser.parse_args().port
    application = ModelServer().application()
    web.run_app(application, host=LOOPBACK, port=port, print=None, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)


if __name__ == "__main__":
    main()
