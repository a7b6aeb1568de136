"""Turns the stored raw events of one session into messages, receipts and events of its log, in their order.

Each batch is one transaction under the session's fence, so that an event has its effect exactly once: it leaves the
inbox in the transaction that has the effect.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace

import psycopg
from google.protobuf.message import DecodeError

from connector.backoff import Backoff
from connector.sessions import inbound
from connector.sessions.record import Record
from connector.sessions.resources import Resources
from connector.whatsapp.facts import InboundMessage, Receipt, Undecryptable, decode_fact
from gateway.domain.errors import GatewayError, LeaseLost
from gateway.domain.phone import Address
from gateway.domain.turns import TurnBell
from gateway.metrics import Metric
from gateway.metrics import record as measure
from gateway.store import assistant, chats, hearing, inbox, incoming
from gateway.store.fence import Fence
from gateway.store.inbox import Received
from gateway.store.incoming import Incoming

log = logging.getLogger(__name__)

BATCH = 50
# Events that follow each other are taken together.
GATHER_SECONDS = 0.02
# What is wrong with an event itself; anything else is wrong with us, and the event waits until it is mended.
_UNREADABLE = (
    DecodeError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    psycopg.DataError,
    psycopg.IntegrityError,
    GatewayError,
)


class Receiver:
    def __init__(self, resources: Resources, record: Record) -> None:
        self._resources = resources
        self._record = record
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._backoff = Backoff(0.2, resources.settings.look_interval_seconds)
        self._thread = threading.Thread(target=self._run, name=f"receiver-{record.session_id}", daemon=True)

    def start(self) -> None:
        """Once, however often it is called."""
        if self._thread.ident is None:
            self._thread.start()
            self.wake()

    def wake(self) -> None:
        """There may be events in the inbox."""
        self._wake.set()

    def stop(self, patience: float) -> bool:
        """Process what is there, for at most `patience` seconds; False when some is left to the next owner."""
        self.abandon()
        if self._thread.ident is not None:
            self._thread.join(patience)
        return not self._thread.is_alive()

    def abandon(self) -> None:
        """Stop without waiting."""
        self._stopping.set()
        self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(self._resources.settings.look_interval_seconds)
            self._wake.clear()
            stopping = self._stopping.is_set()
            try:
                while self._process_batch():
                    pass
                self._stopping.wait(GATHER_SECONDS)
            except LeaseLost:
                return
            except psycopg.OperationalError as error:
                self._log("the inbox waits for the database", error)
                self._stopping.wait(self._backoff.next())
            except Exception:
                log.exception("processing the inbox failed", extra={"session_id": str(self._record.session_id)})
                self._stopping.wait(self._backoff.next())
            if stopping:
                return

    def _process_batch(self) -> bool:
        """Whether more may wait."""
        try:
            with self._record.fence() as fence:
                received = inbox.take(fence.connection, fence.session_id, BATCH)
                bells = self._apply_all(fence, received)
                inbox.remove(fence.connection, [event.id for event in received])
        except LeaseLost:
            raise
        except _UNREADABLE:
            return self._process_singly()
        self._backoff.reset()
        self._resources.turn_bells.ring(bells)
        return len(received) == BATCH

    def _process_singly(self) -> bool:
        """One of the batch cannot be processed: it is kept aside, the others are not held up by it."""
        with self._record.fence() as fence:
            received = inbox.take(fence.connection, fence.session_id, BATCH)
        for event in received:
            self._process_one(event)
        return len(received) == BATCH

    def _process_one(self, event: Received) -> None:
        try:
            with self._record.fence() as fence:
                bells = self._apply_all(fence, [event])
                inbox.remove(fence.connection, [event.id])
            self._resources.turn_bells.ring(bells)
        except LeaseLost:
            raise
        except _UNREADABLE as error:
            self._log(f"an event of kind {event.kind} is set aside", error)
            with self._record.fence() as fence:
                inbox.set_aside(fence.connection, event.id, type(error).__name__)

    def _apply_all(self, fence: Fence, events: list[Received]) -> list[TurnBell]:
        """Answers whom to ring after COMMIT."""
        if not events:
            return []
        heard = assistant.get(fence.connection, fence.session_id).enabled
        bells = [self._apply(fence, event, heard=heard) for event in events]
        return [bell for bell in bells if bell is not None]

    def _apply(self, fence: Fence, event: Received, *, heard: bool) -> TurnBell | None:
        fact = decode_fact(event.kind, event.payload)
        match fact:
            case InboundMessage():
                return _apply_message(fence, self._complete(fence, inbound.incoming_message(fact)), heard=heard)
            case Undecryptable():
                incoming.store(fence, self._complete(fence, inbound.undecryptable_message(fact)))
            case Receipt():
                _apply_receipt(fence, fact)
            case None:
                pass
        return None

    def _complete(self, fence: Fence, message: Incoming) -> Incoming:
        """With the LID and the number of both, where they are known."""
        session = fence.session
        me = Address(message.sender.lid or session.lid, message.sender.phone_number or session.phone_number)
        complete = self._resources.credentials.complete
        return replace(
            message,
            chat=complete(message.chat),
            sender=me if message.from_me else complete(message.sender),
        )

    def _log(self, message: str, error: Exception) -> None:
        log.warning(message, extra={"session_id": str(self._record.session_id), "error": type(error).__name__})


def _apply_message(fence: Fence, message: Incoming, *, heard: bool) -> TurnBell | None:
    """An edit or deletion of a message that is not known is kept as a row of its own; the assistant may hear it."""
    changed = False
    if message.message_type == "edit":
        changed = incoming.edit(fence, message)
    elif message.message_type == "delete":
        changed = incoming.delete(fence, message)
    stored = None if changed else incoming.store(fence, message)
    if stored is None:
        stored = incoming.settle_undecryptable(fence, message)
    if not message.from_me:
        measure(Metric.MESSAGES_RECEIVED)
    return hearing.on_message(fence, message, stored) if stored and heard else None


def _apply_receipt(fence: Fence, receipt: Receipt) -> None:
    if receipt.kind == "read_self":
        _read_on_phone(fence, receipt)
    elif (status := inbound.RECEIPT_STATUS.get(receipt.kind)) is not None and not receipt.is_from_me:
        incoming.receipt(fence, list(receipt.message_ids), status, receipt.timestamp)


def _read_on_phone(fence: Fence, receipt: Receipt) -> None:
    kind = inbound.chat_kind(receipt.chat)
    address = inbound.address_of(receipt.chat)
    if kind == "user":
        chat = chats.with_person(fence.connection, fence.session_id, address)
    else:
        chat = chats.with_jid(fence.connection, fence.session_id, kind, receipt.chat.jid)
    incoming.read_by_us(fence, chat, list(receipt.message_ids), receipt.timestamp)
