from __future__ import annotations

from uuid import UUID

import pytest

from gateway.domain.access import Reach
from gateway.domain.commands import CommandKind, CommandStatus
from gateway.domain.outbound import Text
from gateway.domain.phone import Address
from gateway.store import chats, commands, messages, outgoing, sessions
from gateway.store.commands import Command
from gateway.store.drafts import Draft
from gateway.store.fence import Fence, fenced
from tests.integration.store.conftest import BOB, PACING, Owned, Store

EVE = Address("100000000000003@lid", "+15550002003")


def send(store: Store, linked: Owned, to: Address, expires_seconds: float = 60.0) -> UUID:
    """Return the id of the command."""
    with store.functions.transaction() as connection:
        session = sessions.lock(connection, Reach(linked.user), linked.session_id)
        send = outgoing.queue(connection, session, Draft(to, Text("hello")), PACING, expires_seconds)
        message = messages.get(connection, session.id, send.id)
    assert message.command_id
    return message.command_id


def chore(store: Store, linked: Owned, kind: CommandKind = CommandKind.MARK_READ) -> UUID:
    with store.functions.transaction() as connection:
        session = sessions.lock(connection, Reach(linked.user), linked.session_id)
        return commands.enqueue(connection, session, kind, {}, expires_seconds=60.0)


def due(fence: Fence) -> Command:
    command = commands.next_due(fence.connection, fence.session_id)
    assert command
    return command


def carry_out(store: Store, linked: Owned) -> list[UUID]:
    """End every command that is due, and return their ids in order."""
    ended = []
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        while command := commands.next_due(fence.connection, fence.session_id):
            commands.finish(fence, command.id, CommandStatus.DONE)
            ended.append(command.id)
    return ended


def wait(store: Store, linked: Owned, pause_seconds: float) -> bool | None:
    """Let the first command that is due fail once."""
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        command = due(fence)
        assert commands.claim(fence, command.id)
        claimed = due(fence)
        assert (claimed.status, claimed.attempts) == ("running", command.attempts + 1)
        return commands.release(fence, claimed, claimed.attempts, pause_seconds)


def test_what_sends_goes_first_and_in_its_order(store: Store, linked: Owned) -> None:
    read, typing = chore(store, linked), chore(store, linked, CommandKind.TYPING)
    first, second = send(store, linked, BOB), send(store, linked, EVE)
    assert carry_out(store, linked) == [first, second, read, typing]


def test_what_failed_stands_before_later_sends_to_its_chat_only(store: Store, linked: Owned) -> None:
    failed, behind, other = send(store, linked, BOB), send(store, linked, BOB), send(store, linked, EVE)
    read = chore(store, linked)
    assert wait(store, linked, 30.0)
    assert carry_out(store, linked) == [other, read]
    with store.connector.transaction() as connection:
        connection.execute("UPDATE gateway.commands SET not_before = now() WHERE id = %s", [failed])
    assert carry_out(store, linked) == [failed, behind]


def test_nothing_after_a_logout_is_begun(store: Store, linked: Owned) -> None:
    before = send(store, linked, BOB)
    chore(store, linked, CommandKind.LOGOUT)
    send(store, linked, EVE)
    chore(store, linked)
    assert carry_out(store, linked) == [before]


@pytest.mark.parametrize(("pause_seconds", "is_valid"), [(0.0, True), (30.0, True), (90.0, False)])
def test_a_pause_that_outlasts_a_command_is_told(
    store: Store, linked: Owned, pause_seconds: float, is_valid: bool
) -> None:
    send(store, linked, BOB)
    assert wait(store, linked, pause_seconds) is is_valid


def test_an_earlier_attempt_does_not_touch_a_later_one(store: Store, linked: Owned) -> None:
    """A call may return long after its command was given to another client."""
    send(store, linked, BOB)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        commands.claim(fence, due(fence).id)
        stale = due(fence)
        assert commands.release(fence, stale, stale.attempts)
        commands.claim(fence, stale.id)
        assert commands.release(fence, stale, stale.attempts) is None
        assert due(fence).attempts == 2


def test_a_command_that_is_postponed_stays_begun(store: Store, linked: Owned) -> None:
    """Its effect is not known: it must not be begun again before it is."""
    send(store, linked, BOB)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        commands.claim(fence, due(fence).id)
        claimed = due(fence)
        assert commands.postpone(fence, claimed, 2, 0.0)
        assert (due(fence).status, due(fence).attempts) == ("running", 2)
        assert commands.postpone(fence, due(fence), 3, 30.0)
        assert commands.next_due(fence.connection, fence.session_id) is None


def test_a_sign_of_typing_is_overtaken_by_a_message_to_its_chat(store: Store, linked: Owned) -> None:
    chore(store, linked, CommandKind.TYPING)
    send(store, linked, BOB)
    with fenced(store.connector, linked.session_id, linked.epoch) as fence:
        typing = commands.unfinished(fence.connection, linked.session_id)[0]
        sending = due(fence)
        chat = chats.find(fence.connection, linked.session_id, BOB)
        assert not commands.is_overtaken(fence.connection, typing, chat.id)
        commands.claim(fence, sending.id)
        assert commands.is_overtaken(fence.connection, typing, chat.id)
        assert not commands.is_overtaken(fence.connection, typing, typing.id)
