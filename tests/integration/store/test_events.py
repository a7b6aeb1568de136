"""Every type of event is written, and each row is as docs/events.md says."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from connector.sessions import group_updates, presence_updates, setting_aside
from connector.whatsapp.group_events import GroupChanged, GroupJoined
from connector.whatsapp.jids import WhatsAppAddress
from connector.whatsapp.presence_events import PersonSeen, PersonTyping
from gateway.domain.commands import CommandError
from gateway.domain.contacts import Names
from gateway.domain.events import EventType
from gateway.domain.groups import Group, ParticipantChange
from gateway.domain.history import HistoryImport
from gateway.domain.media import MediaReason
from gateway.domain.messages import MessageStatus
from gateway.domain.outbound import Text
from gateway.domain.phone import Address
from gateway.domain.presence import TypingState
from gateway.domain.sessions import Reason, SessionState
from gateway.store import chats, contacts, inbox, incoming, losses, media, messages, presences, receipts, spools
from gateway.store.assistant import silence
from gateway.store.contacts import Entry
from gateway.store.database import Database
from gateway.store.drafts import Draft
from gateway.store.fence import Fence, fenced
from gateway.store.incoming import Incoming
from gateway.store.losses import DeliveredMessage
from gateway.store.maintenance import stale
from gateway.store.spools import SpooledEvent
from infra.local.database import DatabaseUrls
from tests import event_rows
from tests.integration.store.conftest import BOB, Owned, Store
from tests.integration.store.test_outgoing import queue
from tests.integration.talk import Talk, talking

NOW = datetime.now(UTC).replace(microsecond=0)
TEXT = Incoming("3A01", BOB, BOB, False, NOW, "text", "hello", push_name="Bob")


@pytest.fixture
def talk(store: Store, linked: Owned, module_database: DatabaseUrls) -> Iterator[Talk]:
    with talking(store, linked, module_database) as talk:
        yield talk


def test_every_type_is_written_as_the_catalogue_says(
    store: Store, linked: Owned, talk: Talk, module_database: DatabaseUrls
) -> None:
    writes = (link_again, receive, change, merge, fail_to_receive, hear_of_a_group, hear_of_contacts, import_history)
    for write in (*writes, see_somebody):
        with fenced(store.connector, linked.session_id, linked.epoch) as fence:
            write(fence)
    message = queue(store, linked, Draft(BOB, Text("x")))
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        refuse_and_read(fence, message.id)
        silence.take_over(fence.connection, fence.session_id, message.chat_id, 60)
        silence.hand_back(fence.connection, fence.session_id, message.chat_id)
    device = f"{linked.session_id}:1@s.whatsapp.net"
    event = SpooledEvent(1, linked.session_id, device, "Message", b"not a message")
    spools.carry(store.connector, uuid4().hex, [event])
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        setting_aside.set_aside(fence, inbox.newest(fence.connection, linked.session_id), "DecodeError")
    give_a_file_up(store, linked)
    give_a_turn_up(talk, module_database)
    assert event_rows.check(module_database.admin) == set(EventType)


def link_again(fence: Fence) -> None:
    fence.move(SessionState.DISCONNECTED, Reason.TEMPORARY_BAN, detail="402", expires_at=NOW + timedelta(hours=1))
    fence.move(SessionState.CONNECTING)
    fence.move(SessionState.QR_PENDING)
    fence.show_qr("2@code", NOW + timedelta(seconds=60), b"\x01" * 32)
    fence.show_pairing_code("ABCD-1234", NOW + timedelta(seconds=180), b"\x01" * 32)
    fence.move(SessionState.CONNECTED)


def receive(fence: Fence) -> None:
    reaction = replace(TEXT, message_id="3A02", message_type="reaction", content="👍", target_id="3A01")
    unreadable = replace(TEXT, message_id="3A03", message_type="undecryptable", content=None)
    incoming.store(fence, [TEXT, reaction, unreadable])


def change(fence: Fence) -> None:
    edit = replace(TEXT, message_id="3A04", message_type="edit", content="hi", target_id="3A01", target_own=True)
    assert incoming.change(fence, edit)
    assert incoming.change(fence, replace(edit, message_id="3A05", message_type="delete", content=None))
    place = {"latitude": 52.1, "longitude": 13.4, "sequenceNumber": 1}
    shared = replace(TEXT, message_id="3A06", message_type="live_location", content=None, location=place)
    assert not incoming.change(fence, shared)
    incoming.store(fence, [shared])
    assert incoming.change(fence, replace(shared, message_id="3A07", location={**place, "sequenceNumber": 2}))


def merge(fence: Fence) -> None:
    carol = Address("100000000000003@lid", "+15550002003")
    for id, address in (("3B01", Address(lid=carol.lid)), ("3B02", Address(phone_number=carol.phone_number))):
        incoming.store(fence, [replace(TEXT, message_id=id, chat=address, sender=address)])
    incoming.store(fence, [replace(TEXT, message_id="3B03", chat=carol, sender=carol)])


def hear_of_a_group(fence: Fence) -> None:
    chat, author = WhatsAppAddress("120363000000000001@g.us"), WhatsAppAddress(str(BOB.lid), BOB.lid)
    group_updates.apply(fence, GroupJoined(chat, author, Group(chat.jid, "Tenants")))
    people: dict[ParticipantChange, tuple[WhatsAppAddress, ...]] = {ParticipantChange.JOINED: (author,)}
    group_updates.apply(fence, GroupChanged(chat, author, NOW, subject="Elm Street 5", people=people))


def hear_of_contacts(fence: Fence) -> None:
    entries = [Entry(Address(phone_number=f"+1555000{place:04}"), Names(f"Contact {place}")) for place in range(51)]
    contacts.take_in(fence, entries)
    contacts.take_in(fence, [Entry(BOB, Names("Bob of the office"))])


def import_history(fence: Fence) -> None:
    done = HistoryImport.of(None).advanced(7, [], NOW)
    fence.emit(EventType.HISTORY_PROGRESS, done.announced(1, NOW).told())
    fence.emit(EventType.HISTORY_IMPORTED, done.finished(1, NOW).told_at_end())


def see_somebody(fence: Fence) -> None:
    bob, chat = WhatsAppAddress(str(BOB.lid), BOB.lid), chats.find(fence.connection, fence.session_id, BOB)
    presences.watch(fence.connection, fence.session_id, chat.id, 60)
    typing = PersonTyping(bob, bob, TypingState.TYPING)
    presence_updates.apply(fence, [typing, PersonSeen(bob, True, None), PersonSeen(bob, False, NOW)])


def give_a_file_up(store: Store, linked: Owned) -> None:
    key = base64.b64encode(b"k" * 32).decode()
    file = {"kind": "image", "directPath": "/v/1", "mediaKey": key, "fileSha256": key, "fileEncSha256": key}
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        incoming.store(fence, [replace(TEXT, message_id="3D01", message_type="image", media=file)])
    run = uuid4()
    with store.functions.transaction() as connection:
        assert media.claim(connection, fence.media[0], run, 60)
        assert media.give_up(connection, fence.media[0], run, MediaReason.EXPIRED)


def fail_to_receive(fence: Fence) -> None:
    assert losses.report(fence, [DeliveredMessage("3C01", str(BOB.lid), str(BOB.lid))]) == 1


def refuse_and_read(fence: Fence, queued: object) -> None:
    [message] = messages.select(fence.connection, "m.id = %(id)s", {"id": queued})
    failed = MessageStatus.FAILED
    messages.advance(fence.connection, fence.session_id, [message.id], failed, error=CommandError.EXPIRED)
    chat = chats.get(fence.connection, fence.session_id, message.chat_id)
    receipts.mark_read_by_us(fence, chat, ["3A03"], NOW)


def give_a_turn_up(talk: Talk, database: DatabaseUrls) -> None:
    talk.configure(enabled=True)
    assert talk.hear("anybody?")
    with psycopg.connect(database.admin) as admin:
        admin.execute("UPDATE gateway.turns SET created_at = created_at - interval '1 day'")
    [turn] = talk.turns()
    sweeper = Database(database.sweeper)
    with sweeper.transaction() as connection:
        assert stale.expire_turn(connection, turn) == 1
    sweeper.close()
