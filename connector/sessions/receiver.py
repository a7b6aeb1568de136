"""Turns the raw events in the inbox of one session into messages, receipts and events of its log, in their order.

Each batch is one transaction under the session's fence, so that an event has its effect exactly once: it leaves the
inbox in the transaction that has the effect.
"""

from __future__ import annotations

import logging
import threading
from functools import partial
from itertools import groupby
from typing import NamedTuple, TypeAlias
from uuid import UUID

from psycopg import Cursor

from connector.sessions import addresses, group_updates, inbound, sealing
from connector.sessions.owned_session import OwnedSession
from connector.sessions.receipts_together import together
from connector.sessions.resources import Resources
from connector.sessions.trials import Trials, blame
from connector.whatsapp.durable_events import DurableEvent, InboundMessage, Receipt, Undecryptable, decode_durable_event
from connector.whatsapp.group_events import GroupChanged, GroupJoined, PictureChanged
from gateway.correlation import about_session
from gateway.domain.errors import LeaseLost
from gateway.domain.phone import Address
from gateway.domain.records import with_values
from gateway.domain.times import time_in_chat
from gateway.domain.turns import DueTurn
from gateway.metrics import Metric, measure
from gateway.store import found_chats, history, inbox, incoming, placeholders, receipts, rereading
from gateway.store.assistant import configs, intake
from gateway.store.assistant.configs import AssistantConfig
from gateway.store.bounds import bounded, identifiers
from gateway.store.chats import Chat
from gateway.store.database import Connection
from gateway.store.failures import Cause
from gateway.store.fence import Fence
from gateway.store.inbox import Received, Trial
from gateway.store.incoming import Incoming
from gateway.store.live_locations import LIVE_LOCATION
from gateway.telemetry import log_failure

log = logging.getLogger(__name__)

Item: TypeAlias = Incoming | Receipt | GroupChanged | GroupJoined | PictureChanged
# What tells which turns are due, to be read after COMMIT.
Turns: TypeAlias = list[Cursor[DueTurn]]

BATCH = 100
# Events that follow each other are processed together: the more came, the longer the next are awaited.
GATHER_SECONDS = 0.02
LONGEST_GATHER_SECONDS = 0.2


class _Asked(NamedTuple):
    """What is asked together with the lock of the session."""

    events: Cursor[Received]
    config: Cursor[AssistantConfig]


class Receiver:
    """A thread that processes the inbox, until stop() or the end of the lease."""

    def __init__(self, resources: Resources, owned_session: OwnedSession) -> None:
        self._resources = resources
        self._owned_session = owned_session
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._trials = Trials(owned_session, resources.settings)
        self._singly = BATCH
        name = f"receiver-{owned_session.session_id}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread, once however often it is called."""
        if self._thread.ident is None:
            self._thread.start()
            self._wake.set()

    def wake(self) -> None:
        """Process what waits in the inbox; after a failure nothing else begins it again."""
        self._wake.set()

    def stop(self, timeout: float) -> bool:
        """Process what is there, for at most `timeout` seconds; False when some is left to the next owner."""
        self.abandon()
        if self._thread.ident is not None:
            self._thread.join(timeout)
        return not self._thread.is_alive()

    def abandon(self) -> None:
        """Stop without waiting."""
        self._stopping.set()
        self._wake.set()

    def _run(self) -> None:
        with about_session(self._owned_session.session_id):
            while True:
                self._wake.wait()
                self._wake.clear()
                stopping = self._stopping.is_set()
                if not self._process_all() or stopping:
                    return

    def _process_all(self) -> bool:
        """Return False once the lease is lost."""
        try:
            while (count := self._process_batch()) == BATCH:
                pass
            self._stopping.wait(min(count * GATHER_SECONDS, LONGEST_GATHER_SECONDS))
        except LeaseLost:
            return False
        except Exception as error:  # noqa: BLE001 - the one place where a failure of any kind ends
            self._log(error)
            self._stopping.wait(self._trials.pause_seconds(error))
        return True

    def _log(self, error: Exception) -> None:
        cause = blame(error)
        if cause is Cause.OURS:
            log_failure(log, error)
        else:
            log.warning("the inbox waits", extra={"error": type(error).__name__, "cause": cause})

    def _process_batch(self) -> int:
        """Return how many there were, at most BATCH.

        What the last owner left may have killed it, and what failed together fails by one of them: those are processed
        singly, so that only that one is set aside.
        """
        if not self._singly:
            try:
                count = self._process(BATCH)
            except LeaseLost:
                raise
            except Exception as error:
                if blame(error) is Cause.BUSY:
                    raise
                self._singly = BATCH
                if blame(error) is Cause.AWAY:
                    raise
            else:
                self._trials.succeed()
                return count
        return self._process_singly()

    def _process_singly(self) -> int:
        for count in range(BATCH):
            trial = self._trials.begin()
            if trial is None:
                self._singly = 0
                return count
            try:
                self._process(1, trial)
            except LeaseLost:
                raise
            except Exception as error:
                if not self._trials.fail(error):
                    raise
            else:
                self._trials.succeed()
            self._singly = max(self._singly - 1, 0)
        return BATCH

    def _process(self, limit: int, trial: Trial | None = None) -> int:
        """Process the oldest events, or the one that is tried. Return how many there were."""
        asked: list[_Asked] = []
        with self._owned_session.fence(partial(self._ask, asked, limit, trial)) as fence:
            received = asked[0].events.fetchall()
            config = asked[0].config.fetchone()
            decoded = map(_decoded, received)
            events = together([event for event in decoded if event is not None and not _is_hidden(event)])
            turns = self._apply(fence, events, config if config and config.enabled else None)
        if count := sum(isinstance(event, InboundMessage) and not event.is_from_me for event in events):
            measure(Metric.MESSAGES_RECEIVED, count)
        self._resources.turn_doorbells.ring(turn.fetchall()[0] for turn in turns)
        self._resources.media_doorbells.ring(fence.media)
        return len(received)

    def _ask(self, asked: list[_Asked], limit: int, trial: Trial | None, connection: Connection) -> None:
        session_id = self._owned_session.session_id
        events = (
            inbox.pop_oldest(connection, session_id, limit)
            if trial is None
            else inbox.pop(connection, session_id, trial.id)
        )
        asked.append(_Asked(events, configs.ask(connection, session_id)))

    def _apply(self, fence: Fence, events: list[DurableEvent], assistant: AssistantConfig | None) -> Turns:
        """Return the turns to notify of; `assistant` is None where it is off."""
        items: list[Item] = [
            self._message(fence, event) if isinstance(event, InboundMessage | Undecryptable) else event
            for event in events
        ]
        turns: Turns = []
        for is_new, group in groupby(items, key=_is_new_message):
            if is_new:
                messages = [message for message in group if isinstance(message, Incoming)]
                turns += _store(fence, messages, assistant)
            else:
                turns += [turn for item in group for turn in _change(fence, item, assistant)]
        if fence.awaited:
            sealing.open_waiting(fence, self._resources.credentials)
        return turns

    def _message(self, fence: Fence, event: InboundMessage | Undecryptable) -> Incoming:
        """Return the message with the LID and the number of chat and sender, where the session knows them."""
        message = bounded(inbound.incoming(event))
        session = fence.session
        me = Address(message.sender.lid or session.lid, message.sender.phone_number or session.phone_number)
        credentials = self._resources.credentials
        known = {
            "chat": addresses.of_chat(fence, credentials, message.chat),
            "sender": me if message.from_me else addresses.of_sender(fence, credentials, message.sender),
            "target_author": addresses.of_sender(fence, credentials, message.target_author),
        }
        return sealing.opened(fence, credentials, with_values(message, known))


