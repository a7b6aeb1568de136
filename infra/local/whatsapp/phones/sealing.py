"""Edits and votes sealed with the secret of the message that they are about, as phones send and open them."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import Jid

_NONCE_BYTES = 12


def seal_edit(edit: Message, secret: bytes, author: Jid) -> Message:
    """Return the edit of a message that has this secret, readable only for who has the message."""
    change = edit.editedMessage.message.protocolMessage
    nonce, message = os.urandom(_NONCE_BYTES), proto.Message()
    sealed = message.secretEncryptedMessage
    sealed.targetMessageKey.CopyFrom(change.key)
    sealed.encIv, sealed.secretEncType = nonce, proto.Message.SecretEncryptedMessage.MESSAGE_EDIT
    sealed.encPayload = _cipher(secret, change.key.id, author).encrypt(nonce, edit.SerializeToString(), None)
    return message


def open_edit(message: Message, secret: bytes, author: Jid) -> Message:
    """Return what is sealed in the message; the message itself where somebody else or another secret sealed it."""
    sealed = message.secretEncryptedMessage
    try:
        cipher = _cipher(secret, sealed.targetMessageKey.id, author)
        return proto.Message.FromString(cipher.decrypt(sealed.encIv, sealed.encPayload, None))
    except InvalidTag:
        return message


def secret_of(payload: bytes) -> bytes:
    """Return the secret of a message as a phone stores it."""
    return bytes(proto.Message.FromString(payload).messageContextInfo.messageSecret)


def seal_vote(options: Iterable[str], secret: bytes, poll_id: str, creator: Jid, voter: Jid) -> tuple[bytes, bytes]:
    """Return an encrypted vote and its nonce; options are named by their hashes."""
    vote = proto.Message.PollVoteMessage(selectedOptions=[option_hash(option) for option in options])
    nonce = os.urandom(_NONCE_BYTES)
    cipher = AESGCM(_key(secret, f"{poll_id}{creator.account}{voter.account}Poll Vote"))
    return cipher.encrypt(nonce, vote.SerializeToString(), _vote_data(poll_id, voter)), nonce


def open_vote(message: Message, secret: bytes, creators: Iterable[Jid], voters: Iterable[Jid]) -> list[bytes] | None:
    """Return the hashes of the options, with whichever addresses it was sealed; None of a vote that is forged."""
    update = message.pollUpdateMessage
    poll_id = update.pollCreationMessageKey.id
    for creator, voter in itertools.product(creators, voters):
        cipher = AESGCM(_key(secret, f"{poll_id}{creator.account}{voter.account}Poll Vote"))
        try:
            opened = cipher.decrypt(update.vote.encIv, update.vote.encPayload, _vote_data(poll_id, voter))
        except InvalidTag:
            continue
        return list(proto.Message.PollVoteMessage.FromString(opened).selectedOptions)
    return None


def option_hash(option: str) -> bytes:
    return hashlib.sha256(option.encode()).digest()


def _vote_data(poll_id: str, voter: Jid) -> bytes:
    return f"{poll_id}\0{voter.account}".encode()


def _cipher(secret: bytes, id: str, author: Jid) -> AESGCM:
    return AESGCM(_key(secret, f"{id}{author.account}{author.account}Message Edit"))


def _key(secret: bytes, info: str) -> bytes:
    return HKDF(SHA256(), 32, None, info.encode()).derive(secret)
