"""Reads the log for webhooks, and wakes those for which it found something.

A webhook that could not be woken is left to the sweeper; so is the log after a dispatcher that was killed.
"""

from __future__ import annotations

import time

from gateway.aws.notifier import WebhookNotifier
from gateway.sender_settings import WebhooksSettings
from gateway.store import dispatching
from gateway.store.database import Database

# Events behind a transaction that is still open are looked for again then.
_WAIT_SECONDS = 1.0


class Dispatcher:
    """`dispatch` raises psycopg.Error while the database is away."""

    def __init__(self, settings: WebhooksSettings, database: Database, notifier: WebhookNotifier) -> None:
        self._settings = settings
        self._database = database
        self._notifier = notifier

    def dispatch(self) -> int:
        """Return how many events were looked at: all that can be read, or as many as fit a run."""
        looked_at = 0
        until = time.monotonic() + self._settings.webhook_run_seconds
        while True:
            with self._database.transaction() as connection:
                found = dispatching.dispatch(connection, self._settings.dispatch_events)
            looked_at += found.events
            for webhook_id in found.webhook_ids:
                self._notifier.wake(webhook_id)
            if not found.is_behind:
                break
            if time.monotonic() > until:
                self._notifier.wake_for_events()
                return looked_at
        if found.waits:
            self._notifier.wake_for_events(_WAIT_SECONDS)
        return looked_at
