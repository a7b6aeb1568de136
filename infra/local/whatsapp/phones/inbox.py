from __future__ import annotations

import logging

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.phones.memory import PhoneMemory, Remembered
from infra.local.whatsapp.phones.reading import Read, read
from infra.local.whatsapp.phones.retries import Retries
from infra.local.whatsapp.phones.sender_keys import SenderKeys
from infra.local.whatsapp.receipts import route_receipt
from infra.local.whatsapp.signal.errors import DuplicateMessage, SignalError
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import BROADCAST, GROUP, NEWSLETTER, Jid
from infra.local.whatsapp.wire.node import Attributes, Node

_log = logging.getLogger(__name__)
_STATUS_BY_RECEIPT = {"": "delivered", "inactive": "delivered", "read": "read", "played": "read"}


class Inbox:
    """What phones receive."""

    def __init__(
        self, network: Network, cipher: PhoneCipher, keys: SenderKeys, memory: PhoneMemory, retries: Retries
    ) -> None:
        self._network = network
        self._cipher = cipher
        self._keys = keys
        self._memory = memory
        self._retries = retries

    def open(self, account: Account, sender: Device, stanza: Node) -> Message | None:
        """None for what came before, and for what is unreadable and so asked for again.

        whatsmeow takes no lock between encrypting for a peer and decrypting from it, and then now and again uses a
        key for two messages: a key used before with an id not seen before is unreadable too.
        """
        try:
            return self._decrypted(account, sender, stanza)
        except DuplicateMessage:
            if self._memory.find(account.number, stanza.text("id")):
                return None
            self._network.statistics.reused_keys[account.number] += 1
        except SignalError as error:
            _log.info("a phone asks for a message again: %s", error)
        self._retries.ask(account, stanza)
        return None

    def _decrypted(self, account: Account, sender: Device, stanza: Node) -> Message:
        """What its last ciphertext says; those before bring the key to it. Raises SignalError."""
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

    def keep(self, account: Account, sender: Device, stanza: Node, message: Message) -> None:
        """Remembers what people see of it, and confirms that it came."""
        own = message.HasField("deviceSentMessage")
        self._store(account, sender.number, sender.id, stanza, message.deviceSentMessage.message if own else message)
        if account.auto_receipts:
            kind = "sender" if sender.number == account.number else None
            attrs: Attributes = {"to": stanza.jid("from"), "id": stanza.text("id"), "type": kind}
            if "participant" in stanza.attrs:
                attrs["participant"] = stanza.jid("participant")
            receipt = Node("receipt", attrs)
            route_receipt(self._network, self._network.directory.phone(account), receipt)

    def keep_published(self, account: Account, stanza: Node) -> None:
        """From a newsletter, which has no author and asks for no receipt."""
        self._store(account, "", 0, stanza, proto.Message.FromString(stanza.data("plaintext")))

    def _store(self, account: Account, author: str, device: int, stanza: Node, message: Message) -> None:
        seen, from_me, peer = read(message), author == account.number, self._peer(stanza)
        if not seen.kind or peer is None:
            return
        remembered = Remembered(
            peer,
            stanza.text("id"),
            from_me,
            device,
            seen.kind,
            seen.text,
            "sent" if from_me else "received",
            int(stanza.text("t")),
            message.SerializeToString(),
            author,
            self._details(account, stanza.jid("from"), seen, from_me=from_me),
        )
        self._memory.add(account.number, remembered)

    def _peer(self, stanza: Node) -> str | None:
        chat = stanza.jid("recipient" if "recipient" in stanza.attrs else "from")
        if chat.server in (GROUP, BROADCAST, NEWSLETTER):
            return str(chat)
        account = self._network.directory.account(chat)
        return account.number if account else None

    def _details(self, account: Account, chat: Jid, seen: Read, *, from_me: bool) -> dict[str, object]:
        """Mentions as numbers; the recipients of what one's own client wrote to a group."""
        details: dict[str, object] = dict(seen.details)
        if mentioned := seen.details.get("mentions"):
            accounts = [self._network.directory.account(Jid.parse(jid)) for jid in mentioned]
            details["mentions"] = [f"+{account.number}" for account in accounts if account]
        if from_me and (circle := self._network.circles.find(chat)):
            details["recipients"] = [f"+{number}" for number in circle.others(account.number)]
        return details

    def take_receipt(self, account: Account, reader: Device, stanza: Node) -> None:
        status = _STATUS_BY_RECEIPT.get(stanza.text("type"))
        if status is None or reader.number == account.number:
            return
        listed = stanza.find("list")
        items = listed.children("item") if listed else []
        for id in (stanza.text("id"), *(item.text("id") for item in items)):
            if "participant" in stanza.attrs:
                self._memory.confirm(account.number, str(stanza.jid("from")), id, reader.number, status)
            else:
                self._memory.advance(account.number, reader.number, id, status)
