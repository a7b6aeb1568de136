from __future__ import annotations

import asyncio
from uuid import UUID

from functions.api.settled_sends import SettledSends
from gateway.listening import Hear, Listener
from gateway.store.ids import new_id

AGES = 60.0


class Connected(Listener):
    """Is told by the test what the database notifies of."""

    def __init__(self) -> None:
        super().__init__(None, [])
        self.hear: Hear = lambda _: None

    @property
    def hears(self) -> bool:
        return True

    def add(self, channel: str, hear: Hear) -> None:
        self.hear = hear


def heard(*payloads: str) -> SettledSends:
    listener = Connected()
    sends = SettledSends(listener)
    sends.start()
    for payload in payloads:
        listener.hear(payload)
    return sends


def test_who_waits_is_told_the_id_at_whatsapp() -> None:
    listener, message_id = Connected(), new_id()
    sends = SettledSends(listener)
    sends.start()

    async def wait() -> str:
        waiting = asyncio.create_task(sends.pause(message_id, AGES))
        await asyncio.sleep(0)
        listener.hear(f"{message_id}:3EB0A1")
        return await waiting

    assert asyncio.run(wait()) == "3EB0A1"


def test_what_was_settled_before_is_told_once_for_it_may_be_sent_again() -> None:
    message_id = new_id()
    sends = heard(f"{message_id}:3EB0A1")
    assert asyncio.run(sends.hear_of(message_id)) == "3EB0A1"
    assert not _is_told(sends, message_id)


def test_what_failed_has_no_id() -> None:
    message_id = new_id()
    assert asyncio.run(heard(str(message_id)).hear_of(message_id)) == ""


def _is_told(sends: SettledSends, message_id: UUID) -> bool:
    async def hear() -> bool:
        hearing = asyncio.create_task(sends.hear_of(message_id))
        await asyncio.sleep(0)
        hearing.cancel()
        return hearing.done()

    return asyncio.run(hear())
