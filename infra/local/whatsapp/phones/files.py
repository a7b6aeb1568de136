"""Encrypted media as WhatsApp's clients make and open them."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from infra.local.whatsapp.wire.keys import derive

_BLOCK_BITS = 128
_MAC_LENGTH = 10


class SpoiledFile(Exception):
    """What a receiver finds wrong with a file: key, mac, blobHash, hash, size or missing."""


@dataclass(frozen=True, slots=True)
class EncryptedFile:
    """The blob for the media host, and what a receiver needs to decrypt it."""

    blob: bytes
    key: bytes
    plain_hash: bytes
    blob_hash: bytes
    size: int


def encrypt(data: bytes, kind: str) -> EncryptedFile:
    """Encrypt a file with a new key; kinds as media hosts name them: image (stickers too), video, audio, document."""
    key = os.urandom(32)
    iv, cipher_key, mac_key = _keys(key, kind)
    padder = PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES(cipher_key), modes.CBC(iv)).encryptor()
    encrypted = encryptor.update(padder.update(data) + padder.finalize()) + encryptor.finalize()
    blob = encrypted + hmac.digest(mac_key, iv + encrypted, "sha256")[:_MAC_LENGTH]
    return EncryptedFile(blob, key, hashlib.sha256(data).digest(), hashlib.sha256(blob).digest(), len(data))


def decrypt(file: EncryptedFile, kind: str) -> bytes:
    """Return the file once all is right with it; raise SpoiledFile."""
    if hashlib.sha256(file.blob).digest() != file.blob_hash:
        raise SpoiledFile("blobHash")
    if len(file.key) != 32:
        raise SpoiledFile("key")
    iv, cipher_key, mac_key = _keys(file.key, kind)
    encrypted, mac = file.blob[:-_MAC_LENGTH], file.blob[-_MAC_LENGTH:]
    if not hmac.compare_digest(hmac.digest(mac_key, iv + encrypted, "sha256")[:_MAC_LENGTH], mac):
        raise SpoiledFile("mac")
    data = _unpadded(Cipher(algorithms.AES(cipher_key), modes.CBC(iv)), encrypted)
    if hashlib.sha256(data).digest() != file.plain_hash:
        raise SpoiledFile("hash")
    if len(data) != file.size:
        raise SpoiledFile("size")
    return data


def _unpadded(cipher: Cipher[modes.CBC], encrypted: bytes) -> bytes:
    decryptor, unpadder = cipher.decryptor(), PKCS7(_BLOCK_BITS).unpadder()
    try:
        return unpadder.update(decryptor.update(encrypted) + decryptor.finalize()) + unpadder.finalize()
    except ValueError as error:
        raise SpoiledFile("mac") from error


def _keys(key: bytes, kind: str) -> tuple[bytes, bytes, bytes]:
    expanded = derive(key, 112, info=f"WhatsApp {kind.title()} Keys".encode())
    return expanded[:16], expanded[16:48], expanded[48:80]
