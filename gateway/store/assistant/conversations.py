"""The conversation around a message: whether a person took it over, what was said lately, what a model is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow, class_row, kwargs_row

from gateway.domain.kinds import SHOWN
from gateway.domain.loops import LIMITS, RecentMessage
from gateway.domain.messages import Origin
from gateway.domain.phone import Address
from gateway.domain.prompts import ChatMessage, Window
from gateway.domain.replies import ANSWERABLE, Conversation, Inbound
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.turns import Turn
from gateway.store.database import Connection
from gateway.store.sessions import Session

# More than the loop breaker needs.
_RECENT_MESSAGES = 100

# The WhatsApp Business app greets by itself who writes for the first time, or again after 14 days. Nothing in such a
# message tells it from a person's, but nobody reads and types that fast: it follows the only message within seconds.
_GREETING = """(p.origin = 'phone' AND EXISTS (
    SELECT FROM (
        SELECT NOT b.from_me AND p.timestamp - b.timestamp BETWEEN interval '0' AND interval '3 seconds' AS at_once,
            p.timestamp - b.timestamp < interval '14 days' AS recent,
            row_number() OVER (ORDER BY b.timestamp DESC, b.id DESC) AS back
        FROM gateway.whatsapp_explorer_messages b
        WHERE b.chat_id = p.chat_id AND (b.timestamp, b.id) < (p.timestamp, p.id)
        ORDER BY b.timestamp DESC, b.id DESC LIMIT 2) before
    HAVING bool_or(back = 1 AND at_once) AND NOT bool_or(back = 2 AND recent)))"""
# WhatsApp tells the second only.
_WRITTEN_AT = "coalesce(p.queued_at, least(p.created_at, p.timestamp + interval '1 second'))"
# A person takes a chat over by writing in it, on the phone or through the API; nothing else need be called for it.
_WRITTEN_UNTIL = f"""(CASE WHEN %(takeover)s > 0 THEN (
    SELECT max(p.timestamp) + make_interval(mins => %(takeover)s) FROM gateway.whatsapp_explorer_messages p
    WHERE p.chat_id = c.id AND p.origin IN ('phone', 'api') AND p.status <> 'failed' AND p.message_type = ANY(%(kinds)s)
        AND NOT p.automated AND p.timestamp > clock_timestamp() - make_interval(mins => %(takeover)s)
        AND {_WRITTEN_AT} > coalesce(c.handed_back_at, '-infinity') AND NOT {_GREETING}) END)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Takeover:
    """Until when a person has a chat: by request, and because of what a person wrote there last."""

    requested_until: datetime | None
    written_until: datetime | None

    @property
    def until(self) -> datetime | None:
        """The later one; None where nobody has taken the chat over."""
        return max((at for at in (self.requested_until, self.written_until) if at), default=None)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored message that might be answered, with what the gate must know of it."""

    id: UUID
    chat_id: UUID
    message_id: str | None
    inbound: Inbound


class ConversationQuery:
    """Asks for what the gate must know beside the message and the rules, to be read together with other answers."""

    def __init__(self, connection: Connection, config: AssistantConfig, candidate: Candidate) -> None:
        self._chat = _ask_chat(connection, config, candidate)
        self._recent = _ask_recent(connection, candidate)

    def read(self, session: Session) -> Conversation:
        row = self._chat.fetchone()
        if row is None:
            raise LookupError("a message belongs to a chat")
        recent = tuple(
            RecentMessage(Origin(row["origin"]), row["content"], row["at"]) for row in reversed(self._recent.fetchall())
        )
        return Conversation(**row, linked=session.device_jid is not None, recent=recent)


def _ask_chat(connection: Connection, config: AssistantConfig, candidate: Candidate) -> Cursor[DictRow]:
    return connection.execute(
        f"""
        SELECT c.opted_out_at IS NOT NULL AS opted_out,
            greatest(c.takeover_until, {_WRITTEN_UNTIL}) AS taken_over_until,
            EXISTS (SELECT FROM gateway.whatsapp_explorer_messages a
                WHERE a.origin = 'ai' AND a.message_id = %(whatsapp_id)s) OR EXISTS (
                SELECT FROM gateway.whatsapp_explorer_messages d JOIN gateway.whatsapp_sessions s ON s.id = d.session_id
                WHERE d.origin = 'ai' AND d.status IN ('sending', 'unknown') AND d.content = %(text)s
                    AND (s.phone_number = %(phone)s OR s.lid = %(lid)s)) AS from_assistant,
            %(limit)s::bigint IS NOT NULL AND coalesce((
                SELECT u.prompt_tokens + u.completion_tokens >= %(limit)s FROM gateway.ai_usage u
                WHERE u.session_id = c.session_id AND u.day = (clock_timestamp() AT TIME ZONE %(zone)s)::date), false)
                AS budget_spent
        FROM gateway.chats c WHERE c.id = %(chat)s
        """,  # noqa: S608
        {
            "chat": candidate.chat_id,
            "takeover": config.takeover_minutes,
            "kinds": list(ANSWERABLE),
            "whatsapp_id": candidate.message_id,
            "text": candidate.inbound.text,
            "phone": candidate.inbound.sender.phone_number,
            "lid": candidate.inbound.sender.lid,
            "limit": config.daily_tokens,
            "zone": config.time_zone,
        },
    )


def _ask_recent(connection: Connection, candidate: Candidate) -> Cursor[DictRow]:
    """Ask for the messages that were stored before it, newest first."""
    return connection.execute(
        """
        SELECT origin, content, coalesce(sent_at, timestamp) AS at FROM gateway.whatsapp_explorer_messages
        WHERE chat_id = %s AND id < %s AND status <> 'failed' AND timestamp > clock_timestamp() - %s
            AND message_type = ANY(%s)
        ORDER BY timestamp DESC, id DESC LIMIT %s
        """,
        [candidate.chat_id, candidate.id, LIMITS.window, list(ANSWERABLE), _RECENT_MESSAGES],
    )


def takeover(connection: Connection, config: AssistantConfig, chat_id: UUID) -> Takeover:
    """Return until when a person has taken a chat over."""
    with connection.cursor(row_factory=class_row(Takeover)) as cursor:
        found = cursor.execute(
            f"""
            SELECT c.takeover_until AS requested_until, {_WRITTEN_UNTIL} AS written_until
            FROM gateway.chats c WHERE c.id = %(chat)s
            """,  # noqa: S608
            {"chat": chat_id, "takeover": config.takeover_minutes, "kinds": list(ANSWERABLE)},
        ).fetchone()
    return found or Takeover(None, None)


def ask_candidate(connection: Connection, turn_id: UUID) -> Cursor[Candidate]:
    """Ask for the newest message a turn is to answer, as both are now; nothing when all have been deleted."""
    return connection.cursor(row_factory=kwargs_row(_candidate)).execute(
        """
        SELECT m.id, m.chat_id, m.message_id, c.kind AS chat_kind, m.message_type, m.content, m.timestamp,
            coalesce(m.sender_lid, c.lid) AS lid, coalesce(m.sender_phone, c.phone_number) AS phone
        FROM gateway.turns t JOIN gateway.chats c ON c.id = t.chat_id
        JOIN gateway.whatsapp_explorer_messages m ON m.chat_id = t.chat_id
            AND m.id BETWEEN t.first_message_id AND t.last_message_id
        WHERE t.id = %s AND NOT m.from_me AND m.deleted_at IS NULL AND m.list_jid IS NULL AND m.message_type = ANY(%s)
        ORDER BY m.timestamp DESC, m.id DESC LIMIT 1
        """,
        [turn_id, list(ANSWERABLE)],
    )


def _candidate(
    id: UUID,
    chat_id: UUID,
    message_id: str | None,
    chat_kind: str,
    message_type: str,
    content: str | None,
    timestamp: datetime,
    lid: str | None,
    phone: str | None,
) -> Candidate:
    # It mentioned us and was young enough when it came in; waiting for its turn changes neither.
    inbound = Inbound(
        chat_kind, False, message_type, content, Address(lid, phone), timestamp, timestamp, mentions_us=True
    )
    return Candidate(id, chat_id, message_id, inbound)


@dataclass(frozen=True, slots=True)
class _Row:
    id: UUID
    from_me: bool
    message_type: str
    content: str | None
    timestamp: datetime
    push_name: str | None
    quoted: str | None
    chat_kind: str

    @property
    def line(self) -> ChatMessage:
        name = (self.push_name or "?") if self.chat_kind == "group" and not self.from_me else None
        return ChatMessage(self.from_me, self.message_type, self.content, self.timestamp, name, self.quoted)


class HistoryQuery:
    """Asks for the latest messages of a turn's chat, to be read together with other answers."""

    def __init__(self, connection: Connection, turn: Turn, window: Window) -> None:
        self._turn = turn
        self._lines = _ask_lines(
            connection,
            {
                "chat": turn.chat_id,
                "first": turn.first_message_id,
                "last": turn.last_message_id,
                "limit": window.messages * 2,
                "shown": list(SHOWN),
            },
        )

    def read(self) -> tuple[list[ChatMessage], list[ChatMessage]]:
        """Return them oldest first: those that the turn is to answer second, all others first."""
        first, last = self._turn.first_message_id, self._turn.last_message_id
        rows = self._lines.fetchall()[::-1]
        # What was decrypted late may stand before messages that were answered in the meantime.
        pending = [row for row in rows if not row.from_me and first and last and first <= row.id <= last]
        history = [row for row in rows if row not in pending]
        return [row.line for row in history], [row.line for row in pending]


