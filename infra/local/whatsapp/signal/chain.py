"""One chain of the ratchet: a key a message, in the fields of Signal's SessionStructure."""

from __future__ import annotations

import hmac
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from infra.local.whatsapp.signal.errors import DuplicateMessage, SignalError
from infra.local.whatsapp.wire.keys import derive

_MAX_SKIPPED = 2000
_NO_SALT = bytes(32)
_BLOCK_BITS = 128


class MessageKey(NamedTuple):
    cipher: bytes
    mac: bytes
    iv: bytes

    def encrypt(self, plaintext: bytes) -> bytes:
        padder = PKCS7(_BLOCK_BITS).padder()
        encryptor = Cipher(algorithms.AES(self.cipher), modes.CBC(self.iv)).encryptor()
        return encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()

    def decrypt(self, ciphertext: bytes) -> bytes:
        decryptor = Cipher(algorithms.AES(self.cipher), modes.CBC(self.iv)).decryptor()
        unpadder = PKCS7(_BLOCK_BITS).unpadder()
        try:
            padded = decryptor.update(ciphertext) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError as error:
            raise SignalError("ciphertext of a wrong length or padding") from error


def next_key(chain: Any) -> MessageKey:  # noqa: ANN401 - generated protobuf classes carry no types
    """Return the key of the chain's next message, and advance the chain."""
    seed = hmac.digest(chain.chainKey.key, b"\x01", "sha256")
    chain.chainKey.key = hmac.digest(chain.chainKey.key, b"\x02", "sha256")
    chain.chainKey.index += 1
    keys = derive(seed, 80, salt=_NO_SALT, info=b"WhisperMessageKeys")
    return MessageKey(keys[:32], keys[32:64], keys[64:])


def key_at(chain: Any, counter: int) -> MessageKey:  # noqa: ANN401
    """Return the key of that message and keep those skipped; raise DuplicateMessage or SignalError."""
    if counter < chain.chainKey.index:
        return _pop_skipped(chain, counter)
    if counter - chain.chainKey.index > _MAX_SKIPPED:
        raise SignalError("a message too far ahead of its chain")
    while chain.chainKey.index < counter:
        index = chain.chainKey.index
        key = next_key(chain)
        chain.messageKeys.add(index=index, cipherKey=key.cipher, macKey=key.mac, iv=key.iv)
    del chain.messageKeys[:-_MAX_SKIPPED]
    return next_key(chain)


def _pop_skipped(chain: Any, counter: int) -> MessageKey:  # noqa: ANN401
    for position, kept in enumerate(chain.messageKeys):
        if kept.index == counter:
            key = MessageKey(kept.cipherKey, kept.macKey, kept.iv)
            del chain.messageKeys[position]
            return key
    raise DuplicateMessage("a message whose key was used")
