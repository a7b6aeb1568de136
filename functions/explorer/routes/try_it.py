"""The Try it tab: virtual phones beside the gateway, so that sending and receiving are seen on one screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, id_of, text_of
from functions.explorer.bubbles import bubbles
from functions.explorer.pages import render_page
from functions.explorer.phone_kinds import KINDS, message_of
from functions.explorer.phones import ControlError, Phone, Phones, PhonesDep
from functions.explorer.routes.connection import session_view
from functions.explorer.sessions import choose, offered
from functions.explorer.stage import (
    MOST_PHONES,
    Choice,
    ChoiceDep,
    PhoneView,
    Stage,
    linked_number,
    phone_view,
    shown_text,
    steps,
)
from functions.explorer.views import SessionView
from gateway.client import Gateway, Problem, Session, calls, send_calls
from gateway.domain.served_files import disposition, served_type

router = APIRouter(prefix=f"{PATH}/try-it")

POLL_SECONDS = 1.5
MESSAGES_SHOWN = 30
SESSION_NAME = "My first session"


@router.get("")
def show_try_it(request: Request, gateway: GatewayDep, phones: PhonesDep, choice: ChoiceDep) -> Response:
    """Show the session and the phones; an address without a session leads to the one with it."""
    sessions = offered(gateway, choice.session)
    first = choose(sessions, None)
    if choice.session is None and first is not None:
        return _redirect(replace(choice, session=first.id))
    return _show(request, gateway, phones, choice, sessions)


@router.post("/start")
def start(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep, choice: ChoiceDep) -> Response:
    """Connect the chosen session; create one where there is none."""
    chosen = choice

    def act() -> None:
        nonlocal chosen
        session = (
            gateway.session(choice.session)
            if choice.session
            else gateway.create_session(SESSION_NAME, user_profile_id=gateway.current_key().user_profile_or_new())
        )
        chosen = replace(choice, session=session.id)
        session.connect()

    refused = _refusal(request, gateway, phones, choice, act)
    return refused or _redirect(chosen)


@router.post("/reply")
def reply(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep, choice: ChoiceDep) -> Response:
    """Send a message through the gateway."""

    def act() -> None:
        text = text_of(form, "text").replace("\r\n", "\n")
        gateway.ask(send_calls.send(id_of(form, "session"), send_calls.text(text_of(form, "to"), text), wait=False))

    return _perform(request, gateway, phones, choice, act)


@router.post("/phones")
def add_phone(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep, choice: ChoiceDep) -> Response:
    """Create a virtual phone, and show it beside the others."""
    chosen = choice

    def act() -> None:
        nonlocal chosen
        session = gateway.session(choice.session).info if choice.session else None
        before = choice.shown(phones.all(), linked_number(SessionView(session) if session else None))
        made = phones.create(text_of(form, "number"), text_of(form, "name").strip())
        numbers = [*(phone.number for phone in before), made.number][-MOST_PHONES:]
        chosen = replace(choice, phones=tuple(numbers))

    refused = _refusal(request, gateway, phones, choice, act)
    return refused or _redirect(chosen)


@router.post("/phones/{number}/scan")
def scan(
    request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep, choice: ChoiceDep
) -> Response:
    """Link the phone to the session, by its pairing code where there is one, else by its QR code."""

    def act() -> None:
        status = gateway.ask(calls.status(id_of(form, "session")))
        if status.pairing_code:
            phones.enter_code(number, status.pairing_code)
        elif status.qr_text:
            phones.scan_qr(number, status.qr_text)
        else:
            raise ControlError("There is no code to scan right now; wait for the next one.")

    return _perform(request, gateway, phones, choice, act)


@router.post("/phones/{number}/write")
def write(
    request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep, choice: ChoiceDep
) -> Response:
    """Send a message of any kind from the phone."""

    def act() -> None:
        values = {name: text_of(form, name).replace("\r\n", "\n") for name in form}
        phones.send(number, message_of(values.get("kind") or "text", values))

    return _perform(request, gateway, phones, choice, act)


@router.get("/phones/{number}/messages/{message_id}/file")
def show_file(gateway: GatewayDep, phones: PhonesDep, number: str, message_id: str) -> Response:
    """Show a file as the phone decrypted it; what could hold a script is saved."""
    data, mimetype = phones.file(number, message_id)
    headers = {"Content-Disposition": disposition(mimetype, None), "Cache-Control": "private, max-age=240"}
    return Response(data, media_type=served_type(mimetype), headers=headers)


@router.post("/phones/{number}/read")
def read(
    request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep, choice: ChoiceDep
) -> Response:
    """Mark every received message as read on the phone."""
    return _perform(request, gateway, phones, choice, lambda: phones.read_all(number))


@router.post("/phones/{number}/unlink")
def unlink(
    request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep, choice: ChoiceDep
) -> Response:
    """Remove the linked devices on the phone."""
    return _perform(request, gateway, phones, choice, lambda: phones.unlink(number))


@router.post("/phones/{number}/delete")
def delete_phone(
    request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep, choice: ChoiceDep
) -> Response:
    """Delete the phone with its account."""
    left = replace(choice, phones=tuple(each for each in choice.phones if each != number))
    refused = _refusal(request, gateway, phones, choice, lambda: phones.delete(number))
    return refused or _redirect(left)


def _perform(request: Request, gateway: Gateway, phones: Phones, choice: Choice, act: Callable[[], object]) -> Response:
    """Act, then redirect to the tab; where it is refused show the tab with the reason."""
    return _refusal(request, gateway, phones, choice, act) or _redirect(choice)


def _refusal(
    request: Request, gateway: Gateway, phones: Phones, choice: Choice, act: Callable[[], object]
) -> Response | None:
    """Act; return the tab with the reason where it is refused, None where it is done."""
    try:
        act()
    except (ControlError, Problem) as error:
        return _show(request, gateway, phones, choice, offered(gateway, choice.session), notice=str(error), status=409)
    return None


def _redirect(choice: Choice) -> Response:
    return RedirectResponse(f"{PATH}/try-it{choice.query()}", 303)


def _show(
    request: Request,
    gateway: Gateway,
    phones: Phones,
    choice: Choice,
    sessions: list[Session],
    *,
    notice: str = "",
    status: int = 200,
) -> Response:
    session = _view(gateway, choice, sessions)
    messages = gateway.ask(calls.messages(session.info.id, limit=MESSAGES_SHOWN)).items if session else ()
    everybody = phones.all()
    return render_page(
        request,
        "try_it.html",
        status=status,
        poll=POLL_SECONDS,
        notice=notice,
        api_url=request.app.state.settings.api_url,
        choice=choice,
        sessions=[SessionView(each.info) for each in sessions],
        session=session,
        stage=Stage(
            session,
            _phone_views(phones, choice, everybody, linked_number(session)),
            steps(session, [message.from_me for message in messages]),
        ),
        messages=bubbles(messages) if session else [],
        everybody=everybody,
        kinds=KINDS,
        shown_text=shown_text,
        most_phones=MOST_PHONES,
    )


def _view(gateway: Gateway, choice: Choice, sessions: list[Session]) -> SessionView | None:
    """Return the chosen session; None where there is none yet."""
    return (
        session_view(gateway, chosen.info) if choice.session and (chosen := choose(sessions, choice.session)) else None
    )


def _phone_views(phones: Phones, choice: Choice, everybody: list[Phone], linked: str | None) -> list[PhoneView]:
    shown, groups = choice.shown(everybody, linked), phones.groups()
    return [phone_view(phone, phones.recent(phone, MESSAGES_SHOWN), shown, linked, groups) for phone in shown]
