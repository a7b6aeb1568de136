"""The contacts of a session of the blocking client."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from uuid import UUID

from gateway.client import contacts, flows
from gateway.client.calls import Id
from gateway.client.contacts import CheckedNumber, Contact
from gateway.client.runner import Runner


class Contacting:
    """The part of a session that reads contacts, blocks people, and asks whether numbers are on WhatsApp.

    What asks WhatsApp raises OperationFailed where it does not answer, and Conflict where it has not answered yet.
    """

    id: UUID
    _gateway: Runner

    def contacts(self, *, search: str | None = None) -> Iterator[Contact]:
        """Iterate over contacts, by name; `search` is a part of a name or number, however it is written."""
        return self._gateway.iterate(flows.pages(partial(contacts.contacts, self.id, search), self._gateway.retry))

    def contact(self, contact: Id) -> Contact:
        """Return a contact with what is known of the picture, by number, LID, JID or id. Raise NotFound."""
        return self._gateway.ask(contacts.contact(self.id, contact))

    def block(self, contact: Id) -> Contact:
        """Block somebody, who need not be a contact. Raise OperationRefused (`reason`), OperationPending."""
        return self._gateway.ask(contacts.block(self.id, contact, blocked=True))

    def unblock(self, contact: Id) -> Contact:
        """Block somebody no more. Raise as block() does."""
        return self._gateway.ask(contacts.block(self.id, contact, blocked=False))

    def blocked(self) -> tuple[Contact, ...]:
        """Return who is blocked."""
        return self._gateway.ask(contacts.blocked(self.id))

    def check_numbers(self, numbers: Collection[str]) -> tuple[CheckedNumber, ...]:
        """Return what WhatsApp says of at most 50 numbers, in their order.

        Raise InvalidPhoneNumber, RateLimited after so many a day, and Conflict where WhatsApp has to be asked and the
        session is not connected.
        """
        return self._gateway.ask(contacts.check(self.id, numbers))
