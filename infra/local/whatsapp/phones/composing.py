"""From what the control API is asked to send to what the phone sends."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Discriminator, Tag

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.circles import Circle, Newsletter
from infra.local.whatsapp.control_models import Delete, Edit, ImageMessage, LocationMessage, Reaction, TextMessage
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones import contents
from infra.local.whatsapp.phones.contents import Content, Target
from infra.local.whatsapp.phones.destinations import ComposeError, UnknownTarget, destination, somebody
from infra.local.whatsapp.phones.files import encrypt_image, sample_png
from infra.local.whatsapp.phones.memory import PhoneMemory, Remembered
from infra.local.whatsapp.phones.outbox import Recipient


def _kind(body: object) -> str:
    kind = body.get("kind", "text") if isinstance(body, dict) else getattr(body, "kind", "text")
    return str(kind)


MessageBody: TypeAlias = Annotated[
    Annotated[TextMessage, Tag("text")]
    | Annotated[ImageMessage, Tag("image")]
    | Annotated[LocationMessage, Tag("location")]
    | Annotated[Reaction, Tag("reaction")]
    | Annotated[Edit, Tag("edit")]
    | Annotated[Delete, Tag("delete")],
    Discriminator(_kind),
]


def compose(network: Network, memory: PhoneMemory, account: Account, asked: MessageBody) -> tuple[Recipient, Content]:
    """Raises ComposeError."""
    if isinstance(asked, (Reaction, Edit, Delete)):
        return _about_earlier(network, memory, account, asked)
    return destination(network, account, asked.to, asked.recipients), _fresh(network, asked)


def _fresh(network: Network, asked: TextMessage | ImageMessage | LocationMessage) -> Content:
    if isinstance(asked, TextMessage):
        return contents.text(asked.text, [somebody(network, number) for number in asked.mentions])
    if isinstance(asked, LocationMessage):
        return contents.location(asked.latitude, asked.longitude, asked.name)
    file = encrypt_image(sample_png())
    return contents.image(file, network.media.put(file.blob), "image/png", asked.caption)


def _about_earlier(
    network: Network, memory: PhoneMemory, account: Account, asked: Reaction | Edit | Delete
) -> tuple[Recipient, Content]:
    message = memory.find(account.number, asked.message_id)
    if message is None:
        raise UnknownTarget("This phone knows no such message.")
    recipient = destination(network, account, message.peer, None)
    if isinstance(recipient, Newsletter):
        raise ComposeError("A newsletter is only read.")
    target = _target(network, recipient, message)
    if isinstance(asked, Reaction):
        return recipient, contents.reaction(target, asked.emoji)
    _only_own(message)
    if isinstance(asked, Edit):
        return recipient, contents.edit(target, asked.text)
    return recipient, contents.delete(target)


def _target(network: Network, recipient: Account | Circle, message: Remembered) -> Target:
    if isinstance(recipient, Account):
        return Target(recipient.lid, message.id, message.from_me)
    author = None if message.from_me else somebody(network, message.author).lid
    return Target(recipient.jid, message.id, message.from_me, author)


def _only_own(message: Remembered) -> None:
    if not message.from_me:
        raise ComposeError("Only who wrote a message can change it.")
