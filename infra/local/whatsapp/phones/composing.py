"""From what the control API is asked to send to what the phone sends."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import Discriminator, Tag

from infra.local.whatsapp.accounts import Account
from infra.local.whatsapp.control_models import Delete, Edit, ImageMessage, LocationMessage, Reaction, TextMessage
from infra.local.whatsapp.network import Network
from infra.local.whatsapp.phones import contents
from infra.local.whatsapp.phones.contents import Content, Target
from infra.local.whatsapp.phones.files import encrypt_image, sample_png
from infra.local.whatsapp.phones.memory import PhoneMemory, Remembered


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


class ComposeError(Exception):
    """The phone cannot write this; the text says why."""


class UnknownMessage(ComposeError):
    """The phone knows no such message, or nobody by that number."""


def compose(network: Network, memory: PhoneMemory, account: Account, asked: MessageBody) -> tuple[Account, Content]:
    """Raises ComposeError."""
    if isinstance(asked, (Reaction, Edit, Delete)):
        return _about_earlier(network, memory, account, asked)
    return _somebody(network, asked.to), _fresh(network, asked)


def _fresh(network: Network, asked: TextMessage | ImageMessage | LocationMessage) -> Content:
    if isinstance(asked, TextMessage):
        return contents.text(asked.text)
    if isinstance(asked, LocationMessage):
        return contents.location(asked.latitude, asked.longitude, asked.name)
    file = encrypt_image(sample_png())
    return contents.image(file, network.media.put(file.blob), "image/png", asked.caption)


def _about_earlier(
    network: Network, memory: PhoneMemory, account: Account, asked: Reaction | Edit | Delete
) -> tuple[Account, Content]:
    message = memory.find(account.number, asked.message_id)
    if message is None:
        raise UnknownMessage("This phone knows no such message.")
    recipient = _somebody(network, message.peer)
    target = Target(recipient.lid, message.id, message.from_me)
    if isinstance(asked, Reaction):
        return recipient, contents.reaction(target, asked.emoji)
    _only_own(message)
    if isinstance(asked, Edit):
        return recipient, contents.edit(target, asked.text)
    return recipient, contents.delete(target)


def _only_own(message: Remembered) -> None:
    if not message.from_me:
        raise ComposeError("Only who wrote a message can change it.")


def _somebody(network: Network, number: str) -> Account:
    account = network.directory.by_number(number)
    if account is None:
        raise UnknownMessage(f"Nobody has the number +{number}.")
    return account
