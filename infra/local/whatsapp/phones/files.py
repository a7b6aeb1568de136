"""Encrypted media as WhatsApp's clients make them."""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
import zlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from infra.local.whatsapp.wire.keys import derive

_BLOCK_BITS = 128
_MAC_LENGTH = 10
_SIDE = 16


@dataclass(frozen=True, slots=True)
class EncryptedFile:
    """The blob for the media host, and what a receiver needs to decrypt it."""

    blob: bytes
    key: bytes
    plain_hash: bytes
    blob_hash: bytes
    size: int


def encrypt_image(data: bytes) -> EncryptedFile:
    key = os.urandom(32)
    expanded = derive(key, 112, info=b"WhatsApp Image Keys")
    iv, cipher_key, mac_key = expanded[:16], expanded[16:48], expanded[48:80]
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES(cipher_key), modes.CBC(iv)).encryptor()
    encrypted = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    blob = encrypted + hmac.digest(mac_key, iv + encrypted, "sha256")[:_MAC_LENGTH]
    return EncryptedFile(blob, key, hashlib.sha256(data).digest(), hashlib.sha256(blob).digest(), len(data))


def sample_png() -> bytes:
    """Return a small image in one random colour."""
    line = b"\0" + os.urandom(3) * _SIDE
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    chunks = (b"IHDR" + header, b"IDAT" + zlib.compress(line * _SIDE), b"IEND")
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(_chunk, chunks))


def _chunk(body: bytes) -> bytes:
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