def _ask_lines(connection: Connection, parameters: dict[str, Any]) -> Cursor[_Row]:
    """Ask for what a model is shown, newest first."""
    return connection.cursor(row_factory=class_row(_Row)).execute(
        """
        SELECT m.id, m.from_me, m.message_type, m.content, m.timestamp, m.push_name,
            CASE WHEN q.is_stored THEN q.content ELSE m.quote ->> 'text' END AS quoted,
            c.kind AS chat_kind
        FROM gateway.whatsapp_explorer_messages m JOIN gateway.chats c ON c.id = m.chat_id
        LEFT JOIN LATERAL (
            SELECT content, true AS is_stored FROM gateway.whatsapp_explorer_messages
            WHERE session_id = m.session_id AND message_id = m.quoted_id AND chat_id = m.chat_id LIMIT 1) q ON true
        WHERE m.id IN (
            (SELECT id FROM gateway.whatsapp_explorer_messages
            WHERE chat_id = %(chat)s AND status <> 'failed' AND deleted_at IS NULL
                AND message_type = ANY(%(shown)s)
            ORDER BY timestamp DESC, id DESC LIMIT %(limit)s)
            UNION (SELECT id FROM gateway.whatsapp_explorer_messages
            WHERE chat_id = %(chat)s AND id BETWEEN %(first)s AND %(last)s AND NOT from_me AND deleted_at IS NULL
                AND message_type = ANY(%(shown)s)
            ORDER BY timestamp DESC, id DESC LIMIT %(limit)s))
        ORDER BY m.timestamp DESC, m.id DESC
        """,
        parameters,
    )
