"""The contacts of a session of the asyncio client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from functools import partial
from uuid import UUID

from gateway.client import contacts, flows
from gateway.client.calls import Id
from gateway.client.contacts import CheckedNumber, Contact
from gateway.client.runner import AsyncRunner


class AsyncContacting:
    """The part of a session that reads contacts, blocks people, and asks whether numbers are on WhatsApp.

    What asks WhatsApp raises OperationFailed where it does not answer, and Conflict where it has not answered yet.
    """

    id: UUID
    _gateway: AsyncRunner

    def contacts(self, *, search: str | None = None) -> AsyncIterator[Contact]:
        """Iterate over contacts, by name; `search` is a part of a name or number, however it is written."""
        return self._gateway.iterate(flows.pages(partial(contacts.contacts, self.id, search), self._gateway.retry))

    async def contact(self, contact: Id) -> Contact:
        """Return a contact with what is known of the picture, by number, LID, JID or id. Raise NotFound."""
        return await self._gateway.ask(contacts.contact(self.id, contact))

    async def block(self, contact: Id) -> Contact:
        """Block somebody, who need not be a contact. Raise OperationRefused (`reason`), OperationPending."""
        return await self._gateway.ask(contacts.block(self.id, contact, blocked=True))

    async def unblock(self, contact: Id) -> Contact:
        """Block somebody no more. Raise as block() does."""
        return await self._gateway.ask(contacts.block(self.id, contact, blocked=False))

    async def blocked(self) -> tuple[Contact, ...]:
        """Return who is blocked."""
        return await self._gateway.ask(contacts.blocked(self.id))

    async def check_numbers(self, numbers: Collection[str]) -> tuple[CheckedNumber, ...]:
        """Return what WhatsApp says of at most 50 numbers, in their order.

        Raise InvalidPhoneNumber, RateLimited after so many a day, and Conflict where WhatsApp has to be asked and the
        session is not connected.
        """
        return await self._gateway.ask(contacts.check(self.id, numbers))
