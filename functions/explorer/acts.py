"""What a person does in place of writing a text: to a message, from its menu, or a place, contact or poll to send."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends

from gateway.client import Message
from gateway.domain.actions import deletable_seconds, require_deletable, require_editable
from gateway.domain.content import Pin
from gateway.domain.errors import Conflict
from gateway.domain.kinds import PLACEHOLDERS

# What the menu of a message offers, in its order, and the forms of the + menu.
ON_MESSAGES = {
    "reply": "Reply",
    "react": "React",
    "forward": "Forward",
    "pin": "Pin",
    "edit": "Edit",
    "delete": "Delete",
}
FORMS = {"location": "Location", "contacts": "Contact", "poll": "Poll"}
EMOJIS = ("👍", "❤️", "😂", "😮", "😢", "🙏")
PINS = {86_400: "24 hours", 604_800: "7 days", 2_592_000: "30 days"}


@dataclass(frozen=True, slots=True)
class Act:
    """An act as it stands in the page's address; of the message `on`. `name` is empty while a text is written."""

    name: str = ""
    on: UUID | None = None

    @property
    def query(self) -> dict[str, object]:
        """Its part of the query of an address."""
        return {name: value for name, value in (("act", self.name), ("on", self.on)) if value}


WRITING = Act()


def _act(act: str = "", on: UUID | None = None) -> Act:
    known = act in FORMS or (act in ON_MESSAGES and on is not None)
    return Act(act, on if act in ON_MESSAGES else None) if known else WRITING


ActDep = Annotated[Act, Depends(_act)]


@dataclass(frozen=True, slots=True)
class Offer:
    """An act that the menu of a message offers; `refusal` says why it cannot be done now, empty where it can."""

    name: str
    label: str
    refusal: str = ""


def offers(message: Message, chat_kind: str) -> list[Offer]:
    """Return what can be done to a message, and what could be done earlier; nothing to one that is not there."""
    if message.deleted_at or message.message_id is None or message.message_type in PLACEHOLDERS:
        return []
    return [Offer(name, label, _refusal(name, message, chat_kind)) for name, label in _labels(message, chat_kind)]


def _labels(message: Message, chat_kind: str) -> list[tuple[str, str]]:
    """Return names and labels of what this kind of message takes, whenever that is."""
    own_only = {"edit"} | ({"delete"} if chat_kind != "group" else set())
    return [(name, label) for name, label in ON_MESSAGES.items() if message.from_me or name not in own_only]


def _refusal(name: str, message: Message, chat_kind: str) -> str:
    check = _CHECKS.get(name)
    if check is None:
        return ""
    try:
        check(message, message.sent_at or message.timestamp, chat_kind)
    except Conflict as conflict:
        return str(conflict)
    return ""


def _editable(message: Message, sent_at: datetime, chat_kind: str) -> None:
    require_editable(message.message_type, from_me=message.from_me, sent_at=sent_at)


def _deletable(message: Message, sent_at: datetime, chat_kind: str) -> None:
    """Raise Conflict once it is too late. Whether the account is an admin of the group only the API knows."""
    if not message.from_me:
        require_deletable(chat_kind, is_admin=True)
    deletable_seconds(sent_at)


_CHECKS: dict[str, Callable[[Message, datetime, str], None]] = {"edit": _editable, "delete": _deletable}


def pinned(newest_first: Iterable[Message]) -> set[UUID]:
    """Return the ids of the messages that are pinned, as far as the messages tell."""
    last: dict[UUID, bool] = {}
    for message in newest_first:
        if message.target_id is not None and isinstance(message.details, Pin):
            last.setdefault(message.target_id, message.details.pinned)
    return {message_id for message_id, is_pinned in last.items() if is_pinned}
