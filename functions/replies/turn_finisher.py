"""How turns end: each end is one transaction, with what it sends, what it cost, and the turn's new state.

Lock order: session, turn, usage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import NamedTuple

from functions.replies.completion import Answer
from functions.replies.errors import NoAnswer, Transient, Withheld
from functions.replies.facts import LateGate
from functions.replies.preparing import Work
from functions.replies.sending import queue_text
from gateway.backoff import growing
from gateway.domain.events import EventType
from gateway.domain.markdown import to_whatsapp
from gateway.domain.notices import DISCLOSED_FOR
from gateway.domain.replies import Skip, SkipReason
from gateway.domain.turns import DueTurn, Failure, TurnStatus
from gateway.settings import RepliesSettings
from gateway.store import chats, events, sessions
from gateway.store.assistant import configs, conversations, disclosures, running, silence, turns, usage
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.assistant.conversations import Candidate
from gateway.store.assistant.running import is_running
from gateway.store.assistant.turns import Outcome, Turn
from gateway.store.chats import Chat
from gateway.store.database import Connection, Database
from gateway.store.sessions import Session

# An answer that comes so late, or that would itself be too much, is not made better by another message.
_NO_FALLBACK = (Failure.EXPIRED, Failure.PACED)
# The next call would fail like this one.
_PAUSE_AT_ONCE = (
    Failure.KEY_REFUSED, Failure.KEY_MISSING, Failure.KEY_UNREADABLE, Failure.ADDRESS_REFUSED, Failure.NOT_COMPATIBLE,
    Failure.RATE_LIMITED,
)  # fmt: skip
_RETRY_GROWTH = 4.0


@dataclass(frozen=True, slots=True)
class FinishedTurn:
    """What became of a turn, and who is to be woken after COMMIT: the owner of a session, and the turn that waits."""

    status: TurnStatus
    reason: str | None = None
    owner: Session | None = None
    next_turn: DueTurn | None = None


class _Claimed(NamedTuple):
    """A transaction that holds the locks of a session, None where it is deleted, and of a turn of our own claim.

    With them it has read the settings, the message to answer, the chat and whether that is to be told that a machine
    answers, and the turn that waits behind.
    """

    connection: Connection
    session: Session | None
    turn: Turn
    config: AssistantConfig
    candidate: Candidate | None
    chat: Chat | None
    behind: Turn | None
    is_notice_due: bool
    gate: LateGate

    def objection(self, session: Session) -> Skip | None:
        """Return what objects to an answer now, or None."""
        return self.gate.objection(session, self.config, self.candidate)


class TurnFinisher:
    """Ends turns of our own claim; every method returns None when another run has the turn by now, and so ends it."""

    def __init__(self, settings: RepliesSettings, database: Database) -> None:
        self._settings = settings
        self._database = database

    def reply(self, work: Work, answer: Answer, model: str) -> FinishedTurn | None:
        """Send the answer, unless something objects by now or the contact has written more."""
        with self._claimed(work.turn, work) as claimed:
            finished = self._reply(claimed, work, answer, model) if claimed else None
        if finished is None:
            self._pay(work.turn, answer)
        return finished

    def say(self, turn: Turn, text: str) -> FinishedTurn | None:
        """Send a text of the gateway's own, for which no model was called, unless something objects by now."""
        with self._claimed(turn) as claimed:
            return self._deliver(claimed, text, Outcome) if claimed else None

    def hand_over(self, turn: Turn, minutes: int) -> FinishedTurn | None:
        """Leave the chat to a person for so many minutes."""
        with self._claimed(turn) as claimed:
            if claimed is None:
                return None
            if claimed.session and turn.chat_id:
                silence.take_over(claimed.connection, turn.session_id, turn.chat_id, minutes * 60)
            return self._end(claimed, Outcome(TurnStatus.SKIPPED, SkipReason.HANDED_OVER))

    def skip(self, turn: Turn, reason: SkipReason) -> FinishedTurn | None:
        """End it without an answer, because none is wanted."""
        with self._claimed(turn) as claimed:
            if claimed is None:
                return None
            usage.release(claimed.connection, turn.id)
            return self._end(claimed, Outcome(TurnStatus.SKIPPED, reason))

    def postpone(self, turn: Turn, seconds: float, *, is_retry: bool = False) -> FinishedTurn | None:
        """Let it wait; a retry is counted."""
        with self._claimed(turn) as claimed:
            if claimed is None:
                return None
            usage.release(claimed.connection, turn.id)
            waiting = turns.postpone(claimed.connection, claimed.turn, seconds, is_retry=is_retry)
            return FinishedTurn(TurnStatus.WAITING, next_turn=_due(waiting))

    def fail(
        self, turn: Turn, error: NoAnswer, model: str | None = None, *, counts: bool = True
    ) -> FinishedTurn | None:
        """Try again later where that may help, else end it; `counts` towards leaving the model alone for a while."""
        if isinstance(error, Transient) and not turn.is_test and turn.retries + 1 < self._settings.attempts:
            return self.postpone(turn, self._delay(turn, error), is_retry=True)
        with self._claimed(turn) as claimed:
            finished = self._fail(claimed, error, model, counts=counts) if claimed else None
        if finished is None and isinstance(error, Withheld):
            self._pay(turn, error)
        return finished

    def _pay(self, turn: Turn, used: Answer | Withheld) -> None:
        """Count what a run has used whose turn has ended or waits again, such as by the merge of two chats."""
        with self._database.transaction() as connection:
            if not is_running(connection, turn.id):
                usage.settle(connection, turn.id, used.prompt_tokens, used.completion_tokens)

    @contextmanager
    def _claimed(self, turn: Turn, work: Work | None = None) -> Iterator[_Claimed | None]:
        with self._database.transaction() as connection:
            session = sessions.ask_locked(connection, turn.session_id)
            locked = running.ask_claimed(connection, turn)
            config = configs.ask(connection, turn.session_id)
            candidate = conversations.ask_candidate(connection, turn.id)
            chat = chats.ask_of_turn(connection, turn.id)
            behind = turns.ask_waiting_behind(connection, turn)
            notice = disclosures.ask_due(connection, turn.id, DISCLOSED_FOR)
            gate = LateGate(connection, work.config if work else None, work.candidate if work else None)
            # All are asked by the first that is read.
            found, ours = session.fetchone(), locked.fetchone()
            if ours is None:
                yield None
                return
            yield _Claimed(
                connection,
                found if found and found.is_active else None,
                ours,
                config.fetchone() or AssistantConfig(turn.session_id),
                candidate.fetchone(),
                chat.fetchone(),
                behind.fetchone(),
                disclosures.is_due(notice),
                gate,
            )

    def _reply(self, claimed: _Claimed, work: Work, answer: Answer, model: str) -> FinishedTurn:
        connection, turn = claimed.connection, claimed.turn
        usage.settle(connection, turn.id, answer.prompt_tokens, answer.completion_tokens)
        configs.record_success(connection, turn.session_id)
        if turn.is_test:
            return self._end(claimed, _outcome(TurnStatus.REPLIED, work, answer, model, keep=True))
        text = to_whatsapp(answer.text)
        if not text:
            empty = Withheld(Failure.EMPTY, answer.prompt_tokens, answer.completion_tokens, answer.latency_ms)
            return self._fail(claimed, empty, model, counts=False)
        return self._deliver(claimed, text, lambda status, reason=None: _outcome(status, work, answer, model, reason))

    def _deliver(self, claimed: _Claimed, text: str, outcome: Callable[..., Outcome]) -> FinishedTurn:
        """Send the text and end the turn, as `outcome` says of a status and a reason."""
        connection, session, turn = claimed.connection, claimed.session, claimed.turn
        objection = claimed.objection(session) if session else None
        if session is None or claimed.chat is None or objection:
            return self._end(
                claimed, outcome(TurnStatus.SKIPPED, objection.reason if objection else SkipReason.DISABLED)
            )
        behind = claimed.behind
        if behind is not None and not turn.restarts:
            turns.supersede(connection, turn, behind, outcome(TurnStatus.SUPERSEDED))
            return FinishedTurn(TurnStatus.SUPERSEDED, next_turn=_due(behind))
        self._queue(claimed, session, claimed.chat, text)
        return self._end(claimed, outcome(TurnStatus.REPLIED), session)

    def _fail(self, claimed: _Claimed, error: NoAnswer, model: str | None, *, counts: bool) -> FinishedTurn:
        connection, session, turn = claimed.connection, claimed.session, claimed.turn
        if isinstance(error, Withheld):
            usage.settle(connection, turn.id, error.prompt_tokens, error.completion_tokens)
        else:
            usage.release(connection, turn.id)
            if counts:
                self._note_problem(connection, turn, error)
        sent = session is not None and self._fall_back(claimed, session, error.failure)
        return self._end(claimed, _failure(error, model), session if sent else None)

    def _end(self, claimed: _Claimed, outcome: Outcome, owner: Session | None = None) -> FinishedTurn:
        connection, turn, behind = claimed.connection, claimed.turn, claimed.behind
        turns.finish(connection, turn.id, outcome)
        data = {"turnId": str(turn.id), "status": outcome.status, "reason": outcome.reason}
        if turn.chat_id:
            data["chatId"] = str(turn.chat_id)
        events.emit(connection, turn.session_id, EventType.ASSISTANT_TURN, {k: v for k, v in data.items() if v})
        return FinishedTurn(outcome.status, outcome.reason, owner, _due(behind) if behind else None)

    def _fall_back(self, claimed: _Claimed, session: Session, failure: Failure) -> bool:
        """Send the owner's text for such cases, once in a while a chat; return whether it is sent."""
        connection, config, chat = claimed.connection, claimed.config, claimed.chat
        text = config.fallback_text
        if chat is None or not text or failure in _NO_FALLBACK:
            return False
        if claimed.objection(session):
            return False
        if not silence.claim_fallback(connection, chat.id, self._settings.fallback_interval_seconds):
            return False
        self._queue(claimed, session, chat, text)
        return True

    def _queue(self, claimed: _Claimed, session: Session, chat: Chat, text: str) -> None:
        queue_text(
            claimed.connection,
            session,
            claimed.config,
            chat,
            claimed.turn,
            text,
            self._settings.reply_expiry_seconds,
            notice=claimed.is_notice_due,
        )

    def _note_problem(self, connection: Connection, turn: Turn, error: NoAnswer) -> None:
        at_once = error.failure in _PAUSE_AT_ONCE and not isinstance(error, Transient)
        configs.record_problem(
            connection,
            turn.session_id,
            error.failure,
            error.detail,
            pause=timedelta(seconds=self._settings.pause_seconds),
            after=1 if at_once else self._settings.pause_after_failures,
        )

    def _delay(self, turn: Turn, error: Transient) -> float:
        """Return the seconds until the next try: as the service said, or longer each time."""
        longest = self._settings.retry_max_seconds
        if error.retry_after is not None:
            return min(error.retry_after, longest)
        return growing(self._settings.retry_base_seconds, longest, turn.retries, _RETRY_GROWTH)


def _due(turn: Turn) -> DueTurn:
    return DueTurn(turn.id, turn.delay_seconds)


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
