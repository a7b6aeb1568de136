"""`python -P asgi.py APPLICATION PORT`: uvicorn, which wakes once a second in place of ten times.

An API that nobody asks would otherwise take as much of a processor as fifty idle sessions. The application is that of
the directory in which it is started, which may hold another release: nothing else of this one is imported.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from contextlib import suppress
from types import FrameType

import uvicorn

HOST = "127.0.0.1"
# How old the Date of an answer may be.
TICK_SECONDS = 1.0


class Server(uvicorn.Server):
    """A server that a signal ends at once, however long it sleeps."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._signalled = asyncio.Event()

    async def main_loop(self) -> None:
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._signalled.wait(), TICK_SECONDS)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        asyncio.get_running_loop().call_soon_threadsafe(self._signalled.set)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("application", help="such as functions.api.app:app")
    parser.add_argument("port", type=int)
    parser.add_argument("--grace", type=int, help="seconds for which requests may go on at the end; for ever without")
    options = parser.parse_args()
    sys.path.insert(0, "")
    config = uvicorn.Config(
        options.application, HOST, options.port, access_log=False, timeout_graceful_shutdown=options.grace
    )
    with suppress(KeyboardInterrupt):
        Server(config).run()


if __name__ == "__main__":
    main()
