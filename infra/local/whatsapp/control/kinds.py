"""The request bodies of messages to choose from and to answer, of contacts, polls, invitations and orders."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from infra.local.whatsapp.control.models import NewMessage


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Card(_Part):
    name: str
    vcard: str


class Contacts(NewMessage):
    """One contact, or several at once."""

    kind: Literal["contact"]
    contacts: list[Card] = Field(min_length=1)


class Poll(NewMessage):
    kind: Literal["poll"]
    question: str
    options: list[str] = Field(min_length=1, max_length=12)
    selectable: int = Field(default=1, ge=0)


class GroupInvite(NewMessage):
    """expires_at: seconds since 1970."""

    kind: Literal["group_invite"]
    group: str
    name: str
    code: str
    caption: str = ""
    expires_at: int = 0


class Order(NewMessage):
    """thousandths: the total in thousandths of the currency."""

    kind: Literal["order"]
    title: str
    items: int = Field(ge=0)
    thousandths: int = Field(ge=0)
    currency: str = Field(min_length=3, max_length=3)
    text: str = ""


class TemplateButton(_Part):
    """id: of a button that answers; url and phone: of one that leads there."""

    text: str
    id: str = ""
    url: str = ""
    phone: str = ""


class _Menu(NewMessage):
    header: str = ""
    body: str
    footer: str = ""


class Template(_Menu):
    kind: Literal["template"]
    buttons: list[TemplateButton] = Field(default_factory=list)


class FlowButton(_Part):
    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)


class Interactive(_Menu):
    kind: Literal["interactive"]
    buttons: list[FlowButton] = Field(default_factory=list)


class Row(_Part):
    id: str
    title: str
    description: str = ""


class Section(_Part):
    title: str = ""
    rows: list[Row] = Field(min_length=1)


class ListMenu(_Menu):
    kind: Literal["list"]
    button: str
    sections: list[Section] = Field(min_length=1)


class ListReply(NewMessage):
    kind: Literal["list_reply"]
    row: Row


class InteractiveReply(NewMessage):
    """name: of the native flow; parameters: what it returns."""

    kind: Literal["interactive_reply"]
    body: str = ""
    name: str
    parameters: dict[str, Any] = Field(default_factory=dict)
