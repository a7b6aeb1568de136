"""The AI tab: the assistant's settings, a trial, its turns and the tokens of each day."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic.alias_generators import to_snake
from starlette.datastructures import FormData

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, text_of
from functions.explorer.charts import bars
from functions.explorer.pages import render_page
from functions.explorer.sessions import choose, offered, redirect_to_first
from functions.explorer.turn_view import OpenedTurn, TurnView, open_turn
from functions.explorer.views import SessionView
from gateway.client import Assistant, Gateway, InvalidInput, Session
from gateway.client import assistant as endpoints

router = APIRouter(prefix=PATH)

POLL_SECONDS = 4.0
TRIAL_POLL_SECONDS = 1.0
TURNS_SHOWN = 30
DAYS_SHOWN = 14

# What an empty field of the form sends depends on the setting: the empty text, null, or an empty list.
_AS_TYPED = (
    "system_prompt", "groups", "max_tokens", "history_messages", "history_tokens", "history_hours",
    "debounce_seconds", "max_age_seconds", "takeover_minutes", "time_zone", "unseen_media",
)  # fmt: skip
_OPTIONAL = ("model", "base_url", "temperature", "fallback_text", "daily_tokens", "language", "disclosure_text")
_LISTS = ("allow", "deny")
_SWITCHES = ("enabled", "keep_prompts", "disclose")


@router.get("/assistant")
def show_assistant(
    request: Request,
    gateway: GatewayDep,
    session: UUID | None = None,
    trial: UUID | None = None,
    turn: UUID | None = None,
) -> Response:
    """Show the assistant of a session; `trial` is the id of a trial turn to show, `turn` of the one to open."""
    if session is None and (first := redirect_to_first(request, gateway)):
        return first
    return _show(request, gateway, session, trial=trial, opened=turn)


@router.post("/sessions/{session_id}/assistant")
def configure(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Change the settings; the model's API key only where one was typed or is to be removed."""
    try:
        gateway.ask(endpoints.configure(session_id, _changes(form)))
    except InvalidInput as error:
        field_errors = {to_snake(each.field.partition(".")[0]): each.detail for each in error.errors}
        return _show(
            request, gateway, session_id, notice=str(error), field_errors=field_errors, submitted=form, status=422
        )
    return _redirect(session_id)


@router.post("/sessions/{session_id}/assistant/try")
def try_out(request: Request, gateway: GatewayDep, session_id: UUID, form: FormDep) -> Response:
    """Start a trial turn: what would the assistant answer?"""
    try:
        turn = gateway.ask(endpoints.test(session_id, text_of(form, "message")))
    except InvalidInput as error:
        return _show(request, gateway, session_id, notice=str(error), status=422)
    return _redirect(session_id, trial=turn.id)


def _changes(form: FormData) -> dict[str, object]:
    changes: dict[str, object] = {name: text_of(form, name) for name in _AS_TYPED}
    changes |= {name: text_of(form, name).strip() or None for name in _OPTIONAL}
    changes |= {name: [line.strip() for line in text_of(form, name).splitlines() if line.strip()] for name in _LISTS}
    changes |= {name: bool(text_of(form, name)) for name in _SWITCHES}
    if key := text_of(form, "api_key").strip():
        changes["api_key"] = key
    elif text_of(form, "remove_key"):
        changes["api_key"] = None
    return changes


def _field_values(config: Assistant, submitted: FormData | None) -> dict[str, object]:
    """Return the values of the form's fields: what was submitted and refused, else the settings."""
    names = (*_AS_TYPED, *_OPTIONAL, *_LISTS, *_SWITCHES)
    if submitted is not None:
        return {**{name: text_of(submitted, name) for name in names}, "api_key": ""}
    texts = {name: "" if (value := getattr(config, name)) is None else value for name in names}
    return {**texts, **{name: "\n".join(getattr(config, name)) for name in _LISTS}, "api_key": ""}


def _show(
    request: Request,
    gateway: Gateway,
    session_id: UUID | None,
    *,
    trial: UUID | None = None,
    opened: UUID | None = None,
    notice: str = "",
    field_errors: dict[str, str] | None = None,
    submitted: FormData | None = None,
    status: int = 200,
) -> Response:
    sessions = offered(gateway, session_id)
    session = choose(sessions, session_id)
    trial_turn = gateway.ask(endpoints.turn(session.id, trial)) if session and trial else None
    return render_page(
        request,
        "assistant.html",
        status=status,
        poll=TRIAL_POLL_SECONDS if trial_turn and trial_turn.is_under_way else POLL_SECONDS,
        sessions=[SessionView(each.info) for each in sessions],
        session=SessionView(session.info) if session else None,
        notice=notice,
        field_errors=field_errors or {},
        trial=TurnView(trial_turn) if trial_turn else None,
        **(_assistant(gateway, session, submitted, opened) if session else {}),
    )


def _assistant(
    gateway: Gateway, session: Session, submitted: FormData | None, opened: UUID | None
) -> dict[str, object]:
    config = session.assistant()
    usage = session.token_usage(days=DAYS_SHOWN)
    tokens_by_day = {day.day: day.total_tokens for day in usage.days}
    turns = list(gateway.ask(endpoints.turns(session.id, limit=TURNS_SHOWN)).items)
    content: OpenedTurn | None = open_turn(gateway, session, opened) if opened else None
    if content and all(turn.id != content.id for turn in turns):
        turns.append(content.turn)
    return {
        "config": config,
        "values": _field_values(config, submitted),
        "chart": bars(tokens_by_day, DAYS_SHOWN, usage.today),
        "turns": [TurnView(turn) for turn in turns],
        "opened": content,
    }


def _redirect(session_id: UUID, **parameters: UUID) -> Response:
    return RedirectResponse(f"{PATH}/assistant?{urlencode({'session': session_id, **parameters})}", 303)
