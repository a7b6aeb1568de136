"""The messages that phones send."""

from __future__ import annotations

import secrets

from infra.local.whatsapp.accounts import PHONE, Account, Device
from infra.local.whatsapp.messages.delivery import now
from infra.local.whatsapp.messages.group_chats import GroupChat, Newsletter
from infra.local.whatsapp.messages.group_routing import route_to_group_chat
from infra.local.whatsapp.messages.newsletters import publish
from infra.local.whatsapp.messages.routing import Recipient, route_to_account
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Content, Message, with_secret
from infra.local.whatsapp.phones.message_history import MessageHistory, StoredMessage
from infra.local.whatsapp.phones.reading import read_message
from infra.local.whatsapp.phones.sender_keys import SenderKeys
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Attribute, Attributes, Node


class Outbox:
    """Encrypts, stores and sends what phones write."""

    def __init__(self, network: Network, cipher: PhoneCipher, keys: SenderKeys, history: MessageHistory) -> None:
        self._network = network
        self._cipher = cipher
        self._keys = keys
        self._history = history

    def send(self, account: Account, recipient: Recipient, content: Content) -> str:
        """Send a message and return its id."""
        id = message_id()
        if isinstance(recipient, Account):
            self._to_account(account, recipient, content, id)
        elif isinstance(recipient, GroupChat) and recipient.is_broadcast_list:
            self._to_list(account, recipient, content, id)
        elif isinstance(recipient, GroupChat):
            self._to_group_chat(account, recipient, content, id)
        else:
            self._publish(recipient, content, id)
        return id

    def _to_account(self, account: Account, recipient: Account, content: Content, id: str) -> None:
        """Send to all devices of the recipient, and a copy to the sender's own clients."""
        message = with_secret(content.message)
        copy = own_copy(recipient.lid, message)
        nodes = [
            self._device_node(account, device, copy if device.number == account.number else message, content)
            for number in dict.fromkeys((recipient.number, account.number))
            for device in self._network.directory.devices(number)
            if device.address != (account.number, PHONE)
        ]
        self._store(account, recipient.number, id, message)
        attrs: Attributes = {"to": recipient.lid, "id": id, "type": content.stanza_type, "edit": content.edit}
        stanza = Node("message", attrs, [Node("participants", {}, nodes)])
        route_to_account(self._network, self._network.directory.phone(account), recipient, stanza)

    def _to_group_chat(self, account: Account, chat: GroupChat, content: Content, id: str) -> None:
        """Send one ciphertext to all; devices without the sender key get it in the same stanza."""
        message, phone = with_secret(content.message), self._network.directory.phone(account)
        devices = [device for device in chat.devices(self._network.directory) if device.address != phone.address]
        nodes = [self._key_node(account, chat, device) for device in self._keys.without(account, chat.jid, devices)]
        common = self._keys.encrypt(account, chat.jid, message.SerializeToString())
        details = {"recipients": [f"+{number}" for number in chat.others(account.number)]}
        self._store(account, str(chat.jid), id, message, **details)
        attrs: Attributes = {"to": chat.jid, "id": id, "type": content.stanza_type, "edit": content.edit}
        stanza = Node("message", attrs, [Node("participants", {}, nodes), encrypted(common, **_marks(content))])
        route_to_group_chat(self._network, phone, stanza, devices)

    def _to_list(self, account: Account, chat: GroupChat, content: Content, id: str) -> None:
        """Send to each recipient what is a private message, but for the list's address as its chat."""
        message, phone = with_secret(content.message), self._network.directory.phone(account)
        copy = own_copy(chat.jid, message)
        devices = [device for device in chat.devices(self._network.directory) if device.address != phone.address]
        nodes = [
            self._device_node(account, device, copy if device.number == account.number else message, content)
            for device in devices
        ]
        details = {"recipients": [f"+{number}" for number in chat.others(account.number)]}
        self._store(account, str(chat.jid), id, message, **details)
        attrs: Attributes = {"to": chat.jid, "id": id, "type": content.stanza_type, "edit": content.edit}
        route_to_group_chat(self._network, phone, Node("message", attrs, [Node("participants", {}, nodes)]), devices)

    def _publish(self, newsletter: Newsletter, content: Content, id: str) -> None:
        """Send unencrypted, with no author but the newsletter."""
        plaintext = Node("plaintext", {"mediatype": content.media_type}, content.message.SerializeToString())
        publish(self._network, newsletter, Node("message", {"id": id, "type": content.stanza_type}, [plaintext]))

    def _device_node(self, account: Account, device: Device, message: Message, content: Content) -> Node:
        if content.withheld and device.id != PHONE:
            return Node("to", {"jid": device.lid}, [Node("unavailable", {"type": "view_once"})])
        ciphertext = self._cipher.encrypt(account, device, message.SerializeToString())
        return Node("to", {"jid": device.lid}, [encrypted(ciphertext, **_marks(content))])

    def _key_node(self, account: Account, chat: GroupChat, device: Device) -> Node:
        message = proto.Message()
        self._keys.give(account, chat.jid, device, message)
        ciphertext = self._cipher.encrypt(account, device, message.SerializeToString())
        return Node("to", {"jid": device.lid}, [encrypted(ciphertext)])

    def _store(self, account: Account, peer: str, id: str, message: Message, **details: list[str]) -> None:
        summary = read_message(self._network, self._history, account, account.number, message)
        sent = StoredMessage(
            peer,
            id,
            True,
            PHONE,
            summary.kind,
            summary.text,
            "sent",
            now(),
            message.SerializeToString(),
            account.number,
            {**summary.details, **details},
        )
        self._history.add(account.number, sent)


def message_id() -> str:
    return "3A" + secrets.token_hex(9).upper()


def own_copy(chat: Jid, message: Message) -> Message:
    """Return the message as the sender's own clients get it."""
    copy = proto.Message()
    copy.deviceSentMessage.destinationJid = str(chat)
    copy.deviceSentMessage.message.CopyFrom(message)
    copy.messageContextInfo.CopyFrom(message.messageContextInfo)
    return copy


def encrypted(ciphertext: Ciphertext, **attrs: Attribute) -> Node:
    return Node("enc", {"v": 2, "type": ciphertext.kind, **attrs}, ciphertext.data)


def _marks(content: Content) -> Attributes:
    return {"mediatype": content.media_type, "decrypt-fail": "hide" if content.hidden else None}
