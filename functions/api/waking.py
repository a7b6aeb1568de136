"""Wakes the owner of a session that something is to be sent, unless it has heard of it by NOTIFY and has sent it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool

from functions.api.settled_sends import SettledSends
from gateway.aws.notifier import Notifier
from gateway.store.sessions import Session

# By then a send is over, unless WhatsApp is slow.
PATIENCE_SECONDS = 1.0


class Waking:
    """A doorbell costs more than the send itself: to an owner that listens it is sent late, and then mostly not at all.

    Only the time may be lost that it is late: the rows stay, and their owner looks at them by itself.
    """

    def __init__(
        self, notifier: Notifier, settled_sends: SettledSends, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._notifier = notifier
        self._settled_sends = settled_sends
        self._patience_seconds = patience_seconds

    async def wake_owner(self, session: Session, settled: Callable[[], Awaitable[object]]) -> None:
        """Return when what `settled` waits for has come, or when the doorbell was sent."""
        self._settled_sends.start()
        if session.listens and self._settled_sends.hears:
            try:
                async with asyncio.timeout(self._patience_seconds):
                    await settled()
            except TimeoutError:
                pass
            else:
                return
        await run_in_threadpool(self._notifier.wake_owner, session.shard, session.id)
