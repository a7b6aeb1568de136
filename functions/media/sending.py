"""Makes a file ready to be sent: fetches what was given, prepares it as its kind of message, and has it uploaded.

Killed before the rows say so, what was stored is stored again under the same key, and nothing has been sent.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from functions.media.fetching import Fetching, Unreachable
from functions.media.preparing.preparation import prepare
from functions.media.preparing.prepared import Prepared
from functions.media.preparing.recognition import recognise
from functions.media.preparing.rejection import MediaRejected
from functions.media.thumbnails import look_at
from functions.media.work import Work, take
from gateway import metrics
from gateway.aws.media_storage import FileMissing, MediaStorage, StorageUnavailable
from gateway.aws.notifier import MediaNotifier, Notifier
from gateway.domain.commands import CommandError
from gateway.domain.media import MediaReason, MediaState, pause_after, storage_key, thumbnail_key
from gateway.domain.served_files import safe_name, with_ending
from gateway.media_function_settings import MediaSettings
from gateway.media_settings import MEGABYTE
from gateway.metrics import Metric
from gateway.store import media, media_sends, outgoing, sessions
from gateway.store.database import Database
from gateway.store.media import MediaObject

log = logging.getLogger(__name__)

_CHUNK_BYTES = 1 << 18
# What cannot be fetched is tried so often: somebody waits for the message.
_ATTEMPTS = 4
# What is sent without a name, and without an address that has one.
_NO_NAME = "document"
# Another run has the upload.
_BUSY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Stored:
    """Where bytes are, and what they are."""

    storage_key: str
    size: int
    sha256: bytes


class Sending:
    """Its methods raise psycopg.Error while the database is away: the doorbell is received again then."""

    def __init__(
        self,
        settings: MediaSettings,
        database: Database,
        storage: MediaStorage,
        fetching: Fetching,
        notifier: MediaNotifier,
        owners: Notifier,
    ) -> None:
        self._settings = settings
        self._database = database
        self._storage = storage
        self._fetching = fetching
        self._notifier = notifier
        self._owners = owners

    def prepare(self, work: Work) -> None:
        """Bring a file into the form in which it is sent, or see to another attempt, or fail what waits for it."""
        try:
            upload = self._upload_of(work.file)
            if upload is None:
                self._put_off(work, _BUSY_SECONDS)
                return
            if upload.state != MediaState.AVAILABLE:
                raise MediaRejected(MediaReason(upload.reason or MediaReason.NOT_UPLOADED))
            self._prepare(work, upload)
        except MediaRejected as error:
            self._reject(work, error)
        except (StorageUnavailable, Unreachable) as error:
            self._retry(work, error)

    def take_over(self, work: Work) -> None:
        """Bring what a caller gave into storage, where it is not yet."""
        with tempfile.TemporaryDirectory() as folder:
            try:
                self._take_over(work, Path(folder))
            except (FileMissing, MediaRejected) as error:
                reason = error.reason if isinstance(error, MediaRejected) else MediaReason.NOT_UPLOADED
                with self._database.transaction() as connection:
                    sessions.lock_by_id(connection, work.file.session_id)
                    media.give_up(connection, work.file.id, work.run, reason)

    def _upload_of(self, file: MediaObject) -> MediaObject | None:
        """Return what the file is made of, as it is once it was taken over; None while another run does that."""
        assert file.derived_from is not None  # noqa: S101 - a prepared file is made of one
        with self._database.transaction() as connection:
            upload = media.get(connection, file.session_id, file.derived_from)
        if upload.state != MediaState.PENDING:
            return upload
        taken = take(self._database, upload.id, self._settings.media_claim_seconds)
        if taken is None:
            return None
        try:
            self.take_over(taken)
        except (StorageUnavailable, Unreachable):
            with self._database.transaction() as connection:
                media.put_off(connection, upload.id, taken.run, 0.0)
            raise
        with self._database.transaction() as connection:
            return media.get(connection, file.session_id, upload.id)

    def _take_over(self, work: Work, folder: Path) -> None:
        file, path = work.file, folder / "given"
        name = file.file_name
        if file.source is not None:
            found = self._fetching.fetch(file.source["url"], path, self._largest("document"))
            name = name or (with_ending(safe_name(found), recognise(path)) if found else None)
            stored = self._store(work, path)
        elif file.storage_key is not None:
            self._copy(file.storage_key, path)
            stored = Stored(file.storage_key, *_hash(path))
        else:
            raise MediaRejected(MediaReason.NOT_UPLOADED)
        values = {"storage_key": stored.storage_key, "size": stored.size, "sha256": stored.sha256, "file_name": name}
        with self._database.transaction() as connection:
            media_sends.publish(connection, file.id, work.run, {**values, "source": None})

    def _prepare(self, work: Work, upload: MediaObject) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder) / "given", Path(folder) / "prepared"
            try:
                self._copy(upload.storage_key or "", source)
            except FileMissing as error:
                raise MediaRejected(MediaReason.NOT_UPLOADED) from error
            prepared = prepare(work.file.kind or "document", source, target, upload.file_name)
            if prepared.path.stat().st_size > (largest := self._largest(work.file.kind or "document")):
                detail = f"The file is too large: at most {largest // MEGABYTE} MB are allowed for this type."
                raise MediaRejected(MediaReason.TOO_LARGE, detail)
            stored = self._stored(work, upload, prepared, source)
            small = self._keep_thumbnail(prepared, stored)
        known = {"file_name": _name_of(upload, prepared), "thumbnail_key": small}
        self._publish(work, {**_columns(prepared, stored), **known})

    def _stored(self, work: Work, upload: MediaObject, prepared: Prepared, source: Path) -> Stored:
        if prepared.path == source:
            return Stored(upload.storage_key or "", upload.size or 0, upload.sha256 or b"")
        return self._store(work, prepared.path)

    def _keep_thumbnail(self, prepared: Prepared, stored: Stored) -> str | None:
        """Store a small picture for those who read the message here; the one that phones get is smaller."""
        with prepared.path.open("rb") as file:
            picture = look_at(file) if prepared.mimetype.startswith("image/") else None
        small = picture.thumbnail if picture else prepared.thumbnail
        if small is None:
            return None
        key = thumbnail_key(stored.storage_key)
        self._storage.put(key, small)
        return key

    def _publish(self, work: Work, values: Mapping[str, Any]) -> None:
        with self._database.transaction() as connection:
            session = sessions.lock_by_id(connection, work.file.session_id)
            if session is None or not media_sends.publish(connection, work.file.id, work.run, values):
                return
            media_sends.require_upload(connection, session, work.file.id, self._settings.command_expiry_seconds)
        metrics.measure(Metric.MEDIA_PREPARED)
        self._owners.wake_owner(session.shard, session.id)

    def _reject(self, work: Work, rejected: MediaRejected) -> None:
        file = work.file
        error = _ERRORS.get(rejected.reason, CommandError.MEDIA_REJECTED)
        with self._database.transaction() as connection:
            sessions.lock_by_id(connection, file.session_id)
            failed = media_sends.reject(
                connection, file.session_id, file.id, work.run, rejected.reason, error, str(rejected)
            )
            for message_id in failed:
                outgoing.notify_settled(connection, message_id)
        metrics.measure(Metric.MEDIA_REJECTED)
        log.info("file not sent", extra={"media_id": str(file.id), "reason": rejected.reason})

    def _retry(self, work: Work, error: Exception) -> None:
        if isinstance(error, Unreachable) and work.file.attempts + 1 >= _ATTEMPTS:
            self._reject(work, MediaRejected(MediaReason.NOT_FOUND))
            return
        log.warning("file not prepared", extra={"media_id": str(work.file.id), "error": type(error).__name__})
        self._put_off(work, pause_after(work.file.attempts + 1))

    def _put_off(self, work: Work, seconds: float) -> None:
        with self._database.transaction() as connection:
            media.put_off(connection, work.file.id, work.run, seconds)
        self._notifier.wake(work.file.id, seconds)

    def _largest(self, kind: str) -> int:
        return self._settings.largest_bytes(kind)

    def _copy(self, key: str, target: Path) -> None:
        with target.open("wb") as file:
            for piece in self._storage.read(key):
                file.write(piece)

    def _store(self, work: Work, path: Path) -> Stored:
        size, sha256 = _hash(path)
        key = storage_key(work.file.session_id, sha256)
        with self._database.transaction() as connection:
            if not media.reserve(connection, work.file.id, work.run, key):
                raise Unreachable("its copy is being removed")
        with self._storage.writer(key) as writer:
            for piece in _pieces(path):
                writer.write(piece)
            writer.complete()
        return Stored(key, size, sha256)


_ERRORS = {
    MediaReason.NOT_FOUND: CommandError.MEDIA_UNAVAILABLE,
    MediaReason.NOT_UPLOADED: CommandError.MEDIA_UNAVAILABLE,
    MediaReason.NEEDS_TRANSCODING: CommandError.NEEDS_TRANSCODING,
}


def _pieces(path: Path) -> Iterable[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            yield piece


def _hash(path: Path) -> tuple[int, bytes]:
    """Return size and SHA-256 of a file."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").digest()


def _columns(prepared: Prepared, stored: Stored) -> dict[str, Any]:
    looks = ("mimetype", "width", "height", "seconds", "page_count", "waveform", "thumbnail")
    where = {"storage_key": stored.storage_key, "size": stored.size, "sha256": stored.sha256}
    return {**where, **{name: getattr(prepared, name) for name in looks}}


def _name_of(upload: MediaObject, prepared: Prepared) -> str:
    """Return the name under which a document is shown, where its message does not say another."""
    return upload.file_name or with_ending(_NO_NAME, prepared.mimetype)
