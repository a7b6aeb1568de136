"""Carries out the commands of one session through one link, in their order and one at a time.

A send is written down with a secret before the call. After a crash, or an error that hides the outcome, whatsmeow's
own ledger tells by that secret whether the message was written to a socket: no row, and it is sent again; a row, and
it stays unknown until a receipt comes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

import psycopg

from connector.backoff import Backoff
from connector.sessions import command_outcomes
from connector.sessions.client_run import ClientRun
from connector.sessions.owned_session import OwnedSession
from connector.sessions.resources import Resources
from connector.sessions.steps import InDoubt, LookUpNumber, MarkRead, Send, SetTyping, Step, chat_step, correlation_of
from connector.whatsapp.client import SendResult
from connector.whatsapp.errors import (
    ClientGone,
    NotConnected,
    NoWhatsAppAddress,
    OutcomeUnknown,
    SendRefused,
    WhatsAppError,
)
from connector.whatsapp.outbound import text_message
from gateway.correlation import correlated
from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.errors import LeaseLost
from gateway.domain.phone import Address
from gateway.metrics import Metric, measure
from gateway.store import chats, commands, messages, numbers, outgoing, receipts
from gateway.store.commands import Command
from gateway.store.fence import Fence
from gateway.store.messages import Message
from gateway.store.numbers import Number

T = TypeVar("T")

log = logging.getLogger(__name__)

# A failure that is neither a refusal nor a lost connection may be a passing one.
ATTEMPTS = 3


class Sender:
    def __init__(self, resources: Resources, record: OwnedSession, link: ClientRun) -> None:
        self._resources = resources
        self._record = record
        self._link = link
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._busy_since: float | None = None
        self._failures: defaultdict[UUID, int] = defaultdict(int)
        self._backoff = Backoff(0.2, resources.settings.look_interval_seconds)
        self._thread = threading.Thread(target=self._run, name=f"sender-{record.session_id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """There may be commands, or the link may have become ready."""
        self._wake.set()

    def stop(self, patience: float) -> bool:
        """Begin nothing more and wait for what is running; False when it still runs after `patience` seconds."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(patience)
        return not self._thread.is_alive()

    @property
    def busy_seconds(self) -> float:
        """For how long the call that is running has been running."""
        since = self._busy_since
        return time.monotonic() - since if since is not None else 0.0

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._wake.wait(self._pause())
            self._wake.clear()
            try:
                self._drain()
            except LeaseLost:
                return
            except (WhatsAppError, psycopg.OperationalError) as error:
                self._note(error)
            except Exception:
                log.exception("sending failed", extra=self._ids)
                self._stopping.wait(self._backoff.next())

    def _note(self, error: Exception) -> None:
        log.warning("sending is interrupted", extra={**self._ids, "error": type(error).__name__})
        self._stopping.wait(self._backoff.next())

    def _pause(self) -> float:
        delay = self._link.send_delay
        return min(delay or self._resources.settings.look_interval_seconds, 5.0)

    @property
    def _ids(self) -> dict[str, str]:
        return {"session_id": str(self._record.session_id)}

    def _drain(self) -> None:
        while not self._stopping.is_set() and self._link.send_delay == 0.0:
            step = self._next()
            if step is None:
                return
            with correlated(correlation_of(step)):
                self._take(step)
            self._backoff.reset()

    def _take(self, step: Step) -> None:
        match step:
            case Send():
                self._send(step)
            case MarkRead():
                self._read(step)
            case SetTyping():
                self._type(step)
            case InDoubt(command, secret):
                self._settle(command, secret)
            case LookUpNumber(phone_number):
                self._ask(phone_number)

    # choosing

    def _next(self) -> Step | None:
        """The oldest unfinished command, claimed and begun; what cannot be carried out any more ends here."""
        while True:
            with self._record.fence() as fence:
                command = commands.oldest_unfinished(fence.connection, fence.session_id)
                if command is None or command.kind == CommandKind.LOGOUT:
                    return None
                if command.device_jid != self._link.device_jid:
                    command_outcomes.fail(fence, command, CommandError.DEVICE_CHANGED)
                elif (step := self._prepare(fence, command)) is not None:
                    return step

    def _prepare(self, fence: Fence, command: Command) -> Step | None:
        sending = command_outcomes.message_id(command)
        message = messages.get(fence.connection, fence.session_id, sending) if sending else None
        if command.status == CommandStatus.RUNNING:
            return InDoubt(command, message.secret if message else None)
        number = self._number(fence, message) if message else None
        if isinstance(number, LookUpNumber):
            return number
        if number is not None and not number.registered:
            command_outcomes.fail(fence, command, CommandError.NOT_ON_WHATSAPP)
            return None
        if not commands.claim(fence, command.id):
            command_outcomes.fail(fence, command, CommandError.EXPIRED)
            return None
        if message is None:
            return chat_step(fence, command)
        to = command_outcomes.address_of(message)
        if to is not None and number is not None:
            to = Address(to.lid or number.lid, to.phone_number)
        return Send(command, message, to, outgoing.mark_sending(fence, message.id))

    def _number(self, fence: Fence, message: Message) -> Number | LookUpNumber | None:
        """What is known of a recipient by number; a LID came from WhatsApp itself."""
        if message.chat_phone is None or message.chat_lid is not None:
            return None
        return numbers.look_up(fence.connection, message.chat_phone) or LookUpNumber(message.chat_phone)

    def _ask(self, phone_number: str) -> None:
        answer = self._call(lambda: self._link.client.is_on_whatsapp([phone_number]))[phone_number]
        with self._resources.database.transaction() as connection:
            numbers.remember(connection, Number(phone_number, answer.registered, answer.lid))

    # sending

    def _send(self, send: Send) -> None:
        payload = text_message(send.message.content or "", send.secret)
        try:
            result = self._call(lambda: self._link.client.send_message(send.jid, payload))
        except NoWhatsAppAddress:
            self._insist(lambda fence: command_outcomes.fail(fence, send.command, CommandError.NOT_ON_WHATSAPP))
        except SendRefused as refusal:
            detail = f"WhatsApp refused the message ({refusal.code})."
            self._insist(lambda fence: command_outcomes.fail(fence, send.command, CommandError.REFUSED, detail))
        except OutcomeUnknown as error:
            log.warning("the outcome of a send is hidden", extra={**self._ids, "error": type(error).__name__})
            self._settle(send.command, send.secret)
        except WhatsAppError as error:
            self._retry(send, error)
        else:
            now = datetime.now(UTC)
            self._insist(lambda fence: self._sent(fence, send, result, now))
            log.info("sent", extra={**self._ids, "message_id": str(send.message.id)})
            _measure_sent(send.message)

    def _sent(self, fence: Fence, send: Send, result: SendResult, at: datetime) -> None:
        outgoing.mark_sent(fence, send.message.id, result.message_id, send.to, at)
        commands.finish(fence, send.command.id, CommandStatus.DONE)

    def _retry(self, send: Send, error: WhatsAppError) -> None:
        """It was not sent."""
        log.warning("a send did not happen", extra={**self._ids, "error": type(error).__name__})
        if self._is_last_attempt(send.command, error):
            self._insist(lambda fence: command_outcomes.fail(fence, send.command, CommandError.REFUSED, str(error)))
            return
        self._insist(lambda fence: command_outcomes.put_back(fence, send.command))
        self._stopping.wait(self._backoff.next())

    def _is_last_attempt(self, command: Command, error: WhatsAppError) -> bool:
        """A lost connection is no failure of the command."""
        self._failures[command.id] += not isinstance(error, NotConnected | ClientGone)
        return self._failures[command.id] >= ATTEMPTS

    def _settle(self, command: Command, secret: bytes | None) -> None:
        """Our own client has been connected since, which has ended any older socket."""
        command_outcomes.resolve_in_doubt(self._record, self._resources.credentials, command, secret)

    # typing

    def _type(self, typing: SetTyping) -> None:
        """An indicator that fails is not worth another try."""
        status, error = CommandStatus.DONE, None
        try:
            self._call(lambda: self._link.client.send_chat_presence(typing.jid, composing=typing.composing))
        except WhatsAppError:
            status, error = CommandStatus.FAILED, CommandError.REFUSED
        self._insist(lambda fence: commands.finish(fence, typing.command.id, status, error))

    # reading

    def _read(self, read: MarkRead) -> None:
        with self._resources.database.transaction() as connection:
            chat = chats.get(connection, self._record.session_id, read.chat_id)
            unread = messages.unread(connection, chat.id)
        by_sender: defaultdict[str, list[str]] = defaultdict(list)
        for message in unread:
            sender = Address(message.sender_lid, message.sender_phone)
            by_sender[chat.remote_jid if chat.kind == "user" else sender.jid].append(message.message_id or "")
        try:
            for sender_jid, ids in by_sender.items():
                self._mark_read(ids, chat.remote_jid, sender_jid)
        except WhatsAppError as error:
            self._read_failed(read, error)
            return
        ids = [message.message_id for message in unread if message.message_id]
        self._insist(lambda fence: self._has_read(fence, read, ids))

    def _mark_read(self, ids: list[str], chat_jid: str, sender_jid: str) -> None:
        self._call(lambda: self._link.client.mark_read(ids, chat_jid, sender_jid))

    def _has_read(self, fence: Fence, read: MarkRead, ids: list[str]) -> None:
        chat = chats.get(fence.connection, fence.session_id, read.chat_id)
        receipts.mark_read_by_us(fence, chat, ids, datetime.now(UTC))
        commands.finish(fence, read.command.id, CommandStatus.DONE)

    def _read_failed(self, read: MarkRead, error: WhatsAppError) -> None:
        """Read receipts may be sent twice."""
        if self._is_last_attempt(read.command, error):
            self._insist(lambda fence: command_outcomes.fail(fence, read.command, CommandError.REFUSED, str(error)))
            return
        self._insist(lambda fence: command_outcomes.put_back(fence, read.command))
        self._stopping.wait(self._backoff.next())

    # calling

    def _call(self, call: Callable[[], T]) -> T:
        """Nothing goes to WhatsApp once the lease is not certain any more."""
        self._record.require()
        self._busy_since = time.monotonic()
        try:
            return call()
        finally:
            self._busy_since = None

    def _insist(self, write: Callable[[Fence], None]) -> None:
        """What has happened at WhatsApp is written down, however long the database is away; not after the lease."""
        pauses = Backoff(0.1, 2.0)
        while True:
            try:
                with self._record.fence() as fence:
                    return write(fence)
            except psycopg.OperationalError as error:
                log.warning("an outcome waits for the database", extra={**self._ids, "error": type(error).__name__})
                time.sleep(pauses.next())


def _measure_sent(message: Message) -> None:
    measure(Metric.MESSAGES_SENT)
    if message.queued_at is not None:
        measure(Metric.TIME_TO_SENT, (datetime.now(UTC) - message.queued_at).total_seconds() * 1000)
