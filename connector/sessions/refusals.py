"""Logins that WhatsApp refused, though no user can mend it: the wish for a connection stays, the next try waits long.

When it may be is in the row, so that it holds for whoever owns the session then. A new build tries at once.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from connector.build import BUILD
from connector.sessions.owned_session import OwnedSession
from connector.whatsapp.connection import ClientOutdated, ConnectFailure, ConnectionEvent, TemporaryBan
from gateway.backoff import growing, jittered
from gateway.domain.sessions import MENDED_BY_BUILD, SENTENCES, TRIED_AGAIN, Reason, SessionState
from gateway.metrics import Metric, measure
from gateway.settings import ConnectorSettings
from gateway.store.sessions import Session

log = logging.getLogger(__name__)

# Sessions whose bans end together do not all come back in the same second.
AFTER_BAN_SECONDS = 60.0

_METRICS = {
    Reason.TEMPORARY_BAN: Metric.TEMPORARY_BANS,
    Reason.CLIENT_OUTDATED: Metric.CLIENTS_OUTDATED,
    Reason.CONNECT_FAILURE: Metric.CONNECT_FAILURES,
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why WhatsApp refused, in words for people where it said more than the reason; for how long, if it said that."""

    reason: Reason
    detail: str | None = None
    lasts: timedelta = timedelta(0)


# By the kind of the event: neonize ends a client over a code it does not know.
UNREADABLE = {
    "TemporaryBan": Refusal(Reason.TEMPORARY_BAN),
    "ConnectFailure": Refusal(Reason.CONNECT_FAILURE),
}


def refusal_of(event: ConnectionEvent) -> Refusal | None:
    """Return the refusal that an event tells of."""
    match event:
        case TemporaryBan(_, expires_in):
            return Refusal(Reason.TEMPORARY_BAN, lasts=expires_in)
        case ClientOutdated():
            return Refusal(Reason.CLIENT_OUTDATED)
        case ConnectFailure(name, code):
            detail = f"{SENTENCES[Reason.CONNECT_FAILURE]} WhatsApp's code: {code or 'none'} ({name})."
            return Refusal(Reason.CONNECT_FAILURE, detail)
        case _:
            return None


def write(owned_session: OwnedSession, settings: ConnectorSettings, refusal: Refusal) -> None:
    """Write the refusal, with the time of the next try: when a ban is over, or later after each refusal in a row."""
    measure(_METRICS[refusal.reason])
    with owned_session.fence() as fence:
        before = fence.count_refusal(BUILD)
        pause = _pause(settings, refusal, before)
        retry_at = fence.session.as_of + pause
        fence.move(SessionState.DISCONNECTED, refusal.reason, detail=refusal.detail, expires_at=retry_at)
    seconds = round(pause.total_seconds())
    log.info(
        "WhatsApp refused the login", extra={"reason": refusal.reason, "detail": refusal.detail, "seconds": seconds}
    )


def due_of(session: Session) -> float | None:
    """Return when the next try may be, on time.monotonic(); None for a session that may connect now."""
    if session.state is not SessionState.DISCONNECTED or session.reason not in TRIED_AGAIN:
        return None
    if session.reason in MENDED_BY_BUILD and session.refused_build != BUILD:
        return None
    if session.reason_expires_at is None:
        return None
    left = (session.reason_expires_at - session.as_of).total_seconds()
    return time.monotonic() + left if left > 0 else None


def _pause(settings: ConnectorSettings, refusal: Refusal, before: int) -> timedelta:
    if refusal.lasts > timedelta(0):
        return refusal.lasts + timedelta(seconds=jittered(AFTER_BAN_SECONDS))
    return timedelta(seconds=jittered(growing(settings.refused_base_seconds, settings.refused_max_seconds, before)))
