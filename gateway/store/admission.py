"""Whether a message may be queued now: its session can send, its recipient can be reached, and pacing allows it."""

from __future__ import annotations

from uuid import UUID

from gateway.domain.errors import InvalidInput, NotFound, NotOnWhatsApp
from gateway.domain.phone import Address
from gateway.store import chats, numbers, pacing
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.drafts import Draft
from gateway.store.numbers import Number
from gateway.store.pacing import Pacing
from gateway.store.sessions import Session, require_can_send


class Admission:
    """Asks for all that decides about a message to a person, or to the JID of a group, to be read together."""

    def __init__(self, connection: Connection, session_id: UUID, to: Address | str, limits: Pacing) -> None:
        self._connection = connection
        self._limits = limits
        self._chat = chats.ask(connection, session_id, to)
        self._waits = pacing.ask(connection, session_id, limits)

    def chat_of(self, session: Session, draft: Draft) -> Chat | None:
        """Return the chat of a message that is allowed; None for a person who has none yet. Writes nothing.

        Raises SessionCannotSend, NotOnWhatsApp, RateLimited, InvalidInput, and NotFound for a group that is not known.
        """
        require_can_send(session)
        chat = self._chat.fetchone()
        self._require_reachable(draft.to, chat)
        pacing.require(self._waits.fetchall()[0], self._limits, chat)
        if draft.quoted_chat_id is not None and (chat is None or draft.quoted_chat_id != chat.id):
            raise InvalidInput("replyTo", "That message is in another chat.")
        return chat

    def _require_reachable(self, to: Address | str, chat: Chat | None) -> None:
        """Who has a LID has an account; the others are asked for: nearly always somebody who gets a first message."""
        if chat is None and isinstance(to, str):
            raise NotFound("chat")
        person = chat or to
        if isinstance(person, Chat | Address) and person.lid is None and person.phone_number is not None:
            require_account(numbers.look_up(self._connection, person.phone_number))


def require_account(number: Number | None) -> None:
    """Raise NotOnWhatsApp for a number that is known to have no account."""
    if number is not None and not number.registered:
        raise NotOnWhatsApp
