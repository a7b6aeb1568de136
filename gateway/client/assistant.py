"""The assistant: the models of its settings and turns, and its endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from pydantic.alias_generators import to_camel

from gateway.client.calls import Call, Id, Page, page_reader, path, post, query
from gateway.client.models import Model, TurnState
from gateway.domain.assistant import GroupPolicy, Language, TakeoverReason, UnseenMedia
from gateway.domain.turns import TurnKind, TurnStatus

KindOfTurn = Annotated[TurnKind | str, Field(union_mode="left_to_right")]
LanguageSetting = Annotated[Language | str, Field(union_mode="left_to_right")]
UnseenMediaSetting = Annotated[UnseenMedia | str, Field(union_mode="left_to_right")]
GroupSetting = Annotated[GroupPolicy | str, Field(union_mode="left_to_right")]

ReasonOfTakeover = Annotated[TakeoverReason | str, Field(union_mode="left_to_right")]


class Assistant(Model):
    """The assistant's settings; all but the last five are fields that `Session.configure_assistant` changes.

    - `enabled`: whether it replies to messages; `system_prompt`: the owner's instructions.
    - `model`, `base_url`: any model of an OpenAI-compatible service; None is the platform's. `api_key`: the last four
      characters of the stored key, None where there is none.
    - `temperature`: None is the model's default. `max_tokens`: the longest reply.
    - `history_messages`, `history_tokens`, `history_hours`: how much of the chat the model is shown at most.
    - `debounce_seconds`: how long a chat must be silent before a reply, so that a burst gets one. `max_age_seconds`:
      older messages, such as those after a reconnect, get none.
    - `groups`: `never`, or `mentioned` for messages that mention or quote this number.
    - `allow`, `deny`: phone numbers that alone get replies (everybody where it is empty), and that never get one.
    - `takeover_minutes`: for how long the assistant is silent in a chat after a person wrote there; 0 is not at all.
    - `fallback_text`: sent when the model fails, at most once an hour in a chat; None is nothing.
    - `daily_tokens`: the budget of a day in `time_zone` (an IANA name); None is none.
    - `disclose`, `disclosure_text`: whether contacts are told that a machine answers, with its first message in a chat
      and again after 30 days, and how; None is the standard text in `language`, which None is that of the number's
      country.
    - `unseen_media`: what is done about media, which the model cannot see: `say` so, be `silent`, or `hand_over` the
      chat to a person.
    - `keep_prompts`: whether turns keep what the model was shown and what it replied.
    - `problem`, `problem_detail`, `problem_at`: why it could not reply last, for programs and for people; None once it
      can. `paused_until`: the model is not called before then.
    """

    enabled: bool
    system_prompt: str
    model: str | None = None
    api_key: str | None = None
    base_url: str | None = None
    temperature: float | None = None
    max_tokens: int
    history_messages: int
    history_tokens: int
    history_hours: int
    debounce_seconds: int
    max_age_seconds: int
    groups: GroupSetting
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    takeover_minutes: int
    fallback_text: str | None = None
    daily_tokens: int | None = None
    keep_prompts: bool = False
    language: LanguageSetting | None = None
    time_zone: str = "UTC"
    disclose: bool = True
    disclosure_text: str | None = None
    unseen_media: UnseenMediaSetting = UnseenMedia.SAY
    problem: str | None = None
    problem_detail: str | None = None
    problem_at: datetime | None = None
    paused_until: datetime | None = None
    updated_at: datetime | None = None


class TokenUsage(Model):
    """Tokens, as the model's service counted them."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Turn(Model):
    """One decision of the assistant: to reply to a contact's messages, or not.

    - `kind`: `reply`, or `test` for a trial that sends nothing.
    - `status`: `waiting`, `running`, then `replied`, `skipped`, `failed` or `superseded` (by the turn `superseded_by`,
      which replies to these messages too).
    - `reason`, `detail`: why it was skipped or failed, for programs and for people.
    - `answered_id`: our id of the message it replies to, the last of a burst; `first_answered_id`: of the first.
      `message_id` is the older name of `answered_id`: elsewhere that is WhatsApp's id.
    - `question`: what a trial asked. `answer`: the reply, only of a trial or where `keep_prompts` is set; others are
      among the messages. `prompt`: what the model was shown, only where `keep_prompts` is set.
    - `latency_ms`: how long the model took, in milliseconds.
    """

    id: UUID
    kind: KindOfTurn = TurnKind.REPLY
    status: TurnState
    reason: str | None = None
    detail: str | None = None
    chat_id: UUID | None = None
    first_answered_id: UUID | None = None
    answered_id: UUID | None = None
    message_id: UUID | None = None
    superseded_by: UUID | None = None
    model: str | None = None
    usage: TokenUsage | None = None
    latency_ms: int | None = None
    question: str | None = None
    answer: str | None = None
    prompt: list[dict[str, str]] | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether the turn has not ended yet."""
        return self.status in (TurnStatus.WAITING, TurnStatus.RUNNING)


class DayUsage(TokenUsage):
    """The tokens of one day in the session's time zone, and how often the model was called."""

    day: date
    calls: int


