"""Wakes those who act on rows, after COMMIT: the owners of sessions, and the functions replies, webhooks and media.

Rows are the truth, so a doorbell that cannot be sent is logged and nothing else: owners read the rows every few seconds
by themselves, and for turns, webhooks and files the sweeper sends another one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from uuid import UUID

from gateway.aws.queues import CommandQueues, MediaQueue, QueuesUnavailable, TurnQueue, WebhookQueue
from gateway.domain.turns import DueTurn

log = logging.getLogger(__name__)


class _Doorbells:
    """Sends doorbells and never raises; the methods return whether the doorbell was sent.

    After a failure it sends nothing for `rest_seconds`: doorbells that hang would only hold up their senders.
    """

    def __init__(self, rest_seconds: float) -> None:
        self._rest_seconds = rest_seconds
        self._rests_until = 0.0

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


class Notifier(_Doorbells):
    """Wakes the owners of sessions, and functions/replies."""

    def __init__(self, commands: CommandQueues, turns: TurnQueue, *, rest_seconds: float = 0.0) -> None:
        super().__init__(rest_seconds)
        self._commands = commands
        self._turns = turns

    def wake_owner(self, shard: int, session_id: UUID) -> bool:
        """Tell the owner of a session that it has commands or another desired state."""
        return self._attempt(lambda: self._commands.send(shard, session_id), session_id=str(session_id))

    def wake_turn(self, turn: DueTurn) -> bool:
        """Tell functions/replies to look at a turn when it is due."""
        return self._attempt(lambda: self._turns.send(turn), turn_id=str(turn.turn_id))


class WebhookNotifier(_Doorbells):
    """Wakes functions/webhooks."""

    def __init__(self, queue: WebhookQueue, *, rest_seconds: float = 0.0) -> None:
        super().__init__(rest_seconds)
        self._queue = queue

    def wake(self, webhook_id: UUID, delay_seconds: float = 0.0) -> bool:
        """Tell it to look for what is due of a webhook, after so many seconds."""
        return self._attempt(lambda: self._queue.send(webhook_id, delay_seconds), webhook_id=str(webhook_id))

    def wake_for_events(self, delay_seconds: float = 0.0) -> bool:
        """Tell it to look for new events, after so many seconds."""
        return self._attempt(lambda: self._queue.send_log(delay_seconds))


class MediaNotifier(_Doorbells):
    """Wakes functions/media."""

    def __init__(self, queue: MediaQueue, *, rest_seconds: float = 0.0) -> None:
        super().__init__(rest_seconds)
        self._queue = queue

    def wake(self, media_id: UUID, delay_seconds: float = 0.0) -> bool:
        """Tell it to look at a file, after so many seconds."""
        return self._attempt(lambda: self._queue.send(media_id, delay_seconds), media_id=str(media_id))
