"""How often each event of one inbox was tried, and when the next attempt may begin."""

from __future__ import annotations

from google.protobuf.message import DecodeError

from connector.sessions.owned_session import OwnedSession
from connector.sessions.setting_aside import set_aside
from gateway.backoff import Backoff
from gateway.settings import ConnectorSettings
from gateway.store import inbox
from gateway.store.failures import Cause, cause_of
from gateway.store.inbox import Trial

# What is wrong with an event itself stays so; twice, because it may have met what another transaction wrote.
DATA_ATTEMPTS = 2
ATTEMPTS = 5
_LONGEST_RETRY_SECONDS = 60.0
_WORKER_DIED = "WorkerDied"


class Trials:
    """One event at a time: each attempt is counted in the event's row before it begins.

    So an event that kills its worker is known to the next one. What is none of the event's fault (Cause.BUSY) does not
    end an attempt.
    """

    def __init__(self, owned_session: OwnedSession, settings: ConnectorSettings) -> None:
        self._owned_session = owned_session
        self._current: Trial | None = None
        # The id of the event whose attempt ended with the connection to the database, and how.
        self._broken: tuple[int, str] | None = None
        self._database_pauses = Backoff(0.2, settings.look_interval_seconds)
        self._own_pauses = Backoff(settings.event_retry_seconds, _LONGEST_RETRY_SECONDS)

    def begin(self) -> Trial | None:
        """Return the trial of the oldest event that may still be tried; None when the inbox is empty."""
        while self._current is None:
            with self._owned_session.fence() as fence:
                trial = inbox.begin_trial(fence.connection, fence.session_id)
                if trial is None:
                    return None
                if trial.attempts > ATTEMPTS:
                    set_aside(fence, trial.id, self._reason(trial))
                else:
                    self._current = trial
        return self._current

    def succeed(self) -> None:
        """Note that what was tried last was processed."""
        self._current = None
        self._reset()

    def fail(self, error: Exception) -> bool:
        """Return whether the event is set aside now; otherwise it is to be tried again after a pause."""
        trial, cause = self._current, blame(error)
        if trial is None or cause is Cause.BUSY:
            return False
        self._current = None
        if cause is Cause.AWAY:
            self._broken = (trial.id, type(error).__name__)
            return False
        if trial.attempts < (DATA_ATTEMPTS if cause is Cause.DATA else ATTEMPTS):
            return False
        with self._owned_session.fence() as fence:
            set_aside(fence, trial.id, type(error).__name__)
        self._reset()
        return True

    def pause_seconds(self, error: Exception) -> float:
        """Return the seconds to wait before the next attempt, longer after each failure."""
        return (self._own_pauses if blame(error) is Cause.OURS else self._database_pauses).next()

    def _reason(self, trial: Trial) -> str:
        return self._broken[1] if self._broken and self._broken[0] == trial.id else _WORKER_DIED

    def _reset(self) -> None:
        self._database_pauses.reset()
        self._own_pauses.reset()


def blame(error: Exception) -> Cause:
    """Return the cause of a failure to process an event."""
    return Cause.DATA if isinstance(error, DecodeError) else cause_of(error)
