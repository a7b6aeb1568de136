"""What the API would do for a user, straight on the store, and what the user would see."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar
from uuid import UUID

import psycopg

from gateway.aws.queues import CommandQueues
from gateway.domain.access import Reach
from gateway.domain.commands import CommandKind
from gateway.domain.history import HistoryWish
from gateway.domain.outbound import Content, Context, Text
from gateway.domain.phone import parse_recipient
from gateway.store import chats, commands, desired_state, events, messages, outgoing, sessions, users
from gateway.store.chats import Chat
from gateway.store.database import Database
from gateway.store.drafts import Draft
from gateway.store.event_log import LoggedEvent
from gateway.store.ids import new_id
from gateway.store.messages import Message
from gateway.store.pacing import Pacing
from gateway.store.schema import DEFAULT_USER_PROFILES
from gateway.store.sessions import Session
from infra.local.database import DatabaseUrls
from infra.local.whatsapp.client import WhatsAppControl

T = TypeVar("T")

# A transaction each: sooner, and what is waited for has less of the machine.
POLL_SECONDS = 0.05
UNLIMITED = Pacing(per_minute=100_000, per_hour=100_000, new_chats_per_day=100_000)
SHARDS = 16


def wait_for(read: Callable[[], T], wanted: Callable[[T], bool], timeout: float = 45.0) -> T:
    """Return the first value wanted. Raises TimeoutError with the last one seen."""
    deadline = time.monotonic() + timeout
    while True:
        value = read()
        if wanted(value):
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"after {timeout} s it is still {value!r}")
        time.sleep(POLL_SECONDS)


class User:
    """Without `queues` only rows and notifications tell the owner."""

    def __init__(self, urls: DatabaseUrls, whatsapp: WhatsAppControl, queues: CommandQueues | None = None) -> None:
        self.whatsapp = whatsapp
        self.database = Database(urls.functions, pool_size=4, name="test-user")
        self._queues = queues
        self.id = new_id()
        with psycopg.connect(urls.admin) as connection:
            users.ensure(connection, self.id, DEFAULT_USER_PROFILES)  # type: ignore[arg-type]

    def create_session(self, name: str = "office") -> UUID:
        with self.database.transaction() as connection:
            return sessions.create(connection, self.id, name, SHARDS).id

    def connect(self, session_id: UUID, pairing_phone: str | None = None, history: HistoryWish | None = None) -> None:
        with self.database.transaction() as connection:
            session = desired_state.request_connect(connection, Reach(self.id), session_id, pairing_phone, history)
        self._ring(session)

    def disconnect(self, session_id: UUID) -> None:
        with self.database.transaction() as connection:
            session = desired_state.request_disconnect(connection, Reach(self.id), session_id)
        self._ring(session)

    def logout(self, session_id: UUID) -> None:
        with self.database.transaction() as connection:
            session = commands.request_logout(connection, Reach(self.id), session_id)
        self._ring(session)

    def delete(self, session_id: UUID) -> None:
        with self.database.transaction() as connection:
            session = sessions.delete(connection, Reach(self.id), session_id)
        self._ring(session)

    def send(self, session_id: UUID, to: str, text: str, expires_seconds: float = 3600.0) -> UUID:
        """Return the message's id in our store."""
        return self.send_together(session_id, to, text, expires_seconds=expires_seconds)[0]

    def send_together(self, session_id: UUID, to: str, *texts: str, expires_seconds: float = 3600.0) -> list[UUID]:
        """Queue them in one transaction: nothing is done about the first before all are queued."""
        with self.database.transaction() as connection:
            session = sessions.lock(connection, Reach(self.id), session_id)
            drafts = [Draft(parse_recipient(to), Text(text)) for text in texts]
            queued = [outgoing.queue(connection, session, draft, UNLIMITED, expires_seconds) for draft in drafts]
        self._ring(session)
        return [message.id for message in queued]

    def send_content(self, session_id: UUID, to: str, content: Content, context: Context | None = None) -> UUID:
        """Send any kind to a person, or to the group of this JID."""
        with self.database.transaction() as connection:
            session = sessions.lock(connection, Reach(self.id), session_id)
            draft = Draft(to if to.endswith("@g.us") else parse_recipient(to), content, context or Context())
            queued = outgoing.queue(connection, session, draft, UNLIMITED, 3600.0)
        self._ring(session)
        return queued.id

    def read(self, session_id: UUID, number: str, **options: bool) -> None:
        with self.database.transaction() as connection:
            session = sessions.get(connection, Reach(self.id), session_id)
            chat = chats.find(connection, session_id, parse_recipient(number))
            payload = {"chatId": str(chat.id), **options}
            commands.enqueue(connection, session, CommandKind.MARK_READ, payload, expires_seconds=3600.0)
        self._ring(session)

    def session(self, session_id: UUID) -> Session:
        """Also a deleted one."""
        with self.database.transaction() as connection:
            return sessions.select(connection, "s.id = %(id)s", {"id": session_id})[0]

    def command_status(self, session_id: UUID) -> str | None:
        """Return the status of the oldest command that is not finished."""
        with self.database.transaction() as connection:
            waiting = commands.unfinished(connection, session_id)
        return waiting[0].status if waiting else None

    def message(self, session_id: UUID, message_id: UUID) -> Message:
        with self.database.transaction() as connection:
            return messages.get(connection, session_id, message_id)

    def messages(self, session_id: UUID) -> list[Message]:
        """Oldest first."""
        with self.database.transaction() as connection:
            return messages.page(connection, session_id, chat_id=None, before=None, limit=10_000)[::-1]

    def chats(self, session_id: UUID) -> list[Chat]:
        """Return those with messages that are shown, last active first."""
        with self.database.transaction() as connection:
            return chats.page(connection, session_id, search=None, before=None, limit=1000)

    def received(self, session_id: UUID) -> list[str | None]:
        return [message.content for message in self.messages(session_id) if not message.from_me]

    def events(self, session_id: UUID, kind: str | None = None) -> list[LoggedEvent]:
        with self.database.transaction() as connection:
            found = events.after(connection, session_id, 0, 100_000)
        return [event for event in found if kind is None or event.type == kind]

    def leave(self) -> None:
        """Disconnect every session that is not."""
        query = "s.user_profile_id = %(user)s AND s.is_active AND s.desired_state = 'connected'"
        with self.database.transaction() as connection:
            left = sessions.select(connection, query, {"user": self.id})
        for session in left:
            self.disconnect(session.id)

    def close(self) -> None:
        self.database.close()

    # waiting

    def wait_for_state(
        self, session_id: UUID, *states: str, reason: str | None = None, timeout: float = 45.0
    ) -> Session:
        return wait_for(
            lambda: self.session(session_id),
            lambda session: session.connection_status in states and (reason is None or session.reason == reason),
            timeout,
        )

    def wait_for_qr(self, session_id: UUID, but: str | None = None, timeout: float = 45.0) -> str:
        """Wait for a code other than `but`."""
        session = wait_for(
            lambda: self.session(session_id),
            lambda session: session.connection_status == "qr_pending" and session.qr_code not in (None, but),
            timeout,
        )
        assert session.qr_code is not None
        return session.qr_code

    def wait_for_events(self, session_id: UUID, kind: str, count: int, timeout: float = 45.0) -> list[LoggedEvent]:
        return wait_for(lambda: self.events(session_id, kind), lambda found: len(found) >= count, timeout)

    def wait_for_owner(self, session_id: UUID) -> Session:
        """Wait until a worker has read it."""
        return wait_for(lambda: self.session(session_id), lambda session: session.owned and session.epoch > 0)

    def wait_for_status(self, session_id: UUID, message_id: UUID, *statuses: str, timeout: float = 45.0) -> Message:
        return wait_for(
            lambda: self.message(session_id, message_id), lambda message: message.status in statuses, timeout
        )

    def wait_for_texts(self, session_id: UUID, *texts: str, timeout: float = 45.0) -> list[str | None]:
        """Wait until each was received; return all that was."""
        return wait_for(lambda: self.received(session_id), lambda received: set(texts) <= set(received), timeout)

    def link(
        self, number: str, name: str = "office", history: HistoryWish | None = None, timeout: float = 45.0
    ) -> UUID:
        """Return a session that is connected to the phone with that number, which must exist."""
        session_id = self.create_session(name)
        self.connect(session_id, history=history)
        self.whatsapp.scan(number, self.wait_for_qr(session_id, timeout=timeout))
        self.wait_for_state(session_id, "connected")
        return session_id

    def _ring(self, session: Session) -> None:
        if self._queues is not None:
            self._queues.send(session.shard, session.id)
