"""Takes in files that are to be sent: their bytes go to storage, and a row says so."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import BinaryIO
from uuid import UUID

from functions.api.services import Services
from gateway.aws.media_storage import StorageUnavailable
from gateway.callers import Caller
from gateway.domain.errors import InvalidInput
from gateway.domain.media import storage_key
from gateway.domain.served_files import safe_name
from gateway.media_settings import MEGABYTE
from gateway.store import media, media_sends, sessions, uploads
from gateway.store.ids import new_id
from gateway.store.media import MediaObject
from gateway.store.uploads import Claim

_CHUNK_BYTES = 1 << 18
# One request lasts no longer.
_CLAIM_SECONDS = 600.0


def take_in(
    services: Services, caller: Caller, session_id: UUID, file: BinaryIO, file_name: str | None, field: str
) -> MediaObject:
    """Store a file for the session, once however often it is given.

    Raises NotFound, InvalidInput for `field` where it is empty or too large, StorageUnavailable.
    """
    size, sha256 = _measure(file)
    _require_size(services, size, field)
    name = safe_name(file_name) if file_name else None
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        known = uploads.same(connection, session.id, sha256, name)
    return known or _store(services, session.id, file, name, sha256, size)


def _store(
    services: Services, session_id: UUID, file: BinaryIO, name: str | None, sha256: bytes, size: int
) -> MediaObject:
    claim, key = Claim(new_id(), _CLAIM_SECONDS), storage_key(session_id, sha256)
    with services.database.transaction() as connection:
        media_id = uploads.give(connection, session_id, name, claim)
        if not media.reserve(connection, media_id, claim.run, key):
            raise StorageUnavailable("a copy is being removed")
    with services.media_storage.writer(key) as writer:
        for piece in _pieces(file):
            writer.write(piece)
        writer.complete()
    with services.database.transaction() as connection:
        values = {"storage_key": key, "size": size, "sha256": sha256}
        media_sends.publish(connection, media_id, claim.run, values)
        return media.get(connection, session_id, media_id)


def _require_size(services: Services, size: int, field: str) -> None:
    if not size:
        raise InvalidInput(field, "The file is empty.")
    if size > (largest := services.settings.largest_bytes(None)):
        raise InvalidInput(field, f"The file is too large: at most {largest // MEGABYTE} MB are allowed.")


def _measure(file: BinaryIO) -> tuple[int, bytes]:
    """Return size and SHA-256 of a file."""
    hashed, size = hashlib.sha256(), 0
    for piece in _pieces(file):
        hashed.update(piece)
        size += len(piece)
    return size, hashed.digest()


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_CHUNK_BYTES):
        yield piece
