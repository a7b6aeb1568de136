"""Ringing after a commit: a row is the truth, so a ring that fails is logged and nothing else."""

from __future__ import annotations

from gateway.aws.queues import CommandQueues, QueuesUnavailable, TurnQueue
from gateway.domain.turns import DueTurn
from gateway.store.sessions import Session
from gateway.telemetry import logger


class Doorbells:
    """Of the owners of sessions, and our own. Owners look by themselves, for turns the sweeper rings again."""

    def __init__(self, commands: CommandQueues, turns: TurnQueue) -> None:
        self._commands = commands
        self._turns = turns
        self._log = logger("replies")

    def ring_owner(self, session: Session) -> None:
        """There are commands for the session."""
        try:
            self._commands.ring(session.shard, session.id)
        except QueuesUnavailable as error:
            self._log.warning("doorbell not rung", session_id=str(session.id), error=str(error))

    def ring_turn(self, bell: DueTurn) -> None:
        """A turn waits."""
        try:
            self._turns.ring(bell)
        except QueuesUnavailable as error:
            self._log.warning("doorbell not rung", turn_id=str(bell.turn_id), error=str(error))
