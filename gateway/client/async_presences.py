"""What others see of a session of the asyncio client, and what it learns of them."""

from __future__ import annotations

from uuid import UUID

from gateway.client import presence
from gateway.client.calls import Id
from gateway.client.presence import Presence, Receipt
from gateway.client.runner import AsyncRunner
from gateway.domain.presence import DEFAULT_MINUTES, TypingState


class AsyncPresences:
    """The part of a session that shows who types and who is online, and who has a message."""

    id: UUID
    _gateway: AsyncRunner

    async def show_typing(self, chat_id: Id, state: TypingState | str = TypingState.TYPING) -> None:
        """Show "typing…" or, with `recording`, "recording…" in a chat; `paused` ends it, as a message does.

        Phones show it for about 25 seconds. Raise NotFound, SessionCannotSend, and Conflict in channels and lists.
        """
        await self._gateway.ask(presence.show_typing(self.id, chat_id, state))

    async def watch_presence(self, chat_id: Id, *, minutes: int = DEFAULT_MINUTES) -> Presence:
        """Have ContactPresenceEvents tell for so long, 60 minutes at most, when the person of a chat comes online.

        Return what is known so far. The number is available meanwhile. Raise NotFound, SessionCannotSend, Conflict
        where the session's `presence` is `off` or the chat a group, and OperationPending, OperationFailed.
        """
        return await self._gateway.ask(presence.watch(self.id, chat_id, minutes))

    async def unwatch_presence(self, chat_id: Id) -> Presence:
        """Watch the person of a chat no longer; return what was told last. Raise as watch_presence() does."""
        return await self._gateway.ask(presence.unwatch(self.id, chat_id))

    async def presence(self, chat_id: Id) -> Presence:
        """Return what WhatsApp told last of the person of a chat. Raise NotFound, and Conflict for a group."""
        return await self._gateway.ask(presence.read(self.id, chat_id))

    async def receipts(self, message_id: Id) -> tuple[Receipt, ...]:
        """Return who got, read and played a message that was sent, by its id. Raise NotFound, Conflict."""
        return await self._gateway.ask(presence.receipts(self.id, message_id))
