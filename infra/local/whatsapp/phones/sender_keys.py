"""The sender keys that phones use in group chats."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.cipher import padded, unpadded
from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.signal import sender_key
from infra.local.whatsapp.signal.sender_key import Record
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import Jid


class SenderKeys:
    """Each phone's own sender key by chat, made when it first writes there, and the keys of the others."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def encrypt(self, account: Account, chat: Jid, plaintext: bytes) -> Ciphertext:
        author, record = self._network.directory.phone(account), self._own(account, chat)
        data = sender_key.encrypt(record, padded(plaintext))
        self._save(account, chat, author, record)
        return Ciphertext("skmsg", data)

    def decrypt(self, account: Account, chat: Jid, author: Device, data: bytes) -> bytes:
        """Return the plaintext; raise SignalError, and then change nothing."""
        record = self._load(account, chat, author)
        plaintext = sender_key.decrypt(record, data)
        self._save(account, chat, author, record)
        return unpadded(plaintext)

    def learn(self, account: Account, chat: Jid, author: Device, distribution: bytes) -> None:
        """Store the sender key that another device has distributed."""
        record = self._load(account, chat, author)
        sender_key.learn(record, distribution)
        self._save(account, chat, author, record)

    def give(self, account: Account, chat: Jid, device: Device, message: Message) -> None:
        """Put the phone's own key into a message to a device, which from then on counts as having it."""
        given = message.senderKeyDistributionMessage
        given.groupId = str(chat)
        given.axolotlSenderKeyDistributionMessage = sender_key.distribution(self._own(account, chat))
        self._network.database.execute(
            "INSERT OR IGNORE INTO sender_key_holders VALUES (?, ?, ?, ?)",
            *(account.number, str(chat), *device.address),
        )

    def without(self, account: Account, chat: Jid, devices: list[Device]) -> list[Device]:
        """Return those devices that do not have the phone's own key yet."""
        rows = self._network.database.rows(
            "SELECT holder, device FROM sender_key_holders WHERE number = ? AND chat = ?", account.number, str(chat)
        )
        return [device for device in devices if device.address not in rows]

    def _own(self, account: Account, chat: Jid) -> Record:
        author = self._network.directory.phone(account)
        record = self._load(account, chat, author)
        if not record.senderKeyStates:
            record = sender_key.create()
            self._save(account, chat, author, record)
        return record

    def _load(self, account: Account, chat: Jid, author: Device) -> Record:
        row = self._network.database.row(
            "SELECT record FROM sender_keys WHERE number = ? AND chat = ? AND author = ? AND device = ?",
            *(account.number, str(chat), *author.address),
        )
        return proto.SenderKeyRecordStructure.FromString(row[0]) if row else proto.SenderKeyRecordStructure()

    def _save(self, account: Account, chat: Jid, author: Device, record: Record) -> None:
        self._network.database.execute(
            "INSERT OR REPLACE INTO sender_keys VALUES (?, ?, ?, ?, ?)",
            *(account.number, str(chat), *author.address, record.SerializeToString()),
        )
