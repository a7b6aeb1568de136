"""App state: collections of settings, encrypted for an account's devices, which change by patches."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import struct
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

from infra.local.whatsapp.devices.app_state import AppStateStore, apply_mutations
from infra.local.whatsapp.phones.app_state_keys import AppStateKey, DerivedKeys
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import derive

Index: TypeAlias = tuple[str, ...]
"""What a setting is called: its kind, and whom or what it is about."""

_BLOCK_BITS = 128
_IV_LENGTH = 16
_MAC_LENGTH = 32
_SUM_FORMAT = "<64H"
_OPERATION = proto.SyncdMutation.SyncdOperation


@dataclass(frozen=True, slots=True)
class Change:
    """A setting, and the value it has from now on, a proto.SyncActionValue; None removes it.

    version: that of the format of such values.
    """

    index: Index
    value: Any
    version: int


class Collection:
    """One collection as it is in a version: an encrypted proto.SyncdRecord of each setting, by the MAC of its index."""

    def __init__(self, store: AppStateStore, number: str, name: str, key: AppStateKey) -> None:
        self._name, self._key, self._keys = name, key, DerivedKeys.of(key)
        self._version, self._records = store.version(number, name), store.records(number, name)

    def settings(self) -> dict[Index, Any]:
        """Return the values of all settings, as proto.SyncActionValue."""
        opened = (proto.SyncActionData.FromString(self._open(record.value.blob)) for record in self._records.values())
        return {tuple(json.loads(data.index)): data.value for data in opened}

    def change(self, changes: Iterable[Change]) -> bytes:
        """Return the patch to the next version, which makes these changes, each of another setting."""
        patch, records = proto.SyncdPatch(mutations=map(self._mutation, changes)), dict(self._records)
        apply_mutations(records, patch.mutations)
        patch.keyId.id = self._key.id
        context = (self._version + 1).to_bytes(8, "big") + self._name.encode()
        summed = _sum(map(_mac, records.values()))
        patch.snapshotMac = hmac.digest(self._keys.snapshot_mac, summed + context, "sha256")
        changed = b"".join(_mac(mutation.record) for mutation in patch.mutations)
        patch.patchMac = hmac.digest(self._keys.patch_mac, patch.snapshotMac + changed + context, "sha256")
        encoded: bytes = patch.SerializeToString()
        return encoded

    def _mutation(self, change: Change) -> Any:  # noqa: ANN401 - a proto.SyncdMutation
        index = json.dumps(change.index, separators=(",", ":")).encode()
        data = proto.SyncActionData(index=index, value=change.value, padding=b"", version=change.version)
        data.value.timestamp = int(time.time() * 1000)
        mutation = proto.SyncdMutation(operation=_OPERATION.REMOVE if change.value is None else _OPERATION.SET)
        sealed = self._seal(data.SerializeToString())
        mutation.record.index.blob = hmac.digest(self._keys.indexing, index, "sha256")
        mutation.record.value.blob = sealed + self._value_mac(mutation.operation, sealed)
        mutation.record.keyId.id = self._key.id
        return mutation

    def _seal(self, plaintext: bytes) -> bytes:
        iv, padder = os.urandom(_IV_LENGTH), PKCS7(_BLOCK_BITS).padder()
        encryptor = self._cipher(iv).encryptor()
        return iv + encryptor.update(padder.update(plaintext) + padder.finalize()) + encryptor.finalize()

    def _open(self, blob: bytes) -> bytes:
        iv, encrypted = blob[:_IV_LENGTH], blob[_IV_LENGTH:-_MAC_LENGTH]
        decryptor, unpadder = self._cipher(iv).decryptor(), PKCS7(_BLOCK_BITS).unpadder()
        return unpadder.update(decryptor.update(encrypted) + decryptor.finalize()) + unpadder.finalize()

    def _cipher(self, iv: bytes) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._keys.encryption), modes.CBC(iv))

    def _value_mac(self, operation: int, sealed: bytes) -> bytes:
        associated = bytes((operation + 1,)) + self._key.id
        length = len(associated).to_bytes(8, "big")
        return hmac.digest(self._keys.value_mac, associated + sealed + length, hashlib.sha512)[:_MAC_LENGTH]


def _mac(record: Any) -> bytes:  # noqa: ANN401 - a proto.SyncdRecord
    mac: bytes = record.value.blob[-_MAC_LENGTH:]
    return mac


def _sum(macs: Iterable[bytes]) -> bytes:
    """Return WhatsApp's hash of a set of records, to which each adds, whatever their order."""
    expanded = (struct.unpack(_SUM_FORMAT, derive(mac, 128, info=b"WhatsApp Patch Integrity")) for mac in macs)
    total = map(sum, zip((0,) * 64, *expanded, strict=True))
    return struct.pack(_SUM_FORMAT, *(value & 0xFFFF for value in total))
