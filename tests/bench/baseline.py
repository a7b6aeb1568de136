"""The measuring side of tests.bench.raw."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from connector.whatsapp.devices import whatsmeow_dsn
from connector.whatsapp.environment import GO_ENVIRONMENT
from tests.stack import Stack, inherited_environment


class Baseline:
    """Bare clients in a process of their own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def link(self, number: str) -> str:
        """Link a device and return its JID. It has logged in once and is offline again: phones can write to it now."""
        jid = str(self._call("link", number))
        self.start([jid])
        self.stop()
        return jid

    def start(self, jids: list[str], *, wait: bool = True) -> None:
        self._call("start", jids)
        if wait:
            self._call("wait_until_ready")

    def stop(self) -> None:
        self._call("stop")

    def send(self, jid: str, to: str, text: str) -> float:
        """Return the seconds until the server has acknowledged it."""
        return float(self._call("send", jid, to, text))

    def upload(self, jid: str, size: int) -> float:
        """Return the seconds until a document of so many bytes is stored at WhatsApp."""
        return float(self._call("upload", jid, size))

    def download(self, jid: str) -> float:
        """Return the seconds until the file of the message that came is downloaded, which is waited for."""
        return float(self._call("download", jid))

    def send_all(self, jids: list[str], to: list[str], count: int) -> float:
        """Send so many messages from each device at once, each to one of `to`. Return the seconds it took."""
        return float(self._call("send_all", jids, to, count))

    def received(self) -> list[float]:
        """Return when each message since the start came, in Unix time."""
        return list(self._call("received"))

    def _call(self, *request: object) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        if not (response := self._process.stdout.readline()):
            raise RuntimeError(f"the raw clients ended with {self._process.wait()}; see their log")
        return json.loads(response)


@contextmanager
def raw_neonize(stack: Stack) -> Iterator[Baseline]:
    """Run bare clients on a database of their own, on the same PostgreSQL and WhatsApp servers as the gateway."""
    database = stack.database()
    environment = {**inherited_environment(), **GO_ENVIRONMENT, **stack.whatsapp.connector_environment}
    with (stack.logs / "raw.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.raw", whatsmeow_dsn(database.whatsmeow), stack.whatsapp.url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            encoding="utf-8",
        )
    try:
        with process:
            try:
                yield Baseline(process)
            finally:
                process.kill()
    finally:
        stack.drop(database)
