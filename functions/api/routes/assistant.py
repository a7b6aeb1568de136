"""The assistant: settings, trials, turns, usage, and takeovers of chats."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from functions.api.assistants import Change, read_change
from functions.api.auth import ManagerDep, ReaderDep, SenderDep
from functions.api.chat_lookup import filtered_chat, named_chat, named_person
from functions.api.http import pagination
from functions.api.http.openapi_responses import LOCATION, Responses, problems
from functions.api.http.pagination import CursorDep, LimitDep, paginate
from functions.api.http.routing import KeyedRoute
from functions.api.platform_limits import require_trial_allowed, require_within_limits
from functions.api.routes.chats import ChatPath
from functions.api.schemas.assistant import (
    AssistantBody,
    AssistantSettings,
    DayBody,
    TakeOver,
    TakeoverBody,
    UsageBody,
)
from functions.api.schemas.turns import Trial, TrialPending, TurnBody, TurnPage
from functions.api.sending import PrefersAsyncDep
from functions.api.services import Services, ServicesDep
from functions.api.trials import is_under_way, run_trial
from gateway.callers import Caller
from gateway.domain.assistant import TakeoverReason
from gateway.domain.turns import TurnStatus
from gateway.store import sessions
from gateway.store.assistant import clocks, configs, conversations, silence, turns, usage
from gateway.store.assistant.turns import Turn
from gateway.store.chats import Chat
from gateway.store.database import Connection

router = APIRouter(prefix="/sessions/{session_id}", tags=["assistant"], route_class=KeyedRoute)

_CURSOR = "turns"
# Of a takeover through the API where the session's own time is 0.
_TAKEOVER_MINUTES = 30
_TRIAL: Responses = {
    202: {"model": TrialPending, "headers": LOCATION, "description": "Still thinking; read the turn later."},
}


@router.get("/ai", summary="Read the assistant's settings", responses=problems(404))
def get_assistant(session_id: UUID, caller: ReaderDep, services: ServicesDep) -> AssistantBody:
    """The defaults, switched off, where nothing was ever set."""
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        return AssistantBody.of(configs.get(connection, session.id))


@router.put("/ai", summary="Replace the assistant's settings", responses=problems(404, body=True))
def replace_assistant(
    session_id: UUID, body: AssistantSettings, caller: ManagerDep, services: ServicesDep
) -> AssistantBody:
    """What is omitted goes back to its default, the stored key included. A problem and a pause are forgotten."""
    return _set_assistant(session_id, body, caller, services, whole=True)


@router.patch("/ai", summary="Change the assistant's settings", responses=problems(404, body=True))
def change_assistant(
    session_id: UUID, body: AssistantSettings, caller: ManagerDep, services: ServicesDep
) -> AssistantBody:
    """What is omitted stays as it is, the stored key included. A problem and a pause are forgotten."""
    return _set_assistant(session_id, body, caller, services, whole=False)


def _set_assistant(
    session_id: UUID, body: AssistantSettings, caller: Caller, services: Services, *, whole: bool
) -> AssistantBody:
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        config = configs.get(connection, session.id)
        find = partial(named_person, connection, session.id)
        private_urls = services.settings.private_model_urls
        change = read_change(body, config, find, private_urls=private_urls, whole=whole)
    ciphertext = services.model_keys.encrypt(change.key, session.id) if change.key else None
    with services.database.transaction() as connection:
        changed = _apply(connection, session.id, change, ciphertext)
        require_within_limits(changed, services.settings)
        return AssistantBody.of(changed)


@router.post(
    "/ai/test",
    summary="Try the assistant",
    response_model=TurnBody,
    responses={**_TRIAL, **problems(404, 409, body=True)},
)
async def try_assistant(
    session_id: UUID, body: Trial, caller: ManagerDep, services: ServicesDep, prefers_async: PrefersAsyncDep
) -> JSONResponse:
    """What it would answer to a message, without sending anything; its tokens count. Waits as sending does."""
    turn = await run_in_threadpool(_request_trial, services, caller, session_id, body.message)
    turn = await run_trial(services, turn, wait=not prefers_async)
    headers = {"Location": f"/sessions/{session_id}/ai/turns/{turn.id}"}
    if prefers_async:
        headers["Preference-Applied"] = "respond-async"
    if is_under_way(turn):
        pending = TrialPending.model_validate({"id": turn.id, "status": turn.status})
        return JSONResponse(pending.model_dump(mode="json", by_alias=True), 202, headers)
    return JSONResponse(TurnBody.of(turn).model_dump(mode="json", by_alias=True), 200, headers)


@router.get("/ai/usage", summary="Read the tokens by day", responses=problems(404))
def get_usage(
    session_id: UUID,
    caller: ReaderDep,
    services: ServicesDep,
    days: Annotated[int, Query(ge=1, le=400, description="How many days with use at most.")] = 30,
) -> UsageBody:
    """Newest first, beside the budget of a day."""
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        config = configs.get(connection, session.id)
        found = usage.days(connection, session.id, days)
        today = clocks.today(connection, config.time_zone)
    return UsageBody(daily_tokens=config.daily_tokens, today=today, days=[DayBody.of(day) for day in found])


@router.get("/ai/turns", summary="List the assistant's turns", responses=problems(404))
def list_turns(
    session_id: UUID,
    caller: ReaderDep,
    services: ServicesDep,
    limit: LimitDep = 50,
    cursor: CursorDep = None,
    chat: Annotated[str | None, Query(min_length=1, max_length=128, description="Only of this chat.")] = None,
    status: Annotated[TurnStatus | None, Query(description="Only in this state.")] = None,
) -> TurnPage:
    """Every decision: replied, skipped or failed and why, with model, tokens, latency and the message it answered."""
    before = pagination.decode_id(_CURSOR, cursor)
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        chat_id = filtered_chat(connection, session.id, chat).id if chat else None
        rows = turns.page(connection, session.id, chat_id=chat_id, status=status, before=before, limit=limit + 1)
    page, next_cursor = paginate(rows, limit, lambda last: pagination.encode(_CURSOR, last.id))
    return TurnPage(turns=[TurnBody.of(turn) for turn in page], next_cursor=next_cursor)


@router.get("/ai/turns/{turn_id}", summary="Read a turn", responses=problems(404))
def get_turn(session_id: UUID, turn_id: UUID, caller: ReaderDep, services: ServicesDep) -> TurnBody:
    """One decision of the assistant."""
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        return TurnBody.of(turns.get(connection, session.id, turn_id))


@router.get("/chats/{chat}/takeover", summary="Ask who answers in a chat", responses=problems(404))
def get_takeover(session_id: UUID, chat: ChatPath, caller: ReaderDep, services: ServicesDep) -> TakeoverBody:
    """A person who wrote in the chat, on the phone or through the API, has it in hand for a while."""
    with services.database.transaction() as connection:
        return _takeover(connection, _named_chat(connection, caller, session_id, chat))


@router.post("/chats/{chat}/takeover", summary="Take a chat over", responses=problems(404, body=True))
def take_over_chat(
    session_id: UUID, chat: ChatPath, caller: SenderDep, services: ServicesDep, body: TakeOver | None = None
) -> TakeoverBody:
    """The assistant is silent in the chat; an answer that is under way is dropped."""
    with services.database.transaction() as connection:
        found = _locked_chat(connection, caller, session_id, chat)
        minutes = body.minutes if body else None
        minutes = minutes or configs.get(connection, found.session_id).takeover_minutes or _TAKEOVER_MINUTES
        silence.take_over(connection, found.session_id, found.id, minutes * 60)
        answer = _takeover(connection, found)
    services.event_bell.ring()
    return answer


@router.delete("/chats/{chat}/takeover", summary="Hand a chat back", responses=problems(404))
def hand_back_chat(session_id: UUID, chat: ChatPath, caller: SenderDep, services: ServicesDep) -> TakeoverBody:
    """The assistant answers what is written from now on."""
    with services.database.transaction() as connection:
        found = _locked_chat(connection, caller, session_id, chat)
        silence.hand_back(connection, found.session_id, found.id)
        answer = _takeover(connection, found)
    services.event_bell.ring()
    return answer


def _apply(
    connection: Connection, session_id: UUID, change: Change, ciphertext: bytes | None
) -> configs.AssistantConfig:
    config = configs.put(connection, session_id, change.settings)
    if not change.sets_key:
        return config
    configs.set_key(connection, session_id, ciphertext, change.last4)
    return configs.get(connection, session_id)


def _request_trial(services: Services, caller: Caller, session_id: UUID, text: str) -> Turn:
    with services.database.transaction() as connection:
        session = sessions.get(connection, caller.reach, session_id)
        require_trial_allowed(connection, session, text, services.settings)
        return turns.request_test(connection, session.id, text)


def _named_chat(connection: Connection, caller: Caller, session_id: UUID, chat: str) -> Chat:
    session = sessions.get(connection, caller.reach, session_id)
    return named_chat(connection, session.id, chat)


def _locked_chat(connection: Connection, caller: Caller, session_id: UUID, chat: str) -> Chat:
    """Return a chat that is to be changed: whoever changes one locks its session first."""
    session = sessions.lock(connection, caller.reach, session_id)
    return named_chat(connection, session.id, chat)


def _takeover(connection: Connection, chat: Chat) -> TakeoverBody:
    config = configs.get(connection, chat.session_id)
    found = conversations.takeover(connection, config, chat.id)
    if found.until is None or found.until <= datetime.now(UTC):
        return TakeoverBody(chat_id=chat.id, taken_over=False, until=None, reason=None)
    reason = TakeoverReason.WROTE if found.until == found.written_until else TakeoverReason.REQUESTED
    return TakeoverBody(chat_id=chat.id, taken_over=True, until=found.until, reason=reason)
