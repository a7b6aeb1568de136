"""What the assistant is shown of the message that a contact replies to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.store import incoming
from gateway.store.assistant import configs, conversations
from gateway.store.fence import fenced
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import Owned, Store
from tests.integration.store.test_incoming import TEXT
from tests.integration.talk import Talk, talking

QUOTE = {"messageId": "3AOLD", "messageType": "text", "text": "Does Tuesday suit you?"}


@pytest.fixture
def talk(store: Store, linked: Owned, module_database: DatabaseUrls) -> Iterator[Talk]:
    with talking(store, linked, module_database) as talk:
        yield talk


def quoted(talk: Talk) -> list[str | None]:
    turn = talk.claimed(talk.hear("Yes", quoted_id="3AOLD", quote=QUOTE))
    with talk.replies.transaction() as connection:
        config = configs.get(connection, talk.session_id)
        _, pending = conversations.HistoryQuery(connection, turn, config.window).read()
    return [line.quoted for line in pending]


def test_a_quoted_message_that_is_not_stored_is_shown_as_the_reply_shows_it(talk: Talk) -> None:
    assert quoted(talk) == ["Does Tuesday suit you?"]


def test_a_quoted_message_that_was_deleted_is_not_shown_again(talk: Talk) -> None:
    talk.hear("Does Tuesday suit you?", message_id="3AOLD", from_me=True)
    change = replace(TEXT, message_type="delete", target_id="3AOLD", from_me=True, target_own=True)
    with fenced(talk.store.connector, talk.session_id, talk.owned.epoch) as fence:
        assert incoming.change(fence, change)
    talk.configure(takeover_minutes=0)
    assert quoted(talk) == [None]