class Usage(Model):
    """Tokens by day, newest first, without days of no use; `daily_tokens` is the budget of a day, None for none.

    `today` is the date in the session's time zone.
    """

    daily_tokens: int | None = None
    today: date | None = None
    days: tuple[DayUsage, ...]


class Takeover(Model):
    """Whether a person has taken a chat over, and `until` when the assistant is silent in it.

    `reason` is `wrote` where somebody wrote there, `requested` where it was asked for.
    """

    chat_id: UUID
    taken_over: bool
    until: datetime | None = None
    reason: ReasonOfTakeover | None = None


def assistant(session_id: Id) -> Call[Assistant]:
    """Read the settings."""
    return Call("GET", path("sessions", session_id, "ai"), Assistant.model_validate)


def configure(session_id: Id, changes: Mapping[str, object]) -> Call[Assistant]:
    """Change the settings that `changes` names, as the fields of Assistant; the others stay."""
    body = {to_camel(name): value for name, value in changes.items()}
    return Call("PATCH", path("sessions", session_id, "ai"), Assistant.model_validate, body=body)


def test(session_id: Id, message: str) -> Call[Turn]:
    """Start a trial; the API waits for its end some seconds."""
    return post(path("sessions", session_id, "ai", "test"), Turn.model_validate, {"message": message})


def turn(session_id: Id, turn_id: Id) -> Call[Turn]:
    """Read a turn."""
    return Call("GET", path("sessions", session_id, "ai", "turns", turn_id), Turn.model_validate)


def turns(
    session_id: Id, cursor: str | None = None, *, chat: Id | None = None, limit: int | None = None
) -> Call[Page[Turn]]:
    """List turns, newest first."""
    where = path("sessions", session_id, "ai", "turns")
    return Call("GET", where, page_reader("turns", Turn.model_validate), query(cursor=cursor, chat=chat, limit=limit))


def usage(session_id: Id, days: int | None = None) -> Call[Usage]:
    """Read the tokens by day; `days` is how many with use at most."""
    return Call("GET", path("sessions", session_id, "ai", "usage"), Usage.model_validate, query(days=days))


def takeover(session_id: Id, chat: Id) -> Call[Takeover]:
    """Read whether a person has taken a chat over."""
    return Call("GET", path("sessions", session_id, "chats", chat, "takeover"), Takeover.model_validate)


def take_over(session_id: Id, chat: Id, minutes: int | None = None) -> Call[Takeover]:
    """Silence the assistant in a chat."""
    where = path("sessions", session_id, "chats", chat, "takeover")
    return post(where, Takeover.model_validate, {"minutes": minutes} if minutes else {})


def hand_back(session_id: Id, chat: Id) -> Call[Takeover]:
    """Let the assistant reply in a chat again."""
    return Call("DELETE", path("sessions", session_id, "chats", chat, "takeover"), Takeover.model_validate)
