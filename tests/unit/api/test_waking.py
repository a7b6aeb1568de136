from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from functions.api.settled_sends import SettledSends
from functions.api.waking import Waking
from gateway.aws.notifier import Notifier
from gateway.aws.queues import CommandQueues, TurnQueue
from gateway.listening import Listener
from gateway.store.ids import new_id
from gateway.store.sessions import Session

AGES = 60.0


class Bells(CommandQueues):
    """Notes which doorbells are sent, in place of SQS."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[UUID] = []

    def send(self, shard: int, session_id: UUID) -> None:
        self.sent.append(session_id)


class Hearing(SettledSends):
    """Is connected, and hears nothing by itself."""

    hears = True


def session(*, listens: bool) -> Session:
    values: dict[str, Any] = dict.fromkeys(Session.__dataclass_fields__)
    return Session(**values | {"id": new_id(), "shard": 3, "listens": listens})


def waking(bells: Bells, settled_sends: type[SettledSends], patience_seconds: float = AGES) -> Waking:
    return Waking(Notifier(bells, TurnQueue()), settled_sends(Listener(None, [])), patience_seconds)


def test_a_send_that_is_over_soon_rings_no_doorbell() -> None:
    bells = Bells()

    async def send() -> None:
        settled = asyncio.Event()
        ringing = asyncio.create_task(waking(bells, Hearing).wake_owner(session(listens=True), settled.wait))
        await asyncio.sleep(0)
        settled.set()
        await ringing

    asyncio.run(send())
    assert bells.sent == []


def test_one_that_is_not_rings_late_and_the_next_waits_again() -> None:
    bells, owned = Bells(), session(listens=True)
    patient = waking(bells, Hearing, 0.01)

    async def send() -> None:
        await patient.wake_owner(owned, asyncio.Event().wait)
        assert bells.sent == [owned.id]
        over = asyncio.Event()
        over.set()
        await patient.wake_owner(owned, over.wait)

    asyncio.run(send())
    assert bells.sent == [owned.id]


def test_an_owner_that_does_not_listen_gets_its_doorbell_at_once() -> None:
    bells, owned = Bells(), session(listens=False)
    asyncio.run(waking(bells, Hearing).wake_owner(owned, asyncio.Event().wait))
    assert bells.sent == [owned.id]


def test_where_nothing_is_heard_of_sends_doorbells_are_sent_at_once() -> None:
    bells, owned = Bells(), session(listens=True)
    asyncio.run(waking(bells, SettledSends).wake_owner(owned, asyncio.Event().wait))
    assert bells.sent == [owned.id]
