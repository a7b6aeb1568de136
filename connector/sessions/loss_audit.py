"""Notices messages that were delivered to whatsmeow and died with a process before they were stored.

whatsmeow notes every message that carries a secret before it hands the message on. What stands there since the last
moment at which everything was known to be stored, and is not among the stored messages, is lost; that is said once.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from connector.sessions.activity import SessionContext
from connector.sessions.client_run import ClientRun
from gateway.store import inbox, incoming
from gateway.store.incoming import DeliveredMessage
from gateway.store.sessions import Session

log = logging.getLogger(__name__)

# How often to look, for an audit that is open and for a mark that may hold.
LOOK_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class _Mark:
    """A point in the history of whatsmeow's store, and when it was taken on time.monotonic()."""

    position: str
    at: float


@dataclass(slots=True)
class _Audit:
    """What an earlier process may have lost, up to where that is, and the last event that may still bring some of it.

    Just after linking, what whatsmeow noted of the history sync is among it.
    """

    delivered: list[DeliveredMessage]
    until: str
    behind: int | None = None


class LossAudit:
    def __init__(self, desk: SessionContext) -> None:
        self._desk = desk
        self._audit: _Audit | None = None
        self._begun = False
        self._mark: _Mark | None = None
        self._accounted_at = self._next_look = 0.0

    def begin(self, session: Session) -> None:
        """Before the first link opens: from then on nothing dies unseen."""
        if self._begun:
            return
        credentials = self._desk.resources.credentials
        until = credentials.watermark()
        if session.accounted_until is None or session.device_jid is None:
            with self._desk.record.fence() as fence:
                fence.mark_audited(until)
        else:
            self._audit = _Audit(credentials.delivered_since(session.device_jid, session.accounted_until), until)
        self._begun = True

    @property
    def due(self) -> float | None:
        """When to advance again, on time.monotonic(): an audit is not left to the next crash."""
        return time.monotonic() + LOOK_SECONDS if self._audit is not None else None

    def advance(self, link: ClientRun) -> None:
        """Now and then while a link is open."""
        now = time.monotonic()
        if not link.synced or now < self._next_look:
            return
        self._next_look = now + LOOK_SECONDS
        if self._audit is not None:
            self._conclude(self._audit)
        else:
            self._account(link)

    def _conclude(self, audit: _Audit) -> None:
        """What was not acknowledged has come again by now, and is in the inbox or stored."""
        with self._desk.record.fence() as fence:
            if audit.behind is None:
                audit.behind = inbox.newest(fence.connection, fence.session_id)
            if not inbox.is_processed(fence.connection, fence.session_id, audit.behind):
                return
            lost = incoming.report_lost(fence, audit.delivered)
            fence.mark_audited(audit.until)
        self._audit = None
        if lost:
            log.error("messages were lost", extra={"session_id": str(self._desk.record.session_id), "count": lost})

    def _account(self, link: ClientRun) -> None:
        """A mark holds once Go has been empty after it was taken; without new events the last one still holds."""
        mark = self._mark
        if mark is not None and link.paused_at > mark.at + self._desk.resources.settings.idle_seconds:
            with self._desk.record.fence() as fence:
                fence.mark_audited(mark.position)
            self._accounted_at, self._mark = mark.at, None
        if self._mark is None and link.stored_at >= self._accounted_at:
            self._mark = _Mark(self._desk.resources.credentials.watermark(), time.monotonic())
