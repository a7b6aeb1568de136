"""Wakes the owner of a session that something is to be sent, unless it has heard of it by NOTIFY and has sent it."""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from functions.api.settled_sends import SettledSends
from gateway.aws.notifier import Notifier

# By then a send is over, where its owner listens and WhatsApp is not slow.
PATIENCE_SECONDS = 0.5
# Where it was not, doorbells are sent at once for a while.
IMPATIENT_SECONDS = 60.0


class Waking:
    """A doorbell costs more than the send itself: where sends are heard of it is sent late, and then mostly not at all.

    Only the time may be lost that it is late: the rows stay, and their owner looks at them by itself.
    """

    def __init__(
        self, notifier: Notifier, settled_sends: SettledSends, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._notifier = notifier
        self._settled_sends = settled_sends
        self._patience_seconds = patience_seconds
        self._impatient_until = 0.0

    async def wake_owner(self, shard: int, session_id: UUID, settled: asyncio.Event) -> None:
        """Return when a send is `settled`, or when its doorbell was sent."""
        if self._settled_sends.hears and time.monotonic() >= self._impatient_until:
            try:
                async with asyncio.timeout(self._patience_seconds):
                    await settled.wait()
            except TimeoutError:
                self._impatient_until = time.monotonic() + IMPATIENT_SECONDS
            else:
                return
        await run_in_threadpool(self._notifier.wake_owner, shard, session_id)
