"""A backlog may be delivered in any order, with clocks that are wrong: the chat is in the order of WhatsApp's time."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta

from gateway.store.chats import Chat
from gateway.store.messages import Message
from tests.integration.connector.deliveries import START_MS, Inbox, Sender, text
from tests.integration.connector.deliveries import inbox as inbox
from tests.integration.store.conftest import linked as linked
from tests.integration.store.conftest import make_session as make_session
from tests.integration.store.conftest import owned as owned
from tests.integration.store.conftest import store as store
from tests.integration.store.conftest import user as user

BOB = Sender("100000000000002@lid", "15550002002@s.whatsapp.net")
DAY_MS = 86_400_000


def conversation(inbox: Inbox) -> tuple[Chat, list[Message]]:
    """Return the only chat and its messages, oldest first."""
    [chat] = inbox.chats()
    return chat, inbox.conversation(chat)


def test_a_backlog_out_of_order_ends_in_order(inbox: Inbox) -> None:
    written = list(range(12))
    for number in random.Random(7).sample(written, len(written)):
        inbox.message(BOB, f"B{number}", text(f"text {number}"), START_MS + number * 1000)
    chat, messages = conversation(inbox)
    assert [message.content for message in messages] == [f"text {number}" for number in written]
    assert (chat.last_message_id, chat.unread_count) == (messages[-1].id, len(written))


def test_a_time_in_the_future_does_not_stay_at_the_end(inbox: Inbox) -> None:
    now_ms = int(time.time()) * 1000
    inbox.message(BOB, "F", text("from the future"), now_ms + 400 * DAY_MS)
    inbox.message(BOB, "N", text("of now"), now_ms + 2000)
    chat, messages = conversation(inbox)
    assert [message.content for message in messages] == ["from the future", "of now"]
    assert chat.last_message_id == messages[-1].id
    assert abs(messages[0].timestamp - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_time_long_past_is_not_hidden_above_everything(inbox: Inbox) -> None:
    inbox.message(BOB, "A", text("a while ago"), START_MS)
    inbox.message(BOB, "P", text("by a wrong clock"), 1000)
    chat, messages = conversation(inbox)
    assert [message.content for message in messages] == ["a while ago", "by a wrong clock"]
    assert chat.last_message_id == messages[-1].id
