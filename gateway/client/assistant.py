"""The assistant: what the API answers of it, and its endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field
from pydantic.alias_generators import to_camel

from gateway.client.calls import Call, Id, Page, pages_of, path, post, query
from gateway.client.models import Model
from gateway.domain.assistant import GroupPolicy
from gateway.domain.turns import TurnKind, TurnStatus

Outcome = Annotated[TurnStatus | str, Field(union_mode="left_to_right")]
Kind = Annotated[TurnKind | str, Field(union_mode="left_to_right")]
Groups = Annotated[GroupPolicy | str, Field(union_mode="left_to_right")]


class Assistant(Model):
    """Settings; `api_key` is the last four characters of the stored key, `problem_detail` why it could not answer."""

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
    groups: Groups
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    takeover_minutes: int
    fallback_text: str | None = None
    daily_tokens: int | None = None
    keep_prompts: bool = False
    problem: str | None = None
    problem_detail: str | None = None
    problem_at: datetime | None = None
    paused_until: datetime | None = None
    updated_at: datetime | None = None


class TokenUsage(Model):
    """As the model's service counted."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class Turn(Model):
    """One decision of the assistant; `detail` says for people why it was skipped or failed."""

    id: UUID
    kind: Kind = TurnKind.REPLY
    status: Outcome
    reason: str | None = None
    detail: str | None = None
    chat_id: UUID | None = None
    message_id: UUID | None = None
    superseded_by: UUID | None = None
    model: str | None = None
    usage: TokenUsage | None = None
    latency_ms: int | None = None
    answer: str | None = None
    prompt: list[dict[str, str]] | None = None
    created_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_under_way(self) -> bool:
        return self.status in (TurnStatus.WAITING, TurnStatus.RUNNING)


class DayUsage(TokenUsage):
    """What was used on one day (UTC)."""

    day: date
    calls: int


class Usage(Model):
    """Newest day first; days without use are left out."""

    daily_tokens: int | None = None
    days: tuple[DayUsage, ...]


class Takeover(Model):
    """Who answers in a chat, and until when a person has it in hand."""

    chat_id: UUID
    taken_over: bool
    until: datetime | None = None


def assistant(session_id: Id) -> Call[Assistant]:
    return Call("GET", path("sessions", session_id, "ai"), Assistant.model_validate)


def configure(session_id: Id, changes: Mapping[str, object]) -> Call[Assistant]:
    """`changes` are named as the fields of Assistant; what is not named stays."""
    body = {to_camel(name): value for name, value in changes.items()}
    return Call("PUT", path("sessions", session_id, "ai"), Assistant.model_validate, body=body)


def test(session_id: Id, message: str) -> Call[Turn]:
    return post(path("sessions", session_id, "ai", "test"), Turn.model_validate, {"message": message})


def turn(session_id: Id, turn_id: Id) -> Call[Turn]:
    return Call("GET", path("sessions", session_id, "ai", "turns", turn_id), Turn.model_validate)


def turns(
    session_id: Id, cursor: str | None = None, *, chat: Id | None = None, limit: int | None = None
) -> Call[Page[Turn]]:
    where = path("sessions", session_id, "ai", "turns")
    return Call("GET", where, pages_of("turns", Turn.model_validate), query(cursor=cursor, chat=chat, limit=limit))


def usage(session_id: Id, days: int | None = None) -> Call[Usage]:
    return Call("GET", path("sessions", session_id, "ai", "usage"), Usage.model_validate, query(days=days))


def takeover(session_id: Id, chat: Id) -> Call[Takeover]:
    return Call("GET", path("sessions", session_id, "chats", chat, "takeover"), Takeover.model_validate)


def take_over(session_id: Id, chat: Id, minutes: int | None = None) -> Call[Takeover]:
    where = path("sessions", session_id, "chats", chat, "takeover")
    return post(where, Takeover.model_validate, {"minutes": minutes} if minutes else {})


def hand_back(session_id: Id, chat: Id) -> Call[Takeover]:
    return Call("DELETE", path("sessions", session_id, "chats", chat, "takeover"), Takeover.model_validate)
