"""Turns the stored raw events of one session into messages, receipts and events of its log, in their order.

Each batch is one transaction under the session's fence, so that an event has its effect exactly once: it leaves the
inbox in the transaction that has the effect.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from itertools import groupby
from uuid import UUID

import psycopg
from google.protobuf.message import DecodeError

from connector.backoff import Backoff
from connector.sessions import inbound
from connector.sessions.owned_session import OwnedSession
from connector.sessions.resources import Resources
from connector.whatsapp.durable_events import DurableEvent, InboundMessage, Receipt, Undecryptable, decode_durable_event
from gateway.domain.errors import GatewayError, LeaseLost
from gateway.domain.phone import Address
from gateway.domain.turns import DueTurn
from gateway.metrics import Metric, measure
from gateway.store import inbox, incoming, receipts
from gateway.store.assistant import configs, intake
from gateway.store.fence import Fence
from gateway.store.incoming import Incoming

log = logging.getLogger(__name__)

BATCH = 50
# Events that follow each other are taken together: the more came, the longer the next are awaited.
GATHER_SECONDS = 0.02
LONGEST_GATHER_SECONDS = 0.1
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
    def __init__(self, resources: Resources, record: OwnedSession) -> None:
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
                while (count := self._process_batch()) == BATCH:
                    pass
                self._stopping.wait(min(count * GATHER_SECONDS, LONGEST_GATHER_SECONDS))
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

    def _process_batch(self) -> int:
        """How many there were, at most BATCH."""
        try:
            count = self._process(BATCH)
        except LeaseLost:
            raise
        except _UNREADABLE:
            return self._process_singly()
        self._backoff.reset()
        return count

    def _process_singly(self) -> int:
        """One of the batch cannot be processed: it is kept aside, the others are not held up by it."""
        for count in range(BATCH):
            if not self._process_one():
                return count
        return BATCH

    def _process_one(self) -> int:
        try:
            return self._process(1)
        except LeaseLost:
            raise
        except _UNREADABLE as error:
            with self._record.fence() as fence:
                kind = inbox.set_oldest_aside(fence.connection, fence.session_id, type(error).__name__)
            self._log(f"an event of kind {kind} is set aside", error)
            return 1

    def _process(self, limit: int) -> int:
        with self._record.fence() as fence:
            received = inbox.pop_oldest(fence.connection, fence.session_id, limit)
            decoded = [decode_durable_event(event.kind, event.payload) for event in received]
            facts = [fact for fact in decoded if fact is not None]
            bells = self._apply(fence, facts)
        if came := sum(isinstance(fact, InboundMessage) and not fact.is_from_me for fact in facts):
            measure(Metric.MESSAGES_RECEIVED, came)
        self._resources.turn_bells.ring(bells)
        return len(received)

    def _apply(self, fence: Fence, facts: list[DurableEvent]) -> list[DueTurn]:
        """Answers whom to ring after COMMIT."""
        heard = bool(facts) and configs.get(fence.connection, fence.session_id).enabled
        bells: list[DueTurn] = []
        for is_new, together in groupby(facts, key=_is_new_message):
            if is_new:
                messages = [self._message(fence, fact) for fact in together if not isinstance(fact, Receipt)]
                bells += _store(fence, messages, heard=heard)
            else:
                bells += [bell for fact in together for bell in self._change(fence, fact, heard=heard)]
        return bells

    def _change(self, fence: Fence, fact: DurableEvent, *, heard: bool) -> list[DueTurn]:
        """An edit or deletion of a message that is not known is kept as a row of its own."""
        match fact:
            case InboundMessage():
                message = self._message(fence, fact)
                change = incoming.edit if message.message_type == "edit" else incoming.delete
                return [] if change(fence, message) else _store(fence, [message], heard=heard)
            case Receipt():
                _apply_receipt(fence, fact)
        return []

    def _message(self, fence: Fence, fact: InboundMessage | Undecryptable) -> Incoming:
        """With the LID and the number of both, where they are known."""
        message = inbound.incoming(fact)
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


def _is_new_message(fact: DurableEvent) -> bool:
    """Whether it says nothing of another message; all of them that follow each other are stored at once."""
    match fact:
        case InboundMessage():
            return fact.content.message_type not in ("edit", "delete")
        case Undecryptable():
            return True
    return False


def _store(fence: Fence, messages: list[Incoming], *, heard: bool) -> list[DueTurn]:
    """The assistant hears each before the next is there."""
    if not heard:
        _store_all(fence, messages)
        return []
    bells = [_hear(fence, message) for message in messages]
    return [bell for bell in bells if bell is not None]


def _hear(fence: Fence, message: Incoming) -> DueTurn | None:
    [stored] = _store_all(fence, [message])
    return intake.on_message(fence, message, stored) if stored else None


def _store_all(fence: Fence, messages: list[Incoming]) -> list[UUID | None]:
    """None for each that changed nothing."""
    ids = incoming.store(fence, messages)
    return [id or incoming.replace_placeholder(fence, message) for id, message in zip(ids, messages, strict=True)]


def _apply_receipt(fence: Fence, receipt: Receipt) -> None:
    if receipt.kind == "read_self":
        _read_on_phone(fence, receipt)
    elif (status := inbound.RECEIPT_STATUS.get(receipt.kind)) is not None and not receipt.is_from_me:
        receipts.apply(fence, list(receipt.message_ids), status, receipt.timestamp)


def _read_on_phone(fence: Fence, receipt: Receipt) -> None:
    kind = inbound.chat_kind(receipt.chat)
    jid = None if kind == "user" else receipt.chat.jid
    chat = incoming.chat_at(fence, inbound.address_of(receipt.chat), jid, kind)
    receipts.mark_read_by_us(fence, chat, list(receipt.message_ids), receipt.timestamp)
