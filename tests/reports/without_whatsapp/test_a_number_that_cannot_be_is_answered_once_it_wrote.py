"""Numbering plans grow faster than the tables of any library."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gateway.client import Session
from gateway.client.errors import InvalidPhoneNumber
from tests.owner import Owner

NUMBER = "+999123456789"


def test_it_is_refused_to_whom_it_never_wrote(make_connected: Callable[[], Session], owner: Owner) -> None:
    session, stranger = make_connected(), make_connected()
    owner.receive(session.id, NUMBER, "from a number nobody knows")
    sent = session.send(NUMBER, "hello")
    (received, answered) = list(session.messages(chat="+999 123 456789"))[::-1]
    assert answered.id == sent.id
    assert answered.chat_id == received.chat_id
    assert session.configure_assistant(deny=[NUMBER]).deny == (NUMBER,)
    for refused in (
        lambda: stranger.send(NUMBER, "hello"),
        lambda: list(stranger.messages(chat=NUMBER)),
        lambda: stranger.configure_assistant(deny=[NUMBER]),
        lambda: session.send(NUMBER + "0", "hello"),
    ):
        with pytest.raises(InvalidPhoneNumber):
            refused()
