"""WhatsApp names accounts by the number they were registered with, which numbering plans have changed since."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.client import Session
from tests.owner import Owner

MEXICO = ("+5215512345678", "+525512345678")
BRAZIL = ("+551187654321", "+5511987654321")
ARGENTINA = ("+5491123456789", "+541123456789")


@pytest.mark.parametrize(("delivered", "today"), [MEXICO, BRAZIL, ARGENTINA])
def test_both_spellings_are_the_chat(
    make_connected: Callable[[], Session], owner: Owner, delivered: str, today: str
) -> None:
    session = make_connected()
    owner.receive(session.id, delivered, "is it still free?")
    (received,) = session.messages()
    assert received.chat_phone_number == delivered
    for number in (delivered, today):
        sent = session.send(number, f"to {number}")
        assert session.message(sent.id).chat_id == received.chat_id
        assert next(message.content for message in session.messages(chat=number)) == f"to {number}"
        session.read(number)
    settings = session.configure_assistant(allow=[delivered], deny=[today])
    assert (settings.allow, settings.deny) == ((delivered,), (today,))
