"""From a claimed turn to the request to the model: the gate once more, the budget, the history."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from psycopg import Cursor
from psycopg.rows import DictRow

from functions.replies.facts import Context, Facts, gate, read_context
from functions.replies.limits import NotAsked, limits_of
from gateway.domain.assistant import Language, UnseenMedia
from gateway.domain.errors import RateLimited
from gateway.domain.notices import UNSEEN, language_of
from gateway.domain.prompts import ChatMessage, PromptMessage, build_prompt, total_tokens
from gateway.domain.replies import Skip, SkipReason
from gateway.domain.turns import Failure
from gateway.settings import RepliesSettings
from gateway.store import pacing as pacings
from gateway.store.assistant import configs, usage
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.conversations import Candidate
from gateway.store.assistant.turns import Turn
from gateway.store.assistant.usage import Reservation, UserBudget
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.pacing import Pacing, Waits
from gateway.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Work:
    """A turn for which the model is to be called; its tokens are reserved."""

    turn: Turn
    session: Session
    config: AssistantConfig
    candidate: Candidate | None
    prompt: list[PromptMessage]
    max_tokens: int
    encrypted_key: bytes | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """The turn is answered with a text of the gateway's own, without a call of the model."""

    text: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """The turn is left to a person, who is given the chat for so many minutes."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Later:
    """The turn waits for so many seconds: the session has sent as much as is safe, or asks as much as it may."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reserving:
    """Work whose key and tokens were asked for with COMMIT, after which read() says whether they are there."""

    work: Work
    key: Cursor[DictRow]
    reservation: Cursor[Reservation]

    def read(self) -> Work | Skip:
        objection = self.reservation.fetchall()[0].objection
        return Skip(objection) if objection else replace(self.work, encrypted_key=configs.key_in(self.key))


Prepared = Work | Said | HandOver | NotAsked | Skip | Later
# Of a chat that is handed over where the session's own time is 0.
_TAKEOVER_MINUTES = 30


def prepare(connection: Connection, settings: RepliesSettings, turn: Turn, facts: Facts | None) -> Prepared | Reserving:
    """Return what is to be done about a claimed turn by the facts that were read with the claim."""
    if facts is None:
        return Skip(SkipReason.DISABLED)
    now = facts.session.as_of
    if (failure := _stale(settings, turn, now)) is not None:
        return NotAsked(failure)
    pacing = Pacing(settings.messages_per_minute, settings.messages_per_hour, new_chats_per_day=1)
    context = read_context(connection, pacing, turn, facts)
    if not turn.is_test and (objection := gate(facts.config, facts.candidate, context.conversation, now)) is not None:
        return objection
    config = facts.config
    if config.paused_until is not None and config.paused_until > now:
        return NotAsked(Failure(config.problem or Failure.UNAVAILABLE), "paused")
    if (wait := _pacing_wait(pacing, context.waits, facts.chat)) is not None:
        return _later(settings, turn, now, wait)
    if context.running_beside >= settings.model_calls_per_session:
        return Later(settings.busy_wait_seconds)
    return _answer(connection, settings, turn, facts, context)


def _stale(settings: RepliesSettings, turn: Turn, now: datetime) -> Failure | None:
    """Return why it is too late for the turn, or None."""
    # One more than it may be tried: a run that dies each time must end somewhere.
    if turn.claim > settings.attempts + turn.retries + turn.postponed + 1:
        return Failure.GAVE_UP
    age = now - turn.created_at
    return Failure.EXPIRED if age > timedelta(seconds=settings.turn_expiry_seconds) else None


def _pacing_wait(pacing: Pacing, waits: Waits, chat: Chat | None) -> float | None:
    """Return the seconds until the session may send again, or None where it may now."""
    if chat is None:
        return None
    try:
        # A chat in which a contact has written is not a new one.
        pacings.require(waits, pacing, chat)
    except RateLimited as error:
        return error.retry_after
    return None


def _later(settings: RepliesSettings, turn: Turn, now: datetime, wait: float) -> Later | NotAsked:
    expiry = turn.created_at + timedelta(seconds=settings.turn_expiry_seconds)
    if now + timedelta(seconds=wait) > expiry:
        return NotAsked(Failure.PACED)
    return Later(wait)


def _answer(
    connection: Connection, settings: RepliesSettings, turn: Turn, facts: Facts, context: Context
) -> Prepared | Reserving:
    session, config = facts.session, facts.config
    if any(message.is_unseen for message in context.pending):
        otherwise = _about_unseen(session, config, context.pending)
        if otherwise is not None:
            return otherwise
    limits = limits_of(settings, config, context.clock)
    if isinstance(limits, NotAsked):
        return limits
    prompt = build_prompt(config.system_prompt, context.history, context.pending, limits.window, context.clock)
    return Reserving(
        Work(turn, session, config, facts.candidate, prompt, limits.answer),
        configs.ask_encrypted_key(connection, session.id),
        _reserve(connection, settings, session, config, turn, total_tokens(prompt) + limits.answer),
    )


def _about_unseen(session: Session, config: AssistantConfig, pending: list[ChatMessage]) -> Prepared | None:
    """Return what the owner wants done about media that the model cannot see; None: let it answer the text with it."""
    match UnseenMedia(config.unseen_media):
        case UnseenMedia.SILENT:
            return Skip(SkipReason.UNSEEN_MEDIA)
        case UnseenMedia.HAND_OVER:
            return HandOver(config.takeover_minutes or _TAKEOVER_MINUTES)
        case UnseenMedia.SAY:
            written = any((message.text or "").strip() for message in pending)
            return None if written else Said(UNSEEN[language(session, config)])


def language(session: Session, config: AssistantConfig) -> Language:
    """Return the language of the gateway's own texts in a session: as it is set, else that of the number's country."""
    return Language(config.language) if config.language else language_of(session.phone_number)


def _reserve(
    connection: Connection,
    settings: RepliesSettings,
    session: Session,
    config: AssistantConfig,
    turn: Turn,
    tokens: int,
) -> Cursor[Reservation]:
    """Reserve tokens in every budget that the turn is paid from."""
    user = UserBudget(session.user_profile_id, settings.model_user_daily_tokens) if config.uses_platform_key else None
    return usage.reserve(connection, turn, tokens, config.daily_tokens, config.time_zone, user=user)
