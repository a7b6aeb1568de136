"""The messages and receipts that phones receive."""

from __future__ import annotations

import logging

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.messages.receipts import READ, route_receipt
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.phones.message_history import MessageHistory, StoredMessage
from infra.local.whatsapp.phones.reading import read_message
from infra.local.whatsapp.phones.retries import Retries
from infra.local.whatsapp.phones.sealing import open_edit, secret_of
from infra.local.whatsapp.phones.sender_keys import SenderKeys
from infra.local.whatsapp.signal.errors import DuplicateMessage, SignalError
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import BROADCAST, GROUP, NEWSLETTER, PHONE_NUMBER, STATUS, Jid
from infra.local.whatsapp.wire.node import Attributes, Node

log = logging.getLogger(__name__)
_STATUS_BY_RECEIPT = {"": "delivered", "inactive": "delivered", "read": "read", "played": "read"}


class Inbox:
    """Decrypts and stores what phones receive, and confirms it."""

    def __init__(
        self, network: Network, cipher: PhoneCipher, keys: SenderKeys, history: MessageHistory, retries: Retries
    ) -> None:
        self._network = network
        self._cipher = cipher
        self._keys = keys
        self._history = history
        self._retries = retries

    def open(self, account: Account, sender: Device, stanza: Node) -> Message | None:
        """Return the message; None for a repeat, and for one that cannot be decrypted and so is requested again.

        whatsmeow takes no lock between encrypting for a peer and decrypting from it, and so now and again uses a key
        for two messages: a key used before with an id not seen before cannot be decrypted either.
        """
        try:
            return self._decrypt(account, sender, stanza)
        except DuplicateMessage:
            if self._history.find(account.number, stanza.text("id")):
                return None
            self._network.statistics.reused_keys[account.number] += 1
        except SignalError as error:
            log.info("a phone requests a message again: %s", error)
        self._retries.request(account, stanza)
        return None

    def _decrypt(self, account: Account, sender: Device, stanza: Node) -> Message:
        """Return the message in the last ciphertext; those before it carry its key. Raise SignalError."""
        message, chat = proto.Message(), stanza.jid("from")
        for node in stanza.children("enc"):
            if node.text("type") == "skmsg":
                plaintext = self._keys.decrypt(account, chat, sender, node.data())
            else:
                plaintext = self._cipher.decrypt(account, sender, Ciphertext(node.text("type"), node.data()))
            message = proto.Message.FromString(plaintext)
            if message.HasField("senderKeyDistributionMessage"):
                given = message.senderKeyDistributionMessage.axolotlSenderKeyDistributionMessage
                self._keys.learn(account, chat, sender, given)
        return message

    def store(self, account: Account, sender: Device, stanza: Node, message: Message) -> None:
        """Store what people see of the message, and send the delivery receipt."""
        own = message.HasField("deviceSentMessage")
        self._store(account, sender.number, sender.id, stanza, message.deviceSentMessage.message if own else message)
        if account.auto_receipts:
            kind = "sender" if sender.number == account.number else None
            attrs: Attributes = {"to": stanza.jid("from"), "id": stanza.text("id"), "type": kind}
            if "participant" in stanza.attrs:
                attrs["participant"] = stanza.jid("participant")
            receipt = Node("receipt", attrs)
            route_receipt(self._network, self._network.directory.phone(account), receipt)

    def store_published(self, account: Account, stanza: Node) -> None:
        """Store a newsletter's message, which has no author and expects no receipt."""
        self._store(account, "", 0, stanza, proto.Message.FromString(stanza.data("plaintext")))

    def _store(self, account: Account, author: str, device: int, stanza: Node, message: Message) -> None:
        message, from_me = self._unsealed(account, author, message), author == account.number
        summary = read_message(self._network, self._history, account, author, message)
        peer, listed = self._peer(stanza), self._list(stanza, from_me=from_me)
        if not summary.kind or peer is None:
            return
        stored = StoredMessage(
            author if listed else peer,
            stanza.text("id"),
            from_me,
            device,
            summary.kind,
            summary.text,
            "sent" if from_me else "received",
            int(stanza.text("t")),
            message.SerializeToString(),
            author,
            summary.details | self._recipients(account, stanza.jid("from"), from_me=from_me) | listed,
            by_number=stanza.jid("from").server == PHONE_NUMBER,
        )
        self._history.add(account.number, stored)

    def _unsealed(self, account: Account, author: str, message: Message) -> Message:
        """Return a sealed edit as it would be unsealed, where the phone has the message that it changes."""
        sender = self._network.directory.by_number(author)
        if not message.HasField("secretEncryptedMessage") or sender is None:
            return message
        target = self._history.find(account.number, message.secretEncryptedMessage.targetMessageKey.id)
        return open_edit(message, secret_of(target.payload), sender.lid) if target else message

    def _peer(self, stanza: Node) -> str | None:
        chat = stanza.jid("recipient" if "recipient" in stanza.attrs else "from")
        if chat.server in (GROUP, BROADCAST, NEWSLETTER):
            return str(chat)
        account = self._network.directory.account(chat)
        return account.number if account else None

    def _list(self, stanza: Node, *, from_me: bool) -> dict[str, object]:
        """Return the detail of what somebody sent to a broadcast list, which people see in the chat with them."""
        chat = stanza.jid("from")
        return {"list": str(chat)} if chat.server == BROADCAST and chat != STATUS and not from_me else {}

    def _recipients(self, account: Account, jid: Jid, *, from_me: bool) -> dict[str, object]:
        """Return the detail of who gets what an own client wrote to a group."""
        chat = self._network.group_chats.find(jid) if from_me else None
        return {"recipients": [f"+{number}" for number in chat.others(account.number)]} if chat else {}

    def apply_receipt(self, account: Account, reader: Device, stanza: Node) -> None:
        """Advance the status of the messages that the receipt names: the phone's own, or those read elsewhere."""
        listed = stanza.find("list")
        ids = [stanza.text("id"), *(item.text("id") for item in (listed.children("item") if listed else []))]
        if reader.number == account.number:
            for id in ids if stanza.text("type") in READ else ():
                self._history.mark_read(account.number, id)
            return
        status = _STATUS_BY_RECEIPT.get(stanza.text("type"))
        if status is None:
            return
        for id in ids:
            if "participant" in stanza.attrs:
                self._history.confirm(account.number, str(stanza.jid("from")), id, reader.number, status)
            else:
                self._history.advance(account.number, reader.number, id, status)
