"""One turn of the assistant, from its claim to its end.

Killed anywhere, it is claimed again when its claim is over: nothing leaves us before the one transaction that holds the
answer, its commands and the end of the turn, and after it the turn is over.
"""

from __future__ import annotations

import logging
from contextlib import nullcontext
from functools import partial
from uuid import UUID

from psycopg.errors import UniqueViolation

from functions.replies.errors import NoAnswer, Transient
from functions.replies.facts import FactsQuery
from functions.replies.indicator import TypingIndicator
from functions.replies.limits import NotAsked
from functions.replies.model_caller import ModelCaller
from functions.replies.preparing import HandOver, Later, Prepared, Reserving, Said, Work, prepare
from functions.replies.turn_finisher import FinishedTurn, TurnFinisher
from gateway.aws.notifier import Notifier
from gateway.correlation import about_session
from gateway.domain.replies import Skip
from gateway.domain.sessions import SessionState
from gateway.domain.turns import Failure
from gateway.settings import RepliesSettings
from gateway.store.assistant import running
from gateway.store.assistant.turns import Turn
from gateway.store.database import Connection, Database
from gateway.telemetry import log_failure

log = logging.getLogger(__name__)


class Replier:
    """`answer` raises psycopg.Error while the database is away: then the doorbell is to be received again."""

    def __init__(self, settings: RepliesSettings, database: Database, caller: ModelCaller, notifier: Notifier) -> None:
        self._settings = settings
        self._database = database
        self._caller = caller
        self._notifier = notifier
        self._finisher = TurnFinisher(settings, database)

    def answer(self, turn_id: UUID) -> FinishedTurn | None:
        """Decide a turn or leave it waiting; return None when it is not due, over, or another run's."""
        try:
            turn, prepared = self._database.run(partial(self._claim, turn_id))
        except UniqueViolation:
            return None
        if turn is None or prepared is None:
            return None
        if isinstance(prepared, Reserving):
            prepared = prepared.read()
        with about_session(turn.session_id):
            finished = self._finish(turn, prepared)
            self._tell(turn, finished)
        return finished

    def _claim(self, turn_id: UUID, connection: Connection) -> tuple[Turn | None, Prepared | Reserving | None]:
        claimed = running.ask_claim(connection, turn_id, self._settings.claim_seconds)
        facts = FactsQuery(connection, turn_id)
        turn = claimed.fetchone()
        return turn, prepare(connection, self._settings, turn, facts.read()) if turn else None

    def _finish(self, turn: Turn, prepared: Prepared) -> FinishedTurn | None:
        match prepared:
            case Work():
                return self._call_model(prepared)
            case Said(text):
                return self._finisher.say(turn, text)
            case HandOver(minutes):
                return self._finisher.hand_over(turn, minutes)
            case Later(seconds):
                return self._finisher.postpone(turn, seconds)
            case NotAsked(failure, detail):
                return self._finisher.fail(turn, NoAnswer(failure, detail), counts=False)
            case Skip(reason):
                return self._finisher.skip(turn, reason)

    def _call_model(self, work: Work) -> FinishedTurn | None:
        model = self._caller.model_name(work)
        indicator = self._indicator(work)
        try:
            with indicator or nullcontext():
                answer = self._caller.call(work)
        except NoAnswer as error:
            finished = self._finisher.fail(work.turn, error, model)
        except Exception as error:  # noqa: BLE001
            # What nobody foresaw of a service must not keep the turn from its end.
            log_failure(log, error, turn_id=str(work.turn.id))
            finished = self._finisher.fail(work.turn, Transient(Failure.UNAVAILABLE, type(error).__name__), model)
        else:
            finished = self._finisher.reply(work, answer, model)
        if indicator and finished and finished.owner is None:
            indicator.take_back()
        return finished

    def _tell(self, turn: Turn, finished: FinishedTurn | None) -> None:
        """Log what became of the turn, and wake who has to act on it."""
        status, reason = (finished.status, finished.reason) if finished else ("lost", None)
        log.info("turn", extra={"turn_id": str(turn.id), "kind": turn.kind, "status": status, "reason": reason})
        # One that listens was notified at commit; what it misses it finds by itself.
        if finished and finished.owner and not finished.owner.listens:
            self._notifier.wake_owner(finished.owner.shard, finished.owner.id)
        if finished and finished.next_turn:
            self._notifier.wake_turn(finished.next_turn)

    def _indicator(self, work: Work) -> TypingIndicator | None:
        """Return None where nobody would see it."""
        turn, session = work.turn, work.session
        if turn.chat_id is None or session.presented.state is not SessionState.CONNECTED:
            return None
        interval = self._settings.typing_interval_seconds
        return TypingIndicator(self._database, self._notifier, session, turn.chat_id, interval)
