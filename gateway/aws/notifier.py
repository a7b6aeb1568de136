"""Wakes those who act on rows, after COMMIT: the owners of sessions, and functions/replies.

Rows are the truth, so a doorbell that cannot be sent is logged and nothing else: owners read the rows every few seconds
by themselves, and for turns the sweeper sends another one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from uuid import UUID

from gateway.aws.queues import CommandQueues, QueuesUnavailable, TurnQueue
from gateway.domain.turns import DueTurn

log = logging.getLogger(__name__)


class Notifier:
    """Sends doorbells and never raises; the methods return whether the doorbell was sent.

    After a failure it sends nothing for `rest_seconds`: doorbells that hang would only hold up their senders.
    """

    def __init__(self, commands: CommandQueues, turns: TurnQueue, *, rest_seconds: float = 0.0) -> None:
        self._commands = commands
        self._turns = turns
        self._rest_seconds = rest_seconds
        self._rests_until = 0.0

    def wake_owner(self, shard: int, session_id: UUID) -> bool:
        """Tell the owner of a session that it has commands or another desired state."""
        return self._attempt(lambda: self._commands.send(shard, session_id), session_id=str(session_id))

    def wake_turn(self, turn: DueTurn) -> bool:
        """Tell functions/replies to look at a turn when it is due."""
        return self._attempt(lambda: self._turns.send(turn), turn_id=str(turn.turn_id))

    def _attempt(self, send: Callable[[], None], **ids: str) -> bool:
        if time.monotonic() < self._rests_until:
            return False
        try:
            send()
        except QueuesUnavailable as error:
            self._rests_until = time.monotonic() + self._rest_seconds
            log.warning("doorbell not sent", extra={"error": str(error), **ids})
            return False
        return True
