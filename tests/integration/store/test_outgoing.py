from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.domain.access import Reach
from gateway.domain.commands import CommandError, CommandKind, CommandStatus
from gateway.domain.errors import Conflict, IdempotencyConflict, RateLimited
from gateway.domain.messages import MESSAGE_SECRET_BYTES, MessageStatus
from gateway.domain.outbound import Text
from gateway.domain.phone import Address
from gateway.store import commands, events, messages, outgoing, receipts, sessions
from gateway.store.drafts import Draft
from gateway.store.fence import fenced
from gateway.store.messages import Message
from gateway.store.pacing import Pacing
from tests.integration.store.conftest import BOB, PACING, Owned, Store, read


def queue(store: Store, owned: Owned, draft: Draft, pacing: Pacing = PACING) -> Message:
    with store.functions.transaction() as connection:
        session = sessions.lock(connection, Reach(owned.user), owned.session_id)
        return messages.get(connection, session.id, outgoing.queue(connection, session, draft, pacing, 3600).id)


def get(store: Store, owned: Owned, message_id: UUID) -> Message:
    with store.functions.transaction() as connection:
        return messages.get(connection, owned.session_id, message_id)


def send(store: Store, owned: Owned, message: Message, whatsapp_id: str) -> None:
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        outgoing.mark_sending(fence, message.id)
    with fenced(store.connector, owned.session_id, owned.epoch) as fence:
        outgoing.mark_sent(fence, message.id, whatsapp_id, BOB, datetime.now(UTC))


def test_a_message_and_its_command_are_queued_together_in_order(store: Store, linked: Owned) -> None:
    texts = [queue(store, linked, Draft(BOB, Text(f"text {i}"))) for i in range(3)]
    with store.connector.transaction() as connection:
        unfinished = commands.unfinished(connection, linked.session_id)
    assert [command.payload["messageId"] for command in unfinished] == [str(message.id) for message in texts]
    assert [command.seq for command in unfinished] == [1, 2, 3]
    assert {command.device_jid for command in unfinished} == {read(store, linked).device_jid}


def test_a_command_is_claimed_once_and_ends_once(store: Store, linked: Owned) -> None:
    message = queue(store, linked, Draft(BOB, Text("x")))
    assert message.command_id
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        assert commands.claim(fence, message.command_id)
        assert not commands.claim(fence, message.command_id)
        commands.finish(fence, message.command_id, CommandStatus.DONE)
        commands.finish(fence, message.command_id, CommandStatus.FAILED, CommandError.EXPIRED)
        row = fence.connection.execute(
            "SELECT status FROM gateway.commands WHERE id = %s", [message.command_id]
        ).fetchone()
    assert row == {"status": "done"}


def test_a_message_advances_through_its_statuses_with_their_times(store: Store, linked: Owned) -> None:
    message = queue(store, linked, Draft(BOB, Text("x")))
    send(store, linked, message, "3EB0A")
    for status in (MessageStatus.READ, MessageStatus.DELIVERED):
        with fenced(store.connector, linked.session_id, linked.epoch) as fence:
            receipts.apply(fence, ["3EB0A"], status, datetime.now(UTC))
    now = get(store, linked, message.id)
    assert (now.status, now.message_id) == ("read", "3EB0A")
    assert now.sent_at
    assert now.read_at
    assert now.secret
    assert len(now.secret) == MESSAGE_SECRET_BYTES


def test_a_receipt_that_overtakes_the_bookkeeping_is_not_lost(store: Store, linked: Owned) -> None:
    message = queue(store, linked, Draft(BOB, Text("x")))
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        outgoing.mark_sending(fence, message.id)
        receipts.apply(fence, ["3EB0B"], MessageStatus.DELIVERED, datetime.now(UTC))
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        outgoing.mark_sent(fence, message.id, "3EB0B", BOB, datetime.now(UTC))
    assert get(store, linked, message.id).status == "delivered"


def test_an_unknown_send_is_resolved_by_its_receipt(store: Store, linked: Owned) -> None:
    message = queue(store, linked, Draft(BOB, Text("x")))
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        outgoing.mark_sending(fence, message.id)
        outgoing.mark_unknown(fence, message.id, "3EB0C", BOB)
    assert get(store, linked, message.id).status == "unknown"
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        receipts.apply(fence, ["3EB0C"], MessageStatus.DELIVERED, datetime.now(UTC))
    resolved = get(store, linked, message.id)
    assert (resolved.status, resolved.error) == ("delivered", None)


def test_the_lid_learned_by_sending_makes_one_chat(store: Store, linked: Owned) -> None:
    message = queue(store, linked, Draft(Address(phone_number=BOB.phone_number), Text("x")))
    assert message.remote_jid == "15550002002@s.whatsapp.net"
    send(store, linked, message, "3EB0D")
    sent = get(store, linked, message.id)
    assert (sent.remote_jid, sent.chat_phone) == (BOB.lid, BOB.phone_number)
    assert queue(store, linked, Draft(Address(lid=BOB.lid), Text("y"))).chat_id == sent.chat_id


