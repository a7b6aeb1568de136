"""What is read of the rows before a turn is decided, in as few round trips as its parts depend on each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from gateway.domain.prompts import ChatMessage, Clock
from gateway.domain.replies import Conversation, Skip, SkipReason, should_reply
from gateway.settings import RepliesSettings
from gateway.store import chats, sessions
from gateway.store import pacing as pacings
from gateway.store.assistant import clocks, configs, conversations
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.conversations import Candidate, ConversationQuery, HistoryQuery
from gateway.store.assistant.running import ask_running_beside
from gateway.store.assistant.turns import Turn
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.pacing import Pacing, Waits
from gateway.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Facts:
    """The rows around a turn; a trial has neither `chat` nor `candidate`."""

    session: Session
    config: AssistantConfig
    candidate: Candidate | None
    chat: Chat | None
    pacing: Pacing
    waits: Waits
    running_beside: int


@dataclass(frozen=True, slots=True)
class Context:
    """What was said; `conversation` is None for a trial, and where what is to be answered was deleted."""

    conversation: Conversation | None
    clock: Clock
    history: list[ChatMessage]
    pending: list[ChatMessage]


def read_facts(connection: Connection, settings: RepliesSettings, turn: Turn) -> Facts | None:
    """Return what to decide about a claimed turn by; None for a deleted session."""
    pacing = Pacing(settings.messages_per_minute, settings.messages_per_hour, new_chats_per_day=1)
    session = sessions.ask(connection, "s.id = %(id)s AND s.is_active", {"id": turn.session_id})
    config = configs.ask(connection, turn.session_id)
    candidate = conversations.ask_candidate(connection, turn.id)
    chat = chats.ask_by_id(connection, turn.session_id, turn.chat_id)
    waits = pacings.ask(connection, turn.session_id, pacing)
    running = ask_running_beside(connection, turn)
    # All are asked by the first that is read.
    if (found := session.fetchone()) is None:
        return None
    return Facts(
        found,
        config.fetchone() or AssistantConfig(turn.session_id),
        candidate.fetchone(),
        chat.fetchone(),
        pacing,
        waits.fetchall()[0],
        running.fetchall()[0]["running"],
    )


def read_context(connection: Connection, turn: Turn, facts: Facts) -> Context:
    """Return what was said before a turn, and what it is to answer."""
    clock = clocks.ask(connection, facts.config.time_zone)
    if turn.is_test:
        now = clock.fetchall()[0]
        return Context(None, now, [], [ChatMessage(False, "text", turn.input, now.now)])
    query = _ask_conversation(connection, facts.session, facts.config, facts.candidate)
    lines = HistoryQuery(connection, turn, facts.config.window)
    return Context(query.read() if query else None, clock.fetchall()[0], *lines.read())


def _ask_conversation(
    connection: Connection, session: Session, config: AssistantConfig, candidate: Candidate | None
) -> ConversationQuery | None:
    return ConversationQuery(connection, session, config, candidate) if candidate else None


def gate(config: AssistantConfig, candidate: Candidate | None, conversation: Conversation | None) -> Skip | None:
    """Return what objects to answering now, or None."""
    if candidate is None or conversation is None:
        return Skip(SkipReason.DELETED)
    decision = should_reply(candidate.inbound, config.rules, conversation, datetime.now(UTC))
    return decision if isinstance(decision, Skip) else None


def gate_after_call(
    connection: Connection, session: Session, config: AssistantConfig, candidate: Candidate | None
) -> Skip | None:
    """Return what objects once the answer is there: it is paid for, so the budget does not object any more."""
    paid = replace(config, daily_tokens=None)
    query = _ask_conversation(connection, session, paid, candidate)
    return gate(paid, candidate, query.read() if query else None)
