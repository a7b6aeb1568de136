"""Decides whether a message is answered automatically, and if not, why. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gateway.domain.assistant import DEFAULTS, GroupPolicy
from gateway.domain.loops import RecentMessage, is_loop
from gateway.domain.phone import Address, spellings


class SkipReason(StrEnum):
    """Why a message is not answered; stored with its turn."""

    DISABLED = "disabled"
    NOT_LINKED = "not_linked"
    OWN_MESSAGE = "own_message"
    STATUS = "status"
    BROADCAST = "broadcast"
    NEWSLETTER = "newsletter"
    GROUP = "group"
    NOT_MENTIONED = "not_mentioned"
    UNSUPPORTED_KIND = "unsupported_kind"
    EMPTY = "empty"
    TOO_OLD = "too_old"
    OTHER_ASSISTANT = "other_assistant"
    DENIED = "denied"
    NOT_ALLOWED = "not_allowed"
    OPTED_OUT = "opted_out"
    TAKEN_OVER = "taken_over"
    LOOP = "loop"
    BUDGET_SPENT = "budget_spent"
    USER_BUDGET_SPENT = "user_budget_spent"
    UNSEEN_MEDIA = "unseen_media"
    HANDED_OVER = "handed_over"
    DELETED = "deleted"


SENTENCES: dict[SkipReason, str] = {
    SkipReason.DISABLED: "The assistant is switched off.",
    SkipReason.NOT_LINKED: "The session has no linked number.",
    SkipReason.OWN_MESSAGE: "Own messages are not answered.",
    SkipReason.STATUS: "Status updates are not answered.",
    SkipReason.BROADCAST: "Messages of broadcast lists are not answered.",
    SkipReason.NEWSLETTER: "Channels are not answered.",
    SkipReason.GROUP: "Groups are not answered.",
    SkipReason.NOT_MENTIONED: "In groups only messages that mention or quote this number are answered.",
    SkipReason.UNSUPPORTED_KIND: "Messages of this kind are not answered.",
    SkipReason.EMPTY: "The message has no text.",
    SkipReason.TOO_OLD: "The message was too old when it came in.",
    SkipReason.OTHER_ASSISTANT: "The message was written by the assistant of another session.",
    SkipReason.DENIED: "The sender is on the deny list.",
    SkipReason.NOT_ALLOWED: "The sender is not on the allow list.",
    SkipReason.OPTED_OUT: "The contact asked not to be answered automatically.",
    SkipReason.TAKEN_OVER: "A person has taken over this chat.",
    SkipReason.LOOP: "Too many, too quick or too similar messages: the other side looks like a machine.",
    SkipReason.BUDGET_SPENT: "The day's token budget is spent.",
    SkipReason.USER_BUDGET_SPENT: "The tokens that the platform grants a user a day, over all sessions, are spent.",
    SkipReason.UNSEEN_MEDIA: "The model cannot see or hear what was sent, and the settings say to leave it.",
    SkipReason.HANDED_OVER: "The model cannot see or hear what was sent: a person is to answer.",
    SkipReason.DELETED: "The message was deleted before it was answered.",
}

# The types of messages that a model can be shown; reactions, votes, stickers and the like call for no answer.
ANSWERABLE: Final = frozenset(
    {
        "text", "image", "video", "audio", "voice", "document", "location", "live_location", "contact", "contacts",
        "buttons_reply", "list_reply", "template_reply", "interactive_reply",
    }
)  # fmt: skip
_NEEDS_TEXT: Final = frozenset({"text", "buttons_reply", "list_reply", "template_reply", "interactive_reply"})

_REASON_BY_CHAT_KIND: Final = {
    "status": SkipReason.STATUS,
    "broadcast": SkipReason.BROADCAST,
    "newsletter": SkipReason.NEWSLETTER,
}
OPT_OUT_WORDS: Final = frozenset({"stop", "stopp", "unsubscribe"})
OPT_IN_WORDS: Final = frozenset({"start"})


@dataclass(frozen=True, slots=True)
class Inbound:
    """A message to decide about; `timestamp` is when it was written, `received_at` when it reached us."""

    chat_kind: str
    from_me: bool
    message_type: str
    text: str | None
    sender: Address
    timestamp: datetime
    received_at: datetime
    mentions_us: bool = False


@dataclass(frozen=True, slots=True)
class ReplyRules:
    """What a session allows its assistant; the lists hold E.164 numbers and LIDs, an empty allow list allows all."""

    enabled: bool
    groups: GroupPolicy = DEFAULTS.groups
    allow: frozenset[str] = frozenset()
    deny: frozenset[str] = frozenset()
    max_age: timedelta = timedelta(seconds=DEFAULTS.max_age_seconds)


@dataclass(frozen=True, slots=True)
class Conversation:
    """The state of the chat of a message; `recent` are the messages before it, oldest first."""

    taken_over_until: datetime | None = None
    opted_out: bool = False
    from_assistant: bool = False
    budget_spent: bool = False
    linked: bool = True
    recent: tuple[RecentMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The message is to be answered."""


