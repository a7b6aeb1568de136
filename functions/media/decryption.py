"""Decrypts a file of WhatsApp's as it comes: AES-256 in CBC mode, a MAC at its end, the hashes of both its forms. Pure.

Nothing of it may be used before `finish` has returned: only then is it known to be what was sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

MAC_BYTES = 10
BLOCK_BYTES = 16
# How each kind is named where keys are derived, by whatever was uploaded as.
_NAMES = {
    "image": "Image",
    "sticker": "Image",
    "video": "Video",
    "audio": "Audio",
    "voice": "Audio",
    "document": "Document",
}


class Damaged(Exception):
    """What came is not the file that was sent; the text says what of it is wrong."""


@dataclass(frozen=True, slots=True)
class FileKeys:
    """By what a file is decrypted and checked."""

    iv: bytes = field(repr=False)
    cipher: bytes = field(repr=False)
    mac: bytes = field(repr=False)
    encrypted_sha256: bytes
    sha256: bytes

    @classmethod
    def of(cls, source: Mapping[str, Any], kind: str) -> FileKeys:
        """Derive them from what a message says of a file of this kind."""
        info = f"WhatsApp {_NAMES[kind]} Keys".encode()
        derived = HKDF(SHA256(), 112, None, info).derive(base64.b64decode(source["mediaKey"]))
        hashes = (base64.b64decode(source[name]) for name in ("fileEncSha256", "fileSha256"))
        return cls(derived[:16], derived[16:48], derived[48:80], *hashes)


class Decryption:
    """One file, of which at most a block is held back."""

    def __init__(self, keys: FileKeys) -> None:
        self._keys = keys
        self._decryptor = Cipher(algorithms.AES(keys.cipher), modes.CBC(keys.iv)).decryptor()
        self._mac = hmac.new(keys.mac, keys.iv, hashlib.sha256)
        self._encrypted_hash = hashlib.sha256()
        self._hash = hashlib.sha256()
        self._encrypted_size = 0
        self._tail = b""
        self._last_block = b""

    def update(self, chunk: bytes) -> bytes:
        """Take the next bytes as they came; return what they decrypt to, as far as it is no padding for sure."""
        self._encrypted_hash.update(chunk)
        data = self._tail + chunk
        data, self._tail = data[:-MAC_BYTES], data[-MAC_BYTES:]
        self._mac.update(data)
        self._encrypted_size += len(data)
        plain = self._last_block + self._decryptor.update(data)
        keep = BLOCK_BYTES if plain else 0
        plain, self._last_block = plain[: len(plain) - keep], plain[len(plain) - keep :]
        self._hash.update(plain)
        return plain

    def finish(self) -> bytes:
        """Return the last bytes. Raises Damaged unless all that came is what was sent."""
        if self._encrypted_hash.digest() != self._keys.encrypted_sha256:
            raise Damaged("hash of what came")
        if not self._encrypted_size or self._encrypted_size % BLOCK_BYTES:
            raise Damaged("length")
        if not hmac.compare_digest(self._mac.digest()[:MAC_BYTES], self._tail):
            raise Damaged("mac")
        rest = _unpadded(self._last_block)
        self._hash.update(rest)
        if self._hash.digest() != self._keys.sha256:
            raise Damaged("hash of the file")
        return rest


def encrypted_size(size: int) -> int:
    """Return how many bytes a file of this size has at WhatsApp."""
    return (size // BLOCK_BYTES + 1) * BLOCK_BYTES + MAC_BYTES


def _unpadded(block: bytes) -> bytes:
    count = block[-1]
    if not 1 <= count <= BLOCK_BYTES or block[-count:] != bytes((count,)) * count:
        raise Damaged("padding")
    return block[:-count]
