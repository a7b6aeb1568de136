"""The groups of a session of the asyncio client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from functools import partial
from typing import Unpack
from uuid import UUID

from gateway.client import flows, groups, operations
from gateway.client.calls import Id
from gateway.client.groups import Group, GroupChanges, Joining, Outcome
from gateway.client.operations import Operation
from gateway.client.runner import AsyncRunner


class AsyncGrouping:
    """The part of a session that reads and manages groups.

    What changes one waits for WhatsApp, and raises OperationRefused (`reason`) where WhatsApp does not do it,
    OperationPending where its answer is not there yet, SessionCannotSend, and OperationFailed.
    """

    id: UUID
    _gateway: AsyncRunner

    def groups(self) -> AsyncIterator[Group]:
        """Iterate over the groups that the number is in, without their participants.

        Raise Conflict where WhatsApp has to be asked first and the session is not connected.
        """
        return self._gateway.iterate(flows.pages(partial(groups.groups, self.id), self._gateway.retry))

    async def group(self, group_id: Id) -> Group:
        """Return a group with its participants; `group_id` may be a JID, too. Raise NotFound."""
        return await self._gateway.ask(groups.group(self.id, group_id))

    async def create_group(
        self, subject: str, participants: Collection[str] = (), *, idempotency_key: str | None = None
    ) -> Group:
        """Make a group and return it; who could not be added is in `refused`.

        `participants` are phone numbers or JIDs. It is never made twice by itself: where a crash hid whether it was
        made, raise OperationPending with the status `unknown`; a GroupJoinedEvent tells of it where it was.
        """
        return await self._gateway.ask(groups.create(self.id, subject, participants, idempotency_key))

    async def change_group(self, group_id: Id, **changes: Unpack[GroupChanges]) -> Group:
        """Change `subject`, `description`, `announcement` (only admins write), `locked` (only admins change these).

        Also `disappearing_seconds` and `picture`, the id of an upload. What is not named stays. Where one is refused,
        `extensions["changed"]` of the error has those that were changed before.
        """
        return await self._gateway.ask(groups.change(self.id, group_id, changes))

    async def add_participants(self, group_id: Id, participants: Collection[str]) -> tuple[Outcome, ...]:
        """Add people, by numbers or JIDs, and return what became of each."""
        return await self._gateway.ask(groups.change_participants(self.id, group_id, "POST", participants))

    async def remove_participants(self, group_id: Id, participants: Collection[str]) -> tuple[Outcome, ...]:
        """Remove people and return what became of each."""
        return await self._gateway.ask(groups.change_participants(self.id, group_id, "DELETE", participants))

    async def promote_participants(self, group_id: Id, participants: Collection[str]) -> tuple[Outcome, ...]:
        """Make people admins and return what became of each."""
        return await self._gateway.ask(groups.change_participants(self.id, group_id, "PATCH", participants, "promote"))

    async def demote_participants(self, group_id: Id, participants: Collection[str]) -> tuple[Outcome, ...]:
        """Let people be admins no more and return what became of each."""
        return await self._gateway.ask(groups.change_participants(self.id, group_id, "PATCH", participants, "demote"))

    async def group_invite(self, group_id: Id, *, revoke: bool = False) -> str:
        """Return the link by which anybody can join; with `revoke` the old one ends and a new one is returned."""
        return await self._gateway.ask(groups.invite(self.id, group_id, revoke=revoke))

    async def join_group(self, link: str) -> Joining:
        """Join by an invite link; the status is `pending` while an admin has to approve."""
        return await self._gateway.ask(groups.join(self.id, link))

    async def leave_group(self, group_id: Id) -> None:
        """Leave a group; its messages stay."""
        await self._gateway.ask(groups.leave(self.id, group_id))

    async def operation(self, operation_id: Id) -> Operation:
        """Return what became of something whose answer was not there in time. Raise NotFound."""
        return await self._gateway.ask(operations.operation(self.id, operation_id))
