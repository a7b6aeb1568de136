"""`python -m infra.local.websocket --port …` runs the WebSocket API until it is told to stop."""

from __future__ import annotations

import argparse
import logging
import os

from aiohttp import web

from infra.local.lambdas.instance import Function
from infra.local.ports import LOOPBACK
from infra.local.websocket.function import Instances
from infra.local.websocket.server import Limits, WebSocketApi

TIMEOUT_SECONDS = 29.0


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(message)s")
    arguments = _arguments()
    function = Function("websocket", "functions.websocket.handler:handler", TIMEOUT_SECONDS, os.environ.copy())
    instances = Instances(function, arguments.concurrency)
    api = WebSocketApi(instances, Limits(arguments.idle, arguments.life))
    web.run_app(
        api.application(), host=LOOPBACK, port=arguments.port, access_log=None, print=None, shutdown_timeout=0.5
    )
    instances.kill()
    os._exit(0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--concurrency", type=int, default=2)
    parser.add_argument("--idle", type=float, default=Limits.idle, help="seconds without a message")
    parser.add_argument("--life", type=float, default=Limits.life, help="seconds of a connection in all")
    return parser.parse_args()


if __name__ == "__main__":
    main()
