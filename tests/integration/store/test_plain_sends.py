"""Sends of which nothing has to be decided are begun and ended in one statement each; all others are left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from gateway.domain.access import Reach
from gateway.domain.content import Album
from gateway.domain.errors import LeaseLost
from gateway.domain.messages import MessageStatus
from gateway.domain.outbound import Content, Text
from gateway.domain.phone import Address
from gateway.store import commands, events, messages, outgoing, plain_sends, receipts, sessions
from gateway.store.commands import Due, DueQuery
from gateway.store.database import Connection
from gateway.store.drafts import Draft
from gateway.store.fence import fenced, fenced_at_once
from gateway.store.messages import Message
from tests.integration.store.conftest import BOB, PACING, Owned, Store

SECRET = bytes(range(32))
NOW = datetime.now(UTC).replace(microsecond=0)


def queue(store: Store, owned: Owned, to: Address = BOB, content: Content | None = None, expires: float = 3600) -> UUID:
    with store.functions.transaction() as connection:
        session = sessions.lock(connection, Reach(owned.user), owned.session_id)
        draft = Draft(to, content or Text("x"))
        return outgoing.queue(connection, session, draft, PACING, expires).id


def device_of(owned: Owned) -> str:
    return f"{owned.session_id}:1@s.whatsapp.net"


def begin(store: Store, owned: Owned, device_jid: str | None = None, secret: bytes = SECRET) -> Due | None:
    """Return what is due after the attempt to begin it."""

    def execute(connection: Connection) -> DueQuery:
        plain_sends.begin(connection, owned.session_id, owned.epoch, device_jid or device_of(owned), secret)
        return DueQuery(connection, owned.session_id)

    return fenced_at_once(store.connector, owned.session_id, owned.epoch, execute).read()


def end(store: Store, owned: Owned, due: Due, whatsapp_id: str) -> bool:
    assert due.message
    message_id = due.message.id
    ended = fenced_at_once(
        store.connector,
        owned.session_id,
        owned.epoch,
        lambda connection: plain_sends.end(connection, owned.session_id, due.command.id, message_id, whatsapp_id, NOW),
    )
    return ended.fetchone() is not None


def get(store: Store, owned: Owned, message_id: UUID) -> Message:
    with store.functions.transaction() as connection:
        return messages.get(connection, owned.session_id, message_id)


def statuses(store: Store, owned: Owned) -> list[str]:
    with store.functions.transaction() as connection:
        found = events.after(connection, owned.session_id, 0, 100)
    return [event.data["status"] for event in found if event.type == "message.status"]


def is_left_alone(store: Store, owned: Owned, due: Due | None) -> bool:
    assert due
    assert due.message
    return (due.command.status, due.command.attempts, due.message.status) == ("queued", 0, "queued") and not statuses(
        store, owned
    )


def test_it_is_claimed_with_its_secret_and_ended_with_its_id(store: Store, linked: Owned) -> None:
    first, second = queue(store, linked), queue(store, linked)
    due = begin(store, linked)
    assert due
    assert due.message
    assert (due.command.status, due.command.attempts, due.command.epoch) == ("running", 1, linked.epoch)
    assert (due.message.id, due.message.status, due.message.secret, due.is_last) == (first, "sending", SECRET, False)
    assert end(store, linked, due, "3EB0A")
    sent = get(store, linked, first)
    assert (sent.status, sent.message_id, sent.sent_at, sent.timestamp) == ("sent", "3EB0A", NOW, NOW)
    assert statuses(store, linked) == ["sending", "sent"]
    with store.connector.transaction() as connection:
        [left] = commands.unfinished(connection, linked.session_id)
    assert left.message_id == second


def test_what_was_begun_is_not_begun_again(store: Store, linked: Owned) -> None:
    queue(store, linked)
    begin(store, linked)
    due = begin(store, linked, secret=bytes(32))
    assert due
    assert due.message
    assert (due.command.attempts, due.message.secret) == (1, SECRET)


@pytest.mark.parametrize(
    ("to", "content"),
    [(replace(BOB, lid=None), Text("x")), (BOB, Album(images=2, videos=0))],
    ids=["whose address is not known", "an album"],
)
def test_one_that_needs_more_is_left_alone(store: Store, linked: Owned, to: Address, content: Content) -> None:
    queue(store, linked, to, content)
    assert is_left_alone(store, linked, begin(store, linked))


def test_one_for_another_device_or_too_late_is_left_alone(store: Store, linked: Owned) -> None:
    queue(store, linked, expires=0)
    assert is_left_alone(store, linked, begin(store, linked))
    queue(store, linked)
    assert is_left_alone(store, linked, begin(store, linked, device_jid="other:1@s.whatsapp.net"))


def test_whose_receipt_came_before_it_is_left_for_that_to_be_applied(store: Store, linked: Owned) -> None:
    message_id = queue(store, linked)
    due = begin(store, linked)
    assert due
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        receipts.apply(fence, ["3EB0B"], MessageStatus.DELIVERED, NOW + timedelta(seconds=1))
    assert not end(store, linked, due, "3EB0B")
    assert get(store, linked, message_id).status == "sending"
    assert end(store, linked, due, "3EB0C")


def test_once_the_lease_is_lost_nothing_is_begun(store: Store, linked: Owned) -> None:
    message_id = queue(store, linked)
    with pytest.raises(LeaseLost):
        begin(store, replace(linked, lease=replace(linked.lease, epoch=linked.epoch + 1)))
    assert get(store, linked, message_id).status == "queued"
    assert begin(store, linked)
