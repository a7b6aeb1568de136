"""One session: X3DH at its start, the double ratchet after it.

The state is Signal's own SessionStructure; functions that may fail change it half-way, so give them a copy.
"""

from __future__ import annotations

import hmac
from typing import Any, NamedTuple, TypeAlias

from google.protobuf.message import DecodeError

from infra.local.whatsapp.signal.bundle import Bundle, LocalIdentity
from infra.local.whatsapp.signal.chain import key_at, next_key
from infra.local.whatsapp.signal.errors import SignalError
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import CURVE_TYPE, KeyPair, derive

Session: TypeAlias = Any  # proto.SessionStructure: generated protobuf classes carry no types

VERSION = b"\x33"
_MAC_LENGTH = 8
_NO_SALT = bytes(32)
_DISCONTINUITY = b"\xff" * 32
_MAX_RECEIVER_CHAINS = 5


class Ciphertext(NamedTuple):
    """`kind` is the enc node's type: pkmsg until the other side has replied, then msg."""

    kind: str
    data: bytes


def begin(own: LocalIdentity, their: Bundle) -> Session:
    """Return a session as its initiator; raise SignalError when the bundle's signature is wrong."""
    if not their.signed.signed_by(their.identity):
        raise SignalError("a bundle whose signed prekey is not signed by its identity")
    base, ratchet = KeyPair.generate(), KeyPair.generate()
    secret = own.identity.agree(their.signed.public) + base.agree(their.identity) + base.agree(their.signed.public)
    if their.one_time:
        secret += base.agree(their.one_time.public)
    root, chain = _initial_keys(secret)
    session = _empty(own, their.identity, base.public)
    _add_receiver_chain(session, their.signed.public, chain)
    session.rootKey, sending = _step(root, ratchet, their.signed.public)
    _set_sender_chain(session, ratchet, sending)
    session.pendingPreKey.signedPreKeyId = their.signed.id
    session.pendingPreKey.baseKey = base.public
    if their.one_time:
        session.pendingPreKey.preKeyId = their.one_time.id
    return session


def accept(own: LocalIdentity, one_time: KeyPair | None, their_identity: bytes, their_base: bytes) -> Session:
    """Return a session as the side whose prekeys were used."""
    secret = own.signed.agree(their_identity) + own.identity.agree(their_base) + own.signed.agree(their_base)
    if one_time:
        secret += one_time.agree(their_base)
    root, chain = _initial_keys(secret)
    session = _empty(own, their_identity, their_base)
    session.rootKey = root
    _set_sender_chain(session, own.signed, chain)
    return session


def encrypt(session: Session, plaintext: bytes) -> Ciphertext:
    index = session.senderChain.chainKey.index
    key = next_key(session.senderChain)
    message = proto.SignalMessage(
        ratchetKey=CURVE_TYPE + session.senderChain.senderRatchetKey,
        counter=index,
        previousCounter=session.previousCounter,
        ciphertext=key.encrypt(plaintext),
    )
    body = VERSION + message.SerializeToString()
    body += _mac(key.mac, session.localIdentityPublic, session.remoteIdentityPublic, body)
    if not session.HasField("pendingPreKey"):
        return Ciphertext("msg", body)
    return Ciphertext("pkmsg", VERSION + _prekey_message(session, body).SerializeToString())


def decrypt(session: Session, data: bytes) -> bytes:
    """Return the plaintext; raise SignalError, or DuplicateMessage when the key was used."""
    body, mac = data[:-_MAC_LENGTH], data[-_MAC_LENGTH:]
    message = parse(proto.SignalMessage, body)
    ratchet = message.ratchetKey[1:]
    chain = _receiver_chain(session, ratchet) or _turn_ratchet(session, ratchet)
    key = key_at(chain, message.counter)
    expected = _mac(key.mac, session.remoteIdentityPublic, session.localIdentityPublic, body)
    if not hmac.compare_digest(mac, expected):
        raise SignalError("a message whose MAC is wrong")
    session.ClearField("pendingPreKey")
    return key.decrypt(message.ciphertext)


def parse(kind: Any, data: bytes) -> Any:  # noqa: ANN401 - generated protobuf classes carry no types
    """Return the protobuf after the version byte; raise SignalError."""
    if data[:1] != VERSION:
        raise SignalError("a message of an unknown version")
    try:
        return kind.FromString(data[1:])
    except DecodeError as error:
        raise SignalError("a message that is no protobuf") from error


def _prekey_message(session: Session, body: bytes) -> Any:  # noqa: ANN401
    pending = session.pendingPreKey
    message = proto.PreKeySignalMessage(
        registrationId=session.localRegistrationId,
        signedPreKeyId=pending.signedPreKeyId,
        baseKey=CURVE_TYPE + pending.baseKey,
        identityKey=CURVE_TYPE + session.localIdentityPublic,
        message=body,
    )
    if pending.HasField("preKeyId"):
        message.preKeyId = pending.preKeyId
    return message


def _empty(own: LocalIdentity, their_identity: bytes, base: bytes) -> Session:
    return proto.SessionStructure(
        sessionVersion=3,
        localIdentityPublic=own.identity.public,
        remoteIdentityPublic=their_identity,
        localRegistrationId=own.registration_id,
        aliceBaseKey=base,
    )


def _initial_keys(secret: bytes) -> tuple[bytes, bytes]:
    keys = derive(_DISCONTINUITY + secret, 64, salt=_NO_SALT, info=b"WhisperText")
    return keys[:32], keys[32:]


def _step(root: bytes, own: KeyPair, their: bytes) -> tuple[bytes, bytes]:
    keys = derive(own.agree(their), 64, salt=root, info=b"WhisperRatchet")
    return keys[:32], keys[32:]


def _mac(key: bytes, sender: bytes, receiver: bytes, body: bytes) -> bytes:
    return hmac.digest(key, CURVE_TYPE + sender + CURVE_TYPE + receiver + body, "sha256")[:_MAC_LENGTH]


def _set_sender_chain(session: Session, ratchet: KeyPair, key: bytes) -> None:
    chain = session.senderChain
    chain.Clear()
    chain.senderRatchetKey, chain.senderRatchetKeyPrivate = ratchet.public, ratchet.private
    chain.chainKey.index, chain.chainKey.key = 0, key


def _add_receiver_chain(session: Session, ratchet: bytes, key: bytes) -> Any:  # noqa: ANN401
    del session.receiverChains[: max(0, len(session.receiverChains) + 1 - _MAX_RECEIVER_CHAINS)]
    chain = session.receiverChains.add(senderRatchetKey=ratchet)
    chain.chainKey.index, chain.chainKey.key = 0, key
    return chain


def _receiver_chain(session: Session, ratchet: bytes) -> Any:  # noqa: ANN401
    return next((chain for chain in session.receiverChains if chain.senderRatchetKey == ratchet), None)


def _turn_ratchet(session: Session, ratchet: bytes) -> Any:  # noqa: ANN401
    """Return a new receiving chain for the other side's new ratchet key, and begin a new sending one.

    The message's previousCounter is ignored: Go's libsignal sends 2^32-1; old receiving chains are kept instead.
    """
    sender = session.senderChain
    own = KeyPair(sender.senderRatchetKeyPrivate, sender.senderRatchetKey)
    root, receiving = _step(session.rootKey, own, ratchet)
    chain = _add_receiver_chain(session, ratchet, receiving)
    fresh = KeyPair.generate()
    session.previousCounter = max(sender.chainKey.index - 1, 0)
    session.rootKey, sending = _step(root, fresh, ratchet)
    _set_sender_chain(session, fresh, sending)
    return chain
