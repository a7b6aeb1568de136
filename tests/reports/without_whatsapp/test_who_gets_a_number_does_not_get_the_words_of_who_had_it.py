"""Operators give numbers that were given up to somebody else."""

from __future__ import annotations

from collections.abc import Callable

from gateway.client import Session
from tests.owner import Owner

NUMBER = "+447700900177"


def test_the_next_owner_of_a_number_has_a_chat_of_their_own(
    make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    first, second = "111000111@lid", "222000222@lid"
    owner.receive(session.id, NUMBER, "my PIN is in this chat", lid=first)
    owner.receive(session.id, NUMBER, "hello, who is this?", lid=second)
    session.send(NUMBER, "to the one who has it now")
    session.send(first, "to the one who had it")
    chats = {chat.lid: chat for chat in session.chats()}
    assert (chats[first].phone_number, chats[second].phone_number) == (None, NUMBER)
    texts = {lid: [message.content for message in session.messages(chat=chat.id)] for lid, chat in chats.items()}
    assert texts == {
        first: ["to the one who had it", "my PIN is in this chat"],
        second: ["to the one who has it now", "hello, who is this?"],
    }
    assert [message.content for message in session.messages(chat=NUMBER)] == texts[second]
