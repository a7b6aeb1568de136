from __future__ import annotations

from collections.abc import Sequence

from infra.local.whatsapp.accounts import Account, Address, Device
from infra.local.whatsapp.circles import Circle
from infra.local.whatsapp.delivery import now
from infra.local.whatsapp.groups import announce_group
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.app_state import PUSH_NAME_COLLECTION, AppStateKey, key_share, push_name_patch
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Content
from infra.local.whatsapp.phones.inbox import Inbox
from infra.local.whatsapp.phones.memory import PhoneMemory, Remembered
from infra.local.whatsapp.phones.outbox import Outbox, Recipient, encrypted, message_id
from infra.local.whatsapp.phones.retries import Retries
from infra.local.whatsapp.phones.sender_keys import SenderKeys
from infra.local.whatsapp.presence import show_typing
from infra.local.whatsapp.receipts import route_receipt
from infra.local.whatsapp.wire.jid import NEWSLETTER
from infra.local.whatsapp.wire.node import Attributes, Node


class Phones:
    """Device 0 of every account."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._cipher = PhoneCipher(network)
        self.memory = PhoneMemory(network.database)
        keys = SenderKeys(network)
        self._outbox = Outbox(network, self._cipher, keys, self.memory)
        self._retries = Retries(network, self._cipher, keys, self.memory)
        self._inbox = Inbox(network, self._cipher, keys, self.memory, self._retries)
        network.delivery.to_phone = self.receive

    # What people do with a phone

    def send(self, account: Account, recipient: Recipient, content: Content) -> str:
        """The message's id."""
        return self._outbox.send(account, recipient, content)

    def create_group(self, owner: Account, subject: str, members: Sequence[Account]) -> Circle:
        group = self._network.circles.create_group(owner.number, subject, [member.number for member in members])
        announce_group(self._network, group, owner, self._network.directory.phone(owner).address)
        return group

    def show_typing(self, account: Account, recipient: Account | Circle, state: str) -> None:
        """state: composing, recording or paused."""
        to = recipient.lid if isinstance(recipient, Account) else recipient.jid
        recording = state == "recording"
        shown = Node("composing" if recording else state, {"media": "audio" if recording else None})
        show_typing(self._network, self._network.directory.phone(account), to, [shown])

    def mark_read(self, account: Account, message: Remembered) -> None:
        """Tells who wrote it, and one's own clients."""
        self.memory.mark_read(account.number, message.id)
        writer = self._network.directory.by_number(message.author or message.peer)
        if writer is None:
            return
        phone, circle = self._network.directory.phone(account), message.circle
        attrs: Attributes = {"id": message.id, "type": "read"}
        addressed: Attributes = {"to": circle, "participant": writer.lid} if circle else {"to": writer.lid}
        route_receipt(self._network, phone, Node("receipt", {**attrs, **addressed}))
        own: Attributes = {"to": circle, "participant": account.lid} if circle else {"to": account.lid}
        route_receipt(self._network, phone, Node("receipt", {**attrs, **own, "recipient": writer.lid}))

    def welcome(self, account: Account, device: Device) -> None:
        """What a phone gives a client it has just linked: the key of the shared settings, and the first of them."""
        key = AppStateKey.of(self._network.database, account.number)
        if not self._network.app_state.version(account.number, PUSH_NAME_COLLECTION):
            patch = push_name_patch(key, account.name)
            self._network.app_state.append(account.number, PUSH_NAME_COLLECTION, patch)
        ciphertext = self._cipher.encrypt(account, device, key_share(key).SerializeToString())
        attrs: Attributes = {"from": account.lid, "id": message_id(), "t": now(), "type": "protocol"}
        peer: Attributes = {"category": "peer", "peer_recipient_pn": account.pn}
        self._network.delivery.push(device.address, Node("message", {**attrs, **peer}, [encrypted(ciphertext)]))

    # What the network brings

    def receive(self, address: Address, stanza: Node) -> None:
        account = self._network.directory.by_number(address.number)
        if account is None:
            return
        if stanza.tag == "message" and stanza.jid("from").server == NEWSLETTER:
            self._inbox.keep_published(account, stanza)
            return
        sender = self._network.directory.device(stanza.jid("participant" if "participant" in stanza.attrs else "from"))
        if sender is None:
            return
        if stanza.tag == "message":
            self._take_message(account, sender, stanza)
        elif stanza.tag == "receipt" and stanza.text("type") == "retry":
            self._retries.answer(account, sender, stanza)
        elif stanza.tag == "receipt":
            self._inbox.take_receipt(account, sender, stanza)

    def _take_message(self, account: Account, sender: Device, stanza: Node) -> None:
        message = self._inbox.open(account, sender, stanza)
        if message is None:
            return
        if message.protocolMessage.HasField("appStateSyncKeyRequest"):
            self.welcome(account, sender)
        else:
            self._inbox.keep(account, sender, stanza, message)
