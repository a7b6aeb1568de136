"""Receipts that say the same are processed as one, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.sessions.receipts_together import together
from connector.whatsapp.durable_events import Receipt, Undecryptable
from connector.whatsapp.jids import WhatsAppAddress

AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
MARIA = WhatsAppAddress("111@lid", "111@lid")
PAUL = WhatsAppAddress("222@lid", "222@lid")
GROUP = WhatsAppAddress("333@g.us")
DELIVERED = Receipt(("A",), MARIA, MARIA, is_from_me=False, kind="delivered", timestamp=AT)
UNREADABLE = Undecryptable("M", MARIA, MARIA, is_from_me=False, push_name=None, timestamp=AT)


def test_those_that_follow_each_other_are_one_whoever_sent_them() -> None:
    other = replace(DELIVERED, message_ids=("B", "A"), chat=PAUL, sender=PAUL)
    assert together([DELIVERED, other]) == [replace(DELIVERED, message_ids=("A", "B"))]


def test_of_another_kind_or_time_they_stay_apart() -> None:
    read, later = replace(DELIVERED, kind="read"), replace(DELIVERED, timestamp=AT + timedelta(seconds=1))
    assert together([DELIVERED, read, later]) == [DELIVERED, read, later]


def test_what_comes_between_stays_between() -> None:
    assert together([DELIVERED, UNREADABLE, DELIVERED]) == [DELIVERED, UNREADABLE, DELIVERED]


def test_those_of_groups_and_of_our_own_devices_stay_as_they_are() -> None:
    of_group, own = replace(DELIVERED, chat=GROUP), replace(DELIVERED, kind="read_self", is_from_me=True)
    assert together([of_group, of_group, own, own]) == [of_group, of_group, own, own]


def test_those_that_change_no_message_stay_as_they_are() -> None:
    retry = replace(DELIVERED, kind="retry")
    assert together([retry, retry]) == [retry, retry]
