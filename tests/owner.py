"""An owner of sessions that does a connector's work on the rows, without WhatsApp: for tests of what uses the API.

What it writes is what gateway.store lets an owner write; the connector itself is tested with the real neonize.
"""

from __future__ import annotations

import secrets
import threading
import time
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

import psycopg

from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.contacts import PictureState
from gateway.domain.events import EventType
from gateway.domain.groups import Group
from gateway.domain.history import HistoryImport
from gateway.domain.messages import MessageStatus
from gateway.domain.operations import ContactOperation, PresenceOperation, operation_from
from gateway.domain.phone import Address
from gateway.domain.presence import TypingState
from gateway.domain.replies import SkipReason
from gateway.domain.sessions import Reason, SessionState
from gateway.store import (
    chats,
    commands,
    contacts,
    groups,
    incoming,
    leases,
    messages,
    operations,
    outgoing,
    pictures,
    receipts,
    sent_actions,
    sessions,
    unread,
)
from gateway.store.assistant import turns
from gateway.store.commands import Command
from gateway.store.contacts import Entry
from gateway.store.database import Database
from gateway.store.fence import Fence, fenced
from gateway.store.incoming import Incoming
from gateway.store.leases import Lease
from gateway.store.pictures import FoundPicture
from gateway.store.sessions import CHANNEL, COMMANDS_CHANNEL, Session
from tests.owner_contacts import OwnedContacts
from tests.owner_groups import OwnedGroups, Refused

SHARDS = 16
TICK_SECONDS = 0.02
# The owner's own doing wakes nobody.
_LOOK_SECONDS = 0.1
NUMBER = "+447700900101"
_ALIVE = (SessionState.CONNECTING, SessionState.QR_PENDING, SessionState.CONNECTED)
# The sessions `s` that are to be worked on: one query for all of them, as the owner looks all the time.
_DUE = """
    s.epoch < (SELECT l.epoch FROM gateway.shard_leases l WHERE l.shard = s.shard)
    OR s.connection_status = 'connecting' AND s.reason IS NULL
    OR s.connection_status IN ('connecting', 'qr_pending', 'connected')
        AND NOT (s.is_active AND s.desired_state = 'connected')
    OR EXISTS (SELECT FROM gateway.commands c WHERE c.session_id = s.id AND c.status IN ('queued', 'running'))
"""


