from __future__ import annotations

import asyncio
from uuid import UUID

from functions.api.settled_sends import SettledSends
from functions.api.waking import Waking
from gateway.aws.notifier import Notifier
from gateway.aws.queues import CommandQueues, TurnQueue
from gateway.listening import Listener
from gateway.store.ids import new_id

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


def waking(bells: Bells, listener: SettledSends, patience_seconds: float) -> Waking:
    return Waking(Notifier(bells, TurnQueue()), listener, patience_seconds)


def test_a_send_that_is_over_soon_rings_no_doorbell() -> None:
    bells = Bells()

    async def send() -> None:
        settled = asyncio.Event()
        ringing = asyncio.create_task(waking(bells, Hearing(Listener(None, [])), AGES).wake_owner(3, new_id(), settled))
        await asyncio.sleep(0)
        settled.set()
        await ringing

    asyncio.run(send())
    assert bells.sent == []


def test_one_that_is_not_rings_late_and_the_next_at_once() -> None:
    bells, first, second = Bells(), new_id(), new_id()
    patient = waking(bells, Hearing(Listener(None, [])), 0.01)

    async def send() -> None:
        await patient.wake_owner(3, first, asyncio.Event())
        assert bells.sent == [first]
        over = asyncio.Event()
        over.set()
        await patient.wake_owner(3, second, over)

    asyncio.run(send())
    assert bells.sent == [first, second]


def test_where_nothing_is_heard_of_sends_doorbells_are_sent_at_once() -> None:
    bells, session_id = Bells(), new_id()
    asyncio.run(waking(bells, SettledSends(Listener(None, [])), AGES).wake_owner(3, session_id, asyncio.Event()))
    assert bells.sent == [session_id]
