"""functions/media in this process: its doorbells are answered when a test says so."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import psycopg

from functions.media.download import Downloads
from functions.media.receiving import Receiving
from functions.media.work import take
from functions.sweeper.sweeping import Sweeper
from gateway.aws.media_storage import FileMissing, MediaStorage
from gateway.aws.notifier import MediaNotifier, Notifier, WebhookNotifier
from gateway.aws.queues import CommandQueues, MediaQueue, PushQueue, TurnQueue, WebhookQueue
from gateway.domain.media import storage_key
from gateway.event_bell import EventBell
from gateway.media_function_settings import MediaSettings
from gateway.store.database import Database
from gateway.sweeper_settings import SweeperSettings
from infra.local.services import WhatsAppServer
from tests.integration.api.server import Parts


class Running:
    """`storage` may be replaced by one that fails."""

    def __init__(self, parts: Parts, server: WhatsAppServer, **settings: Any) -> None:
        environment = server.media_environment
        self._parts, self._admin = parts, parts.urls.admin
        given = {
            "database_url": parts.urls.media,
            "media_bucket": parts.bucket,
            "whatsapp_proxy": environment["GATEWAY_WHATSAPP_PROXY"],
            "whatsapp_authority": environment["GATEWAY_WHATSAPP_AUTHORITY"],
            "media_stall_seconds": 1.0,
            **settings,
        }
        self.settings = MediaSettings.model_validate(given)
        self.database = Database(parts.urls.media, pool_size=4, name="media")
        self.storage = MediaStorage(parts.bucket)
        self.notifier = MediaNotifier(MediaQueue(parts.queues.prefix))
        self.bell = EventBell(self.database, WebhookNotifier(WebhookQueue(parts.queues.prefix)))
        self.downloads = Downloads(self.settings)

    def run(self, media_id: UUID | str) -> bool:
        """Answer the doorbell of a file; False where nothing was to be done."""
        work = take(self.database, UUID(str(media_id)), self.settings.media_claim_seconds)
        if work is None:
            return False
        Receiving(self.settings, self.database, self.storage, self.downloads, self.notifier, self.bell).receive(work)
        return True

    def stored(self, session_id: UUID, media_id: UUID | str) -> int | None:
        """The size of what is stored under the key that the bytes of this file have; None for nothing."""
        with psycopg.connect(self._admin) as admin:
            row = admin.execute("SELECT sha256 FROM gateway.media_objects WHERE id = %s", [media_id]).fetchone()
        if row is None or row[0] is None:
            return None
        try:
            return self.storage.size(storage_key(session_id, row[0]))
        except FileMissing:
            return None

    def make_due(self, media_id: UUID | str) -> None:
        with psycopg.connect(self._admin) as admin:
            admin.execute("UPDATE gateway.media_objects SET next_attempt_at = now() WHERE id = %s", [media_id])

    def reconnect_storage(self) -> None:
        """Have storage where the environment says now."""
        self.storage = MediaStorage(self.settings.media_bucket)

    def sweep(self, **settings: Any) -> None:
        """What functions/sweeper does."""
        given = {"database_url": self._parts.urls.sweeper, "lost_after_seconds": 0, **settings}
        database, prefix = Database(self._parts.urls.sweeper, pool_size=2, name="sweeper"), self._parts.queues.prefix
        try:
            Sweeper(
                SweeperSettings.model_validate(given),
                database,
                Notifier(CommandQueues(prefix), TurnQueue(prefix)),
                WebhookNotifier(WebhookQueue(prefix)),
                self.notifier,
                PushQueue(prefix),
                self.storage,
            ).sweep(time.monotonic() + 60)
        finally:
            database.close()

    def close(self) -> None:
        self.downloads.close()
        self.database.close()
