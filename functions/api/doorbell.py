"""Ringing after a commit: a row is the truth, so a ring that fails is logged and nothing else."""

from __future__ import annotations

import time

from gateway.aws.queues import CommandQueues, QueuesUnavailable
from gateway.store.sessions import Session
from gateway.telemetry import logger

# While SQS is away, owners look by themselves as often; rings that hang would only hold up requests.
_PAUSE_SECONDS = 5.0


class Doorbell:
    """Tells the owner of a session to look; never fails, and rests for a while when it could not be rung."""

    def __init__(self, queues: CommandQueues) -> None:
        self._queues = queues
        self._rests_until = 0.0
        self._log = logger("api")

    def ring(self, session: Session) -> None:
        """Call it when the transaction is committed."""
        if time.monotonic() < self._rests_until:
            return
        try:
            self._queues.ring(session.shard, session.id)
        except QueuesUnavailable as error:
            self._rests_until = time.monotonic() + _PAUSE_SECONDS
            self._log.warning("doorbell not rung", session_id=str(session.id), error=str(error))
