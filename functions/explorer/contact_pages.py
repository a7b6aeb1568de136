"""The pages of contacts: the list of a session's, and one's card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from fastapi import Request, Response

from functions.explorer.answers import NOTHING, Answer, why_unread
from functions.explorer.pages import render_page
from functions.explorer.pictures import picture_address
from functions.explorer.sessions import choose, offered
from functions.explorer.views import SessionView
from gateway.client import Gateway, Problem, Session, contacts, presence
from gateway.client.calls import Page
from gateway.client.contacts import Contact
from gateway.client.presence import Presence
from gateway.domain.presence import PresenceSetting

POLL_SECONDS = 5.0
CONTACTS_SHOWN = 50
_PICTURES = {
    "hidden": "The picture is not shown to this number.",
    "not_set": "No picture.",
    "unknown": "The picture is not known yet.",
}


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact."""

    contact: Contact

    @property
    def title(self) -> str:
        return self.contact.name or self.contact.phone_number or "Hidden number"

    @property
    def picture(self) -> str:
        """Where the browser gets the picture; empty where none is known."""
        return picture_address(self.contact.picture_url)

    @property
    def without_picture(self) -> str:
        """Why there is no picture; empty where there is one."""
        return "" if self.picture else _PICTURES.get(str(self.contact.picture), "")

    @property
    def names(self) -> list[tuple[str, str]]:
        """What the person is called, and by whom, beside the title."""
        known = (
            ("In the address book", self.contact.saved_name),
            ("As a business", self.contact.business_name),
            ("By themselves", self.contact.push_name),
        )
        return [(label, name) for label, name in known if name]


@dataclass(frozen=True, slots=True)
class PresenceView:
    """Whether a contact is online, as WhatsApp told last."""

    presence: Presence

    @property
    def is_watched(self) -> bool:
        """Whether the page shows what changes."""
        return self.presence.watched_until is not None and self.presence.watched_until > datetime.now(UTC)

    @property
    def state(self) -> str:
        """What is known while it is watched; last seen is told beside it."""
        if not self.is_watched:
            return "Not watched"
        return {None: "Not known yet", True: "Online", False: "Not online"}[self.presence.online]


NOBODY: Page[ContactView] = Page((), None)


def listed(gateway: Gateway, session: Session, search: str, cursor: str | None = None) -> tuple[Page[ContactView], str]:
    """Return a page of the contacts, and why they cannot be read where WhatsApp does not answer."""
    try:
        page = gateway.ask(contacts.contacts(session.id, search or None, cursor, CONTACTS_SHOWN))
    except Problem as error:
        return NOBODY, why_unread(error)
    return Page(tuple(map(ContactView, page.items)), page.next), ""


def show_list(
    request: Request, gateway: Gateway, session_id: UUID | None, search: str = "", cursor: str | None = None
) -> Response:
    """Show a page of the contacts of a session."""
    sessions = offered(gateway, session_id)
    session = choose(sessions, session_id)
    page, unread = listed(gateway, session, search, cursor) if session else (NOBODY, "")
    return render_page(
        request,
        "people-contacts.html",
        poll=POLL_SECONDS,
        section="contacts",
        sessions=[SessionView(each.info) for each in sessions],
        session=SessionView(session.info) if session else None,
        contacts=page.items,
        unread=unread,
        following=page.next,
        first=cursor is None,
        search=search,
    )


def show_card(request: Request, gateway: Gateway, session_id: UUID, contact: str, answer: Answer = NOTHING) -> Response:
    """Show the card of a contact, by the id of the chat, a LID or a JID. Raise NotFound."""
    session = choose(offered(gateway, session_id), session_id)
    found = gateway.ask(contacts.contact(session_id, contact))
    hears = session is not None and session.info.presence not in (None, PresenceSetting.OFF)
    return render_page(
        request,
        "people-contact.html",
        status=answer.status,
        poll=POLL_SECONDS,
        section="contacts",
        session=SessionView(session.info) if session else None,
        view=ContactView(found),
        seen=PresenceView(gateway.ask(presence.read(session_id, found.id))) if hears else None,
        answer=answer,
    )
