"""Edits sealed with the secret of the message that they change, as phones send and open them."""

from __future__ import annotations

import os

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


def _cipher(secret: bytes, id: str, author: Jid) -> AESGCM:
    info = f"{id}{author.account}{author.account}Message Edit".encode()
    return AESGCM(HKDF(SHA256(), 32, None, info).derive(secret))
