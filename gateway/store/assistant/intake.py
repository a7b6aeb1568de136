"""The intake of messages: when one is stored, the assistant opens a turn for it or records why it is skipped."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

from psycopg import Cursor

from gateway.domain.kinds import PLACEHOLDERS
from gateway.domain.phone import Address, phone_jid
from gateway.domain.replies import Inbound, Reply, asks_to_start, asks_to_stop, should_reply
from gateway.domain.turns import DueTurn
from gateway.store.assistant import silence, turns
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.conversations import Candidate, ConversationQuery
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.incoming import Incoming, chat_of
from gateway.store.sessions import Session

_DEVICE = re.compile(r"[.:]\d+(?=@)")


def on_message(fence: Fence, config: AssistantConfig, incoming: Incoming, message_id: UUID) -> Cursor[DueTurn] | None:
    """Record why the message is skipped, or add it to the chat's waiting turn and return what tells when that is due.

    To be called once, in the transaction that stored the message under the id `message_id`; the caller reads it and
    sends the turn's doorbell after COMMIT. Does nothing while the assistant is off.
    """
    # A message that could not be read comes here again when it can be.
    if not config.enabled or incoming.message_type in PLACEHOLDERS:
        return None
    chat = chat_of(fence, incoming)
    candidate = Candidate(message_id, chat.id, incoming.message_id, _inbound(fence, chat, incoming))
    _record_opt_out(fence.connection, candidate)
    return _decide(fence, config, candidate)


def _decide(fence: Fence, config: AssistantConfig, candidate: Candidate) -> Cursor[DueTurn] | None:
    connection, inbound = fence.connection, candidate.inbound
    clock = connection.execute("SELECT clock_timestamp() AS now")
    conversation = ConversationQuery(connection, config, candidate).read(fence.session)
    now = clock.fetchall()[0]["now"]
    decision = should_reply(replace(inbound, received_at=now), config.rules, conversation, now)
    if not isinstance(decision, Reply):
        turns.record_skip(connection, fence.session_id, candidate.chat_id, candidate.id, decision.reason)
        return None
    return turns.open_or_extend(connection, fence.session_id, candidate.chat_id, candidate.id, config.debounce_seconds)


def _record_opt_out(connection: Connection, candidate: Candidate) -> None:
    inbound = candidate.inbound
    if inbound.from_me or inbound.chat_kind != "user":
        return
    if asks_to_stop(inbound.text):
        silence.set_opted_out(connection, candidate.chat_id, opted_out=True)
    elif asks_to_start(inbound.text):
        silence.set_opted_out(connection, candidate.chat_id, opted_out=False)


def _inbound(fence: Fence, chat: Chat, incoming: Incoming) -> Inbound:
    sender = incoming.sender
    if chat.kind == "user" and not incoming.from_me:
        sender = Address(sender.lid or chat.lid, sender.phone_number or chat.phone_number)
    return Inbound(
        "broadcast" if incoming.list_jid else chat.kind,
        incoming.from_me,
        incoming.message_type,
        incoming.content,
        sender,
        incoming.timestamp,
        incoming.timestamp,
        mentions_us=_mentions_us(fence, chat, incoming),
    )


def _mentions_us(fence: Fence, chat: Chat, incoming: Incoming) -> bool:
    """Return whether a group's message mentions one of our addresses or quotes a message of ours."""
    if chat.kind != "group":
        return False
    if _own_addresses(fence.session) & {_DEVICE.sub("", jid) for jid in incoming.mentions}:
        return True
    quoted = fence.connection.execute(
        "SELECT FROM gateway.whatsapp_explorer_messages"
        " WHERE session_id = %s AND message_id = %s AND chat_id = %s AND from_me",
        [fence.session_id, incoming.quoted_id, chat.id],
    )
    return quoted.rowcount > 0


def _own_addresses(session: Session) -> set[str]:
    addresses = {phone_jid(session.phone_number)} if session.phone_number else set()
    return addresses | {_DEVICE.sub("", session.lid)} if session.lid else addresses
