"""Fetches files of received messages, decrypted on the way, and pictures of people, from WhatsApp into storage.

Killed before the file is complete in storage, nothing of it is there; after that and before its row says so, the same
bytes are stored under the same key again. Only what was verified as a whole is stored.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import IO

from functions.media.decryption import Damaged, Decryption, FileKeys, encrypted_size
from functions.media.download import Downloads, Gone, TooLarge, Unreachable
from functions.media.thumbnails import look_at
from functions.media.work import Work
from gateway import metrics
from gateway.aws.media_storage import FileWriter, MediaStorage, StorageUnavailable
from gateway.aws.notifier import MediaNotifier
from gateway.domain.media import (
    DAMAGED_ATTEMPTS,
    LONGEST,
    PREVIEW,
    MediaOrigin,
    MediaPolicy,
    MediaReason,
    pause_after,
    storage_key,
    thumbnail_key,
)
from gateway.event_bell import EventBell
from gateway.media_function_settings import MediaSettings
from gateway.metrics import Metric
from gateway.store import media, sessions
from gateway.store.database import Database
from gateway.store.media import MediaObject, StoredFile

log = logging.getLogger(__name__)

_MEGABYTE = 1_000_000
# WhatsApp makes them 640 pixels wide.
_LARGEST_PICTURE = 2 * _MEGABYTE
_PICTURES = ("image", "sticker")


class Receiving:
    """`receive` raises psycopg.Error while the database is away: the doorbell is received again then."""

    def __init__(
        self,
        settings: MediaSettings,
        database: Database,
        storage: MediaStorage,
        downloads: Downloads,
        notifier: MediaNotifier,
        bell: EventBell,
    ) -> None:
        self._largest = settings.media_max_megabytes * _MEGABYTE
        self._database = database
        self._storage = storage
        self._downloads = downloads
        self._notifier = notifier
        self._bell = bell

    def receive(self, work: Work) -> None:
        """Bring a file into storage, or see to it that it is tried again, or say why it never will be."""
        limit, refusal = self._wanted(work.file)
        if refusal:
            self._give_up(work, refusal)
            return
        try:
            stored = self._stored(work, limit)
        except Gone:
            self._give_up(work, MediaReason.EXPIRED)
        except TooLarge:
            # More than its sender says, or than is allowed.
            self._give_up(work, MediaReason.DAMAGED if work.file.size else MediaReason.TOO_LARGE)
        except Damaged as error:
            self._retry(work, str(error), MediaReason.DAMAGED if _is_last(work.file) else None)
        except (Unreachable, StorageUnavailable) as error:
            self._retry(work, str(error), MediaReason.UNREACHABLE if _is_old(work.file) else None)
        else:
            if stored:
                self._publish(work, stored)

    def _wanted(self, file: MediaObject) -> tuple[int, MediaReason | None]:
        """Return how large the file may be, and why it is not wanted, if it is not."""
        if file.origin == MediaOrigin.PICTURE:
            return _LARGEST_PICTURE, None
        with self._database.transaction() as connection:
            policy = MediaPolicy.of(media.policy_of(connection, file.session_id))
        limit = min(policy.max_bytes or self._largest, self._largest)
        return limit, MediaPolicy(limit, policy.kinds).refusal(file.kind, file.size)

    def _stored(self, work: Work, limit: int) -> StoredFile | None:
        """Return what is stored of the file now; None where it was put off for somebody who is removing its copy."""
        if work.file.origin == MediaOrigin.PICTURE:
            picture = self._picture(work.file, limit)
            return self._kept(work, hashlib.sha256(picture).digest(), lambda key: self._keep(work.file, key, picture))
        return self._kept(work, work.file.sha256 or b"", lambda key: self._fetch(work.file, key, limit))

    def _kept(self, work: Work, sha256: bytes, store: Callable[[str], StoredFile]) -> StoredFile | None:
        """Return what is stored under the key of this hash, which `store` does where it is not there yet."""
        key = storage_key(work.file.session_id, sha256)
        with self._database.transaction() as connection:
            reserved = media.reserve(connection, work.file.id, work.run, key)
            copy = media.stored_copy(connection, work.file.session_id, key)
        if not reserved:
            self._retry(work, "its copy is being removed", None)
            return None
        return copy or store(key)

    def _picture(self, file: MediaObject, limit: int) -> bytes:
        """Return what a person shows as its picture, which comes as it is."""
        with self._downloads.open(file.source or {}, file.kind or "", limit) as pieces:
            return b"".join(pieces)

    def _keep(self, file: MediaObject, key: str, picture: bytes) -> StoredFile:
        """Store a picture. Raises Damaged for what is none."""
        stored = self._described(file, StoredFile(key, len(picture)), io.BytesIO(picture))
        if stored.mimetype is None:
            raise Damaged("no picture")
        self._storage.put(key, picture)
        return stored

    def _fetch(self, file: MediaObject, key: str, limit: int) -> StoredFile:
        source, kind = file.source or {}, file.kind or ""
        decryption = Decryption(FileKeys.of(source, kind))
        largest = encrypted_size(min(file.size or limit, limit))
        with tempfile.TemporaryFile() as copy, self._storage.writer(key) as writer:
            sink = _Sink(writer, copy if kind in _PICTURES else None)
            with self._downloads.open(source, kind, largest) as pieces:
                for piece in pieces:
                    sink.write(decryption.update(piece))
            sink.write(decryption.finish())
            if file.size is not None and sink.size != file.size:
                raise Damaged("size")
            writer.complete()
            return self._described(file, StoredFile(key, sink.size), copy)

    def _described(self, file: MediaObject, stored: StoredFile, copy: IO[bytes]) -> StoredFile:
        """Return a file with what is known of it, once its thumbnail is stored.

        Films are not opened here: what strangers send is left to as few decoders as can be.
        """
        is_picture = file.kind in _PICTURES
        found = look_at(copy if is_picture else _preview(file))
        if found is None:
            return stored
        key = thumbnail_key(stored.storage_key) if found.thumbnail else None
        if key and found.thumbnail:
            self._storage.put(key, found.thumbnail)
        if not is_picture:
            return replace(stored, thumbnail_key=key)
        return StoredFile(stored.storage_key, stored.size, found.mimetype, found.width, found.height, key)

    def _publish(self, work: Work, stored: StoredFile) -> None:
        with self._database.transaction() as connection:
            # First, as everybody locks: who deletes the message has the session's row, and wants the file's.
            sessions.lock_by_id(connection, work.file.session_id)
            published = media.publish(connection, work.file.id, work.run, stored)
        if published:
            metrics.measure(Metric.MEDIA_FETCHED)
            self._bell.ring()

    def _give_up(self, work: Work, reason: MediaReason) -> None:
        with self._database.transaction() as connection:
            sessions.lock_by_id(connection, work.file.session_id)
            given_up = media.give_up(connection, work.file.id, work.run, reason)
        if given_up:
            metrics.measure(Metric.MEDIA_UNAVAILABLE)
            log.info("file unavailable", extra={"media_id": str(work.file.id), "reason": reason})
            self._bell.ring()

    def _retry(self, work: Work, error: str, last: MediaReason | None) -> None:
        """Try again later, unless it was tried often enough."""
        log.warning("file not fetched", extra={"media_id": str(work.file.id), "error": error})
        if last:
            self._give_up(work, last)
            return
        seconds = pause_after(work.file.attempts + 1)
        with self._database.transaction() as connection:
            media.put_off(connection, work.file.id, work.run, seconds)
        self._notifier.wake(work.file.id, seconds)


class _Sink:
    """Where a decrypted file goes: storage, and of a picture also a file on this machine, to look at it."""

    def __init__(self, writer: FileWriter, copy: IO[bytes] | None) -> None:
        self._writer = writer
        self._copy = copy
        self.size = 0

    def write(self, data: bytes) -> None:
        self._writer.write(data)
        if self._copy:
            self._copy.write(data)
        self.size += len(data)


def _preview(file: MediaObject) -> IO[bytes]:
    """Return the picture that came inside the message; empty where there was none, or it is not readable."""
    try:
        return io.BytesIO(base64.b64decode((file.source or {}).get(PREVIEW, ""), validate=True))
    except ValueError:
        return io.BytesIO()


def _is_last(file: MediaObject) -> bool:
    return file.attempts + 1 >= DAMAGED_ATTEMPTS


def _is_old(file: MediaObject) -> bool:
    return datetime.now(UTC) - file.created_at > LONGEST
