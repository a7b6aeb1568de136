from __future__ import annotations

from infra.local.whatsapp.accounts import Account, Device
from infra.local.whatsapp.bundles import bundle_nodes
from infra.local.whatsapp.circle_messages import route_to_circle
from infra.local.whatsapp.messages import route_message
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Message
from infra.local.whatsapp.phones.memory import PhoneMemory, Remembered
from infra.local.whatsapp.phones.outbox import encrypted, own_copy
from infra.local.whatsapp.phones.sender_keys import SenderKeys
from infra.local.whatsapp.receipts import route_receipt
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Attributes, Node

_MAX_RETRIES = 5


class Retries:
    """Messages that could not be decrypted are asked for again, and sent again."""

    def __init__(self, network: Network, cipher: PhoneCipher, keys: SenderKeys, memory: PhoneMemory) -> None:
        self._network = network
        self._cipher = cipher
        self._keys = keys
        self._memory = memory

    def ask(self, account: Account, stanza: Node) -> None:
        """With a bundle of our own, so that the sender can begin a session anew."""
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

    def answer(self, account: Account, device: Device, receipt: Node) -> None:
        """Encrypts it for that one device, in a session begun anew."""
        kept = self._memory.find(account.number, receipt.text("id"))
        count = int(receipt.child("retry").text("count") or 1)
        if kept is None or count > _MAX_RETRIES:
            return
        if kept.circle:
            self._into_circle(account, device, kept.circle, kept, count)
        elif peer := self._network.directory.by_number(kept.peer):
            self._to_account(account, device, peer, kept, count)

    def _to_account(self, account: Account, device: Device, peer: Account, kept: Remembered, count: int) -> None:
        message, own = proto.Message.FromString(kept.payload), device.number == account.number
        again = self._again(account, device, own_copy(peer, message) if own else message, count)
        recipient = peer if own else self._network.directory.by_number(device.number) or peer
        stanza = Node("message", {"to": device.lid, "id": kept.id, "type": "text"}, [again])
        route_message(self._network, self._network.directory.phone(account), recipient, stanza)

    def _into_circle(self, account: Account, device: Device, chat: Jid, kept: Remembered, count: int) -> None:
        """Along with the key to what follows, in case it is that which the device lacks."""
        message = proto.Message.FromString(kept.payload)
        self._keys.give(account, chat, device, message)
        attrs: Attributes = {"to": chat, "participant": device.lid, "id": kept.id, "type": "text"}
        stanza = Node("message", attrs, [self._again(account, device, message, count)])
        route_to_circle(self._network, self._network.directory.phone(account), stanza, [device])

    def _again(self, account: Account, device: Device, message: Message, count: int) -> Node:
        plaintext = message.SerializeToString()
        return encrypted(self._cipher.encrypt(account, device, plaintext, anew=True), count=count)
