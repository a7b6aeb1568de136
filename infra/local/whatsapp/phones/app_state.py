"""The first patch of an account's app state, and the key that clients need to decrypt it."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import time
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import derive

PUSH_NAME_COLLECTION = "critical_block"

_BLOCK_BITS = 128
_MAC_LENGTH = 32
_FIRST_VERSION = (1).to_bytes(8, "big")


class AppStateKey(NamedTuple):
    id: bytes
    secret: bytes

    @classmethod
    def of(cls, database: Database, number: str) -> AppStateKey:
        """Return the account's key, which is made when it is first needed and kept."""
        row = database.row("SELECT key_id, key FROM app_state_keys WHERE number = ?", number)
        if row:
            return cls(*row)
        key = cls(b"\0\0" + secrets.token_bytes(4), secrets.token_bytes(32))
        database.execute("INSERT INTO app_state_keys VALUES (?, ?, ?)", number, *key)
        return key


def key_share(key: AppStateKey) -> Any:  # noqa: ANN401 - a proto.Message
    message = proto.Message()
    message.protocolMessage.type = proto.Message.ProtocolMessage.APP_STATE_SYNC_KEY_SHARE
    shared = message.protocolMessage.appStateSyncKeyShare.keys.add()
    shared.keyId.keyId, shared.keyData.keyData = key.id, key.secret
    shared.keyData.timestamp = int(time.time() * 1000)
    shared.keyData.fingerprint.rawId = shared.keyData.fingerprint.currentIndex = 1
    shared.keyData.fingerprint.deviceIndexes.extend([0, 1])
    return message


def push_name_patch(key: AppStateKey, name: str) -> bytes:
    """Return the patch that brings the collection from nothing to version 1: the account's display name."""
    keys = _Keys.expand(key.secret)
    mutation, value_mac = _mutation(key, keys, name)
    patch = proto.SyncdPatch(mutations=[mutation])
    patch.keyId.id = key.id
    summed = derive(value_mac, 128, info=b"WhatsApp Patch Integrity")
    context = _FIRST_VERSION + PUSH_NAME_COLLECTION.encode()
    patch.snapshotMac = hmac.digest(keys.snapshot_mac, summed + context, "sha256")
    patch.patchMac = hmac.digest(keys.patch_mac, patch.snapshotMac + value_mac + context, "sha256")
    encoded: bytes = patch.SerializeToString()
    return encoded


class _Keys(NamedTuple):
    indexing: bytes
    encryption: bytes
    value_mac: bytes
    snapshot_mac: bytes
    patch_mac: bytes

    @classmethod
    def expand(cls, secret: bytes) -> _Keys:
        expanded = derive(secret, 160, info=b"WhatsApp Mutation Keys")
        return cls(*(expanded[at : at + 32] for at in range(0, 160, 32)))


def _mutation(key: AppStateKey, keys: _Keys, name: str) -> tuple[Any, bytes]:
    index = json.dumps(["setting_pushName"]).encode()
    action = proto.SyncActionData(index=index, padding=b"", version=1)
    action.value.timestamp = int(time.time() * 1000)
    action.value.pushNameSetting.name = name
    sealed = _sealed(keys.encryption, action.SerializeToString())
    operation = proto.SyncdMutation.SyncdOperation.SET
    mac = _value_mac(keys.value_mac, operation, key.id, sealed)
    mutation = proto.SyncdMutation(operation=operation)
    mutation.record.index.blob = hmac.digest(keys.indexing, index, "sha256")
    mutation.record.value.blob = sealed + mac
    mutation.record.keyId.id = key.id
    return mutation, mac


def _sealed(key: bytes, plaintext: bytes) -> bytes:
    iv, padder = os.urandom(16), PKCS7(_BLOCK_BITS).padder()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return iv + encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()


def _value_mac(key: bytes, operation: int, key_id: bytes, sealed: bytes) -> bytes:
    associated = bytes((operation + 1,)) + key_id
    length = len(associated).to_bytes(8, "big")
    return hmac.digest(key, associated + sealed + length, hashlib.sha512)[:_MAC_LENGTH]
