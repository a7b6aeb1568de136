"""The blocking client on the real API."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import pytest

from gateway.client import (
    Conflict,
    Gateway,
    IdempotencyConflict,
    InvalidInput,
    InvalidPhoneNumber,
    NotConnected,
    NotFound,
    Retry,
    Session,
    SessionCannotSend,
    Unauthenticated,
    Unreachable,
    WaitTimeout,
    send_calls,
)
from gateway.domain.messages import MessageStatus
from tests.owner import NUMBER, Owner
from tests.people import Api

TENANT = "+447700900102"


def test_a_session_is_created_and_linked_and_each_state_is_seen(gateway: Gateway, owner: Owner) -> None:
    session = gateway.create_session("office")
    assert session.connect().status == "connecting"
    seen = []
    for status in session.status_changes(interval=0.05):
        seen.append(status.status)
        if status.status == "qr_pending":
            assert status.qr_png
            assert status.qr_png.startswith(b"\x89PNG")
            owner.scan(session.id)
        if status.status == "connected":
            break
    assert status.phone_number == NUMBER
    assert seen[-2:] == ["qr_pending", "connected"]
    assert session.refresh().last_connected_at


def test_waiting_ends_when_somebody_must_act_or_the_time_is_over(gateway: Gateway) -> None:
    session = gateway.create_session("office")
    with pytest.raises(NotConnected) as ended:
        session.wait_until_connected()
    assert ended.value.status.status == "disconnected"
    session.connect()
    with pytest.raises(WaitTimeout, match=r"still (connecting|qr_pending) after 0\.3 s"):
        session.wait_until_connected(timeout=0.3, interval=0.1)


def test_a_message_is_sent_and_has_a_timeline(make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    sent = session.send(TENANT, "The plumber comes on Tuesday.")
    assert sent.status == "sent"
    owner.receipt(session.id, sent.id, MessageStatus.READ)
    message = session.message(sent.id)
    assert (message.status, message.content) == ("read", "The plumber comes on Tuesday.")
    assert [entry.status for entry in message.timeline or ()] == ["queued", "sent", "read"]


def test_pages_are_requested_as_they_are_needed(make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    for i in range(60):
        owner.receive(session.id, TENANT, f"text {i}", "Tenant")
    assert [message.content for message in session.messages()] == [f"text {i}" for i in reversed(range(60))]
    chat = next(session.chats(search="tenant"))
    assert (chat.unread_count, chat.last_message and chat.last_message.content) == (60, "text 59")
    session.read(chat.id)
    assert len(list(itertools.islice(session.messages(chat=chat.id), 5))) == 5


def test_messages_are_followed_through_an_outage_of_the_api(
    api: Api, make_connected: Callable[[], Session], owner: Owner
) -> None:
    session = make_connected()
    owner.receive(session.id, TENANT, "before")
    followed = session.follow(interval=0.05)
    texts: list[str | None] = []
    beginning = threading.Event()

    def follow() -> None:
        for event in session.events(interval=0.05):
            beginning.set()
            del event
            break
        for message in followed:
            texts.append(message.content)
            if message.content == "last":
                return

    thread = threading.Thread(target=follow)
    thread.start()
    while not beginning.wait(0.05):
        owner.receive(session.id, TENANT, "noise")
    owner.receive(session.id, TENANT, "noise")
    while not texts:
        owner.receive(session.id, TENANT, "noise")
        thread.join(0.1)
    api.service.kill()
    owner.receive(session.id, TENANT, "meanwhile")
    api.service.start()
    owner.receive(session.id, TENANT, "last")
    thread.join(30)
    assert not thread.is_alive()
    assert texts[-2:] == ["meanwhile", "last"]
    assert "before" not in texts


def test_following_may_begin_in_the_past(make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    for text in ("one", "two"):
        owner.receive(session.id, TENANT, text)
    assert [message.content for message in itertools.islice(session.follow(after="earliest"), 2)] == ["one", "two"]


def test_every_problem_has_its_error(api: Api, gateway: Gateway, make_connected: Callable[[], Session]) -> None:
    with Gateway(api.url, "wag_x") as stranger, pytest.raises(Unauthenticated):
        next(stranger.sessions())
    with pytest.raises(NotFound, match="no such session"):
        gateway.session("0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10")
    with pytest.raises(InvalidInput) as wrong:
        gateway.create_session("")
    assert wrong.value.errors[0].field == "sessionName"
    with pytest.raises(SessionCannotSend) as refused:
        gateway.create_session("unlinked").send(TENANT, "x")
    assert refused.value.status == 409
    assert refused.value.request_id
    session = make_connected()
    with pytest.raises(InvalidPhoneNumber):
        session.send("+4", "x")
    with pytest.raises(Conflict, match="failed"):
        session.resend(session.send(TENANT, "x").id)
    session.send(TENANT, "x", idempotency_key="a")
    with pytest.raises(IdempotencyConflict):
        session.send(TENANT, "y", idempotency_key="a")


def test_another_users_session_is_not_found(api: Api, make_connected: Callable[[], Session]) -> None:
    session = make_connected()
    with Gateway(api.url, api.key()) as stranger, pytest.raises(NotFound):
        stranger.session(session.id)


def test_a_send_that_is_repeated_is_sent_once(gateway: Gateway, make_connected: Callable[[], Session]) -> None:
    session = make_connected()
    call = send_calls.send(session.id, send_calls.text(TENANT, "once"))
    assert gateway.ask(call).id == gateway.ask(call).id
    assert [message.content for message in session.messages()] == ["once"]


def test_a_session_ends_step_by_step(gateway: Gateway, make_connected: Callable[[], Session], owner: Owner) -> None:
    session = make_connected()
    session.disconnect()
    assert until(session, "disconnected")
    session.connect()
    session.wait_until_connected(interval=0.05)
    session.logout()
    assert until(session, "logged_out")
    session.delete()
    with pytest.raises(NotFound):
        session.refresh()


def test_an_api_that_does_not_listen_is_unreachable() -> None:
    gateway = Gateway("http://127.0.0.1:9", "wag_x", retry=Retry(attempts=2, first_wait=0.01))
    with gateway, pytest.raises(Unreachable, match="cannot be reached"):
        gateway.health()


def until(session: Session, state: str) -> bool:
    return any(status.status == state for status in session.status_changes(interval=0.05))
