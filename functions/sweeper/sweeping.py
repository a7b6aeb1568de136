"""What the sweeper does each time: ring again, end what is stuck, forget what is old; all in short transactions."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from gateway import metrics
from gateway.aws.queues import CommandQueues, QueuesUnavailable, TurnQueue
from gateway.domain.turns import DueTurn
from gateway.settings import SweeperSettings
from gateway.store.database import Database
from gateway.store.maintenance import gauges, retention, stale
from gateway.telemetry import log_failure, logger

# An owner ends expired commands within seconds of its next look.
_OWNERS_GRACE_SECONDS = 30.0
_TEST_TEXT_SECONDS = 3600.0
# Of no use to anybody after a day, of little after a month.
_RATE_LIMIT_DAYS = 1.0
_NUMBER_DAYS = 30.0
_SESSIONS_AT_ONCE = 20


class Sweeper:
    def __init__(
        self, settings: SweeperSettings, database: Database, commands: CommandQueues, turn_queue: TurnQueue
    ) -> None:
        self._settings = settings
        self._database = database
        self._commands = commands
        self._turn_queue = turn_queue
        self._log = logger("sweeper")

    def sweep(self, deadline: float) -> dict[str, int]:
        """How much each task found; one that fails does not keep the others from it. `deadline` is monotonic time."""
        tasks: dict[str, Callable[[], int]] = {
            "measured": self._measure,
            "commands_rung": self._ring_owners,
            "turns_rung": self._ring_turns,
            "commands_expired": self._expire_commands,
            "turns_expired": self._expire_turns,
            "rows_forgotten": self._forget,
            "rows_erased": self._erase,
        }
        done: dict[str, int] = {}
        for name, task in tasks.items():
            if time.monotonic() > deadline:
                break
            try:
                done[name] = task()
            except (psycopg.Error, QueuesUnavailable) as error:
                log_failure(self._log, error, task=name)
        return done

    def _measure(self) -> int:
        with self._database.transaction() as connection:
            found = gauges.read(connection)
        for metric, value in found.items():
            metrics.measure(metric, value)
        return len(found)

    def _ring_owners(self) -> int:
        with self._database.transaction() as connection:
            waiting = stale.waiting_sessions(connection, self._settings.lost_after_seconds, self._settings.batch)
        for session in waiting:
            self._commands.ring(session.shard, session.session_id)
        return len(waiting)

    def _ring_turns(self) -> int:
        with self._database.transaction() as connection:
            overdue = stale.overdue_turns(connection, self._settings.lost_after_seconds, self._settings.batch)
        for turn_id in overdue:
            self._turn_queue.ring(DueTurn(turn_id))
        return len(overdue)

    def _expire_commands(self) -> int:
        with self._database.transaction() as connection:
            found = stale.sessions_with_expired_commands(connection, _OWNERS_GRACE_SECONDS, self._settings.batch)
        return sum(self._in_transaction(stale.expire_commands, session_id) for session_id in found)

    def _expire_turns(self) -> int:
        with self._database.transaction() as connection:
            stuck = stale.old_turns(connection, self._settings.turn_expiry_seconds, self._settings.batch)
        return sum(self._in_transaction(stale.expire_turn, turn) for turn in stuck)

    def _forget(self) -> int:
        settings, batch = self._settings, self._settings.batch
        ages = {
            "events": settings.event_days,
            "commands": settings.command_days,
            "turns": settings.turn_days,
            "ai_usage": settings.usage_days,
            "inbox": settings.set_aside_days,
            "early_receipts": settings.early_receipt_days,
            "rate_limits": _RATE_LIMIT_DAYS,
            "numbers": _NUMBER_DAYS,
        }
        forgotten = self._in_transaction(retention.forget_test_turns, _TEST_TEXT_SECONDS, batch)
        return forgotten + sum(
            self._in_transaction(retention.delete_old, table, days, batch) for table, days in ages.items()
        )

    def _erase(self) -> int:
        """A few batches of each, so that a large session does not hold up the others."""
        with self._database.transaction() as connection:
            found = retention.deleted_sessions(connection, self._settings.deleted_session_days, _SESSIONS_AT_ONCE)
        erased = 0
        for session_id in found:
            for _ in range(_SESSIONS_AT_ONCE):
                deleted = self._in_transaction(retention.erase_session, session_id, self._settings.batch)
                erased += deleted
                if not deleted:
                    break
        return erased

    def _in_transaction(self, task: Callable[..., int], *arguments: object) -> int:
        with self._database.transaction() as connection:
            return task(connection, *arguments)
