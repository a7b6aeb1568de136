"""What is read of the rows before a turn is decided, in as few round trips as its parts depend on each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gateway.domain.prompts import ChatMessage, Clock
from gateway.domain.replies import Conversation, Skip, SkipReason, should_reply
from gateway.store import chats
from gateway.store import pacing as pacings
from gateway.store.assistant import clocks, configs, conversations, running
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.conversations import Candidate, ConversationQuery, HistoryQuery
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


class FactsQuery:
    """Asks for the rows around a turn, to be read together with its claim."""

    def __init__(self, connection: Connection, turn_id: UUID) -> None:
        self._session = running.ask_session(connection, turn_id)
        self._config = configs.ask_of_turn(connection, turn_id)
        self._candidate = conversations.ask_candidate(connection, turn_id)
        self._chat = chats.ask_of_turn(connection, turn_id)

    def read(self) -> Facts | None:
        """Return what to decide about the turn by; None for a deleted session."""
        session = self._session.fetchone()
        if session is None:
            return None
        config = self._config.fetchone() or AssistantConfig(session.id)
        return Facts(session, config, self._candidate.fetchone(), self._chat.fetchone())


@dataclass(frozen=True, slots=True)
class Context:
    """What was said, and how busy the session is.

    `conversation` is None for a trial, and where what is to be answered was deleted.
    """

    conversation: Conversation | None
    clock: Clock
    history: list[ChatMessage]
    pending: list[ChatMessage]
    waits: Waits
    running_beside: int


def read_context(connection: Connection, pacing: Pacing, turn: Turn, facts: Facts) -> Context:
    """Return what was said before a claimed turn, what it is to answer, and what of the session is under way."""
    asked = _ask_conversation(connection, facts.config, facts.candidate)
    lines = HistoryQuery(connection, turn, facts.config.window)
    waits = pacings.ask(connection, turn.session_id, pacing)
    beside = running.ask_running_beside(connection, turn)
    clock = clocks.ask(connection, facts.config.time_zone)
    # All are asked by the first that is read.
    now = clock.fetchall()[0]
    history, pending = lines.read()
    if turn.is_test:
        pending = [ChatMessage(False, "text", turn.input, now.now)]
    return Context(
        asked.read(facts.session) if asked else None,
        now,
        history,
        pending,
        waits.fetchall()[0],
        beside.fetchall()[0]["running"],
    )


def _ask_conversation(
    connection: Connection, config: AssistantConfig, candidate: Candidate | None
) -> ConversationQuery | None:
    return ConversationQuery(connection, config, candidate) if candidate else None


def gate(
    config: AssistantConfig, candidate: Candidate | None, conversation: Conversation | None, now: datetime
) -> Skip | None:
    """Return what objects to answering `now`, which is by the clock of the database, or None."""
    if candidate is None or conversation is None:
        return Skip(SkipReason.DELETED)
    decision = should_reply(candidate.inbound, config.rules, conversation, now)
    return decision if isinstance(decision, Skip) else None


class LateGate:
    """The gate once an answer is there: it is paid for, so the budget does not object any more.

    What it must know is asked of the settings and the message as they were before the call, together with those as they
    are now, and again only where they have changed.
    """

    def __init__(self, connection: Connection, config: AssistantConfig | None, candidate: Candidate | None) -> None:
        self._connection = connection
        self._known = (config, candidate)
        self._query = _ask_conversation(connection, _paid(config), candidate) if config else None

    def objection(self, session: Session, config: AssistantConfig, candidate: Candidate | None) -> Skip | None:
        """Return what objects now, or None."""
        paid = _paid(config)
        is_known = (config, candidate) == self._known
        query = self._query if is_known else _ask_conversation(self._connection, paid, candidate)
        return gate(paid, candidate, query.read(session) if query else None, session.as_of)


def _paid(config: AssistantConfig) -> AssistantConfig:
    return replace(config, daily_tokens=None)
