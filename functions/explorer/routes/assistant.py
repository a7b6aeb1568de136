"""AI: what the assistant may do, a trial, what it decided and what it cost."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic.alias_generators import to_snake
from starlette.datastructures import FormData

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, field
from functions.explorer.charts import bars
from functions.explorer.pages import page
from functions.explorer.sessions import chosen
from functions.explorer.views import SessionView, TurnView
from gateway.client import Assistant, Gateway, InvalidInput, Session, Turn
from gateway.client import assistant as endpoints

router = APIRouter(prefix=PATH)

POLL_SECONDS = 4.0
TRIAL_POLL_SECONDS = 1.0
TURNS_SHOWN = 30
DAYS_SHOWN = 14

# What an empty field means depends on the setting.
_ALWAYS = (
    "system_prompt", "groups", "max_tokens", "history_messages", "history_tokens", "history_hours",
    "debounce_seconds", "max_age_seconds", "takeover_minutes",
)  # fmt: skip
_OPTIONAL = ("model", "base_url", "temperature", "fallback_text", "daily_tokens")
_LISTS = ("allow", "deny")
_SWITCHES = ("enabled", "keep_prompts")


@router.get("/assistant")
def show_assistant(
    request: Request, gateway: GatewayDep, session: UUID | None = None, trial: UUID | None = None
) -> Response:
    """The assistant of a session; `trial` is the turn of a trial to show."""
    return _show(request, gateway, session, trial=trial)


@router.post("/sessions/{session_id}/assistant")
def configure(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Change the settings; the key only where one was typed or is to be removed."""
    try:
        gateway.ask(endpoints.configure(session_id, _changes(form)))
    except InvalidInput as error:
        wrong = {to_snake(each.field.partition(".")[0]): each.detail for each in error.errors}
        return _show(request, gateway, session_id, notice=str(error), wrong=wrong, typed=form, status=422)
    return _to(session_id)


@router.post("/sessions/{session_id}/assistant/try")
def try_out(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Ask what it would answer."""
    try:
        turn = gateway.ask(endpoints.test(session_id, field(form, "message")))
    except InvalidInput as error:
        return _show(request, gateway, session_id, notice=str(error), status=422)
    return _to(session_id, trial=turn.id)


def _changes(form: FormData) -> dict[str, object]:
    changes: dict[str, object] = {name: field(form, name) for name in _ALWAYS}
    changes |= {name: field(form, name).strip() or None for name in _OPTIONAL}
    changes |= {name: [line.strip() for line in field(form, name).splitlines() if line.strip()] for name in _LISTS}
    changes |= {name: bool(field(form, name)) for name in _SWITCHES}
    if key := field(form, "api_key").strip():
        changes["api_key"] = key
    elif field(form, "remove_key"):
        changes["api_key"] = None
    return changes


def _values(config: Assistant, typed: FormData | None) -> dict[str, object]:
    """What stands in the fields: what was typed, else what is set."""
    names = (*_ALWAYS, *_OPTIONAL, *_LISTS, *_SWITCHES)
    if typed is not None:
        return {**{name: field(typed, name) for name in names}, "api_key": ""}
    texts = {name: "" if (value := getattr(config, name)) is None else value for name in names}
    return {**texts, **{name: "\n".join(getattr(config, name)) for name in _LISTS}, "api_key": ""}


def _show(
    request: Request,
    gateway: Gateway,
    session_id: UUID | None,
    *,
    trial: UUID | None = None,
    notice: str = "",
    wrong: dict[str, str] | None = None,
    typed: FormData | None = None,
    status: int = 200,
) -> Response:
    sessions = list(gateway.sessions())
    session = chosen(sessions, session_id)
    tried = gateway.ask(endpoints.turn(session.id, trial)) if session and trial else None
    return page(
        request,
        "assistant.html",
        status=status,
        poll=TRIAL_POLL_SECONDS if tried and tried.is_under_way else POLL_SECONDS,
        sessions=[SessionView(each.info) for each in sessions],
        session=SessionView(session.info) if session else None,
        notice=notice,
        wrong=wrong or {},
        trial=TurnView(tried) if tried else None,
        **(_assistant(gateway, session, typed) if session else {}),
    )


def _assistant(gateway: Gateway, session: Session, typed: FormData | None) -> dict[str, object]:
    config = session.assistant()
    used = {day.day: day.total_tokens for day in session.token_usage(days=DAYS_SHOWN).days}
    turns: tuple[Turn, ...] = gateway.ask(endpoints.turns(session.id, limit=TURNS_SHOWN)).items
    return {
        "config": config,
        "values": _values(config, typed),
        "chart": bars(used, DAYS_SHOWN),
        "turns": [TurnView(turn) for turn in turns],
    }


def _to(session_id: UUID, **more: UUID) -> Response:
    return RedirectResponse(f"{PATH}/assistant?{urlencode({'session': session_id, **more})}", 303)
