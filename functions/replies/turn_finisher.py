"""How turns end: each end is one transaction, with what it sends, what it cost, and the turn's new state.

Lock order: session, turn, usage. Every method needs a turn of our own claim and answers None when it is not ours any
more: then somebody else ends it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from functions.replies.errors import NoAnswer, Passing, Withheld
from functions.replies.model import Answer
from functions.replies.preparing import Work, gate_after_asking
from gateway.domain.events import EventType
from gateway.domain.markdown import to_whatsapp
from gateway.domain.messages import Origin
from gateway.domain.phone import Address
from gateway.domain.replies import SkipReason
from gateway.domain.splitting import split
from gateway.domain.turns import DueTurn, Failure, TurnStatus
from gateway.settings import RepliesSettings
from gateway.store import chats, events, outgoing, sessions
from gateway.store.assistant import configs, turns, usage
from gateway.store.assistant.turns import Outcome, Turn
from gateway.store.database import Connection
from gateway.store.outgoing import Draft
from gateway.store.sessions import Session

# An answer that comes so late, or that would itself be too much, is not made better by another message.
_NO_FALLBACK = (Failure.EXPIRED, Failure.PACED)
# The next call would fail like this one.
_PAUSE_AT_ONCE = (
    Failure.KEY_REFUSED, Failure.KEY_MISSING, Failure.KEY_UNREADABLE, Failure.ADDRESS_REFUSED, Failure.RATE_LIMITED
)  # fmt: skip
_RETRY_GROWTH = 4


@dataclass(frozen=True, slots=True)
class FinishedTurn:
    """What became of a turn, and who is to be rung after COMMIT."""

    status: TurnStatus
    reason: str | None = None
    owner: Session | None = None
    next_turn: DueTurn | None = None


class TurnFinisher:
    def __init__(self, settings: RepliesSettings) -> None:
        self._settings = settings

    def reply(self, connection: Connection, work: Work, answer: Answer, model: str) -> FinishedTurn | None:
        """Send the answer, unless something objects by now or the contact has written more."""
        session = sessions.lock_by_id(connection, work.session.id)
        turn = turns.lock_claimed(connection, work.turn)
        if turn is None:
            return None
        usage.settle(connection, turn.id, answer.prompt_tokens, answer.completion_tokens)
        configs.record_success(connection, turn.session_id)
        if turn.is_test:
            return self._end(connection, turn, _outcome(TurnStatus.REPLIED, work, answer, model, keep=True))
        objection = gate_after_asking(connection, session, turn) if session else None
        if session is None or objection:
            reason = objection.reason if objection else SkipReason.DISABLED
            return self._end(connection, turn, _outcome(TurnStatus.SKIPPED, work, answer, model, reason))
        behind = turns.waiting_behind(connection, turn)
        if behind is not None and not turn.restarts:
            outcome = _outcome(TurnStatus.SUPERSEDED, work, answer, model)
            turns.supersede(connection, turn, behind, outcome)
            return FinishedTurn(TurnStatus.SUPERSEDED, next_turn=_bell(behind))
        for part, text in enumerate(split(to_whatsapp(answer.text)), start=1):
            self._send(connection, session, turn, part, text)
        return self._end(connection, turn, _outcome(TurnStatus.REPLIED, work, answer, model), session)

    def skip(self, connection: Connection, turn: Turn, reason: SkipReason) -> FinishedTurn | None:
        sessions.lock_by_id(connection, turn.session_id)
        held = turns.lock_claimed(connection, turn)
        if held is None:
            return None
        usage.release(connection, turn.id)
        return self._end(connection, held, Outcome(TurnStatus.SKIPPED, reason))

    def postpone(self, connection: Connection, turn: Turn, seconds: float, *, is_retry: bool) -> FinishedTurn | None:
        """Let it wait; a retry is counted."""
        sessions.lock_by_id(connection, turn.session_id)
        held = turns.lock_claimed(connection, turn)
        if held is None:
            return None
        usage.release(connection, turn.id)
        waiting = turns.postpone(connection, held, seconds, is_retry=is_retry)
        return FinishedTurn(TurnStatus.WAITING, next_turn=_bell(waiting))

    def fail(
        self, connection: Connection, turn: Turn, error: NoAnswer, model: str | None = None, *, counts: bool = True
    ) -> FinishedTurn | None:
        """Try again later where that may help, else end it; `counts` towards leaving the model alone for a while."""
        if isinstance(error, Passing) and not turn.is_test and turn.retries + 1 < self._settings.attempts:
            return self.postpone(connection, turn, self._delay(turn, error), is_retry=True)
        session = sessions.lock_by_id(connection, turn.session_id)
        held = turns.lock_claimed(connection, turn)
        if held is None:
            return None
        if isinstance(error, Withheld):
            usage.settle(connection, turn.id, error.prompt_tokens, error.completion_tokens)
        else:
            usage.release(connection, turn.id)
            if counts:
                self._note_problem(connection, turn, error)
        sent = session is not None and self._fall_back(connection, session, held, error.failure)
        return self._end(connection, held, _failure(error, model), session if sent else None)

    def _end(self, connection: Connection, turn: Turn, outcome: Outcome, owner: Session | None = None) -> FinishedTurn:
        turns.finish(connection, turn.id, outcome)
        behind = turns.waiting_behind(connection, turn) if turn.chat_id else None
        data = {"turnId": str(turn.id), "status": outcome.status, "reason": outcome.reason}
        if turn.chat_id:
            data["chatId"] = str(turn.chat_id)
        events.emit(connection, turn.session_id, EventType.ASSISTANT_TURN, {k: v for k, v in data.items() if v})
        return FinishedTurn(outcome.status, outcome.reason, owner, _bell(behind) if behind else None)

    def _send(self, connection: Connection, session: Session, turn: Turn, part: int, text: str) -> None:
        """Into the chat that asked, and nowhere else."""
        if turn.chat_id is None:
            raise ValueError("a test sends nothing")
        chat = chats.get(connection, session.id, turn.chat_id)
        draft = Draft(Address(chat.lid, chat.phone_number), text, origin=Origin.AI, turn_id=turn.id, turn_part=part)
        outgoing.queue_in_chat(connection, session, chat, draft, self._settings.reply_expiry_seconds)

    def _fall_back(self, connection: Connection, session: Session, turn: Turn, failure: Failure) -> bool:
        """Send the owner's text for such cases, once in a while a chat; False when nothing is sent."""
        text = configs.get(connection, session.id).fallback_text
        if turn.is_test or not text or failure in _NO_FALLBACK or gate_after_asking(connection, session, turn):
            return False
        if not chats.claim_fallback(connection, turn.chat_id, self._settings.fallback_interval_seconds):
            return False
        self._send(connection, session, turn, 1, text)
        return True

    def _note_problem(self, connection: Connection, turn: Turn, error: NoAnswer) -> None:
        at_once = error.failure in _PAUSE_AT_ONCE and not isinstance(error, Passing)
        configs.record_problem(
            connection,
            turn.session_id,
            error.failure,
            error.detail,
            pause=timedelta(seconds=self._settings.pause_seconds),
            after=1 if at_once else self._settings.pause_after_failures,
        )

    def _delay(self, turn: Turn, error: Passing) -> float:
        wanted = error.retry_after
        if wanted is None:
            wanted = self._settings.retry_base_seconds * _RETRY_GROWTH**turn.retries
        return min(wanted, self._settings.retry_max_seconds)


def _bell(turn: Turn) -> DueTurn:
    return DueTurn(turn.id, max((turn.due_at - datetime.now(UTC)).total_seconds(), 0.0))


def _outcome(
    status: TurnStatus,
    work: Work,
    answer: Answer,
    model: str,
    reason: SkipReason | None = None,
    *,
    keep: bool = False,
) -> Outcome:
    keep_prompt = work.config.keep_prompts
    return Outcome(
        status,
        reason,
        model=model,
        prompt_tokens=answer.prompt_tokens,
        completion_tokens=answer.completion_tokens,
        latency_ms=answer.latency_ms,
        output=answer.text if keep or keep_prompt else None,
        prompt=[asdict(message) for message in work.prompt] if keep_prompt else None,
    )


def _failure(error: NoAnswer, model: str | None) -> Outcome:
    if not isinstance(error, Withheld):
        return Outcome(TurnStatus.FAILED, error.failure, error.detail, model)
    return Outcome(
        TurnStatus.FAILED,
        error.failure,
        error.detail,
        model,
        error.prompt_tokens,
        error.completion_tokens,
        error.latency_ms,
    )
