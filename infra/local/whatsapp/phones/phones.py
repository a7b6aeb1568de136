"""The virtual phones of all accounts."""

from __future__ import annotations

from collections.abc import Sequence

from infra.local.whatsapp.accounts import Account, Address, Device
from infra.local.whatsapp.groups.members import create
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.messages.group_chats import GroupChat
from infra.local.whatsapp.messages.presence import show_typing
from infra.local.whatsapp.messages.receipts import route_receipt
from infra.local.whatsapp.messages.routing import Recipient
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.address_book import publish_address_book
from infra.local.whatsapp.phones.app_state_keys import AppStateKey, key_share
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Content, Message
from infra.local.whatsapp.phones.history_sync import history_messages
from infra.local.whatsapp.phones.inbox import Inbox
from infra.local.whatsapp.phones.message_history import MessageHistory, StoredMessage
from infra.local.whatsapp.phones.outbox import Outbox, encrypted, message_id
from infra.local.whatsapp.phones.push_name import publish_push_name
from infra.local.whatsapp.phones.retries import Retries
from infra.local.whatsapp.phones.sender_keys import SenderKeys
from infra.local.whatsapp.wire.jid import NEWSLETTER
from infra.local.whatsapp.wire.node import Attributes, Node


class Phones:
    """Device 0 of every account: what people do with it, and what it does with what it receives."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._cipher = PhoneCipher(network)
        self.history = MessageHistory(network.database)
        keys = SenderKeys(network)
        self._outbox = Outbox(network, self._cipher, keys, self.history)
        self._retries = Retries(network, self._cipher, keys, self.history)
        self._inbox = Inbox(network, self._cipher, keys, self.history, self._retries)
        network.delivery.to_phone = self.receive

    # What people do with a phone

    def send(self, account: Account, recipient: Recipient, content: Content) -> str:
        """Send a message and return its id."""
        return self._outbox.send(account, recipient, content)

    def create_group(
        self, owner: Account, subject: str, members: Sequence[Account], *, hides_numbers: bool = False
    ) -> GroupChat:
        """Create a group with those who can be added, and announce it to their clients."""
        wanted = [(member.lid, member) for member in members]
        return create(self._network, owner, subject, wanted, hides_numbers=hides_numbers)[0]

    def show_typing(self, account: Account, recipient: Account | GroupChat, state: str) -> None:
        """Send a typing notice; `state` is composing, recording or paused."""
        to = recipient.lid if isinstance(recipient, Account) else recipient.jid
        recording = state == "recording"
        shown = Node("composing" if recording else state, {"media": "audio" if recording else None})
        show_typing(self._network, self._network.directory.phone(account), to, [shown])

    def mark_read(self, account: Account, message: StoredMessage) -> None:
        """Mark a message as read and send the receipt, to the address from which it came."""
        self.history.mark_read(account.number, message.id)
        author = self._network.directory.by_number(message.author or message.peer)
        if author is None:
            return
        phone, chat = self._network.directory.phone(account), message.receipts_to
        address = author.pn if message.by_number else author.lid
        addressed: Attributes = {"to": chat, "participant": address} if chat else {"to": address}
        route_receipt(self._network, phone, Node("receipt", {"id": message.id, "type": "read", **addressed}))

    def share_app_state(self, account: Account, device: Device) -> None:
        """Give a client the key of the app state, as phones do after linking: with it the client fetches all."""
        publish_push_name(self._network, account, by=device.address)
        publish_address_book(self._network, account, by=device.address)
        self._tell(account, device, key_share(AppStateKey.of(self._network.database, account.number)))

    def push_history(self, account: Account, device: Device) -> None:
        """Give a client that was linked the chats of the phone, as far as it has asked for them."""
        for message in history_messages(self._network, self.history, account, device):
            self._tell(account, device, message)

    def _tell(self, account: Account, device: Device, message: Message) -> None:
        """Send one of the account's clients what is for itself."""
        ciphertext = self._cipher.encrypt(account, device, message.SerializeToString())
        attrs: Attributes = {"from": account.lid, "id": message_id(), "t": now(), "type": "protocol"}
        peer: Attributes = {"category": "peer", "peer_recipient_pn": account.pn}
        self._network.delivery.push(device.address, Node("message", {**attrs, **peer}, [encrypted(ciphertext)]))

    # What the network brings

    def receive(self, address: Address, stanza: Node) -> None:
        """Handle a stanza that is delivered to a phone."""
        account = self._network.directory.by_number(address.number)
        if account is None:
            return
        if stanza.tag == "message" and stanza.jid("from").server == NEWSLETTER:
            self._inbox.store_published(account, stanza)
            return
        sender = self._network.directory.device(stanza.jid("participant" if "participant" in stanza.attrs else "from"))
        if sender is None:
            return
        if stanza.tag == "message":
            self._receive_message(account, sender, stanza)
        elif stanza.tag == "receipt" and stanza.text("type") == "retry":
            self._retries.resend(account, sender, stanza)
        elif stanza.tag == "receipt":
            self._inbox.apply_receipt(account, sender, stanza)

    def _receive_message(self, account: Account, sender: Device, stanza: Node) -> None:
        message = self._inbox.open(account, sender, stanza)
        if message is None:
            return
        if message.protocolMessage.HasField("appStateSyncKeyRequest"):
            self.share_app_state(account, sender)
        else:
            self._inbox.store(account, sender, stanza, message)
