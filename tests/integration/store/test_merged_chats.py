from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.domain.errors import NotFound
from gateway.domain.phone import Address
from gateway.store import chats
from gateway.store.fence import fenced
from tests.integration.store.conftest import Owned, Store

LID, PHONE, ASKED = "100000000000021@lid", "+15550002021", "+15550002022"


def test_an_id_finds_the_chat_that_took_it_in_however_often_that_happened(store: Store, linked: Owned) -> None:
    """Asked for one number WhatsApp names another, and tells later whose that is."""
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        kept = chats.with_person(fence.connection, linked.session_id, Address(LID))
        middle = chats.with_person(fence.connection, linked.session_id, Address(phone_number=PHONE))
        gone = chats.with_person(fence.connection, linked.session_id, Address(phone_number=ASKED))
        chats.with_person(fence.connection, linked.session_id, Address(phone_number=PHONE), asked=ASKED)
        assert chats.get(fence.connection, linked.session_id, gone.id).id == middle.id
        chats.with_person(fence.connection, linked.session_id, Address(LID, PHONE))
        for chat in (kept, middle, gone):
            assert chats.get(fence.connection, linked.session_id, chat.id).id == kept.id


def test_an_id_finds_nothing_in_another_session(store: Store, linked: Owned, make_linked: Callable[[], Owned]) -> None:
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        chats.with_person(fence.connection, linked.session_id, Address(LID))
        gone = chats.with_person(fence.connection, linked.session_id, Address(phone_number=PHONE))
        chats.with_person(fence.connection, linked.session_id, Address(LID, PHONE))
    with store.functions.transaction() as connection, pytest.raises(NotFound):
        chats.get(connection, make_linked().session_id, gone.id)
