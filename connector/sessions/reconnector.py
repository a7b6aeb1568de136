"""Opens the client runs of a session: one at a time, each only after the client before it has ended."""

from __future__ import annotations

import time

from connector.sessions.activity import SessionContext
from connector.sessions.client_run import ClientRun, ClientRunEvent
from connector.sessions.goal import Goal, goal_of
from connector.sessions.subscriptions import MESSAGES_ALONE, Subscriptions
from connector.whatsapp.errors import ClientGone
from gateway.backoff import Backoff

POLL_SECONDS = 0.05
# A closed socket does no harm: after this long the next run does not wait for the end of the last one any more.
LONGEST_WAIT_SECONDS = 30.0


class Reconnector:
    """The pause before the next run grows with each failure; none is opened for another goal than this one."""

    def __init__(self, context: SessionContext, goal: Goal) -> None:
        settings = context.resources.settings
        self._goal = goal
        self._context = context
        self._session_id = context.owned_session.session_id
        self._runs = context.resources.client_runs
        self._client_run: ClientRun | None = None
        self._backoff = Backoff(settings.reconnect_base_seconds, settings.reconnect_max_seconds)
        self._not_before = 0.0

    @property
    def client_run(self) -> ClientRun | None:
        """The run that is open, or opening."""
        return self._client_run

    @property
    def due(self) -> float | None:
        """When the next run may be opened, on time.monotonic(); None while there is one."""
        if self._client_run is not None:
            return None
        return time.monotonic() + POLL_SECONDS if self._must_wait() else self._not_before

    def is_current(self, event: ClientRunEvent) -> bool:
        return event.run is self._client_run

    @property
    def may_open(self) -> bool:
        return self._client_run is None and time.monotonic() >= self._not_before and not self._must_wait()

    def open(self, device_jid: str, subscriptions: Subscriptions = MESSAGES_ALONE) -> ClientRun:
        """Open a run when its turn comes.

        Raises DeviceMissing, StoreUnavailable, LeaseLost, ClientGone.
        """
        context, resources = self._context, self._context.resources
        run = ClientRun(
            self._session_id,
            device_jid,
            resources.credentials.dsn,
            resources.settings,
            send=context.send,
            store=context.store,
            subscriptions=subscriptions,
        )
        self._client_run = self._runs[self._session_id] = run
        try:
            run.open(self._require_wish, self._require_allowed)
            context.owned_session.require_lease()
        except Exception:
            self.drop()
            raise
        return run

    def reset_backoff(self) -> None:
        """Begin with a short pause again at the next failure; for a run that is connected."""
        self._backoff.reset()

    def drop(self, pause: float | None = None) -> None:
        """Close the socket and open no other one for `pause` seconds, by default longer after each failure."""
        self.close_socket()
        self._not_before = time.monotonic() + (self._backoff.next() if pause is None else pause)

    def suspend(self) -> None:
        """Close the socket and report that the client has ended. From any thread."""
        if (run := self._client_run) is not None:
            run.suspend()

    def close_socket(self) -> None:
        """Close the socket at once. From any thread."""
        run, self._client_run = self._client_run, None
        if run is not None:
            run.close_socket()

    def close(self, timeout: float) -> bool:
        """Close the socket and wait until all that was received is in the inbox; False when it takes longer."""
        deadline = time.monotonic() + timeout
        self.close_socket()
        last = self._runs.get(self._session_id)
        has_ended = last is None or last.close(timeout)
        return self._context.resources.spool.flush(max(deadline - time.monotonic(), 0.0)) and has_ended

    def _require_wish(self) -> None:
        """Raise ClientGone when the user wants something else by now: many starts may have come before ours."""
        snapshot = self._context.owned_session.read()
        if snapshot is None or goal_of(snapshot) is not self._goal:
            raise ClientGone("the connection is not wanted any more")

    def _require_allowed(self) -> None:
        """Raise LeaseLost, or ClientGone when the session is handed over."""
        self._context.owned_session.require_lease()
        if self._context.is_ending():
            raise ClientGone("its owner ends before the client has started")

    def _must_wait(self) -> bool:
        """Return whether the client of the last run, perhaps an earlier owner's, has not ended yet."""
        last = self._runs.get(self._session_id)
        if last is None:
            return False
        if last.ended:
            self._runs.pop(self._session_id, None)
            return False
        last.close_socket()
        return last.closed_seconds < LONGEST_WAIT_SECONDS
