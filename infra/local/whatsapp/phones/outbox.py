from __future__ import annotations

import secrets
from typing import TypeAlias

from infra.local.whatsapp.accounts import PHONE, Account, Device
from infra.local.whatsapp.circle_messages import route_to_circle
from infra.local.whatsapp.circles import Circle, Newsletter
from infra.local.whatsapp.delivery import now
from infra.local.whatsapp.messages import route_message
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones.cipher import PhoneCipher
from infra.local.whatsapp.phones.contents import Content, Message, with_secret
from infra.local.whatsapp.phones.memory import PhoneMemory, Remembered
from infra.local.whatsapp.phones.sender_keys import SenderKeys
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.node import Attribute, Attributes, Node

Recipient: TypeAlias = Account | Circle | Newsletter


class Outbox:
    """What phones write."""

    def __init__(self, network: Network, cipher: PhoneCipher, keys: SenderKeys, memory: PhoneMemory) -> None:
        self._network = network
        self._cipher = cipher
        self._keys = keys
        self._memory = memory

    def send(self, account: Account, recipient: Recipient, content: Content) -> str:
        """The message's id."""
        id = message_id()
        if isinstance(recipient, Account):
            self._to_account(account, recipient, content, id)
        elif isinstance(recipient, Circle):
            self._to_circle(account, recipient, content, id)
        else:
            self._publish(recipient, content, id)
        return id

    def _to_account(self, account: Account, recipient: Account, content: Content, id: str) -> None:
        """To all devices of the recipient, and to one's own clients as a copy."""
        message = with_secret(content.message)
        copy = own_copy(recipient, message)
        parcels = [
            self._parcel(account, device, copy if device.number == account.number else message, content)
            for number in dict.fromkeys((recipient.number, account.number))
            for device in self._network.directory.devices(number)
            if device.address != (account.number, PHONE)
        ]
        self._remember(account, recipient.number, id, content, message)
        attrs: Attributes = {"to": recipient.lid, "id": id, "type": content.stanza_type, "edit": content.edit}
        stanza = Node("message", attrs, [Node("participants", {}, parcels)])
        route_message(self._network, self._network.directory.phone(account), recipient, stanza)

    def _to_circle(self, account: Account, circle: Circle, content: Content, id: str) -> None:
        """Encrypted once for all; the devices that cannot read it yet get the key along with it."""
        message, phone = with_secret(content.message), self._network.directory.phone(account)
        devices = [device for device in circle.devices(self._network.directory) if device.address != phone.address]
        parcels = [
            self._key_parcel(account, circle, device) for device in self._keys.without(account, circle.jid, devices)
        ]
        common = self._keys.encrypt(account, circle.jid, message.SerializeToString())
        details = {"recipients": [f"+{number}" for number in circle.others(account.number)]}
        self._remember(account, str(circle.jid), id, content, message, **details)
        attrs: Attributes = {"to": circle.jid, "id": id, "type": content.stanza_type, "edit": content.edit}
        stanza = Node("message", attrs, [Node("participants", {}, parcels), encrypted(common, **_marks(content))])
        route_to_circle(self._network, phone, stanza, devices)

    def _publish(self, newsletter: Newsletter, content: Content, id: str) -> None:
        """In the clear, from nobody but the newsletter."""
        attrs: Attributes = {"from": newsletter.jid, "id": id, "t": now(), "type": content.stanza_type}
        plaintext = Node("plaintext", {"mediatype": content.media_type}, content.message.SerializeToString())
        for number in newsletter.readers:
            for device in self._network.directory.devices(number):
                self._network.delivery.push(device.address, Node("message", attrs, [plaintext]))

    def _parcel(self, account: Account, device: Device, message: Message, content: Content) -> Node:
        ciphertext = self._cipher.encrypt(account, device, message.SerializeToString())
        return Node("to", {"jid": device.lid}, [encrypted(ciphertext, **_marks(content))])

    def _key_parcel(self, account: Account, circle: Circle, device: Device) -> Node:
        message = proto.Message()
        self._keys.give(account, circle.jid, device, message)
        ciphertext = self._cipher.encrypt(account, device, message.SerializeToString())
        return Node("to", {"jid": device.lid}, [encrypted(ciphertext)])

    def _remember(
        self, account: Account, peer: str, id: str, content: Content, message: Message, **details: list[str]
    ) -> None:
        sent = Remembered(
            peer,
            id,
            True,
            PHONE,
            content.kind,
            content.text,
            "sent",
            now(),
            message.SerializeToString(),
            account.number,
            {**content.details, **details},
        )
        self._memory.add(account.number, sent)


def message_id() -> str:
    return "3A" + secrets.token_hex(9).upper()


def own_copy(recipient: Account, message: Message) -> Message:
    copy = proto.Message()
    copy.deviceSentMessage.destinationJid = str(recipient.lid)
    copy.deviceSentMessage.message.CopyFrom(message)
    copy.messageContextInfo.CopyFrom(message.messageContextInfo)
    return copy


def encrypted(ciphertext: Ciphertext, **attrs: Attribute) -> Node:
    return Node("enc", {"v": 2, "type": ciphertext.kind, **attrs}, ciphertext.data)


def _marks(content: Content) -> Attributes:
    return {"mediatype": content.media_type, "decrypt-fail": "hide" if content.hidden else None}
