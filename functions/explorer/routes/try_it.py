"""Try it: virtual phones beside the gateway, so that the whole loop is seen on one screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, field
from functions.explorer.pages import page
from functions.explorer.phones import ControlError, Phone, PhoneMessage, Phones, PhonesDep
from functions.explorer.routes.connection import view
from functions.explorer.views import MessageView, SessionView
from gateway.client import Gateway, Problem, Session, Status, calls
from gateway.domain.sessions import SessionState

router = APIRouter(prefix=f"{PATH}/try-it")

POLL_SECONDS = 1.5
PHONES_SHOWN = 12
MESSAGES_SHOWN = 30
SESSION_NAME = "My first session"


@dataclass(frozen=True, slots=True)
class PhoneView:
    """A phone as it is drawn."""

    phone: Phone
    messages: list[PhoneMessage]
    # Whom its owner would write to.
    partner: str
    draft: str

    @property
    def unread(self) -> PhoneMessage | None:
        """The newest message its owner has not read."""
        return next((m for m in reversed(self.messages) if not m.from_me and m.status != "read"), None)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the visitor has come; the first step that is not done is the next."""

    steps: tuple[tuple[str, bool], ...]

    @property
    def next(self) -> int:
        return next((i for i, (_, done) in enumerate(self.steps) if not done), len(self.steps))


@router.get("")
def show_try_it(
    request: Request, gateway: GatewayDep, phones: PhonesDep, session: Annotated[UUID | None, Query()] = None
) -> Response:
    """Everything on one screen."""
    return _show(request, gateway, phones, session)


@router.post("/start")
def start(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep) -> Response:
    """Make a session where there is none, and begin to link it."""

    def act() -> None:
        session = _newest(gateway, None) or gateway.create_session(SESSION_NAME)
        session.connect()

    return _acted(request, gateway, phones, form, act)


@router.post("/reply")
def reply(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep) -> Response:
    """Send a message through the gateway."""

    def act() -> None:
        call = calls.send(UUID(field(form, "session")), field(form, "to"), field(form, "text"), wait=False)
        gateway.ask(call)

    return _acted(request, gateway, phones, form, act)


@router.post("/phones")
def add_phone(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep) -> Response:
    """Buy a phone."""
    return _acted(
        request, gateway, phones, form, lambda: phones.create(field(form, "number").strip(), field(form, "name"))
    )


@router.post("/phones/{number}/scan")
def scan(request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep) -> Response:
    """The phone reads the session's QR code, or its owner types the pairing code."""

    def act() -> None:
        status = gateway.ask(calls.status(UUID(field(form, "session"))))
        if status.pairing_code:
            phones.enter(number, status.pairing_code)
        elif status.qr_text:
            phones.scan(number, status.qr_text)
        else:
            raise ControlError("There is no code to scan right now; wait for the next one.")

    return _acted(request, gateway, phones, form, act)


@router.post("/phones/{number}/write")
def write(request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep) -> Response:
    """The phone's owner writes to somebody."""
    return _acted(
        request, gateway, phones, form, lambda: phones.write(number, field(form, "to").strip(), field(form, "text"))
    )


@router.post("/phones/{number}/read")
def read(request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep) -> Response:
    """The phone's owner reads what came."""

    def act() -> None:
        for message in phones.messages(number):
            if not message.from_me and message.status != "read":
                phones.read(number, message.id)

    return _acted(request, gateway, phones, form, act)


@router.post("/phones/{number}/unlink")
def unlink(request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep) -> Response:
    """The phone's owner removes the linked devices."""
    return _acted(request, gateway, phones, form, lambda: phones.unlink(number))


def _acted(request: Request, gateway: Gateway, phones: Phones, form: FormData, act: Callable[[], object]) -> Response:
    try:
        act()
    except (ControlError, Problem) as error:
        return _show(request, gateway, phones, None, notice=str(error), status=409)
    return RedirectResponse(f"{PATH}/try-it", 303)


def _newest(gateway: Gateway, session_id: UUID | None) -> Session | None:
    sessions = gateway.sessions()
    return gateway.session(session_id) if session_id else next(sessions, None)


def _show(
    request: Request,
    gateway: Gateway,
    phones: Phones,
    session_id: UUID | None,
    *,
    notice: str = "",
    status: int = 200,
) -> Response:
    session = _newest(gateway, session_id)
    shown = view(gateway, session) if session else None
    messages = list(islice(session.messages(), MESSAGES_SHOWN)) if session else []
    known = phones.all()[:PHONES_SHOWN]
    drawn = [_phone(phones, phone, known, shown) for phone in known]
    return page(
        request,
        "try_it.html",
        status=status,
        poll=POLL_SECONDS,
        notice=notice,
        api_url=request.app.state.settings.api_url,
        session=shown,
        code=_code(shown.status if shown else None),
        messages=[MessageView(message) for message in reversed(messages)],
        phones=drawn,
        contact=next((each.phone for each in drawn if shown and each.phone.number != shown.info.phone_number), None),
        progress=_progress(shown, [message.from_me for message in messages]),
    )


def _phone(phones: Phones, phone: Phone, others: list[Phone], session: SessionView | None) -> PhoneView:
    linked = session.info.phone_number if session and session.is_linked else None
    is_linked_one = phone.number == linked
    partner = next((other.number for other in others if other.number != phone.number), "")
    draft = "I am typing this on my own phone." if is_linked_one else "Hello! Is the flat still available?"
    to = partner if is_linked_one or linked is None else linked
    return PhoneView(phone, phones.messages(phone.number)[-MESSAGES_SHOWN:], to, draft)


def _code(status: Status | None) -> str:
    """What a phone can do about the session: scan or type."""
    if status is None:
        return ""
    return "type" if status.pairing_code else "scan" if status.qr_text else ""


def _progress(session: SessionView | None, from_me: list[bool]) -> Progress:
    connected = session is not None and session.info.status == SessionState.CONNECTED
    return Progress(
        (
            ("Start a session", session is not None and not session.can_connect),
            ("Scan its code with a phone", connected),
            ("Write from the other phone", connected and not all(from_me)),
            ("Answer through the gateway", connected and any(from_me)),
        )
    )
