"""Keeps a session available while it is to be, and tells what it hears of others meanwhile.

Once a second at most, all that was heard by then in one transaction: nobody's typing is a row of its own.
"""

from __future__ import annotations

import logging
import threading
import time

import psycopg

from connector.sessions import presence_updates
from connector.sessions.client_run import ClientRun
from connector.sessions.owned_session import OwnedSession
from connector.whatsapp.errors import WhatsAppError
from gateway.backoff import Backoff
from gateway.correlation import about_session
from gateway.domain.errors import LeaseLost
from gateway.domain.presence import PresenceSetting
from gateway.store import presences

log = logging.getLogger(__name__)

GATHER_SECONDS = 1.0


class PresenceKeeper:
    """A thread that lasts as long as its run."""

    def __init__(self, owned_session: OwnedSession, run: ClientRun) -> None:
        self._owned_session = owned_session
        self._client_run = run
        self._always = run.subscriptions.presence is PresenceSetting.AVAILABLE
        # The connection in which the session is available; None where it is not.
        self._available_since: float | None = None
        self._subscribed: set[str] = set()
        # When to look whom to watch, on time.monotonic().
        self._look_at: float | None = None
        self._pauses = Backoff(GATHER_SECONDS, 60.0)

    def start(self) -> None:
        name = f"presence-{self._owned_session.session_id}"
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def _run(self) -> None:
        run = self._client_run
        with about_session(self._owned_session.session_id):
            while not run.closed:
                run.presence.woken.wait(self._seconds_left())
                run.presence.woken.clear()
                try:
                    self._keep_in_time()
                    self._tell()
                    self._pauses.reset()
                except LeaseLost:
                    return
                except (WhatsAppError, psycopg.OperationalError) as error:
                    log.warning("presence waits", extra={"error": type(error).__name__})
                    self._look_at = time.monotonic() + self._pauses.next()
                time.sleep(GATHER_SECONDS)

    def _seconds_left(self) -> float | None:
        """Return the seconds until whom to watch is to be looked up; None where only a wake begins that."""
        if self._look_at is None or not self._client_run.connected:
            return None
        return max(self._look_at - time.monotonic(), 0.0)

    def _keep_in_time(self) -> None:
        """Look whom to watch where that may be another: what was heard alone costs no look."""
        to_look = self._client_run.presence.to_look
        if self._client_run.connected and (to_look.is_set() or self._seconds_left() == 0.0):
            to_look.clear()
            seconds = self._keep()
            self._look_at = None if seconds is None else time.monotonic() + seconds

    def _keep(self) -> float | None:
        """Be available or not, as is wanted now; return after how many seconds that may be otherwise."""
        # Under the fence, so that whoever woke this has committed whom to watch.
        with self._owned_session.fence() as fence:
            watched = presences.watched(fence.connection, fence.session_id)
        since, client = self._client_run.connected_at, self._client_run.client
        is_wanted = self._always or bool(watched)
        if is_wanted and self._available_since != since:
            client.set_available(True)
            self._subscribed = set()
        elif not is_wanted and self._available_since == since:
            client.set_available(False)
        self._available_since = since if is_wanted else None
        self._subscribe({person.jid for person in watched})
        return min((person.seconds for person in watched), default=None)

    def _subscribe(self, watched: set[str]) -> None:
        """Ask for those who were not asked for since they are watched: what comes is told, whatever was before."""
        self._subscribed &= watched
        for jid in watched - self._subscribed:
            self._client_run.presence.forget(jid)
            self._client_run.client.subscribe_presence(jid)
            self._subscribed.add(jid)

    def _tell(self) -> None:
        if news := self._client_run.presence.take():
            with self._owned_session.fence() as fence:
                presence_updates.apply(fence, news)
