"""Run a function with what invokes it: `python -m infra.local.lambdas --handler … --queue replies --health-port …`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.local.lambdas.instance import Function
from infra.local.lambdas.sources import ClockSource, QueueSource, Source
from infra.local.ports import LOOPBACK


class _Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the health check comes every moment."""


def main() -> None:
    logging.basicConfig(format="%(asctime)s %(message)s")
    arguments = _arguments()
    sources = _sources(arguments)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())
    health = ThreadingHTTPServer((LOOPBACK, arguments.health_port), _Health)
    threading.Thread(target=health.serve_forever, daemon=True).start()
    for source in sources:
        source.start()
    ended.wait()
    # What is cut off here is what Lambda may cut off at any time.
    for source in sources:
        source.instance.kill()
    os._exit(0)


def _sources(arguments: argparse.Namespace) -> list[Source]:
    function = Function(arguments.name, arguments.handler, arguments.timeout, os.environ.copy())
    if arguments.every is not None:
        return [ClockSource(function, arguments.every)]
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    queue = os.environ.get("GATEWAY_QUEUE_PREFIX", "") + arguments.queue
    return [QueueSource(function, endpoint, queue, arguments.batch_size) for _ in range(arguments.concurrency)]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--handler", required=True, help="MODULE:NAME")
    parser.add_argument("--timeout", type=float, required=True)
    parser.add_argument("--health-port", type=int, required=True)
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=1)
    invoked_by = parser.add_mutually_exclusive_group(required=True)
    invoked_by.add_argument("--queue", help="its name without the prefix")
    invoked_by.add_argument("--every", type=float, help="seconds")
    return parser.parse_args()


if __name__ == "__main__":
    main()
