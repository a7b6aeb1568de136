from __future__ import annotations

import logging
import secrets

from infra.local.whatsapp.accounts import PHONE, Account, Address, Device
from infra.local.whatsapp.bundles import bundle_nodes
from infra.local.whatsapp.delivery import now
from infra.local.whatsapp.messages import route_message
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.app_state import PUSH_NAME_COLLECTION, AppStateKey, key_share, push_name_patch
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Content, Message, with_secret
from infra.local.whatsapp.phones.memory import PhoneMemory, Remembered
from infra.local.whatsapp.phones.reading import Read, read
from infra.local.whatsapp.receipts import route_receipt
from infra.local.whatsapp.signal.errors import DuplicateMessage, SignalError
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.node import Attribute, Attributes, Node

_log = logging.getLogger(__name__)
_MAX_RETRIES = 5
_STATUS_BY_RECEIPT = {"": "delivered", "inactive": "delivered", "read": "read", "played": "read"}
_REWRITES = {"edit": {"edited": True}, "delete": {"deleted": True}}


class Phones:
    """Device 0 of every account."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._cipher = PhoneCipher(network)
        self.memory = PhoneMemory(network.database)
        network.delivery.to_phone = self.receive

    # What people do with a phone

    def send(self, account: Account, recipient: Account, content: Content) -> str:
        """The message's id. Goes to all devices of the recipient, and to one's own clients as a copy."""
        message = with_secret(content.message)
        id = _message_id()
        copy = _own_copy(recipient, message)
        parcels = [
            self._parcel(account, device, copy if device.number == account.number else message, content)
            for number in dict.fromkeys((recipient.number, account.number))
            for device in self._network.directory.devices(number)
            if device.address != (account.number, PHONE)
        ]
        attrs: Attributes = {"to": recipient.lid, "id": id, "type": content.stanza_type, "edit": content.edit}
        self._remember(account, recipient.number, id, content, message)
        stanza = Node("message", attrs, [Node("participants", {}, parcels)])
        route_message(self._network, self._network.directory.phone(account), recipient, stanza)
        return id

    def mark_read(self, account: Account, message: Remembered) -> None:
        """Tells who wrote it, and one's own clients."""
        writer = self._network.directory.by_number(message.peer)
        if writer is None:
            return
        self.memory.mark_read(account.number, message.id)
        attrs: Attributes = {"id": message.id, "type": "read"}
        route_receipt(
            self._network, self._network.directory.phone(account), Node("receipt", {**attrs, "to": writer.lid})
        )
        own: Attributes = {**attrs, "to": account.lid, "recipient": writer.lid}
        route_receipt(self._network, self._network.directory.phone(account), Node("receipt", own))

    def welcome(self, account: Account, device: Device) -> None:
        """What a phone gives a client it has just linked: the key of the shared settings, and the first of them."""
        key = AppStateKey.of(self._network.database, account.number)
        if not self._network.app_state.version(account.number, PUSH_NAME_COLLECTION):
            patch = push_name_patch(key, account.name)
            self._network.app_state.append(account.number, PUSH_NAME_COLLECTION, patch)
        ciphertext = self._cipher.encrypt(account, device, key_share(key).SerializeToString())
        attrs: Attributes = {"from": account.lid, "id": _message_id(), "t": now(), "type": "protocol"}
        peer: Attributes = {"category": "peer", "peer_recipient_pn": account.pn}
        self._network.delivery.push(device.address, Node("message", {**attrs, **peer}, [_encrypted(ciphertext)]))

    # What the network brings

    def receive(self, address: Address, stanza: Node) -> None:
        account = self._network.directory.by_number(address.number)
        sender = self._network.directory.device(stanza.jid("from"))
        if account is None or sender is None:
            return
        if stanza.tag == "message":
            self._take_message(account, sender, stanza)
        elif stanza.tag == "receipt" and stanza.text("type") == "retry":
            self._send_again(account, sender, stanza)
        elif stanza.tag == "receipt":
            self._take_receipt(account, sender, stanza)

    def _take_message(self, account: Account, sender: Device, stanza: Node) -> None:
        message = self._opened(account, sender, stanza)
        if message is None:
            return
        if message.protocolMessage.HasField("appStateSyncKeyRequest"):
            self.welcome(account, sender)
            return
        own = message.HasField("deviceSentMessage")
        self._store(account, sender, stanza, message.deviceSentMessage.message if own else message)
        if account.auto_receipts:
            kind = "sender" if own else None
            receipt = Node("receipt", {"to": stanza.jid("from"), "id": stanza.text("id"), "type": kind})
            route_receipt(self._network, self._network.directory.phone(account), receipt)

    def _opened(self, account: Account, sender: Device, stanza: Node) -> Message | None:
        """None for what came before, and for what is unreadable and so asked for again.

        whatsmeow takes no lock between encrypting for a peer and decrypting from it, and then now and again uses a
        key for two messages: a key used before with an id not seen before is unreadable too.
        """
        encrypted = stanza.child("enc")
        try:
            ciphertext = Ciphertext(encrypted.text("type"), encrypted.data())
            return proto.Message.FromString(self._cipher.decrypt(account, sender, ciphertext))
        except DuplicateMessage:
            if self.memory.find(account.number, stanza.text("id")):
                return None
            self._network.statistics.reused_keys[account.number] += 1
        except SignalError as error:
            _log.info("a phone asks for a message again: %s", error)
        self._ask_again(account, sender, stanza, int(encrypted.text("count") or 0) + 1)
        return None

    def _store(self, account: Account, sender: Device, stanza: Node, message: Message) -> None:
        seen, from_me = read(message), sender.number == account.number
        chat = self._network.directory.account(stanza.jid("recipient" if "recipient" in stanza.attrs else "from"))
        if not seen.kind or chat is None:
            return
        self._apply(account, chat.number, seen, from_me=from_me)
        remembered = Remembered(
            chat.number,
            stanza.text("id"),
            from_me,
            sender.id,
            seen.kind,
            seen.text,
            "sent" if from_me else "received",
            int(stanza.text("t")),
            message.SerializeToString(),
            seen.details,
        )
        self.memory.add(account.number, remembered)

    def _apply(self, account: Account, peer: str, seen: Read, *, from_me: bool) -> None:
        if marks := _REWRITES.get(seen.kind):
            self.memory.rewrite(account.number, peer, seen.details["messageId"], from_me, seen.text, **marks)

    def _take_receipt(self, account: Account, sender: Device, stanza: Node) -> None:
        status = _STATUS_BY_RECEIPT.get(stanza.text("type"))
        if status is None or sender.number == account.number:
            return
        listed = stanza.find("list")
        items = listed.children("item") if listed else []
        for id in (stanza.text("id"), *(item.text("id") for item in items)):
            self.memory.advance(account.number, sender.number, id, status)

    # Retries

    def _ask_again(self, account: Account, sender: Device, stanza: Node, count: int) -> None:
        """A retry receipt with a bundle of our own, so that the sender can begin a session anew."""
        self._network.statistics.undecryptable[account.number] += 1
        if count > _MAX_RETRIES:
            return
        phone, id = self._network.directory.phone(account), stanza.text("id")
        registration, *keys = bundle_nodes(phone, self._network.prekeys.bundle(phone))
        retry = Node("retry", {"count": count, "id": id, "t": stanza.text("t"), "v": 1})
        attrs: Attributes = {"to": stanza.jid("from"), "id": id, "type": "retry"}
        attrs["recipient"] = stanza.attrs.get("recipient")
        route_receipt(self._network, phone, Node("receipt", attrs, [retry, registration, Node("keys", {}, keys)]))

    def _send_again(self, account: Account, device: Device, stanza: Node) -> None:
        """Encrypted for that one device, in a session begun anew."""
        kept = self.memory.find(account.number, stanza.text("id"))
        peer = self._network.directory.by_number(kept.peer) if kept else None
        count = int(stanza.child("retry").text("count") or 1)
        if kept is None or peer is None or count > _MAX_RETRIES:
            return
        message = proto.Message.FromString(kept.payload)
        own = device.number == account.number
        plaintext = (_own_copy(peer, message) if own else message).SerializeToString()
        encrypted = _encrypted(self._cipher.encrypt(account, device, plaintext, anew=True), count=count)
        recipient = self._network.directory.by_number(device.number) or peer
        again = Node("message", {"to": device.lid, "id": kept.id, "type": "text"}, [encrypted])
        route_message(self._network, self._network.directory.phone(account), peer if own else recipient, again)

    def _parcel(self, account: Account, device: Device, message: Message, content: Content) -> Node:
        ciphertext = self._cipher.encrypt(account, device, message.SerializeToString())
        hidden = "hide" if content.hidden else None
        attrs: Attributes = {"mediatype": content.media_type, "decrypt-fail": hidden}
        return Node("to", {"jid": device.lid}, [_encrypted(ciphertext, **attrs)])

    def _remember(self, account: Account, peer: str, id: str, content: Content, message: Message) -> None:
        self._apply(account, peer, Read(content.kind, content.text, content.details), from_me=True)
        payload = message.SerializeToString()
        sent = Remembered(peer, id, True, PHONE, content.kind, content.text, "sent", now(), payload, content.details)
        self.memory.add(account.number, sent)


def _message_id() -> str:
    return "3A" + secrets.token_hex(9).upper()


def _own_copy(recipient: Account, message: Message) -> Message:
    copy = proto.Message()
    copy.deviceSentMessage.destinationJid = str(recipient.lid)
    copy.deviceSentMessage.message.CopyFrom(message)
    copy.messageContextInfo.CopyFrom(message.messageContextInfo)
    return copy


def _encrypted(ciphertext: Ciphertext, **attrs: Attribute) -> Node:
    return Node("enc", {"v": 2, "type": ciphertext.kind, **attrs}, ciphertext.data)
