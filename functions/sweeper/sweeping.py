"""What the sweeper does: send lost doorbells again, end what is stuck, delete what is old; in short transactions."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

import psycopg

from gateway import metrics
from gateway.aws.media_storage import MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import PushQueue
from gateway.domain.turns import DueTurn
from gateway.metrics import Metric
from gateway.store import dispatching, media, push_connections, push_lease, sending
from gateway.store.database import Database
from gateway.store.failures import Cause, cause_of
from gateway.store.maintenance import gauges, retention, stale, stored_files
from gateway.sweeper_settings import SweeperSettings
from gateway.telemetry import log_failure

log = logging.getLogger(__name__)

# An owner ends expired commands by itself within seconds.
_OWNERS_GRACE_SECONDS = 30.0
_TEST_TEXT_SECONDS = 3600.0
# Rate limits are of no use after a day, look-ups of numbers of little after a month.
_RATE_LIMIT_DAYS = 1.0
_NUMBER_DAYS = 30.0
_SESSIONS_AT_ONCE = 20
# Longer than a sweep; files whose removal was claimed are not stored again meanwhile.
_REMOVAL_SECONDS = 60.0
# More than are written down for a webhook in a minute.
_DELIVERIES_AT_ONCE = 50_000


class Sweeper:
    """Tasks over all rows, in an order in which the most urgent come first."""

    def __init__(
        self,
        settings: SweeperSettings,
        database: Database,
        notifier: Notifier,
        webhook_notifier: WebhookNotifier,
        media_notifier: MediaNotifier,
        pushes: PushQueue,
        storage: MediaStorage,
    ) -> None:
        self._settings = settings
        self._database = database
        self._notifier = notifier
        self._webhook_notifier = webhook_notifier
        self._media_notifier = media_notifier
        self._pushes = pushes
        self._storage = storage

    def sweep(self, deadline: float) -> dict[str, int]:
        """Return how much each task found; one that fails is left out and does not keep the others from theirs.

        No task begins after `deadline`, which is on time.monotonic().
        """
        tasks: dict[str, Callable[[], int | None]] = {
            "measured": self._measure,
            "commands_rung": self._wake_owners,
            "turns_rung": self._wake_turns,
            "webhooks_rung": self._wake_webhooks,
            "media_rung": self._wake_media,
            "pushes_rung": self._wake_pushes,
            "commands_expired": self._expire_commands,
            "messages_failed": self._fail_unsent,
            "turns_expired": self._expire_turns,
            "imports_ended": self._end_imports,
            "deliveries_dropped": self._drop_deliveries,
            "rows_forgotten": partial(self._delete_old, deadline),
            "rows_erased": self._erase,
            "files_removed": self._remove_files,
        }
        done: dict[str, int] = {}
        for name, task in tasks.items():
            if time.monotonic() > deadline:
                break
            try:
                found = task()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the task's
                log_failure(log, error, task=name)
                continue
            if found is not None:
                done[name] = found
        return done

    def _measure(self) -> int:
        with self._database.transaction() as connection:
            found = gauges.read(connection)
        for metric, value in found.items():
            metrics.measure(metric, value)
        return len(found)

    def _wake_owners(self) -> int | None:
        """Return how many sessions wait, or None while SQS is away: it stops at the first doorbell that fails."""
        with self._database.transaction() as connection:
            waiting = stale.waiting_sessions(connection, self._settings.lost_after_seconds, self._settings.batch)
        woken = all(self._notifier.wake_owner(session.shard, session.session_id) for session in waiting)
        return len(waiting) if woken else None

    def _wake_turns(self) -> int | None:
        """Return how many turns are overdue, or None while SQS is away."""
        with self._database.transaction() as connection:
            overdue = stale.overdue_turns(connection, self._settings.lost_after_seconds, self._settings.batch)
        woken = all(self._notifier.wake_turn(DueTurn(turn_id)) for turn_id in overdue)
        return len(overdue) if woken else None

    def _wake_webhooks(self) -> int | None:
        """Return how many webhooks have something overdue, or None while SQS is away."""
        seconds = self._settings.lost_after_seconds
        with self._database.transaction() as connection:
            overdue = sending.overdue(connection, seconds, self._settings.batch)
            behind = dispatching.is_behind(connection, seconds)
        woken = all(self._webhook_notifier.wake(webhook_id) for webhook_id in overdue)
        if behind:
            woken = self._webhook_notifier.wake_for_events() and woken
        return len(overdue) if woken else None

    def _wake_media(self) -> int | None:
        """Return how many files are overdue, or None while SQS is away."""
        with self._database.transaction() as connection:
            overdue = media.overdue(connection, self._settings.lost_after_seconds, self._settings.batch)
        woken = all(self._media_notifier.wake(media_id) for media_id in overdue)
        return len(overdue) if woken else None

    def _wake_pushes(self) -> int:
        """Start a run that pushes to WebSocket connections where somebody waits for one; return how many runs."""
        with self._database.transaction() as connection:
            waits = push_connections.are_there(connection) and push_lease.is_free(connection)
        if waits:
            self._pushes.send()
        return int(waits)

    def _expire_commands(self) -> int:
        with self._database.transaction() as connection:
            found = stale.sessions_with_expired_commands(connection, _OWNERS_GRACE_SECONDS, self._settings.batch)
        return sum(self._attempt(stale.expire_commands, session_id) for session_id in found)

    def _fail_unsent(self) -> int:
        with self._database.transaction() as connection:
            found = stale.unsent(connection, self._settings.batch)
        return sum(self._attempt(stale.fail_unsent, message) for message in found)

    def _expire_turns(self) -> int:
        with self._database.transaction() as connection:
            stuck = stale.old_turns(connection, self._settings.turn_expiry_seconds, self._settings.batch)
        return sum(self._attempt(stale.expire_turn, turn) for turn in stuck)

    def _end_imports(self) -> int:
        with self._database.transaction() as connection:
            found = stale.quiet_imports(connection, self._settings.batch)
        return sum(self._attempt(stale.finish_import, session_id) for session_id in found)

    def _drop_deliveries(self) -> int:
        """Return how many deliveries were dropped of webhooks that are too far behind."""
        most, days = self._settings.open_deliveries, self._settings.event_days
        with self._database.transaction() as connection:
            crowded = retention.crowded_webhooks(connection, most, days)
        found = {
            webhook_id: self._attempt(retention.drop_deliveries, webhook_id, most, days, _DELIVERIES_AT_ONCE)
            for webhook_id in crowded
        }
        for webhook_id, dropped in found.items():
            if dropped:
                log.warning("deliveries dropped", extra={"webhook_id": str(webhook_id), "dropped": dropped})
        metrics.measure(Metric.DELIVERIES_DROPPED, sum(found.values()))
        return sum(found.values())

    def _delete_old(self, deadline: float) -> int:
        """Delete a batch of every table in turn, until nothing old is left or it is time to end."""
        batch, deleted = self._settings.batch, 0
        tasks = self._deletions(batch)
        while tasks and time.monotonic() < deadline:
            counts = [self._attempt(*task) for task in tasks]
            deleted += sum(counts)
            tasks = [task for task, count in zip(tasks, counts, strict=True) if count >= batch]
        return deleted

    def _deletions(self, batch: int) -> list[tuple[Callable[..., int], *tuple[object, ...]]]:
        """Return what deletes a batch of what is kept no longer, with its arguments."""
        settings = self._settings
        ages = {
            "commands": settings.command_days,
            "turns": settings.turn_days,
            "ai_usage": settings.usage_days,
            "ai_platform_usage": settings.usage_days,
            "inbox": settings.set_aside_days,
            "history_pieces": settings.set_aside_days,
            "raw_events": settings.raw_event_days,
            "early_receipts": settings.early_receipt_days,
            "overtaken_changes": settings.event_days,
            "webhook_deliveries": settings.delivery_days,
            "rate_limits": _RATE_LIMIT_DAYS,
            "numbers": _NUMBER_DAYS,
        }
        return [
            (retention.forget_test_turns, _TEST_TEXT_SECONDS, batch),
            (retention.erase_deleted_webhooks, batch),
            (retention.delete_old_events, settings.event_days, batch),
            (push_connections.remove_ended, batch),
            *((retention.delete_old, table, days, batch) for table, days in ages.items()),
        ]

    def _erase(self) -> int:
        """Erase deleted sessions, a few batches of each, so that a large session does not hold up the others."""
        with self._database.transaction() as connection:
            found = retention.deleted_sessions(connection, self._settings.deleted_session_days, _SESSIONS_AT_ONCE)
        erased = 0
        for session_id in found:
            for _ in range(_SESSIONS_AT_ONCE):
                deleted = self._attempt(retention.erase_session, session_id, self._settings.batch)
                erased += deleted
                if not deleted:
                    break
        return erased

    def _remove_files(self) -> int:
        """Remove from storage what was erased; what is killed in between is removed again."""
        settings = self._settings
        with self._database.transaction() as connection:
            stored_files.expire(connection, settings.media_days, settings.batch)
            removals = stored_files.claim_removals(connection, _REMOVAL_SECONDS, settings.batch)
        self._storage.delete([key for removal in removals for key in removal.keys])
        with self._database.transaction() as connection:
            stored_files.record_removals(connection, removals)
            stored_files.forget_deleted(connection, settings.batch)
        return len(removals)

    def _attempt(self, task: Callable[..., int], *arguments: object) -> int:
        """Return what a task for one session, turn or table found, in a transaction of its own; 0 where it fails.

        The next one gets its turn then, unless the database is away.
        """
        try:
            with self._database.transaction() as connection:
                return task(connection, *arguments)
        except psycopg.Error as error:
            if cause_of(error) is Cause.AWAY:
                raise
            log_failure(log, error, task=task.__name__)
            return 0
