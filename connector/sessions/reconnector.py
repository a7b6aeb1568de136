"""Opens the client runs of a session: one at a time, each only after the client before it has ended."""

from __future__ import annotations

import time

from connector.sessions.activity import SessionContext, Wake
from connector.sessions.client_run import ClientRun, ClientRunEvent
from connector.sessions.goal import Goal, goal_of
from connector.sessions.outage import QueuedDial
from connector.sessions.subscriptions import MESSAGES_ALONE, Subscriptions
from connector.whatsapp.errors import ClientGone
from gateway.backoff import Backoff, jittered

# For how long whatsmeow is left to dial again by itself, which it does at once and then after 2, 4, 6 … s: clients that
# lost their connections together do so together, and for ever.
DIALS_ITSELF_SECONDS = 5.0
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
        self._outage = context.resources.outage
        self._dial: QueuedDial | None = None
        # The run whose end is awaited.
        self._awaited: ClientRun | None = None
        self._client_run: ClientRun | None = None
        self._backoff = Backoff(settings.reconnect_base_seconds, settings.reconnect_max_seconds)
        self._not_before = 0.0
        self._cut_off_at: float | None = None

    @property
    def client_run(self) -> ClientRun | None:
        """The run that is open, or opening."""
        return self._client_run

    @property
    def due(self) -> float | None:
        """When to open the next run, or to drop this one, on time.monotonic(); None while there is nothing to do."""
        if self._client_run is not None:
            return self._cut_off_at
        if self._dial is not None and not self._dial.is_allowed:
            return None
        last = self._unended()
        return self._not_before if last is None else _given_up_at(last)

    def is_current(self, event: ClientRunEvent) -> bool:
        return event.run is self._client_run

    @property
    def may_open(self) -> bool:
        """Whether the pause is over, the client before has ended, and this session may dial."""
        if self._client_run is not None or time.monotonic() < self._not_before or self._unended() is not None:
            return False
        if self._dial is None:
            self._dial = self._outage.queue(self._wake)
        return self._dial.is_allowed

    def open(self, device_jid: str, subscriptions: Subscriptions = MESSAGES_ALONE) -> ClientRun:
        """Open a run, once `may_open`.

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
        self._dial = None
        try:
            run.open(self._require_wish, self._require_allowed)
            context.owned_session.require_lease()
        except Exception:
            self.drop()
            raise
        return run

    @property
    def is_cut_off(self) -> bool:
        """Whether the run has lost its connection, and whatsmeow has dialled in vain for long enough."""
        run, at = self._client_run, self._cut_off_at
        return run is not None and not run.connected and at is not None and time.monotonic() >= at

    def note_connected(self) -> None:
        """Begin with a short pause again at the next failure, and let others dial."""
        self._cut_off_at = None
        self._backoff.reset()
        self._outage.end()

    def note_lost(self) -> None:
        """Leave it to whatsmeow for some seconds to connect the run again."""
        self._cut_off_at = time.monotonic() + jittered(DIALS_ITSELF_SECONDS)

    def drop(self, pause: float | None = None) -> None:
        """Close the socket and open no other one for `pause` seconds, by default longer after each failure."""
        if self.is_cut_off:
            self._outage.begin()
        self._cut_off_at = None
        self.close_socket()
        self._not_before = time.monotonic() + (self._backoff.next() if pause is None else pause)

    def suspend(self) -> None:
        """Close the socket and report that the client has ended. From any thread."""
        if (run := self._client_run) is not None:
            run.suspend()

    def close_socket(self) -> None:
        """Close the socket at once. From any thread."""
        run, self._client_run = self._client_run, None
        dial, self._dial = self._dial, None
        if dial is not None:
            dial.is_withdrawn = True
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

    def _unended(self) -> ClientRun | None:
        """Return the last run, perhaps an earlier owner's, whose client has not ended and is waited for."""
        last = self._runs.get(self._session_id)
        if last is None:
            return None
        if last.ended:
            self._runs.pop(self._session_id, None)
            return None
        last.close_socket()
        if last is not self._awaited:
            self._awaited = last
            last.when_ended(self._wake)
        return last if time.monotonic() < _given_up_at(last) else None

    def _wake(self) -> None:
        self._context.send(Wake())


def _given_up_at(run: ClientRun) -> float:
    """Return until when to wait for the end of a run, whose socket is closed, on time.monotonic()."""
    return (run.closed_at or time.monotonic()) + LONGEST_WAIT_SECONDS
