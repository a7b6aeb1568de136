"""Finds messages that were delivered to whatsmeow and died with a process before they were stored.

whatsmeow stores the secret of every message that carries one before it hands the message on. A secret that was stored
after the last moment at which everything was known to be stored here, and whose message is not among ours, belongs to
a message that is lost; that is reported once.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from connector.sessions.activity import SessionContext
from connector.sessions.client_run import ClientRun
from gateway.store import history, inbox, losses
from gateway.store.losses import DeliveredMessage
from gateway.store.sessions import Session

log = logging.getLogger(__name__)

# How often to check whether an audit can be concluded, or a watermark holds.
CHECK_SECONDS = 1.0
# How often secrets are deleted that are kept no longer.
FORGET_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class _Watermark:
    """A point in the history of whatsmeow's store, and when it was read on time.monotonic()."""

    position: str
    read_at: float


@dataclass(slots=True)
class _Audit:
    """What an earlier process may have lost up to `until`; `last_event` is the last one that may still bring some.

    Just after linking, the secrets of the history sync are among it.
    """

    delivered: list[DeliveredMessage]
    until: str
    last_event: int | None = None


class LossAudit:
    """Audits what earlier processes received, and moves the session's watermark on while a client runs."""

    def __init__(self, context: SessionContext) -> None:
        self._owned_session = context.owned_session
        self._credentials = context.resources.credentials
        self._spool = context.resources.spool
        self._idle_seconds = context.resources.settings.idle_seconds
        self._secret_days = context.resources.settings.message_secret_days
        self._audit: _Audit | None = None
        self._begun = False
        self._watermark: _Watermark | None = None
        self._written_at = self._next_check = self._forget_at = 0.0

    def begin(self, session: Session) -> None:
        """Begin before the first run opens: no loss after that goes unnoticed."""
        if self._begun:
            return
        until = self._credentials.watermark()
        if session.accounted_until is None or session.device_jid is None:
            with self._owned_session.fence() as fence:
                fence.mark_audited(until)
        else:
            delivered = self._credentials.delivered_since(session.device_jid, session.accounted_until)
            self._audit = _Audit(delivered, until)
        self._begun = True

    @property
    def due(self) -> float | None:
        """When to advance again, on time.monotonic(): an audit is not left to the next crash."""
        return time.monotonic() + CHECK_SECONDS if self._audit is not None else None

    def is_behind(self, run: ClientRun) -> bool:
        """Return whether something was received that the watermark does not cover yet."""
        return run.synced and (self._watermark is not None or run.stored_at >= self._written_at)

    def advance(self, run: ClientRun) -> None:
        """Check again, at most once a second and only while the run is synced."""
        now = time.monotonic()
        if not run.synced or now < self._next_check:
            return
        self._next_check = now + CHECK_SECONDS
        # A watermark that was read while Go was empty holds once what came before is out of the spool.
        if not self._spool.flush(self._idle_seconds):
            return
        if self._audit is not None:
            self._conclude(self._audit)
        else:
            self._move_watermark(run)

    def _conclude(self, audit: _Audit) -> None:
        """Report what is missing: what was not acknowledged has come again by now, and is in the inbox or stored."""
        with self._owned_session.fence() as fence:
            if audit.last_event is None:
                audit.last_event = inbox.newest(fence.connection, fence.session_id)
            if not inbox.is_processed(fence.connection, fence.session_id, audit.last_event):
                return
            if history.is_waiting(fence.connection, fence.session_id):
                return
            lost = losses.report(fence, audit.delivered)
            fence.mark_audited(audit.until)
        self._audit = None
        if lost:
            log.error("messages were lost", extra={"count": lost})

    def _move_watermark(self, run: ClientRun) -> None:
        """Write one that holds: Go was empty after it was read. Without new events the last one still holds."""
        watermark = self._watermark
        if watermark is not None and run.paused_at > watermark.read_at + self._idle_seconds:
            with self._owned_session.fence() as fence:
                fence.mark_audited(watermark.position)
            self._written_at, self._watermark = watermark.read_at, None
            self._forget_secrets(run.device_jid)
        if self._watermark is None and run.stored_at >= self._written_at:
            self._watermark = _Watermark(self._credentials.watermark(), time.monotonic())

    def _forget_secrets(self, device_jid: str) -> None:
        """Delete, once a day, secrets that are old: all that came with them is accounted for."""
        now = time.monotonic()
        if now >= self._forget_at:
            self._credentials.forget_secrets(device_jid, self._secret_days)
            self._forget_at = now + FORGET_SECONDS
