"""Hears what becomes of sends: who waits for one is woken when it is settled, and told its id at WhatsApp."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict, defaultdict
from contextlib import suppress
from uuid import UUID

from gateway.listening import Listener
from gateway.store.outgoing import SETTLED_CHANNEL

# Where nothing is heard the row is read as often; more than the time until an answer is normally there.
QUIET_SECONDS = 1.0
# Of sends that were settled before anybody waited for them.
_REMEMBERED = 1000

_Waiter = tuple[asyncio.AbstractEventLoop, asyncio.Event]


class SettledSends:
    """Who waits reads the row, unless it was told all, and reads it again where nothing was heard."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._lock = threading.Lock()
        self._waiters: defaultdict[UUID, list[_Waiter]] = defaultdict(list)
        self._settled: OrderedDict[UUID, str] = OrderedDict()

    def start(self) -> None:
        """Begin to listen, once however often it is called."""
        self._listener.add(SETTLED_CHANNEL, self._hear)

    @property
    def hears(self) -> bool:
        """Whether what becomes of sends is heard now."""
        return self._listener.hears

    async def pause(self, message_id: UUID, seconds: float) -> str:
        """Wait until the send is settled, for a while; for `seconds` where nobody listens.

        Return its id at WhatsApp, empty where it is not known to be sent.
        """
        if not self._listener.hears:
            await asyncio.sleep(seconds)
            return ""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(seconds, QUIET_SECONDS)):
                return await self.hear_of(message_id)
        return ""

    async def hear_of(self, message_id: UUID) -> str:
        """Wait until it is heard that the send is settled, however long that takes; return what pause() does."""
        waiter = (asyncio.get_running_loop(), asyncio.Event())
        with self._lock:
            if message_id in self._settled:
                # Once: it may be sent again.
                return self._settled.pop(message_id)
            self._waiters[message_id].append(waiter)
        try:
            await waiter[1].wait()
            return self._settled.get(message_id, "")
        finally:
            self._leave(message_id, waiter)

    def _leave(self, message_id: UUID, waiter: _Waiter) -> None:
        with self._lock:
            self._waiters[message_id].remove(waiter)
            if not self._waiters[message_id]:
                del self._waiters[message_id]

    def _hear(self, payload: str | None) -> None:
        if payload is None:
            return
        text, _, whatsapp_id = payload.partition(":")
        message_id = UUID(text)
        with self._lock:
            self._settled[message_id] = whatsapp_id
            if len(self._settled) > _REMEMBERED:
                self._settled.popitem(last=False)
            for loop, event in self._waiters.get(message_id, ()):
                loop.call_soon_threadsafe(event.set)
