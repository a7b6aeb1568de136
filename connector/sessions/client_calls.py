"""Calls to WhatsApp for the commands of a session, and how their outcomes are written."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg

from connector.sessions import command_outcomes
from connector.sessions.client_run import ClientRun
from connector.sessions.owned_session import OwnedSession
from connector.sessions.resources import Resources
from connector.sessions.steps import InDoubt
from connector.whatsapp.client import Client
from connector.whatsapp.errors import ClientGone, NotConnected, RequestTimeout
from gateway.backoff import Backoff
from gateway.store.database import Connection
from gateway.store.failures import is_passing
from gateway.store.fence import Fence

T = TypeVar("T")

log = logging.getLogger(__name__)


class ClientCalls:
    """Calls through one run; `stopping` ends the pauses between attempts."""

    def __init__(
        self, resources: Resources, owned_session: OwnedSession, run: ClientRun, stopping: threading.Event
    ) -> None:
        self.resources = resources
        self.owned_session = owned_session
        self.client_run = run
        self._stopping = stopping
        self._busy_since: dict[int, float] = {}
        self._backoff = Backoff(0.2, resources.settings.look_interval_seconds)

    @property
    def busy_seconds(self) -> float:
        """For how long the call that is running has been running, the oldest where there are several."""
        since = min(list(self._busy_since.values()), default=None)
        return time.monotonic() - since if since is not None else 0.0

    def call(self, function: Callable[[Client], T]) -> T:
        """Call WhatsApp; nothing goes there once the lease is not certain any more. Raises LeaseLost, WhatsAppError."""
        self.owned_session.require_lease()
        since = self._busy_since[threading.get_ident()] = time.monotonic()
        try:
            return function(self.client_run.client)
        except (NotConnected, ClientGone) as error:
            # The client was restarted because of this call: that is not a connection which was lost meanwhile.
            if time.monotonic() - since > self.resources.settings.send_limit_seconds:
                raise RequestTimeout("the call was stuck") from error
            raise
        finally:
            del self._busy_since[threading.get_ident()]

    def write(self, outcome: Callable[[Fence], None], ask: Callable[[Connection], object] | None = None) -> None:
        """Write what has happened at WhatsApp, however long the database is away. Raises LeaseLost, psycopg.Error.

        `ask` is that of fenced().
        """

        def fenced() -> None:
            with self.owned_session.fence(ask) as fence:
                outcome(fence)

        self._until_written(fenced)

    def write_at_once(self, execute: Callable[[Connection], T]) -> T:
        """Write as write() does what `execute` executes in one round trip; the rest is as in fenced_at_once()."""
        return self._until_written(lambda: self.owned_session.at_once(execute))

    def _until_written(self, write: Callable[[], T]) -> T:
        pauses = Backoff(0.1, 2.0)
        while True:
            try:
                return write()
            except psycopg.OperationalError as error:
                if not is_passing(error):
                    raise
                log.warning("an outcome waits for the database", extra={"error": type(error).__name__})
                time.sleep(pauses.next())

    def resolve(self, step: InDoubt) -> None:
        """Decide a send of unknown outcome: our own client has been connected since, which ended any older socket."""
        limit = self.resources.settings.command_attempts
        command_outcomes.resolve_by_secret(self.owned_session, self.resources.credentials, step, limit)

    def pause(self) -> None:
        """Wait before the next attempt, longer after each failure."""
        self._stopping.wait(self._backoff.next())

    def reset_backoff(self) -> None:
        self._backoff.reset()
