"""Wakes the owner of a session for something that was queued, and waits until that is settled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Protocol, TypeVar
from uuid import UUID

from functions.api.services import Services
from functions.api.waiting import Estimate, wait_while
from gateway.store.database import Connection
from gateway.store.sessions import Session


class Queued(Protocol):
    """A row that its owner settles."""

    @property
    def id(self) -> UUID: ...


QueuedT = TypeVar("QueuedT", bound=Queued)


async def wake_and_wait(
    services: Services,
    session: Session,
    row: QueuedT,
    is_under_way: Callable[[QueuedT], bool],
    read: Callable[[Connection, QueuedT], QueuedT],
    estimate: Estimate,
    told: Callable[[QueuedT, str], QueuedT] | None = None,
) -> QueuedT:
    """Return the row once it is settled, or as it is after the time of the settings; `told` is that of wait_while()."""
    # The owner is often told of the commit before SQS has taken the doorbell: do not wait for one after the other.
    settled = asyncio.Event()
    waking = asyncio.create_task(services.waking.wake_owner(session, settled.wait))
    row = await wait_while(
        is_under_way,
        row,
        read,
        services.database,
        services.settings.send_wait_seconds,
        estimate=estimate,
        pause=partial(services.settled_sends.pause, row.id),
        told=told,
    )
    settled.set()
    await waking
    return row
