"""The key of an account's app state, which its phone makes and shares with its clients."""

from __future__ import annotations

import secrets
import time
from typing import Any, NamedTuple

from infra.local.whatsapp.database import Database
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import derive


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


class DerivedKeys(NamedTuple):
    """What a key is used for, each with a key of its own."""

    indexing: bytes
    encryption: bytes
    value_mac: bytes
    snapshot_mac: bytes
    patch_mac: bytes

    @classmethod
    def of(cls, key: AppStateKey) -> DerivedKeys:
        expanded = derive(key.secret, 160, info=b"WhatsApp Mutation Keys")
        return cls(*(expanded[at : at + 32] for at in range(0, 160, 32)))


def key_share(key: AppStateKey) -> Any:  # noqa: ANN401 - a proto.Message
    message = proto.Message()
    message.protocolMessage.type = proto.Message.ProtocolMessage.APP_STATE_SYNC_KEY_SHARE
    shared = message.protocolMessage.appStateSyncKeyShare.keys.add()
    shared.keyId.keyId, shared.keyData.keyData = key.id, key.secret
    shared.keyData.timestamp = int(time.time() * 1000)
    shared.keyData.fingerprint.rawId = shared.keyData.fingerprint.currentIndex = 1
    shared.keyData.fingerprint.deviceIndexes.extend([0, 1])
    return message
