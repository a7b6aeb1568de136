"""From a claimed turn to the question for the model: the gate once more, the budget, the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gateway.domain.errors import RateLimited
from gateway.domain.prompts import ChatMessage, PromptMessage, build_prompt, total_tokens
from gateway.domain.replies import Skip, SkipReason, should_reply
from gateway.domain.turns import Failure
from gateway.settings import RepliesSettings
from gateway.store import chats, outgoing, sessions
from gateway.store.assistant import configs, conversations, usage
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.turns import Turn
from gateway.store.database import Connection
from gateway.store.outgoing import Pacing
from gateway.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Work:
    """A turn whose answer is worth asking for; its tokens are reserved."""

    turn: Turn
    session: Session
    config: AssistantConfig
    prompt: list[PromptMessage]
    encrypted_key: bytes | None


@dataclass(frozen=True, slots=True)
class NotAsked:
    """The turn ends as failed without asking the model; `session` is None where it is deleted."""

    failure: Failure
    detail: str | None
    session: Session
    config: AssistantConfig


@dataclass(frozen=True, slots=True)
class Later:
    """The turn waits for so many seconds: the session has sent as much as is safe."""

    seconds: float


Prepared = Work | NotAsked | Skip | Later


def prepare(connection: Connection, settings: RepliesSettings, turn: Turn) -> Prepared:
    """Looks at everything again as it is now."""
    session = session_of(connection, turn)
    if session is None:
        return Skip(SkipReason.DISABLED)
    config = configs.get(connection, session.id)
    if (failure := _stale(settings, turn)) is not None:
        return NotAsked(failure, None, session, config)
    if not turn.is_test and (objection := gate(connection, session, config, turn)) is not None:
        return objection
    if config.paused_until is not None and config.paused_until > datetime.now(UTC):
        return NotAsked(Failure(config.problem or Failure.UNAVAILABLE), "paused", session, config)
    if (wait := _pace(connection, settings, session, turn)) is not None:
        return _later(settings, turn, wait, session, config)
    return _work(connection, session, config, turn)


def session_of(connection: Connection, turn: Turn) -> Session | None:
    """None where it is deleted."""
    found = sessions.select(connection, "s.id = %(id)s AND s.is_active", {"id": turn.session_id})
    return found[0] if found else None


def gate(connection: Connection, session: Session, config: AssistantConfig, turn: Turn) -> Skip | None:
    """What objects to answering now."""
    candidate = conversations.candidate_of(connection, turn)
    if candidate is None:
        return Skip(SkipReason.DELETED)
    conversation = conversations.read(connection, session, config, candidate)
    decision = should_reply(candidate.inbound, config.rules, conversation, datetime.now(UTC))
    return decision if isinstance(decision, Skip) else None


def gate_after_asking(connection: Connection, session: Session, turn: Turn) -> Skip | None:
    """The same when the answer is there: it is paid for, so the budget does not object any more."""
    config = replace(configs.get(connection, session.id), daily_tokens=None)
    return gate(connection, session, config, turn)


def _stale(settings: RepliesSettings, turn: Turn) -> Failure | None:
    # One more than it may be tried: a run that dies each time must end somewhere.
    if turn.claim > settings.attempts + turn.retries + 1:
        return Failure.GAVE_UP
    age = datetime.now(UTC) - turn.created_at
    return Failure.EXPIRED if age > timedelta(seconds=settings.turn_expiry_seconds) else None


def _pace(connection: Connection, settings: RepliesSettings, session: Session, turn: Turn) -> float | None:
    """Seconds until the session may send again."""
    if turn.chat_id is None:
        return None
    chat = chats.get(connection, session.id, turn.chat_id)
    pacing = Pacing(settings.messages_per_minute, settings.messages_per_hour, new_chats_per_day=1)
    try:
        # A chat in which somebody wrote to us is no new one.
        outgoing.pace(connection, session.id, chat, pacing)
    except RateLimited as error:
        return error.retry_after
    return None


def _later(
    settings: RepliesSettings, turn: Turn, wait: float, session: Session, config: AssistantConfig
) -> Later | NotAsked:
    over = turn.created_at + timedelta(seconds=settings.turn_expiry_seconds)
    if datetime.now(UTC) + timedelta(seconds=wait) > over:
        return NotAsked(Failure.PACED, None, session, config)
    return Later(wait)


def _work(connection: Connection, session: Session, config: AssistantConfig, turn: Turn) -> Work | Skip:
    now = datetime.now(UTC)
    if turn.is_test:
        history: list[ChatMessage] = []
        pending = [ChatMessage(False, "text", turn.input, now)]
    else:
        history, pending = conversations.lines(connection, turn, config.window)
    prompt = build_prompt(config.system_prompt, history, pending, config.window, now)
    if not usage.reserve(connection, turn, total_tokens(prompt) + config.max_tokens, config.daily_tokens):
        return Skip(SkipReason.BUDGET_SPENT)
    return Work(turn, session, config, prompt, configs.encrypted_key(connection, session.id))
