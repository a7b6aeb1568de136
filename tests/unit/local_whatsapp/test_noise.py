from __future__ import annotations

import hashlib
import time

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.certificates import noise_chain
from infra.local.whatsapp.wire.keys import KeyPair, derive, verified
from infra.local.whatsapp.wire.noise import NoiseError, Responder, Transport

_PROLOGUE = b"WA\x06\x03"


class Initiator:
    """The client's side, written from the Noise specification."""

    def __init__(self) -> None:
        self.ephemeral, self.static = KeyPair.generate(), KeyPair.generate()
        self._hash = self._chain = self._key = b"Noise_XX_25519_AESGCM_SHA256\0\0\0\0"
        self._count = 0
        self._absorb(_PROLOGUE)
        self._absorb(self.ephemeral.public)

    def _absorb(self, data: bytes) -> None:
        self._hash = hashlib.sha256(self._hash + data).digest()

    def _mix(self, secret: bytes) -> None:
        mixed = derive(secret, 64, salt=self._chain)
        self._chain, self._key, self._count = mixed[:32], mixed[32:], 0

    def _nonce(self) -> bytes:
        self._count += 1
        return bytes(8) + (self._count - 1).to_bytes(4, "big")

    def _open(self, sealed: bytes) -> bytes:
        opened = AESGCM(self._key).decrypt(self._nonce(), sealed, self._hash)
        self._absorb(sealed)
        return opened

    def _seal(self, plain: bytes) -> bytes:
        sealed = AESGCM(self._key).encrypt(self._nonce(), plain, self._hash)
        self._absorb(sealed)
        return sealed

    def answer(self, ephemeral: bytes, static: bytes, payload: bytes) -> tuple[bytes, bytes]:
        """The server's static key and its certificates."""
        self._absorb(ephemeral)
        self._mix(self.ephemeral.agree(ephemeral))
        key = self._open(static)
        self._mix(self.ephemeral.agree(key))
        self._server_ephemeral = ephemeral
        return key, self._open(payload)

    def finish(self, payload: bytes) -> tuple[bytes, bytes]:
        static = self._seal(self.static.public)
        self._mix(self.static.agree(self._server_ephemeral))
        return static, self._seal(payload)

    def transport(self) -> Transport:
        keys = derive(b"", 64, salt=self._chain)
        return Transport(receiving=keys[32:], sending=keys[:32])


def test_the_handshake_ends_in_a_connection_both_can_use() -> None:
    server, client = KeyPair.generate(), Initiator()
    responder = Responder(_PROLOGUE, server)
    key, certificates = client.answer(*responder.hello(client.ephemeral.public, b"certificates"))
    assert (key, certificates) == (server.public, b"certificates")
    client_key, payload, transport = responder.finish(*client.finish(b"payload"))
    assert (client_key, payload) == (client.static.public, b"payload")
    other = client.transport()
    for text in (b"first", b"second"):
        assert transport.decrypt(other.encrypt(text)) == text
        assert other.decrypt(transport.encrypt(text)) == text


def test_a_changed_frame_is_refused() -> None:
    client, responder = Initiator(), Responder(_PROLOGUE, KeyPair.generate())
    client.answer(*responder.hello(client.ephemeral.public, b""))
    static, payload = client.finish(b"payload")
    with pytest.raises(NoiseError):
        responder.finish(static, payload[:-1] + bytes((payload[-1] ^ 1,)))


def test_the_certificate_chain_leads_from_the_root_to_the_servers_key() -> None:
    root, intermediate, static = (KeyPair.generate() for _ in range(3))
    chain = proto.CertChain.FromString(noise_chain(root, intermediate, static))
    assert verified(root.public, chain.intermediate.details, chain.intermediate.signature)
    assert verified(intermediate.public, chain.leaf.details, chain.leaf.signature)
    details = proto.CertChain.NoiseCertificate.Details
    upper, leaf = details.FromString(chain.intermediate.details), details.FromString(chain.leaf.details)
    assert (upper.issuerSerial, leaf.issuerSerial, leaf.key) == (0, upper.serial, static.public)
    for certificate in (upper, leaf):
        assert certificate.notBefore < time.time() < certificate.notAfter


def test_signatures_hold_for_their_message_and_key_only() -> None:
    pair = KeyPair.generate()
    signature = pair.sign(b"message")
    assert verified(pair.public, b"message", signature)
    assert not verified(pair.public, b"another", signature)
    assert not verified(KeyPair.generate().public, b"message", signature)
    assert not verified(pair.public, b"message", signature[:-1])
