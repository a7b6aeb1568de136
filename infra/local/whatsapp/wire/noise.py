"""The Noise protocol Noise_XX_25519_AESGCM_SHA256, the responder's side."""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.local.whatsapp.wire.keys import KeyPair, derive

_PROTOCOL = b"Noise_XX_25519_AESGCM_SHA256\0\0\0\0"


class NoiseError(Exception):
    """The other side's handshake or frame does not authenticate."""


class _Cipher:
    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)
        self._counter = 0

    def _nonce(self) -> bytes:
        self._counter += 1
        return bytes(8) + (self._counter - 1).to_bytes(4, "big")

    def encrypt(self, plaintext: bytes, associated: bytes | None = None) -> bytes:
        return self._aead.encrypt(self._nonce(), plaintext, associated)

    def decrypt(self, ciphertext: bytes, associated: bytes | None = None) -> bytes:
        try:
            return self._aead.decrypt(self._nonce(), ciphertext, associated)
        except InvalidTag as error:
            raise NoiseError("a frame that does not authenticate") from error


class Transport:
    """The two ciphers of an established connection."""

    def __init__(self, receiving: bytes, sending: bytes) -> None:
        self._receiving = _Cipher(receiving)
        self._sending = _Cipher(sending)

    def encrypt(self, plaintext: bytes) -> bytes:
        return self._sending.encrypt(plaintext)

    def decrypt(self, ciphertext: bytes) -> bytes:
        return self._receiving.decrypt(ciphertext)


class Responder:
    """The handshake state; the messages go in the order ephemerals, static, certificates, client's static, payload."""

    def __init__(self, prologue: bytes, static: KeyPair) -> None:
        self._static = static
        self._ephemeral = KeyPair.generate()
        self._hash = self._chain = _PROTOCOL
        self._cipher = _Cipher(_PROTOCOL)
        self._mix_hash(prologue)

    def hello(self, client_ephemeral: bytes, certificates: bytes) -> tuple[bytes, bytes, bytes]:
        """Return our ephemeral key, our static key encrypted, and the certificate chain encrypted."""
        self._mix_hash(client_ephemeral)
        self._mix_hash(self._ephemeral.public)
        self._mix_key(self._ephemeral.agree(client_ephemeral))
        static = self._encrypt(self._static.public)
        self._mix_key(self._static.agree(client_ephemeral))
        return self._ephemeral.public, static, self._encrypt(certificates)

    def finish(self, client_static: bytes, payload: bytes) -> tuple[bytes, bytes, Transport]:
        """Return the client's static key, its payload, and the transport for all that follows; raise NoiseError."""
        key = self._decrypt(client_static)
        self._mix_key(self._ephemeral.agree(key))
        opened = self._decrypt(payload)
        split = derive(b"", 64, salt=self._chain)
        return key, opened, Transport(receiving=split[:32], sending=split[32:])

    def _mix_hash(self, data: bytes) -> None:
        self._hash = hashlib.sha256(self._hash + data).digest()

    def _mix_key(self, secret: bytes) -> None:
        mixed = derive(secret, 64, salt=self._chain)
        self._chain, self._cipher = mixed[:32], _Cipher(mixed[32:])

    def _encrypt(self, plaintext: bytes) -> bytes:
        ciphertext = self._cipher.encrypt(plaintext, self._hash)
        self._mix_hash(ciphertext)
        return ciphertext

    def _decrypt(self, ciphertext: bytes) -> bytes:
        plaintext = self._cipher.decrypt(ciphertext, self._hash)
        self._mix_hash(ciphertext)
        return plaintext