def test_a_send_is_dated_by_its_ack_whatever_our_clock_says(store: Store, linked: Owned) -> None:
    for late in (timedelta(seconds=3), timedelta(hours=-1)):
        message = queue(store, linked, Draft(BOB, Text("x")))
        assert message.queued_at
        with fenced(store.connector, linked.session_id, linked.epoch) as fence:
            outgoing.mark_sending(fence, message.id)
            outgoing.mark_sent(fence, message.id, f"3EB0{late.days}", BOB, message.queued_at + late)
        assert get(store, linked, message.id).sent_at == message.queued_at + late


def test_an_idempotency_key_makes_one_message_even_in_a_race(store: Store, linked: Owned) -> None:
    draft = Draft(BOB, Text("once"), idempotency_key="k", fingerprint=b"f")
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: queue(store, linked, draft).id, range(6)))
    assert len(set(made)) == 1
    with pytest.raises(IdempotencyConflict):
        queue(store, linked, Draft(BOB, Text("other"), idempotency_key="k", fingerprint=b"g"))


def test_only_a_failed_message_is_sent_again(store: Store, linked: Owned) -> None:
    message = queue(store, linked, Draft(BOB, Text("x")))
    session = read(store, linked)
    with store.functions.transaction() as connection, pytest.raises(Conflict):
        outgoing.resend(connection, session, message.id, PACING, 3600)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        outgoing.mark_failed(fence, message.id, CommandError.EXPIRED)
    assert get(store, linked, message.id).error == "expired"
    with store.functions.transaction() as connection:
        outgoing.resend(connection, session, message.id, PACING, 3600)
    again = get(store, linked, message.id)
    assert (again.status, again.error, again.failed_at) == ("queued", None, None)
    assert again.command_id != message.command_id


@pytest.mark.parametrize(
    ("pacing", "within"),
    [
        (Pacing(per_minute=2, per_hour=100, new_chats_per_day=100), 60),
        (Pacing(per_minute=100, per_hour=2, new_chats_per_day=100), 3600),
    ],
)
def test_pacing_says_when_the_next_message_may_go(store: Store, linked: Owned, pacing: Pacing, within: int) -> None:
    for _ in range(2):
        queue(store, linked, Draft(BOB, Text("x")), pacing)
    with pytest.raises(RateLimited) as refused:
        queue(store, linked, Draft(BOB, Text("x")), pacing)
    assert within - 10 < refused.value.retry_after <= within


def test_new_chats_a_day_are_limited_and_known_chats_are_not(store: Store, linked: Owned) -> None:
    pacing = Pacing(per_minute=100, per_hour=100, new_chats_per_day=1)
    queue(store, linked, Draft(BOB, Text("x")), pacing)
    with pytest.raises(RateLimited):
        queue(store, linked, Draft(Address(phone_number="+15550003003"), Text("x")), pacing)
    queue(store, linked, Draft(BOB, Text("y")), pacing)


def test_a_refused_message_leaves_nothing_behind(store: Store, linked: Owned) -> None:
    pacing = Pacing(per_minute=100, per_hour=100, new_chats_per_day=1)
    queue(store, linked, Draft(BOB, Text("x")), pacing)
    with pytest.raises(RateLimited):
        queue(store, linked, Draft(Address(phone_number="+15550003003"), Text("x")), pacing)
    with store.connector.transaction() as connection:
        row = connection.execute(
            "SELECT count(*) AS n FROM gateway.chats WHERE session_id = %s", [linked.session_id]
        ).fetchone()
        assert row == {"n": 1}
        assert len(commands.unfinished(connection, linked.session_id)) == 1


def test_expired_commands_are_not_claimed(store: Store, linked: Owned) -> None:
    session = read(store, linked)
    with store.functions.transaction() as connection:
        send = outgoing.queue(connection, session, Draft(BOB, Text("x")), PACING, 0.000001)
        message = messages.get(connection, session.id, send.id)
    assert message.command_id
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        assert not commands.claim(fence, message.command_id)
        [command] = commands.unfinished(fence.connection, linked.session_id)
        assert (command.id, command.has_expired) == (message.command_id, True)


def test_the_event_log_has_every_step_in_order(store: Store, linked: Owned) -> None:
    with store.functions.transaction() as connection:
        start = max(event.seq for event in events.after(connection, linked.session_id, 0, 100))
    message = queue(store, linked, Draft(BOB, Text("x")))
    send(store, linked, message, "3EB0E")
    with store.functions.transaction() as connection:
        log = events.after(connection, linked.session_id, start, 100)
    assert [(event.type, event.data.get("status")) for event in log] == [
        ("message.queued", None),
        ("message.status", "sending"),
        ("message.status", "sent"),
    ]
    assert [event.seq for event in log] == sorted(event.seq for event in log)


def test_a_logout_is_in_the_same_sequence(store: Store, linked: Owned) -> None:
    queue(store, linked, Draft(BOB, Text("x")))
    session = read(store, linked)
    with store.functions.transaction() as connection:
        commands.enqueue(connection, session, CommandKind.LOGOUT, {}, expires_seconds=60)
    with store.connector.transaction() as connection:
        assert [command.kind for command in commands.unfinished(connection, linked.session_id)] == [
            "send_text",
            "logout",
        ]
