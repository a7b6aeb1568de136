"""Decodes a piece of the history that a phone gives: a chat with messages, names, how far it has come. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from connector.whatsapp.durable_events import InboundMessage
from connector.whatsapp.jids import STATUS_JID, WhatsAppAddress, combine_jids, to_proto
from connector.whatsapp.library import history_pb2
from connector.whatsapp.messages import Content, decode_content
from gateway.domain.content import Poll, PollVote
from gateway.domain.history import Chunk
from gateway.domain.messages import MessageStatus
from gateway.domain.polls import option_hash
from gateway.domain.sanitize import sanitize_text

# WhatsApp's WebMessageInfo.Status of what the account wrote; what is still on its way on the phone is not known here.
_STATUS = {0: MessageStatus.FAILED, 3: MessageStatus.DELIVERED, 4: MessageStatus.READ, 5: MessageStatus.PLAYED}
# The year 2200; a chat that is muted for ever has a greater time, or less than nothing.
_LATEST = 7_258_118_400
# Unix times above are in milliseconds.
_SECONDS_END = 100_000_000_000


@dataclass(frozen=True, slots=True)
class HistoryChat:
    """A chat as the phone shows it; `active_at` is the time of its newest message, `timer_at` of `timer_seconds`."""

    address: WhatsAppAddress
    name: str | None = field(repr=False)
    unread: int
    active_at: datetime | None
    timer_seconds: int
    timer_at: datetime | None
    archived: bool
    pinned: bool
    muted_until: datetime | None


@dataclass(frozen=True, slots=True)
class HistoryMessage:
    """A message, or a reaction or vote that came with it; `status` is of what the account wrote."""

    event: InboundMessage
    status: MessageStatus


@dataclass(frozen=True, slots=True)
class HistoryPiece:
    """What one piece says; `chunk` is the one that ends with it. `names` are by JID."""

    chat: HistoryChat | None
    messages: tuple[HistoryMessage, ...]
    names: dict[str, str] = field(repr=False)
    chunk: Chunk | None


def decode_piece(payload: bytes) -> HistoryPiece:
    """Decode what split() has made. Raises google.protobuf.message.DecodeError."""
    sync = history_pb2.HistorySync.FromString(payload)
    chat, messages = None, tuple[HistoryMessage, ...]()
    for conversation in sync.conversations:
        address = _address(conversation.lidJID, conversation.ID, conversation.pnJID)
        if address is not None and address.jid != STATUS_JID:
            chat = _chat(address, conversation)
            messages = tuple(one for told in conversation.messages for one in _messages(address, told.message))
    return HistoryPiece(
        chat,
        messages,
        {one.ID: sanitize_text(one.pushname) for one in sync.pushnames if one.pushname},
        _chunk(sync),
    )


def _chunk(sync: Any) -> Chunk | None:  # noqa: ANN401 - generated classes carry no types
    number = sync.chunkOrder if sync.HasField("chunkOrder") else None
    percent = sync.progress if sync.HasField("progress") else None
    return None if number is percent is None else Chunk(sync.syncType, number, percent)


def _chat(address: WhatsAppAddress, told: Any) -> HistoryChat:  # noqa: ANN401
    active = told.conversationTimestamp or told.lastMsgTimestamp
    return HistoryChat(
        address,
        sanitize_text(told.name or told.displayName) or None,
        told.unreadCount,
        _moment(active),
        told.ephemeralExpiration,
        _moment(told.ephemeralSettingTimestamp or active),
        told.archived,
        bool(told.pinned),
        _moment(told.muteEndTime),
    )


def _messages(chat: WhatsAppAddress, told: Any) -> Iterator[HistoryMessage]:  # noqa: ANN401
    """Yield a message with what belongs to it; nothing of a notice, or of what has no content any more."""
    at = _moment(told.messageTimestamp)
    if not told.HasField("message") or at is None or not told.key.ID:
        return
    content = decode_content(told.message)
    sender = _address(told.key.participant or told.participant) or chat
    if content is not None and content.message_type == "edit" and content.target_message_id == told.key.ID:
        content = replace(content, message_type="text", target_message_id=None)
    if content is not None and not told.ignore:
        yield _message(chat, sender, told.key, at, content, told.pushName, _STATUS.get(told.status))
    for reaction in told.reactions:
        about = Content("reaction", sanitize_text(reaction.text) or None, target_message_id=told.key.ID)
        yield from _added(chat, reaction.key, _moment(reaction.senderTimestampMS) or at, about)
    for update in told.pollUpdates:
        voted_at = _moment(update.senderTimestampMS) or at
        yield from _added(chat, update.pollUpdateMessageKey, voted_at, _vote(content, told, update))


def _added(chat: WhatsAppAddress, key: Any, at: datetime, content: Content) -> Iterator[HistoryMessage]:  # noqa: ANN401
    if key.ID:
        yield _message(chat, _address(key.participant) or chat, key, at, content)


def _vote(poll: Content | None, told: Any, update: Any) -> Content:  # noqa: ANN401
    """Return a vote with the names of its options; with their hashes where the poll has none of these."""
    options = poll.details.options if poll and isinstance(poll.details, Poll) else ()
    names = {option_hash(name): name for name in options}
    hashes = tuple(option.hex() for option in update.vote.selectedOptions)
    if any(each not in names for each in hashes):
        return Content("poll_vote", details=PollVote(hashes=hashes), target_message_id=told.key.ID)
    chosen = tuple(names[each] for each in hashes)
    details = PollVote(options=chosen)
    return Content("poll_vote", ", ".join(chosen) or None, details=details, target_message_id=told.key.ID)


def _message(
    chat: WhatsAppAddress,
    sender: WhatsAppAddress,
    key: Any,  # noqa: ANN401
    at: datetime,
    content: Content,
    push_name: str = "",
    status: MessageStatus | None = None,
) -> HistoryMessage:
    event = InboundMessage(
        sanitize_text(key.ID),
        chat,
        WhatsAppAddress("") if key.fromMe else sender,
        key.fromMe,
        sanitize_text(push_name) or None,
        at,
        content,
    )
    return HistoryMessage(event, (status or MessageStatus.SENT) if key.fromMe else MessageStatus.READ)


def _address(*jids: str) -> WhatsAppAddress | None:
    """Return the chat or person with these JIDs, of which some may be missing; None for what is no JID."""
    try:
        parts = [to_proto(jid) for jid in jids if jid]
    except ValueError:
        return None
    return combine_jids(*parts) if parts else None


def _moment(unix: int) -> datetime | None:
    """Return a Unix time in seconds or milliseconds; None where there is none, the year 2200 for what is later."""
    seconds = unix / 1000 if unix > _SECONDS_END else unix
    return datetime.fromtimestamp(min(seconds, _LATEST), UTC) if unix > 0 else None
