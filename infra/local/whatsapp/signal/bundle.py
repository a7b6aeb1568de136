"""The keys of a device: the public ones of its key bundle, and a phone's own pairs."""

from __future__ import annotations

from dataclasses import dataclass

from infra.local.whatsapp.wire.keys import CURVE_TYPE, KeyPair, verified


@dataclass(frozen=True, slots=True)
class SignedPrekey:
    """The public half of a signed prekey, as it is published."""

    id: int
    public: bytes
    signature: bytes

    def signed_by(self, identity: bytes) -> bool:
        return verified(identity, CURVE_TYPE + self.public, self.signature)

    @classmethod
    def issue(cls, identity: KeyPair, id: int, public: bytes) -> SignedPrekey:
        return cls(id, public, identity.sign(CURVE_TYPE + public))


@dataclass(frozen=True, slots=True)
class Prekey:
    """The public half of a one-time prekey."""

    id: int
    public: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """The public keys with which a session with a device can be begun while it is offline."""

    registration_id: int
    identity: bytes
    signed: SignedPrekey
    one_time: Prekey | None


@dataclass(frozen=True, slots=True)
class LocalIdentity:
    """A phone's own keys, with their private halves."""

    registration_id: int
    identity: KeyPair
    signed_id: int
    signed: KeyPair
