"""A linked session whose assistant is on, and the contacts who write to it, without a connector."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gateway.domain.phone import Address
from gateway.domain.turns import DueTurn
from gateway.store import chats, incoming, messages
from gateway.store.assistant import configs, intake, running, turns, usage
from gateway.store.assistant.turns import Turn
from gateway.store.assistant.usage import UserBudget
from gateway.store.database import Connection, Database
from gateway.store.fence import fenced
from gateway.store.ids import new_id
from gateway.store.incoming import Incoming
from gateway.store.messages import Message
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import BOB, Owned, Store

CAROL = Address("100000000000003@lid", "+15550003003")


@dataclass(frozen=True, slots=True)
class Talk:
    """`replies` connects as the role of functions/replies."""

    store: Store
    owned: Owned
    replies: Database
    admin: str

    @property
    def session_id(self) -> UUID:
        return self.owned.session_id

    def configure(self, **changes: Any) -> None:
        with self.store.functions.transaction() as connection:
            configs.put(connection, self.session_id, {"enabled": True, **changes})

    def hear(self, text: str | None = "Hello", sender: Address = BOB, **more: Any) -> DueTurn | None:
        """A message comes in; `more` are fields of Incoming."""
        message = Incoming(
            message_id=more.pop("message_id", new_id().hex),
            chat=more.pop("chat", sender),
            sender=sender,
            from_me=more.pop("from_me", False),
            timestamp=more.pop("timestamp", datetime.now(UTC)),
            message_type=more.pop("message_type", "text"),
            content=text,
            **more,
        )
        with fenced(self.store.connector, self.session_id, self.owned.epoch) as fence:
            [stored] = incoming.store(fence, [message])
            assert stored
            turn = intake.on_message(fence, configs.get(fence.connection, fence.session_id), message, stored)
        return turn.fetchone() if turn else None

    def turns(self, **filters: Any) -> list[Turn]:
        """Newest first."""
        with self.store.functions.transaction() as connection:
            return turns.page(connection, self.session_id, limit=100, **filters)

    def reasons(self) -> list[str | None]:
        """Why each turn ended as it did, newest first."""
        return [turn.reason for turn in self.turns()]

    def turn(self, turn_id: UUID) -> Turn:
        with self.store.functions.transaction() as connection:
            return turns.get(connection, self.session_id, turn_id)

    def claim(self, bell: DueTurn | None, lease: float = 60) -> Turn | None:
        assert bell
        with self.replies.transaction() as connection:
            return running.claim(connection, bell.turn_id, lease)

    def claimed(self, bell: DueTurn | None, lease: float = 60) -> Turn:
        turn = self.claim(bell, lease)
        assert turn
        return turn

    def said(self, contact: Address = BOB) -> list[Message]:
        """What the assistant sent to a contact, oldest first."""
        with self.store.functions.transaction() as connection:
            chat = chats.find(connection, self.session_id, contact)
            page = messages.page(connection, self.session_id, chat_id=chat.id, before=None, limit=100)
        return [message for message in reversed(page) if message.origin == "ai"]


def reserve(connection: Connection, turn: Turn, tokens: int, limit: int | None, user: UserBudget | None = None) -> bool:
    """Reserve tokens for a turn; return whether every budget allows it."""
    return usage.reserve(connection, turn, tokens, limit, user=user).fetchall()[0].objection is None


@contextmanager
def talking(store: Store, owned: Owned, database: DatabaseUrls) -> Iterator[Talk]:
    """With the assistant on, and answering at once, without the notice that a machine answers."""
    replies = Database(database.replies)
    talk = Talk(store, owned, replies, database.admin)
    talk.configure(debounce_seconds=0, disclose=False)
    yield talk
    replies.close()
