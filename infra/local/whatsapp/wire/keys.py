"""Curve25519 key pairs as WhatsApp and Signal use them, for agreement and (XEdDSA) for signatures."""

from __future__ import annotations

from dataclasses import dataclass

import xeddsa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

CURVE_TYPE = b"\x05"
SIGNATURE_LENGTH = 64

_SIGN_BIT = 0x80


@dataclass(frozen=True, slots=True)
class KeyPair:
    private: bytes
    public: bytes

    @classmethod
    def generate(cls) -> KeyPair:
        return cls.restore(X25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def restore(cls, private: bytes) -> KeyPair:
        return cls(private, X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw())

    def agree(self, public: bytes) -> bytes:
        return X25519PrivateKey.from_private_bytes(self.private).exchange(X25519PublicKey.from_public_bytes(public))

    def sign(self, message: bytes) -> bytes:
        signature: bytes = xeddsa.ed25519_priv_sign(xeddsa.priv_force_sign(self.private, False), message)
        return signature


def verified(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the signature is right; as Signal has it, its top bit is the sign of the Ed25519 key."""
    if len(signature) != SIGNATURE_LENGTH:
        return False
    sign = bool(signature[-1] & _SIGN_BIT)
    bare = signature[:-1] + bytes((signature[-1] & ~_SIGN_BIT,))
    return bool(xeddsa.ed25519_verify(bare, xeddsa.curve25519_pub_to_ed25519_pub(public, sign), message))


def derive(secret: bytes, size: int, *, salt: bytes | None = None, info: bytes = b"") -> bytes:
    """Return `size` bytes of HKDF-SHA256."""
    return HKDF(hashes.SHA256(), size, salt, info).derive(secret)
