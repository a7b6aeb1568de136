"""Carries out the commands of one session through one client run, one at a time: sends in their order, then others.

A send is written down with a secret before the call. After a crash, or an error that hides the outcome, the secrets
that whatsmeow stores tell whether the message was written to a socket: no row, and it is sent again; a row, and it
stays unknown until a receipt comes. A command whose attempt fails, for whatever reason, waits for its next one and
holds up only later sends to the same chat; after its last attempt it fails with the reason.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from functools import partial

import psycopg

from connector.sessions import command_outcomes, failed_steps
from connector.sessions.asides import Asides
from connector.sessions.attempts import counts
from connector.sessions.client_calls import ClientCalls
from connector.sessions.client_run import ClientRun
from connector.sessions.look_ups import LookUps
from connector.sessions.owned_session import OwnedSession
from connector.sessions.resources import Resources
from connector.sessions.send_message import send_message
from connector.sessions.steps import (
    InDoubt,
    LookUpGroup,
    LookUpNumber,
    MarkRead,
    Operate,
    SendMessage,
    SetTyping,
    Step,
    UploadMedia,
    step_without_message,
)
from connector.sessions.uploading import Uploading
from connector.whatsapp.errors import WhatsAppError
from gateway.correlation import about_session, correlated
from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.errors import LeaseLost
from gateway.store import albums, commands, media_sends, numbers, outgoing, plain_sends
from gateway.store.commands import Command, Due, DueQuery
from gateway.store.database import Connection
from gateway.store.fence import Fence
from gateway.store.messages import Message
from gateway.store.numbers import Number

log = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 5.0


class Sender:
    """A thread that carries out commands while its run is connected and synced."""

    def __init__(self, resources: Resources, owned_session: OwnedSession, run: ClientRun) -> None:
        self._resources = resources
        self._owned_session = owned_session
        self._client_run = run
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._calls = ClientCalls(resources, owned_session, run, self._stopping)
        self._asides = Asides(self._calls)
        # Apart: who asks for one waits for it, and what hangs is to hold up no read receipt.
        self._operations = Asides(self._calls)
        self._look_ups = LookUps(self._calls, self.wake)
        self._uploading = Uploading(ClientCalls(resources, owned_session, run, self._stopping), self.wake)
        name = f"sender-{owned_session.session_id}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        """Look for commands; also when the run may have become ready."""
        self._wake.set()

    def stop(self, timeout: float) -> bool:
        """Begin nothing more and wait for what is running; False when it still runs after `timeout` seconds."""
        self._stopping.set()
        self._wake.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def busy_seconds(self) -> float:
        """For how long the call that is running has been running."""
        return self._calls.busy_seconds

    def _run(self) -> None:
        with about_session(self._owned_session.session_id):
            while not self._stopping.is_set():
                self._wake.wait(self._pause_seconds())
                self._wake.clear()
                try:
                    self._drain()
                except LeaseLost:
                    return
                except (WhatsAppError, psycopg.OperationalError) as error:
                    log.warning("sending is interrupted", extra={"error": type(error).__name__})
                    self._retry()
                except Exception:
                    log.exception("sending failed")
                    self._retry()

    def _pause_seconds(self) -> float | None:
        """Return the seconds until sends may begin; None where the wait ends by wake() only."""
        delay = self._client_run.send_delay
        return min(delay, LONGEST_PAUSE_SECONDS) if delay else None

    def _retry(self) -> None:
        self._calls.pause()
        self._wake.set()

    def _drain(self) -> None:
        """Carry out what is due; after a send that was the last of it nothing is asked again without a wake()."""
        while not self._stopping.is_set() and self._client_run.send_delay == 0.0:
            found = self._next()
            if found is None:
                return
            step, is_last = found
            with correlated(step.command.correlation_id):
                succeeded = self._attempt(step)
            if succeeded and is_last and isinstance(step, SendMessage):
                return

    def _attempt(self, step: Step) -> bool:
        try:
            self._carry_out(step)
        except LeaseLost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is an attempt of this command
            failed_steps.handle(self._calls, step, error)
            return False
        self._calls.reset_backoff()
        return True

    def _carry_out(self, step: Step) -> None:
        match step:
            case SendMessage():
                send_message(self._calls, step)
            case MarkRead() | SetTyping() | LookUpGroup():
                self._asides.run(step)
            case Operate():
                self._operations.run(step)
            case InDoubt():
                self._calls.resolve(step)
            case LookUpNumber():
                self._look_ups.run(step)
            case UploadMedia():
                self._uploading.run(step)

    def _next(self) -> tuple[Step, bool] | None:
        """Return the next step, whose command is claimed, and whether nothing else is due.

        What cannot be carried out any more ends here.
        """
        while not self._stopping.is_set():
            begun = self._begin_plain()
            if not isinstance(begun, Due):
                return begun
            due = None
            try:
                query: list[DueQuery] = []
                with self._owned_session.fence(partial(self._ask, query)) as fence:
                    due = query[0].read()
                    if due is None:
                        return None
                    step = self._prepare(fence, due)
            except Exception as error:
                if due is None or isinstance(error, LeaseLost) or not counts(error):
                    raise
                failed_steps.handle_unprepared(self._calls, due.command, error)
                continue
            if step is not None:
                return step, due.is_last
        return None

    def _begin_plain(self) -> tuple[Step, bool] | Due | None:
        """Return what _next() does where a plain send is next, which is claimed at once; else what is due."""
        secret = outgoing.new_secret()
        due = self._owned_session.at_once(partial(self._claim_plain, secret)).read()
        if due is None or due.message is None or due.message.secret != secret:
            return due
        return SendMessage(due.command, due.message, secret), due.is_last

    def _claim_plain(self, secret: bytes, connection: Connection) -> DueQuery:
        owned, device_jid = self._owned_session, self._client_run.device_jid
        plain_sends.begin(connection, owned.session_id, owned.epoch, device_jid, secret)
        return DueQuery(connection, owned.session_id)

    def _ask(self, query: list[DueQuery], connection: Connection) -> None:
        query.append(DueQuery(connection, self._owned_session.session_id))

    def _prepare(self, fence: Fence, due: Due) -> Step | None:
        """Return the next step of a command; None when it has ended, or has to wait."""
        command, message = due.command, due.message
        if command.device_jid != self._client_run.device_jid:
            command_outcomes.fail(fence, command, CommandError.DEVICE_CHANGED)
            return None
        if command.status == CommandStatus.RUNNING:
            return InDoubt(command, message.secret if message else None)
        if command.kind == CommandKind.UPLOAD_MEDIA:
            return self._uploading.begin(fence, command)
        number = _number_of(fence, command, message) if message else None
        if isinstance(number, LookUpNumber):
            return self._look_ups.begin(fence, number)
        if number is not None and not number.registered:
            command_outcomes.fail(fence, command, CommandError.NOT_ON_WHATSAPP)
            return None
        if not commands.begin(fence, command):
            command_outcomes.fail(fence, command, CommandError.EXPIRED)
            return None
        claimed = replace(command, status=CommandStatus.RUNNING, attempts=command.attempts + 1)
        return _step_of(fence, claimed, message, number)


def _step_of(fence: Fence, command: Command, message: Message | None, number: Number | None) -> Step | None:
    """Return the step of a claimed command; None when there is nothing to do any more."""
    if message is None:
        step = step_without_message(fence, command)
        if step is None:
            commands.finish(fence, command.id, CommandStatus.DONE)
        return step
    if number is not None:
        message = outgoing.address(fence, message, number)
    file = media_sends.sent_file(fence, message.media_id) if message.media_id else None
    lacks_parts = message.message_type == "album" and not albums.is_awaited(fence, message)
    if lacks_parts or (file is None and message.media_id):
        command_outcomes.fail(fence, command, CommandError.MEDIA_UNAVAILABLE)
        return None
    return SendMessage(command, message, outgoing.mark_sending(fence, message.id), file)


def _number_of(fence: Fence, command: Command, message: Message) -> Number | LookUpNumber | None:
    """Return what is known of a recipient by number; None for a LID, which is what WhatsApp itself sends to."""
    if message.chat_phone is None or message.chat_lid is not None:
        return None
    return numbers.look_up(fence.connection, message.chat_phone) or LookUpNumber(command, message.chat_phone)
