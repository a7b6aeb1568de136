"""Ringing after a commit: a row is the truth, so a ring that fails is logged and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

from gateway.aws.queues import CommandQueues, QueuesUnavailable, TurnQueue
from gateway.domain.turns import DueTurn
from gateway.store.sessions import Session
from gateway.telemetry import logger

# While SQS is away, owners look by themselves as often; rings that hang would only hold up requests.
_PAUSE_SECONDS = 5.0


class Doorbell:
    """Tells owners of sessions and functions/replies to look; never fails, and rests for a while when it could not."""

    def __init__(self, queues: CommandQueues, turns: TurnQueue) -> None:
        self._queues = queues
        self._turns = turns
        self._rests_until = 0.0
        self._log = logger("api")

    def ring(self, session: Session) -> None:
        """There are commands for the session; call it when the transaction is committed."""
        self._try(lambda: self._queues.ring(session.shard, session.id), session.id)

    def ring_turn(self, bell: DueTurn) -> None:
        """A turn waits; call it when the transaction is committed."""
        self._try(lambda: self._turns.ring(bell), bell.turn_id)

    def _try(self, ring: Callable[[], None], about: UUID) -> None:
        if time.monotonic() < self._rests_until:
            return
        try:
            ring()
        except QueuesUnavailable as error:
            self._rests_until = time.monotonic() + _PAUSE_SECONDS
            self._log.warning("doorbell not rung", about=str(about), error=str(error))
