"""Retries: messages that could not be decrypted are requested again, and sent again."""

from __future__ import annotations

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.devices.key_bundles import bundle_nodes
from infra.local.whatsapp.messages.group_routing import route_to_group_chat
from infra.local.whatsapp.messages.receipts import route_receipt
from infra.local.whatsapp.messages.routing import route_to_account
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.phones.message_history import MessageHistory, StoredMessage
from infra.local.whatsapp.phones.outbox import encrypted, own_copy
from infra.local.whatsapp.phones.sender_keys import SenderKeys
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import BROADCAST, STATUS, Jid
from infra.local.whatsapp.wire.node import Attributes, Node

_MAX_RETRIES = 5


class Retries:
    """Requests messages again for phones, and sends messages of phones again."""

    def __init__(self, network: Network, cipher: PhoneCipher, keys: SenderKeys, history: MessageHistory) -> None:
        self._network = network
        self._cipher = cipher
        self._keys = keys
        self._history = history

    def request(self, account: Account, stanza: Node) -> None:
        """Send a retry receipt with a key bundle, so that the sender can begin a new session."""
        self._network.statistics.undecryptable[account.number] += 1
        count = max(int(node.text("count") or 0) for node in stanza.children("enc")) + 1
        if count > _MAX_RETRIES:
            return
        phone, id = self._network.directory.phone(account), stanza.text("id")
        registration, *keys = bundle_nodes(phone, self._network.prekeys.bundle(phone))
        retry = Node("retry", {"count": count, "id": id, "t": stanza.text("t"), "v": 1})
        attrs: Attributes = {"to": stanza.jid("from"), "id": id, "type": "retry"}
        attrs |= {name: stanza.attrs[name] for name in ("recipient", "participant") if name in stanza.attrs}
        route_receipt(self._network, phone, Node("receipt", attrs, [retry, registration, Node("keys", {}, keys)]))

    def resend(self, account: Account, device: Device, receipt: Node) -> None:
        """Send the message of a retry receipt to that one device, in a new session."""
        stored = self._history.find(account.number, receipt.text("id"))
        count = int(receipt.child("retry").text("count") or 1)
        if stored is None or count > _MAX_RETRIES:
            return
        if stored.group_chat:
            self._to_group_chat(account, device, stored.group_chat, stored, count)
        elif peer := self._network.directory.by_number(stored.peer):
            self._to_account(account, device, peer, stored, count)

    def _to_account(self, account: Account, device: Device, peer: Account, stored: StoredMessage, count: int) -> None:
        message, own = proto.Message.FromString(stored.payload), device.number == account.number
        encrypted_again = self._encrypt(account, device, own_copy(peer.lid, message) if own else message, count)
        recipient = peer if own else self._network.directory.by_number(device.number) or peer
        stanza = Node("message", {"to": device.lid, "id": stored.id, "type": "text"}, [encrypted_again])
        route_to_account(self._network, self._network.directory.phone(account), recipient, stanza)

    def _to_group_chat(self, account: Account, device: Device, chat: Jid, stored: StoredMessage, count: int) -> None:
        """Send with the sender key for what follows, in case the device lacks that; broadcast lists have none."""
        message = proto.Message.FromString(stored.payload)
        if chat.server != BROADCAST or chat == STATUS:
            self._keys.give(account, chat, device, message)
        attrs: Attributes = {"to": chat, "participant": device.lid, "id": stored.id, "type": "text"}
        stanza = Node("message", attrs, [self._encrypt(account, device, message, count)])
        route_to_group_chat(self._network, self._network.directory.phone(account), stanza, [device])

    def _encrypt(self, account: Account, device: Device, message: Message, count: int) -> Node:
        plaintext = message.SerializeToString()
        return encrypted(self._cipher.encrypt(account, device, plaintext, new_session=True), count=count)
