"""The phones' end-to-end encryption for single devices."""

from __future__ import annotations

import secrets

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.devices.key_bundles import issue_bundle
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.signal import session as ratchet
from infra.local.whatsapp.signal.errors import UnknownPrekey
from infra.local.whatsapp.signal.record import SessionRecord
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.wire import proto

_MAX_PADDING = 15


class PhoneCipher:
    """Encrypts for and decrypts from devices: one record a device, whether it was addressed by LID or by number."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def encrypt(self, account: Account, device: Device, plaintext: bytes, *, new_session: bool = False) -> Ciphertext:
        """Encrypt for one device; in a new session where the device could not decrypt in the one before."""
        record = self._load(account, device)
        if new_session or not record:
            record.use(ratchet.begin(account.keys, issue_bundle(self._network, device)))
        ciphertext = record.encrypt(padded(plaintext))
        self._save(account, device, record)
        return ciphertext

    def decrypt(self, account: Account, sender: Device, ciphertext: Ciphertext) -> bytes:
        """Return the plaintext; raise SignalError, and then change nothing."""
        record = self._load(account, sender)
        if ciphertext.kind == "pkmsg":
            plaintext = self._decrypt_first(account, record, ciphertext.data)
        else:
            plaintext = record.decrypt(ciphertext.data)
        self._save(account, sender, record)
        return unpadded(plaintext)

    def _decrypt_first(self, account: Account, record: SessionRecord, data: bytes) -> bytes:
        message = ratchet.parse(proto.PreKeySignalMessage, data)
        base, identity = message.baseKey[1:], message.identityKey[1:]
        if record.started_with(base):
            return record.decrypt(message.message)
        if message.signedPreKeyId != account.keys.signed_id:
            raise UnknownPrekey("a message for an unknown signed prekey")
        one_time = self._network.prekeys.private(account.number, message.preKeyId) if message.preKeyId else None
        if message.preKeyId and one_time is None:
            raise UnknownPrekey("a message for a one-time prekey that was used")
        session = ratchet.accept(account.keys, one_time, identity, base)
        plaintext = ratchet.decrypt(session, message.message)
        self._network.prekeys.mark_used(account.number, message.preKeyId)
        record.use(session)
        return plaintext

    def _load(self, account: Account, device: Device) -> SessionRecord:
        row = self._network.database.row(
            "SELECT record FROM signal_sessions WHERE number = ? AND peer = ? AND device = ?",
            *(account.number, device.number, device.id),
        )
        return SessionRecord.restore(row[0]) if row else SessionRecord()

    def _save(self, account: Account, device: Device, record: SessionRecord) -> None:
        self._network.database.execute(
            "INSERT OR REPLACE INTO signal_sessions VALUES (?, ?, ?, ?)",
            *(account.number, device.number, device.id, record.serialize()),
        )


def padded(plaintext: bytes) -> bytes:
    size = secrets.randbelow(_MAX_PADDING) + 1
    return plaintext + bytes((size,)) * size


def unpadded(plaintext: bytes) -> bytes:
    return plaintext[: -plaintext[-1]]
