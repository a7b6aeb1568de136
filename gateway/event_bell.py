"""Tells functions/webhooks, after COMMIT, that there are new events; says nothing while nobody listens."""

from __future__ import annotations

import logging

import psycopg

from gateway.aws.notifier import WebhookNotifier
from gateway.store import webhooks
from gateway.store.database import Database

log = logging.getLogger(__name__)


class EventBell:
    """Never raises: what is not told of, the sweeper finds."""

    def __init__(self, database: Database, notifier: WebhookNotifier) -> None:
        self._database = database
        self._notifier = notifier

    def ring(self) -> bool:
        """Return whether somebody listens and was told of; costs one small statement where nobody does."""
        try:
            listens = self._database.ask(webhooks.any_active)
        except psycopg.Error as error:
            log.warning("events not told of", extra={"error": type(error).__name__})
            return False
        return listens and self._notifier.wake_for_events()
