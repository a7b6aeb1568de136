"""Calls to WhatsApp for the commands of a session, and how their outcomes are written."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import psycopg

from connector.sessions import command_outcomes
from connector.sessions.client_run import ClientRun
from connector.sessions.owned_session import OwnedSession
from connector.sessions.resources import Resources
from connector.sessions.steps import InDoubt
from connector.whatsapp.client import Client
from connector.whatsapp.errors import ClientGone, NotConnected, WhatsAppError
from gateway.backoff import Backoff
from gateway.domain.commands import CommandError
from gateway.store.commands import Command
from gateway.store.fence import Fence

T = TypeVar("T")

log = logging.getLogger(__name__)

# A failure that is neither a refusal nor a lost connection may be a passing one.
ATTEMPTS = 3


class ClientCalls:
    """One call at a time, through one run; `stopping` ends the pauses between attempts."""

    def __init__(
        self, resources: Resources, owned_session: OwnedSession, run: ClientRun, stopping: threading.Event
    ) -> None:
        self.resources = resources
        self.owned_session = owned_session
        self._client_run = run
        self._stopping = stopping
        self._busy_since: float | None = None
        self._failures: defaultdict[UUID, int] = defaultdict(int)
        self._backoff = Backoff(0.2, resources.settings.look_interval_seconds)

    @property
    def busy_seconds(self) -> float:
        """For how long the call that is running has been running."""
        since = self._busy_since
        return time.monotonic() - since if since is not None else 0.0

    def call(self, function: Callable[[Client], T]) -> T:
        """Call WhatsApp; nothing goes there once the lease is not certain any more. Raises LeaseLost, WhatsAppError."""
        self.owned_session.require_lease()
        self._busy_since = time.monotonic()
        try:
            return function(self._client_run.client)
        finally:
            self._busy_since = None

    def write(self, outcome: Callable[[Fence], None]) -> None:
        """Write what has happened at WhatsApp, however long the database is away. Raises LeaseLost."""
        pauses = Backoff(0.1, 2.0)
        while True:
            try:
                with self.owned_session.fence() as fence:
                    return outcome(fence)
            except psycopg.OperationalError as error:
                log.warning("an outcome waits for the database", extra={"error": type(error).__name__})
                time.sleep(pauses.next())

    def retry(self, command: Command, error: WhatsAppError) -> None:
        """Let a command without effect wait again, or end it after its last attempt."""
        if self._is_last_attempt(command, error):
            self.write(lambda fence: command_outcomes.fail(fence, command, CommandError.REFUSED, str(error)))
            return
        self.write(lambda fence: command_outcomes.requeue(fence, command))
        self.pause()

    def resolve(self, step: InDoubt) -> None:
        """Decide a send of unknown outcome: our own client has been connected since, which ended any older socket."""
        command_outcomes.resolve_by_secret(self.owned_session, self.resources.credentials, step)

    def pause(self) -> None:
        """Wait before the next attempt, longer after each failure."""
        self._stopping.wait(self._backoff.next())

    def reset_backoff(self) -> None:
        self._backoff.reset()

    def _is_last_attempt(self, command: Command, error: WhatsAppError) -> bool:
        """Count the failure; a lost connection is none of the command's."""
        self._failures[command.id] += not isinstance(error, NotConnected | ClientGone)
        return self._failures[command.id] >= ATTEMPTS
