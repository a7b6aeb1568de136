"""Sender keys: in a group chat each author has one chain for all readers, and signs what is encrypted with it.

The states are Signal's own SenderKeyStateStructure, those of one author a SenderKeyRecordStructure, newest first.
"""

from __future__ import annotations

import hmac
import os
import secrets
from typing import Any, TypeAlias

from infra.local.whatsapp.signal.chain import MessageKey
from infra.local.whatsapp.signal.errors import DuplicateMessage, SignalError
from infra.local.whatsapp.signal.session import VERSION, parse
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import CURVE_TYPE, SIGNATURE_LENGTH, KeyPair, derive, verified

Record: TypeAlias = Any  # proto.SenderKeyRecordStructure: generated protobuf classes carry no types
State: TypeAlias = Any  # proto.SenderKeyStateStructure

_MAX_STATES = 5
_MAX_SKIPPED = 2000
_MAX_ID = 2**31
_NO_SALT = bytes(32)


def create() -> Record:
    """Return a new record of one's own, to encrypt with."""
    signing, record = KeyPair.generate(), proto.SenderKeyRecordStructure()
    state = record.senderKeyStates.add(senderKeyId=secrets.randbelow(_MAX_ID))
    state.senderChainKey.iteration, state.senderChainKey.seed = 0, os.urandom(32)
    state.senderSigningKey.public, state.senderSigningKey.private = signing.public, signing.private
    return record


def distribution(record: Record) -> bytes:
    """Return what another device needs to decrypt everything from the next message on."""
    state = record.senderKeyStates[0]
    message = proto.SenderKeyDistributionMessage(
        id=state.senderKeyId,
        iteration=state.senderChainKey.iteration,
        chainKey=state.senderChainKey.seed,
        signingKey=CURVE_TYPE + state.senderSigningKey.public,
    )
    return VERSION + bytes(message.SerializeToString())


def learn(record: Record, data: bytes) -> None:
    """Add an author's distribution to the record; one of a known chain changes nothing. Raise SignalError."""
    message = parse(proto.SenderKeyDistributionMessage, data)
    public, states = message.signingKey[1:], list(record.senderKeyStates)
    if any(state.senderKeyId == message.id and state.senderSigningKey.public == public for state in states):
        return
    state = proto.SenderKeyStateStructure(senderKeyId=message.id)
    state.senderChainKey.iteration, state.senderChainKey.seed = message.iteration, message.chainKey
    state.senderSigningKey.public = public
    del record.senderKeyStates[:]
    record.senderKeyStates.extend([state, *states][:_MAX_STATES])


def encrypt(record: Record, plaintext: bytes) -> bytes:
    state = record.senderKeyStates[0]
    iteration = state.senderChainKey.iteration
    key = _message_key(_step(state))
    message = proto.SenderKeyMessage(id=state.senderKeyId, iteration=iteration, ciphertext=key.encrypt(plaintext))
    body: bytes = VERSION + message.SerializeToString()
    return body + KeyPair.restore(state.senderSigningKey.private).sign(body)


def decrypt(record: Record, data: bytes) -> bytes:
    """Return the plaintext and advance the record; raise SignalError, or DuplicateMessage when the key was used."""
    body, signature = data[:-SIGNATURE_LENGTH], data[-SIGNATURE_LENGTH:]
    message = parse(proto.SenderKeyMessage, body)
    state = next((kept for kept in record.senderKeyStates if kept.senderKeyId == message.id), None)
    if state is None:
        raise SignalError("a message made with a sender key that was never given")
    if not verified(state.senderSigningKey.public, body, signature):
        raise SignalError("a message whose signature is wrong")
    return _message_key(_seed_at(state, message.iteration)).decrypt(message.ciphertext)


def _seed_at(state: State, iteration: int) -> bytes:
    chain = state.senderChainKey
    if iteration < chain.iteration:
        return _pop_skipped(state, iteration)
    if iteration - chain.iteration > _MAX_SKIPPED:
        raise SignalError("a message too far ahead of its chain")
    while chain.iteration < iteration:
        skipped = chain.iteration
        state.senderMessageKeys.add(iteration=skipped, seed=_step(state))
    del state.senderMessageKeys[:-_MAX_SKIPPED]
    return _step(state)


def _pop_skipped(state: State, iteration: int) -> bytes:
    for position, kept in enumerate(state.senderMessageKeys):
        if kept.iteration == iteration:
            seed = bytes(kept.seed)
            del state.senderMessageKeys[position]
            return seed
    raise DuplicateMessage("a message whose key was used")


def _step(state: State) -> bytes:
    """Return the seed of the chain's next message, and advance the chain."""
    chain = state.senderChainKey
    seed = hmac.digest(chain.seed, b"\x01", "sha256")
    chain.seed = hmac.digest(chain.seed, b"\x02", "sha256")
    chain.iteration += 1
    return seed


def _message_key(seed: bytes) -> MessageKey:
    keys = derive(seed, 48, salt=_NO_SALT, info=b"WhisperGroup")
    return MessageKey(cipher=keys[16:], mac=b"", iv=keys[:16])
