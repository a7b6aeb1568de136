"""One turn of the assistant, from its claim to its end.

Killed anywhere, it is taken again when its claim is over: nothing leaves us before the one transaction that holds the
answer, its commands and the end of the turn, and after it the turn is over.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from uuid import UUID

from functions.replies.doorbells import Doorbells
from functions.replies.errors import NoAnswer
from functions.replies.indicator import TypingIndicator
from functions.replies.model import Answer
from functions.replies.model_caller import ModelCaller
from functions.replies.preparing import Later, NotAsked, Work, prepare
from functions.replies.turn_finisher import FinishedTurn, TurnFinisher
from gateway.domain.replies import Skip
from gateway.domain.sessions import SessionState
from gateway.settings import RepliesSettings
from gateway.store.assistant import turns
from gateway.store.assistant.turns import Turn
from gateway.store.database import Connection, Database
from gateway.telemetry import logger


class Replier:
    """`answer` raises psycopg.Error while the database is away: then the ring is to be heard again."""

    def __init__(
        self, settings: RepliesSettings, database: Database, asking: ModelCaller, doorbells: Doorbells
    ) -> None:
        self._settings = settings
        self._database = database
        self._asking = asking
        self._doorbells = doorbells
        self._ending = TurnFinisher(settings)
        self._log = logger("replies")

    def answer(self, turn_id: UUID) -> FinishedTurn | None:
        """Decide a turn or leave it waiting; None when it is not due, over, or another's."""
        with self._database.transaction() as connection:
            turn = turns.claim(connection, turn_id, self._settings.claim_seconds)
            prepared = prepare(connection, self._settings, turn) if turn else None
        if turn is None or prepared is None:
            return None
        match prepared:
            case Work():
                return self._ask(prepared)
            case Later(seconds):
                return self._end(
                    turn, lambda connection: self._ending.postpone(connection, turn, seconds, is_retry=False)
                )
            case NotAsked(failure, detail):
                error = NoAnswer(failure, detail)
                return self._end(turn, lambda connection: self._ending.fail(connection, turn, error, counts=False))
            case Skip(reason):
                return self._end(turn, lambda connection: self._ending.skip(connection, turn, reason))

    def _ask(self, work: Work) -> FinishedTurn | None:
        model = self._asking.model_of(work)
        indicator = self._indicator(work)
        try:
            with indicator or nullcontext():
                answer = self._asking.ask(work)
        except NoAnswer as error:
            ended = self._failed(work.turn, error, model)
        else:
            ended = self._answered(work, answer, model)
        if indicator and ended and ended.owner is None:
            indicator.end()
        return ended

    def _answered(self, work: Work, answer: Answer, model: str) -> FinishedTurn | None:
        return self._end(work.turn, lambda connection: self._ending.reply(connection, work, answer, model))

    def _failed(self, turn: Turn, error: NoAnswer, model: str) -> FinishedTurn | None:
        return self._end(turn, lambda connection: self._ending.fail(connection, turn, error, model))

    def _end(self, turn: Turn, end: Callable[[Connection], FinishedTurn | None]) -> FinishedTurn | None:
        with self._database.transaction() as connection:
            ended = end(connection)
        status = ended.status if ended else "lost"
        self._log.info("turn", turn_id=str(turn.id), kind=turn.kind, status=status, reason=ended and ended.reason)
        if ended is None:
            return None
        if ended.owner is not None:
            self._doorbells.ring_owner(ended.owner)
        if ended.next_turn is not None:
            self._doorbells.ring_turn(ended.next_turn)
        return ended

    def _indicator(self, work: Work) -> TypingIndicator | None:
        """None where nobody would see it."""
        turn, session = work.turn, work.session
        if turn.chat_id is None or session.presented.state is not SessionState.CONNECTED:
            return None
        interval = self._settings.typing_interval_seconds
        return TypingIndicator(self._database, self._doorbells, session, turn.chat_id, interval)
