"""Run the local WhatsApp server with its virtual phones; it prints ready when it listens."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from infra.local.whatsapp.server import Ports, Server


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.local.whatsapp", description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path(".local/whatsapp"), help="where all state is kept")
    parser.add_argument("--control-port", type=int, default=3002, help="HTTP for people and tests (0: a free one)")
    parser.add_argument("--proxy-port", type=int, default=0, help="the proxy clients connect through (0: a free one)")
    parser.add_argument("--tls-port", type=int, default=0, help="the endpoint behind the proxy (0: a free one)")
    parser.add_argument("--few-prekeys", action="store_true", help="linking is cheaper: clients make 50 keys, not 812")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    ports = Ports(arguments.control_port, arguments.proxy_port, arguments.tls_port)
    try:
        asyncio.run(_run(Server(arguments.dir, ports, few_prekeys=arguments.few_prekeys)))
    except OSError as error:
        sys.exit(f"The local WhatsApp server cannot listen: {error}")


async def _run(server: Server) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await server.start()
    print("ready", flush=True)
    await ended.wait()
    await server.stop()


if __name__ == "__main__":
    main()
