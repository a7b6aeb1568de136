"""Ringing after a commit: a row is the truth, so a ring that fails is logged and nothing else."""

from __future__ import annotations

from gateway.aws.queues import CommandQueues, QueuesUnavailable
from gateway.store.sessions import Session
from gateway.telemetry import logger


class Doorbell:
    """Tells the owner of a session to look; never fails."""

    def __init__(self, queues: CommandQueues) -> None:
        self._queues = queues
        self._log = logger("api")

    def ring(self, session: Session) -> None:
        """Call it when the transaction is committed."""
        try:
            self._queues.ring(session.shard, session.id)
        except QueuesUnavailable as error:
            self._log.warning("doorbell not rung", session_id=str(session.id), error=str(error))