class Owner:
    """Owns every session of a database while it is entered; sends succeed, QR codes wait for `scan`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._database = Database(dsn, name="owner")
        self._worker = f"owner-{secrets.token_hex(4)}"
        self._terms: dict[int, Lease] = {}
        self._error: CommandError | None = None
        self._groups = OwnedGroups()
        self._contacts = OwnedContacts()
        self.read_without_receipts: set[UUID] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="owner", daemon=True)

    def __enter__(self) -> Self:
        with self._database.transaction() as connection:
            leases.prepare(connection, SHARDS)
            acquired = [leases.acquire(connection, shard, self._worker, 3600) for shard in range(SHARDS)]
        self._terms = {term.shard: term for term in acquired if term is not None}
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        with self._database.transaction() as connection:
            leases.release_worker(connection, self._worker)
        self._database.close()

    def scan(self, session_id: UUID, number: str = NUMBER) -> None:
        """Link the session, as when a phone with this number scans its QR code."""
        self._wait_for(session_id, SessionState.QR_PENDING)
        with self._fence(session_id) as fence:
            fence.link(f"{number[1:]}.{secrets.randbits(40)}:1@s.whatsapp.net", number, f"9{number[1:]}@lid")
            fence.move(SessionState.CONNECTED)

    def show_pairing_code(self, session_id: UUID, code: str) -> None:
        """Show a code to type in place of the QR code."""
        with self._fence(session_id) as fence:
            fence.show_pairing_code(code, datetime.now(UTC) + timedelta(seconds=160), b"\x01" * 32)

    def note_history(self, session_id: UUID, done: HistoryImport) -> None:
        """Let the import of the history have come so far."""
        with self._fence(session_id) as fence:
            fence.note_history(done.document())

    def lose(self, session_id: UUID, reason: Reason = Reason.CONNECTION_LOST) -> None:
        """Let the session lose its connection."""
        with self._fence(session_id) as fence:
            fence.move(SessionState.CONNECTING, reason)

    def receive(
        self,
        session_id: UUID,
        number: str,
        text: str,
        name: str | None = None,
        *,
        lid: str | None = None,
        at: datetime | None = None,
        jid: str | None = None,
        kind: str = "user",
    ) -> UUID:
        """Store a message from somebody to the session, or to the chat of a `jid`, and return its id."""
        person = Address(lid or f"8{number[1:]}@lid", number)
        message_id = "3EB0" + secrets.token_hex(8).upper()
        came = Incoming(message_id, person, person, False, at or datetime.now(UTC), "text", text, name)
        with self._fence(session_id) as fence:
            [stored] = incoming.store(fence, [replace(came, group_jid=jid, chat_kind=kind)])
        assert stored
        return stored

    def put_contacts(self, session_id: UUID, book: list[Entry]) -> None:
        """Let these people be in the address book of the session's phone."""
        with self._fence(session_id) as fence:
            contacts.take_in(fence, book)

    def put_picture(self, session_id: UUID, chat_id: UUID) -> None:
        """Let the person or group of a chat show a picture, which nobody fetches."""
        found = FoundPicture(PictureState.SET, "1", {"url": "https://pps.whatsapp.net/v/t61.jpg"})
        with self._fence(session_id) as fence:
            pictures.record(fence, chat_id, found, datetime.now(UTC))

    def put_groups(self, session_id: UUID, *found: Group) -> list[UUID]:
        """Let the session be in these groups, and no others, and return the ids of their chats."""
        with self._fence(session_id) as fence:
            groups.remember_all(fence, found)
            return [UUID(self._groups.put(fence, group)["chatId"]) for group in found]

    def show_typing(self, session_id: UUID, chat_id: UUID, state: TypingState) -> None:
        """Let somebody type or record in a chat, or stop."""
        with self._fence(session_id) as fence:
            fence.emit(EventType.CHAT_PRESENCE, {"chatId": str(chat_id), "participant": "1@lid", "state": state})

    def skip(self, session_id: UUID, chat_id: UUID, message_id: UUID, reason: SkipReason) -> None:
        """Let the assistant leave a message alone."""
        with self._fence(session_id) as fence:
            turns.record_skip(fence.connection, session_id, chat_id, message_id, reason)

    def begin_trial(self, session_id: UUID, question: str) -> None:
        """Begin a trial of the assistant that nobody answers."""
        with self._fence(session_id) as fence:
            turns.request_test(fence.connection, session_id, question)

    def fail_sends(self, error: CommandError | None) -> None:
        """Let every send fail from now on; with None succeed."""
        self._error = error

    def receipt(self, session_id: UUID, message_id: UUID, status: MessageStatus) -> None:
        """Advance the message, as a receipt of its recipient does."""
        with self._fence(session_id) as fence:
            messages.advance(fence.connection, session_id, [message_id], status)

    def _run(self) -> None:
        with psycopg.connect(self._dsn, autocommit=True) as listening:
            for channel in (CHANNEL, COMMANDS_CHANNEL):
                listening.execute(f"LISTEN {channel}")
            while not self._ended.is_set():
                for session in self._due():
                    self._work(session)
                list(listening.notifies(timeout=_LOOK_SECONDS, stop_after=1))

    def _due(self) -> list[Session]:
        with self._database.transaction() as connection:
            due = [session for session in sessions.select(connection, _DUE, {}) if session.shard in self._terms]
            owned = [leases.sessions_of(connection, self._worker, self._terms[each.shard], each.id) for each in due]
        return [session for found in owned for session in found]

    def _work(self, session: Session) -> None:
        with fenced(self._database, session.id, session.epoch) as fence:
            self._reconcile(fence)
            if fence.session.state is SessionState.CONNECTED:
                for command in commands.unfinished(fence.connection, session.id):
                    self._perform(fence, command)

    def _reconcile(self, fence: Fence) -> None:
        session = fence.session
        if session.wanted and session.state is SessionState.CONNECTING and not session.reason:
            if session.device_jid:
                fence.move(SessionState.CONNECTED)
            else:
                fence.move(SessionState.QR_PENDING)
                text = ",".join(["2@" + secrets.token_urlsafe(60), *(secrets.token_urlsafe(32) for _ in range(3))])
                fence.show_qr(text, datetime.now(UTC) + timedelta(seconds=60), b"\x01" * 32)
        elif not session.wanted and session.state in _ALIVE and not self._logs_out(fence):
            fence.move(SessionState.DISCONNECTED)

    def _logs_out(self, fence: Fence) -> bool:
        waiting = commands.unfinished(fence.connection, fence.session_id)
        return any(command.kind == CommandKind.LOGOUT for command in waiting)

    def _perform(self, fence: Fence, command: Command) -> None:
        assert commands.claim(fence, command.id)
        if command.message_id is not None:
            message = messages.get(fence.connection, fence.session_id, command.message_id)
            outgoing.mark_sending(fence, message.id)
            if self._error:
                outgoing.mark_failed(fence, message.id, self._error)
                commands.finish(fence, command.id, CommandStatus.FAILED)
                return
            to = Address(message.chat_lid, message.chat_phone)
            outgoing.mark_sent(fence, message.id, "3EB0" + secrets.token_hex(8).upper(), to, datetime.now(UTC))
            sent_actions.apply(fence, [message.id])
        elif command.kind == CommandKind.MARK_READ:
            chat = chats.get(fence.connection, fence.session_id, UUID(command.payload["chatId"]))
            if not command.payload.get("receipts", True):
                self.read_without_receipts.add(chat.id)
            ids = [message.message_id for message in unread.of_chat(fence.connection, chat.id)]
            receipts.mark_read_by_us(fence, chat, ids, datetime.now(UTC))
        elif command.kind == CommandKind.OPERATION:
            self._operate(fence, command)
            return
        elif command.kind == CommandKind.LOGOUT:
            fence.unlink()
            fence.move(SessionState.LOGGED_OUT, Reason.LOGGED_OUT)
        commands.finish(fence, command.id, CommandStatus.DONE)

    def _operate(self, fence: Fence, command: Command) -> None:
        operation = operation_from(command.payload)
        try:
            if isinstance(operation, ContactOperation | PresenceOperation):
                result = self._contacts.perform(fence, operation)
            else:
                result = self._groups.perform(fence, operation)
        except Refused as error:
            operations.settle(fence, command.id, CommandStatus.FAILED, error.refusal)
        else:
            operations.settle(fence, command.id, CommandStatus.DONE, result=result)

    def _fence(self, session_id: UUID) -> AbstractContextManager[Fence]:
        with self._database.transaction() as connection:
            term = self._terms[sessions.select(connection, "s.id = %(id)s", {"id": session_id})[0].shard]
            # One that was just made gets its epoch here, or from the thread.
            leases.sessions_of(connection, self._worker, term, session_id)
        return fenced(self._database, session_id, term.epoch)

    def _wait_for(self, session_id: UUID, state: SessionState, timeout: float = 10) -> None:
        deadline = time.monotonic() + timeout
        while True:
            with self._database.transaction() as connection:
                if sessions.select(connection, "s.id = %(id)s", {"id": session_id})[0].state is state:
                    return
            assert time.monotonic() < deadline, f"the session did not become {state}"
            time.sleep(TICK_SECONDS)
