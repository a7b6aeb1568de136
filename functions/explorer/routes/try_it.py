"""The Try it tab: virtual phones beside the gateway, so that sending and receiving are seen on one screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from functions.explorer.api import GatewayDep
from functions.explorer.auth import PATH, FormDep, text_of
from functions.explorer.message_view import MessageView
from functions.explorer.pages import render_page
from functions.explorer.phones import ControlError, Phone, PhoneMessage, Phones, PhonesDep
from functions.explorer.routes.connection import session_view
from functions.explorer.views import SessionView
from gateway.client import Gateway, Problem, Session, Status, calls
from gateway.domain.sessions import SessionState

router = APIRouter(prefix=f"{PATH}/try-it")

POLL_SECONDS = 1.5
PHONES_SHOWN = 12
MESSAGES_SHOWN = 30
SESSION_NAME = "My first session"


@dataclass(frozen=True, slots=True)
class PhoneView:
    """A virtual phone as it is drawn."""

    phone: Phone
    messages: list[PhoneMessage]
    # The number and the text that its form suggests.
    partner: str
    draft: str

    @property
    def unread(self) -> PhoneMessage | None:
        """The newest message that was not read on the phone."""
        return next((m for m in reversed(self.messages) if not m.from_me and m.status != "read"), None)


@dataclass(frozen=True, slots=True)
class Progress:
    """The steps of the tour: label, and whether it is done."""

    steps: tuple[tuple[str, bool], ...]

    @property
    def next(self) -> int:
        """Index of the first step that is not done; their number where all are."""
        return next((i for i, (_, done) in enumerate(self.steps) if not done), len(self.steps))


@router.get("")
def show_try_it(
    request: Request, gateway: GatewayDep, phones: PhonesDep, session: Annotated[UUID | None, Query()] = None
) -> Response:
    """Show the session and the phones."""
    return _show(request, gateway, phones, session)


@router.post("/start")
def start(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep) -> Response:
    """Connect the newest session; create one where there is none."""

    def act() -> None:
        session = _session_or_newest(gateway, None) or gateway.create_session(SESSION_NAME)
        session.connect()

    return _perform(request, gateway, phones, act)


@router.post("/reply")
def reply(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep) -> Response:
    """Send a message through the gateway."""

    def act() -> None:
        call = calls.send(UUID(text_of(form, "session")), text_of(form, "to"), text_of(form, "text"), wait=False)
        gateway.ask(call)

    return _perform(request, gateway, phones, act)


@router.post("/phones")
def add_phone(request: Request, gateway: GatewayDep, phones: PhonesDep, form: FormDep) -> Response:
    """Create a virtual phone."""
    return _perform(
        request, gateway, phones, lambda: phones.create(text_of(form, "number").strip(), text_of(form, "name"))
    )


@router.post("/phones/{number}/scan")
def scan(request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep) -> Response:
    """Link the phone to the session, by its pairing code where there is one, else by its QR code."""

    def act() -> None:
        status = gateway.ask(calls.status(UUID(text_of(form, "session"))))
        if status.pairing_code:
            phones.enter_code(number, status.pairing_code)
        elif status.qr_text:
            phones.scan_qr(number, status.qr_text)
        else:
            raise ControlError("There is no code to scan right now; wait for the next one.")

    return _perform(request, gateway, phones, act)


@router.post("/phones/{number}/write")
def write(request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep) -> Response:
    """Send a message from the phone."""
    return _perform(
        request, gateway, phones, lambda: phones.send(number, text_of(form, "to").strip(), text_of(form, "text"))
    )


@router.post("/phones/{number}/read")
def read(request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep) -> Response:
    """Mark every received message as read on the phone."""

    def act() -> None:
        for message in phones.messages(number):
            if not message.from_me and message.status != "read":
                phones.mark_read(number, message.id)

    return _perform(request, gateway, phones, act)


@router.post("/phones/{number}/unlink")
def unlink(request: Request, gateway: GatewayDep, phones: PhonesDep, number: str, form: FormDep) -> Response:
    """Remove the linked devices on the phone."""
    return _perform(request, gateway, phones, lambda: phones.unlink(number))


def _perform(request: Request, gateway: Gateway, phones: Phones, act: Callable[[], object]) -> Response:
    """Act, then redirect to the tab; where it is refused show the tab with the reason."""
    try:
        act()
    except (ControlError, Problem) as error:
        return _show(request, gateway, phones, None, notice=str(error), status=409)
    return RedirectResponse(f"{PATH}/try-it", 303)


def _session_or_newest(gateway: Gateway, session_id: UUID | None) -> Session | None:
    return gateway.session(session_id) if session_id else next(gateway.sessions(), None)


def _show(
    request: Request,
    gateway: Gateway,
    phones: Phones,
    session_id: UUID | None,
    *,
    notice: str = "",
    status: int = 200,
) -> Response:
    session = _session_or_newest(gateway, session_id)
    shown = session_view(gateway, session) if session else None
    messages = list(islice(session.messages(), MESSAGES_SHOWN)) if session else []
    some = phones.all()[:PHONES_SHOWN]
    phone_views = [_phone_view(phones, phone, some, shown) for phone in some]
    return render_page(
        request,
        "try_it.html",
        status=status,
        poll=POLL_SECONDS,
        notice=notice,
        api_url=request.app.state.settings.api_url,
        session=shown,
        code=_code_action(shown.status if shown else None),
        messages=[MessageView(message) for message in reversed(messages)],
        phones=phone_views,
        contact=next(
            (each.phone for each in phone_views if shown and each.phone.number != shown.info.phone_number), None
        ),
        progress=_progress(shown, [message.from_me for message in messages]),
    )


def _phone_view(phones: Phones, phone: Phone, others: list[Phone], session: SessionView | None) -> PhoneView:
    linked = session.info.phone_number if session and session.is_linked else None
    is_linked_one = phone.number == linked
    partner = next((other.number for other in others if other.number != phone.number), "")
    draft = "I am typing this on my own phone." if is_linked_one else "Hello! Is the flat still available?"
    to = partner if is_linked_one or linked is None else linked
    return PhoneView(phone, phones.messages(phone.number)[-MESSAGES_SHOWN:], to, draft)


def _code_action(status: Status | None) -> str:
    """Return how a phone can link to the session now: `type` a pairing code, `scan` a QR code; empty: not at all."""
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
