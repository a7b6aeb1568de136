"""The store of encrypted media: files in a folder, and the signed addresses by which clients get them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.media_faults import MediaFaults

MEDIA_HOST = "mmg.whatsapp.net"
FALLBACK_HOST = "media-ham3-1.cdn.whatsapp.net"
UPLOAD_AUTH = "local"
MEDIA_HOSTS = (MEDIA_HOST, FALLBACK_HOST)

_LIFETIME = 30 * 24 * 3600
_FOLDERS = {
    "image": "t62.7118-24",
    "video": "t62.7161-24",
    "audio": "t62.7117-24",
    "document": "t62.7119-24",
    "thumbnail-link": "t62.36144-24",
    "picture": "t61.24694-24",
    "md-msg-hist": "t62.7121-24",
}
_OTHER_FOLDER = "t62.7116-24"
_KINDS = {folder: kind for kind, folder in _FOLDERS.items()}


class MediaStore:
    """Encrypted files, as clients and phones upload them."""

    def __init__(self, database: Database, secret: bytes, faults: MediaFaults) -> None:
        self._folder = database.path.parent / "media"
        self._folder.mkdir(exist_ok=True)
        self._secret = secret
        self._faults = faults
        self._move_from(database)

    def _move_from(self, database: Database) -> None:
        """Take over the files that earlier versions of this server kept in their database."""
        if database.row("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'media'"):
            for name, body in database.rows("SELECT name, body FROM media"):
                (self._folder / name).write_bytes(body)
            database.execute("DROP TABLE media")

    def put(self, kind: str, body: bytes) -> str:
        """Store a file and return its direct path."""
        with self.draft() as file:
            file.write(body)
            return self.keep(kind, file)

    @contextmanager
    def draft(self) -> Iterator[BinaryIO]:
        """Make a file for an upload, which is gone at the end unless it is kept."""
        path = self._folder / f"{secrets.token_hex(12)}.new"
        try:
            with path.open("wb") as file:
                yield file
        finally:
            path.unlink(missing_ok=True)

    def keep(self, kind: str, file: BinaryIO) -> str:
        """Keep a draft and return its direct path, in which a question mark is: clients append parameters."""
        file.flush()
        name = Path(file.name).stem
        Path(file.name).replace(self._folder / name)
        path = f"/v/{_FOLDERS.get(kind, _OTHER_FOLDER)}/{name}"
        lifetime = _LIFETIME if self._faults.lifetime is None else self._faults.lifetime
        until = f"{int(time.time()) + lifetime:X}"
        return f"{path}?ccb=11-4&oh={self._signature(path, until)}&oe={until}&_nc_sid=5e03e0"

    def find(self, path: str) -> Path | None:
        """Return the file with this path, with or without its parameters."""
        name = path.partition("?")[0].rpartition("/")[2]
        file = self._folder / name
        return file if name.isalnum() and file.is_file() else None

    def delete(self, path: str, digest: bytes) -> bool:
        """Delete the file with this path and hash; return whether there was one."""
        file = self.find(path)
        if file is None or hashlib.sha256(file.read_bytes()).digest() != digest:
            return False
        file.unlink()
        return True

    def is_signed(self, path: str, signature: str, until: str) -> bool:
        """Return whether the parameters oh and oe are those given with the path, and their time is not over."""
        if not hmac.compare_digest(signature.encode(), self._signature(path, until).encode()):
            return False
        return time.time() < int(until, 16)

    def _signature(self, path: str, until: str) -> str:
        return "01_Q5Aa" + hmac.digest(self._secret, f"{path} {until}".encode(), hashlib.sha256).hex()[:40]


def kind_of(path: str) -> str:
    """Return the kind of file that a path is for, as uploads name it."""
    return _KINDS.get(path.split("/")[2], "")
