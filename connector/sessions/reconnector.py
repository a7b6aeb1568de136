"""A session's way to WhatsApp: one link at a time, each opened only after Go has let go of the one before."""

from __future__ import annotations

import logging
import time
from functools import partial

from connector.sessions.activity import SessionContext
from connector.sessions.client_run import ClientRun, ClientRunCallbacks, ClientRunEvent
from gateway.backoff import Backoff
from gateway.store import inbox

log = logging.getLogger(__name__)

POLL_SECONDS = 0.05
# A closed socket harms nobody: after this long the next link does not wait for Go any more.
LETTING_GO_SECONDS = 30.0


class Reconnector:
    def __init__(self, desk: SessionContext) -> None:
        self._desk = desk
        self._links = desk.resources.links
        self._session_id = desk.record.session_id
        self._link: ClientRun | None = None
        self._backoff = Backoff(desk.resources.settings.reconnect_base_seconds, self._limit)
        self._not_before = 0.0

    @property
    def _limit(self) -> float:
        return self._desk.resources.settings.reconnect_max_seconds

    @property
    def link(self) -> ClientRun | None:
        """The link that is open, or opening."""
        return self._link

    @property
    def due(self) -> float | None:
        """When the next link may be opened."""
        if self._link is not None:
            return None
        return time.monotonic() + POLL_SECONDS if self._occupied() else self._not_before

    def is_current(self, note: ClientRunEvent) -> bool:
        return note.link is self._link

    @property
    def may_open(self) -> bool:
        return self._link is None and time.monotonic() >= self._not_before and not self._occupied()

    def open(self, device_jid: str) -> ClientRun:
        """Raises DeviceMissing, StoreUnavailable."""
        resources = self._desk.resources
        ears = ClientRunCallbacks(self._desk.post, partial(self._store, device_jid))
        link = ClientRun(resources.credentials.dsn, device_jid, resources.settings, ears)
        self._link = self._links[self._session_id] = link
        try:
            self._desk.record.require()
            link.open()
            self._desk.record.require()
        except Exception:
            self.drop()
            raise
        return link

    def succeed(self) -> None:
        """It is connected: the next loss begins with a short pause again."""
        self._backoff.reset()

    def pause(self, seconds: float | None = None) -> None:
        """Before the next attempt; longer after each failure where not told how long."""
        self._not_before = time.monotonic() + (self._backoff.next() if seconds is None else seconds)

    def drop(self, pause: float | None = None) -> None:
        """This link is of no use any more; another one is tried after a pause."""
        self.hang_up()
        self.pause(pause)

    def suspend(self) -> None:
        """Close the socket; whoever uses the link is told that it has ended. From any thread."""
        if (link := self._link) is not None:
            link.suspend()

    def hang_up(self) -> None:
        """Close the socket; from any thread."""
        link, self._link = self._link, None
        if link is not None:
            link.hang_up()

    def close(self, patience: float) -> bool:
        """Hang up and wait until all that was received is stored; False when it takes longer."""
        self.hang_up()
        last = self._links.get(self._session_id)
        return last is None or last.close(patience)

    def _store(self, device_jid: str, kind: str, payload: bytes) -> None:
        inbox.append(self._desk.resources.database, self._session_id, device_jid, kind, payload)
        self._desk.stored()

    def _occupied(self) -> bool:
        last = self._links.get(self._session_id)
        if last is None:
            return False
        if last.ended:
            self._links.pop(self._session_id, None)
            return False
        last.hang_up()
        return last.hung_up_seconds < LETTING_GO_SECONDS
