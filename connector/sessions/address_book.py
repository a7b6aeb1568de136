"""The address book of the phone: whatsmeow keeps it in its tables and tells of no change."""

from __future__ import annotations

import time
from collections.abc import Iterator

from connector.credentials import Credentials
from connector.sessions.activity import SessionContext
from connector.sessions.client_run import ClientRun
from connector.whatsapp.devices import SavedContact
from gateway.domain.contacts import Names
from gateway.domain.phone import Address
from gateway.store import contacts
from gateway.store.bounds import NAME_CHARACTERS, is_identifier, shortened
from gateway.store.contacts import Entry
from gateway.store.sessions import Session

# After a client is synced: a phone that was just linked gives its address book within some seconds.
_FIRST_PAUSES = (2.0, 10.0, 60.0)
_PAUSE = 3600.0


def read(credentials: Credentials, device_jid: str) -> list[Entry]:
    """Return who is in the address book of the device's phone. Raises psycopg.OperationalError."""
    entries = map(_entry, credentials.address_book(device_jid))
    return [entry for entry in entries if _is_storable(entry.address)]


def _entry(saved: SavedContact) -> Entry:
    names = Names(_name(saved.saved_name), _name(saved.business_name), _name(saved.push_name))
    return Entry(Address(saved.lid, saved.phone_number), names)


def _name(text: str | None) -> str | None:
    return shortened(text, NAME_CHARACTERS) if text else None


def _is_storable(address: Address) -> bool:
    named = [name for name in (address.lid, address.phone_number) if name]
    return bool(named) and all(map(is_identifier, named))


class AddressBook:
    """Looks into it while a client runs, soon after linking and then now and then; nothing is written without news."""

    def __init__(self, context: SessionContext) -> None:
        self._owned_session = context.owned_session
        self._credentials = context.resources.credentials
        self._pauses: Iterator[float] = iter(_FIRST_PAUSES)
        self._next_look: float | None = None
        self._seen: int | None = None

    @property
    def due(self) -> float | None:
        """When to look again, on time.monotonic()."""
        return self._next_look

    def advance(self, run: ClientRun, session: Session) -> None:
        """Look, where it is time to; the first look is a while after the run is synced."""
        if not run.synced or session.device_jid is None:
            return
        if self._next_look is not None and time.monotonic() >= self._next_look:
            self._look(session.device_jid)
        elif self._next_look is not None:
            return
        self._next_look = time.monotonic() + next(self._pauses, _PAUSE)

    def _look(self, device_jid: str) -> None:
        book = read(self._credentials, device_jid)
        seen = hash(tuple(book))
        if book and seen != self._seen:
            with self._owned_session.fence() as fence:
                contacts.take_in(fence, book)
        self._seen = seen
