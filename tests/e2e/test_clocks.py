"""Clocks of processes that differ by minutes: rows are compared with the database's, chats have WhatsApp's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.chaos.clock import Clock, forget_killed, library
from tests.e2e.conftest import PATIENT, UNLIMITED
from tests.e2e.world import Linked, World, until
from tests.stack import Stack

AHEAD, BEHIND = 480, -480


@pytest.fixture
def world(stack: Stack, tmp_path: Path) -> Iterator[World]:
    """A gateway whose API is ahead of the true time and whose connector is behind."""
    if (preload := library()) is None:
        pytest.skip("libfaketime is not installed")
    api, connector = Clock(preload, tmp_path / "api"), Clock(preload, tmp_path / "connector")
    api.move(AHEAD)
    connector.move(BEHIND)
    with stack.gateway(**UNLIMITED, **PATIENT, **api.applied({})) as gateway:
        gateway.start_connector(**connector.applied(stack.whatsapp.connector_environment))
        world = World(stack, gateway)
        yield world
        world.assert_no_problems()
        world.close()
    forget_killed()


def test_a_number_is_linked_and_its_chats_have_whatsapps_time(world: World) -> None:
    linked, contact = world.link(), world.phone()
    for number in range(3):
        asked, answered = world.text(f"question {number}"), world.text(f"answer {number}")
        world.say(contact, linked.number, asked)
        until(partial(linked.message, asked))
        linked.session.send(contact, answered)
        until(partial(_sent, linked, answered))
    chat = linked.messages_of(contact)[::-1]
    now = datetime.now(UTC)
    assert all(abs(now - message.timestamp) < timedelta(seconds=AHEAD / 2) for message in chat)
    # Those of one second are in the order of their ids, which processes make by their own clocks.
    for from_me, kind in ((False, "question"), (True, "answer")):
        texts = [message.content for message in chat if message.from_me is from_me]
        assert texts == [f"{kind} {number}" for number in range(3)]


def _sent(linked: Linked, text: str) -> bool:
    message = linked.message(text)
    return message is not None and message.sent_at is not None
