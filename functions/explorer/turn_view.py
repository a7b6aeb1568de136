"""What templates show of the assistant's turns: how they ended and why, and what was asked and answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from gateway.client import Gateway, Message, NotFound, Session, Turn, calls
from gateway.client import assistant as endpoints
from gateway.domain.turns import TurnKind, TurnStatus

# A burst of more messages is shown from its beginning.
_LONGEST_BURST = 20

_TURN_LABELS: dict[str, tuple[str, str]] = {
    TurnStatus.WAITING: ("Waiting", "busy"),
    TurnStatus.RUNNING: ("Thinking", "busy"),
    TurnStatus.REPLIED: ("Answered", "good"),
    TurnStatus.SKIPPED: ("Left alone", "idle"),
    TurnStatus.FAILED: ("Failed", "bad"),
    TurnStatus.SUPERSEDED: ("Answered later", "idle"),
}


@dataclass(frozen=True, slots=True)
class TurnView:
    """A turn of the assistant."""

    turn: Turn

    @property
    def label(self) -> str:
        return _TURN_LABELS.get(self.turn.status, (str(self.turn.status), "idle"))[0]

    @property
    def tone(self) -> str:
        return _TURN_LABELS.get(self.turn.status, ("", "idle"))[1]

    @property
    def is_trial(self) -> bool:
        return self.turn.kind == TurnKind.TEST

    @property
    def explanation(self) -> str:
        """Why the turn ended as it did; empty where there is nothing to explain."""
        if self.turn.detail:
            return self.turn.detail
        if self.is_trial:
            return "Nothing was sent."
        if self.turn.status == TurnStatus.SUPERSEDED:
            return "More messages came; one answer saw them all."
        return "It answered the contact." if self.turn.status == TurnStatus.REPLIED else ""

    @property
    def cost(self) -> str:
        """Model, tokens and latency, as far as they are known."""
        turn = self.turn
        parts = [
            turn.model,
            f"{turn.usage.total_tokens} tokens" if turn.usage else None,
            f"{turn.latency_ms / 1000:.1f} s" if turn.latency_ms is not None else None,
        ]
        return " · ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class TurnContent:
    """An opened turn: what was written, what was answered, and by whom; as far as it is still stored."""

    question: str
    answer: str
    contact: str


@dataclass(frozen=True, slots=True)
class OpenedTurn:
    """The turn of the list that is shown with its content."""

    turn: Turn
    content: TurnContent

    @property
    def id(self) -> UUID:
        return self.turn.id


def open_turn(gateway: Gateway, session: Session, turn_id: UUID) -> OpenedTurn:
    """Return a turn with its content. Raise NotFound."""
    turn = gateway.ask(endpoints.turn(session.id, turn_id))
    return OpenedTurn(turn, _content_of(gateway, session, turn))


def _content_of(gateway: Gateway, session: Session, turn: Turn) -> TurnContent:
    if turn.chat_id is None:
        return TurnContent(turn.question or "", turn.answer or "", "")
    asked = _asked(gateway, session, turn)
    answered = turn.answer or "\n".join(_texts(_answered(gateway, session, turn)))
    named = asked[-1] if asked else None
    contact = (named.chat_name or named.chat_phone_number or "") if named else ""
    return TurnContent("\n".join(_texts(asked)), answered, contact)


def _asked(gateway: Gateway, session: Session, turn: Turn) -> list[Message]:
    """Return the messages that the turn answers, oldest first."""
    try:
        first, last = (
            gateway.ask(calls.message(session.id, id)) for id in (turn.first_answered_id, turn.answered_id) if id
        )
    except (NotFound, ValueError):
        return []
    if first.id == last.id:
        return [last]
    begin, end = sorted((first.timestamp, last.timestamp))
    between = {"since": begin, "until": end + timedelta(milliseconds=1), "direction": "in"}
    page = gateway.ask(calls.messages(session.id, chat=turn.chat_id, limit=_LONGEST_BURST, filters=between))
    # A turn has what was stored from its first message to its last; by WhatsApp's time others may lie between.
    return [message for message in reversed(page.items) if first.id <= message.id <= last.id]


def _answered(gateway: Gateway, session: Session, turn: Turn) -> list[Message]:
    """Return the messages that the turn sent, oldest first."""
    if turn.status != TurnStatus.REPLIED or turn.ended_at is None:
        return []
    around = {
        "since": turn.ended_at - timedelta(minutes=5),
        "until": turn.ended_at + timedelta(days=1),
        "direction": "out",
    }
    page = gateway.ask(calls.messages(session.id, chat=turn.chat_id, limit=100, filters=around))
    return [message for message in reversed(page.items) if message.turn_id == turn.id]


def _texts(messages: list[Message]) -> list[str]:
    return [message.content or message.message_type for message in messages]
