"""People who write and are written to all the time, and a check that all of it arrived once and in order."""

from __future__ import annotations

import time
from functools import partial
from itertools import count
from operator import eq

from tests.e2e.world import Linked, World, until_that

EVERY_SECONDS = 0.1


class Traffic:
    """Somebody writes to every session and every session writes to somebody, until it is ended."""

    def __init__(self, world: World, landlords: list[Linked]) -> None:
        self._world = world
        self._landlords = landlords
        self._writers = [world.phone(f"Writer {number}") for number in range(len(landlords))]
        self._readers = [world.phone(f"Reader {number}") for number in range(len(landlords))]
        self._ended = False
        self.written = 0

    def run(self) -> None:
        for number in count():
            if self._ended:
                return
            for landlord, writer, reader in zip(self._landlords, self._writers, self._readers, strict=True):
                self._world.say(writer, landlord.number, f"inbound {number}")
                landlord.session.send(reader, self._world.text(f"outbound {number}"), wait=False)
            self.written += 1
            time.sleep(EVERY_SECONDS)

    def end(self) -> None:
        self._ended = True

    def assert_complete(self) -> None:
        """Assert that everything written arrived once and in its order, both ways."""
        outbound, inbound = ([f"{way} {number}" for number in range(self.written)] for way in ("outbound", "inbound"))
        for landlord, writer, reader in zip(self._landlords, self._writers, self._readers, strict=True):
            until_that(partial(self._received, reader), partial(eq, outbound), timeout=60)
            until_that(partial(_stored, landlord, writer), partial(eq, inbound), timeout=60)

    def _received(self, number: str) -> list[str]:
        return [message["text"] for message in self._world.whatsapp.messages(number) if not message["fromMe"]]


def _stored(landlord: Linked, writer: str) -> list[str | None]:
    return [message.content for message in landlord.messages_of(writer)][::-1]