def _decoded(received: Received) -> DurableEvent | None:
    """Return the event with the time that it has in its chat; None for what is of no interest."""
    event = decode_durable_event(received.kind, received.payload)
    if isinstance(event, InboundMessage | Undecryptable):
        return with_values(event, {"timestamp": time_in_chat(event.timestamp, received.received_at)})
    return event


def _is_hidden(event: DurableEvent) -> bool:
    """Return whether people are not to see that it could not be read; it is stored when it comes again."""
    return isinstance(event, Undecryptable) and event.is_hidden


def _is_new_message(item: Item) -> bool:
    """Return whether it changes no other message; all new ones that follow each other are stored at once."""
    return isinstance(item, Incoming) and item.change is None and item.message_type != LIVE_LOCATION


def _change(fence: Fence, item: Item, assistant: AssistantConfig | None) -> Turns:
    """Apply a change or receipt; a change of a message that is not applied becomes a message of its own."""
    if isinstance(item, GroupChanged | GroupJoined | PictureChanged):
        group_updates.apply(fence, item)
        return []
    if isinstance(item, Receipt):
        _apply_receipt(fence, item)
        return []
    return [] if incoming.change(fence, item) else _store(fence, [item], assistant)


def _store(fence: Fence, messages: list[Incoming], assistant: AssistantConfig | None) -> Turns:
    """Store messages; with an assistant one by one, so that it takes in each before the next is there."""
    if assistant is None:
        _store_all(fence, messages)
        return []
    turns = [_store_for_assistant(fence, message, assistant) for message in messages]
    return [turn for turn in turns if turn is not None]


def _store_for_assistant(fence: Fence, message: Incoming, assistant: AssistantConfig) -> Cursor[DueTurn] | None:
    [stored] = _store_all(fence, [message])
    return intake.on_message(fence, assistant, message, stored) if stored else None


def _store_all(fence: Fence, messages: list[Incoming]) -> list[UUID | None]:
    """Return the id of each that is new to the assistant; None for the others."""
    ids = incoming.store(fence, messages)
    return [id or _fill_in(fence, message) for id, message in zip(ids, messages, strict=True)]


def _fill_in(fence: Fence, message: Incoming) -> UUID | None:
    """Fill in what was stored before and is read only now. Return its id where the assistant has not decided yet."""
    filled = history.came_by_itself(fence, message) or placeholders.fill_in(fence, message)
    if filled is None:
        rereading.fill_in(fence, message)
    return filled


def _apply_receipt(fence: Fence, receipt: Receipt) -> None:
    if inbound.is_read_by_us(receipt):
        _mark_read_on_phone(fence, receipt)
    elif (status := inbound.RECEIPT_STATUS.get(receipt.kind)) is not None and not receipt.is_from_me:
        ids, member = identifiers(receipt.message_ids), inbound.member_of(receipt)
        receipts.apply(fence, ids, status, receipt.timestamp, member)


def _mark_read_on_phone(fence: Fence, receipt: Receipt) -> None:
    for chat in _chats_read(fence, receipt):
        receipts.mark_read_by_us(fence, chat, identifiers(receipt.message_ids), receipt.timestamp)


def _chats_read(fence: Fence, receipt: Receipt) -> list[Chat]:
    """Return the chat that was read; what came by a broadcast list is in the chats of those who wrote it."""
    kind = inbound.chat_kind(receipt.chat)
    if kind == "broadcast":
        return receipts.chats_written_to_by_list(fence, receipt.chat.jid, identifiers(receipt.message_ids))
    jid = None if kind == "user" else receipt.chat.jid
    return [found_chats.chat_at(fence, inbound.address_of(receipt.chat), jid, kind)]