@dataclass(frozen=True, slots=True)
class Skip:
    """The message is not answered."""

    reason: SkipReason


def should_reply(message: Inbound, rules: ReplyRules, conversation: Conversation, now: datetime) -> Reply | Skip:
    """Apply every rule; the first that objects gives the reason to skip the message."""
    for rule in _RULES:
        if reason := rule(message, rules, conversation, now):
            return Skip(reason)
    return Reply()


def asks_to_stop(text: str | None) -> bool:
    """Return whether a contact's whole message is a word by which people end automatic messages."""
    return _word(text) in OPT_OUT_WORDS


def asks_to_start(text: str | None) -> bool:
    """Return whether a contact's whole message is a word that allows automatic messages again."""
    return _word(text) in OPT_IN_WORDS


def _word(text: str | None) -> str:
    return (text or "").strip().strip(".!").casefold()


_Rule = Callable[[Inbound, ReplyRules, Conversation, datetime], SkipReason | None]


def _switched_off(_m: Inbound, rules: ReplyRules, conversation: Conversation, _now: datetime) -> SkipReason | None:
    if not rules.enabled:
        return SkipReason.DISABLED
    return None if conversation.linked else SkipReason.NOT_LINKED


def _own_message(message: Inbound, _r: ReplyRules, _c: Conversation, _now: datetime) -> SkipReason | None:
    return SkipReason.OWN_MESSAGE if message.from_me else None


def _chat_kind(message: Inbound, rules: ReplyRules, _c: Conversation, _now: datetime) -> SkipReason | None:
    if message.chat_kind == "group":
        if rules.groups is GroupPolicy.NEVER:
            return SkipReason.GROUP
        return None if message.mentions_us else SkipReason.NOT_MENTIONED
    # Any other chat that is not a person's is a list of some kind.
    return None if message.chat_kind == "user" else _REASON_BY_CHAT_KIND.get(message.chat_kind, SkipReason.BROADCAST)


def _message_content(message: Inbound, _r: ReplyRules, _c: Conversation, _now: datetime) -> SkipReason | None:
    if message.message_type not in ANSWERABLE:
        return SkipReason.UNSUPPORTED_KIND
    if message.message_type in _NEEDS_TEXT and not (message.text or "").strip():
        return SkipReason.EMPTY
    return None


def _message_age(message: Inbound, rules: ReplyRules, _c: Conversation, _now: datetime) -> SkipReason | None:
    return SkipReason.TOO_OLD if message.received_at - message.timestamp > rules.max_age else None


def _other_assistant(_m: Inbound, _r: ReplyRules, conversation: Conversation, _now: datetime) -> SkipReason | None:
    return SkipReason.OTHER_ASSISTANT if conversation.from_assistant else None


def _contact_lists(message: Inbound, rules: ReplyRules, _c: Conversation, _now: datetime) -> SkipReason | None:
    numbers = spellings(message.sender.phone_number) if message.sender.phone_number else []
    names = {name for name in (message.sender.lid, *numbers) if name}
    if names & rules.deny:
        return SkipReason.DENIED
    return SkipReason.NOT_ALLOWED if rules.allow and not names & rules.allow else None


def _opt_out_takeover(message: Inbound, _r: ReplyRules, conversation: Conversation, now: datetime) -> SkipReason | None:
    if (conversation.opted_out and not asks_to_start(message.text)) or asks_to_stop(message.text):
        return SkipReason.OPTED_OUT
    until = conversation.taken_over_until
    return SkipReason.TAKEN_OVER if until and until > now else None


def _reply_loop(message: Inbound, _r: ReplyRules, conversation: Conversation, now: datetime) -> SkipReason | None:
    in_group = message.chat_kind == "group"
    is_one = is_loop(message.text, message.timestamp, conversation.recent, now, in_group=in_group)
    return SkipReason.LOOP if is_one else None


def _token_budget(_m: Inbound, _r: ReplyRules, conversation: Conversation, _now: datetime) -> SkipReason | None:
    return SkipReason.BUDGET_SPENT if conversation.budget_spent else None


_RULES: tuple[_Rule, ...] = (
    _own_message,
    _switched_off,
    _chat_kind,
    _message_content,
    _message_age,
    _other_assistant,
    _contact_lists,
    _opt_out_takeover,
    _reply_loop,
    _token_budget,
)
