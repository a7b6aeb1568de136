"""A worker is killed at each step of a send; what the server received shows what may be said of it afterwards.

The steps are held open by locks in the database, where whatsmeow and the worker must write on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

import psutil
import pytest

from gateway.client import Message, Sent, Session
from tests.e2e.conftest import UNLIMITED, lived_in
from tests.e2e.rows import MESSAGE_SECRETS, SIGNAL_SESSIONS
from tests.e2e.world import Linked, World, until, until_connected, until_that, workers
from tests.stack import Stack

pytestmark = pytest.mark.slow

DELIVERED = ("sent", "delivered")


@dataclass(frozen=True, slots=True)
class Scene:
    """A session, whom it writes to, and the one worker that does it."""

    world: World
    linked: Linked
    tenant: str
    worker: psutil.Process

    def send(self, text: str) -> UUID:
        return self.linked.session.send(self.tenant, self.world.text(text), wait=False).id

    def message(self, id: UUID) -> Message:
        return self.linked.session.message(id)

    def wait_for(self, id: UUID, *statuses: str) -> Message:
        return until_that(lambda: self.message(id), lambda message: message.status in statuses, timeout=30)

    def arrived(self) -> list[str]:
        """What the server received of us for this tenant, by its phone."""
        return [m["text"] for m in self.world.whatsapp.messages(self.tenant) if not m["fromMe"]]

    def went_once(self, message: Message) -> bool:
        return self.world.received(self.linked.number).count(message.message_id or "") == 1


@pytest.fixture(scope="module")
def inhabited(stack: Stack) -> Iterator[tuple[World, Linked]]:
    """A world and its session, whose connector has ended."""
    with stack.gateway(**UNLIMITED, GATEWAY_WORKERS="1") as gateway:
        for world in lived_in(World(stack, gateway), connectors=0):
            connector = gateway.start_connector()
            linked = world.link()
            connector.stop()
            yield world, linked


@pytest.fixture
def scene(inhabited: tuple[World, Linked]) -> Iterator[Scene]:
    """With a connector of its own: a worker that dies again and again is replaced ever later."""
    world, linked = inhabited
    connector = world.gateway.start_connector()
    until_connected(linked.session, linked.number)
    [worker] = workers(connector)
    yield Scene(world, linked, world.phone("Tenant"), worker)
    connector.stop()
    world.whatsapp.clear_faults()


def test_before_it_is_claimed(scene: Scene) -> None:
    scene.worker.suspend()
    id = scene.send("before the claim")
    scene.worker.kill()
    assert scene.went_once(scene.wait_for(id, *DELIVERED))
    assert scene.arrived() == ["before the claim"]


def test_claimed_and_not_in_whatsmeows_ledger(scene: Scene) -> None:
    """It was certainly not sent, so that it is sent now."""
    with scene.world.rows.locked(MESSAGE_SECRETS):
        id = scene.send("claimed only")
        until(lambda: scene.world.rows.waiting(MESSAGE_SECRETS))
        assert scene.message(id).status == "sending"
        scene.worker.kill()
        scene.worker.wait(10)
        scene.world.rows.dismiss(MESSAGE_SECRETS)
    assert scene.went_once(scene.wait_for(id, *DELIVERED))
    assert scene.arrived() == ["claimed only"]


def test_in_whatsmeows_ledger_and_not_written(scene: Scene) -> None:
    """It was not sent, but nobody can know that: it stays unknown, and the next one goes."""
    with scene.world.rows.locked(SIGNAL_SESSIONS):
        id = scene.send("never written")
        until(lambda: scene.world.rows.waiting(SIGNAL_SESSIONS))
        scene.worker.kill()
        scene.worker.wait(10)
        scene.world.rows.dismiss(SIGNAL_SESSIONS)
    unknown = scene.wait_for(id, "unknown")
    assert unknown.error == "unconfirmed"
    assert unknown.error_detail
    scene.wait_for(scene.send("the next one"), *DELIVERED)
    assert scene.arrived() == ["the next one"]
    assert scene.message(id).status == "unknown"


@pytest.mark.parametrize("receipts", [True, False])
def test_written_and_not_acknowledged(scene: Scene, receipts: bool) -> None:
    world, session_id = scene.world, scene.linked.session.id
    world.whatsapp.change_phone(scene.tenant, autoReceipts=receipts)
    world.whatsapp.fault(withholdAcks={"count": 1, "number": scene.linked.number})
    id = scene.send("without an ack")
    world.whatsapp.wait_for_text(scene.tenant, "without an ack")
    until(lambda: world.rows.receipts(session_id) == receipts)
    assert world.rows.command(id) == "running"
    scene.worker.kill()
    settled_by_receipt(scene, id, "without an ack", receipts)


@pytest.mark.parametrize("receipts", [True, False])
def test_acknowledged_and_not_written_down(scene: Scene, receipts: bool) -> None:
    rows, session_id = scene.world.rows, scene.linked.session.id
    scene.world.whatsapp.change_phone(scene.tenant, autoReceipts=receipts)
    with ExitStack() as before_the_bookkeeping:
        with rows.locked(MESSAGE_SECRETS):
            id = scene.send("acknowledged")
            until(lambda: rows.waiting(MESSAGE_SECRETS))
            before_the_bookkeeping.enter_context(rows.held(session_id))
        scene.world.whatsapp.wait_for_text(scene.tenant, "acknowledged")
        until(lambda: rows.held_up("gateway-worker"))
        until(lambda: rows.receipts(session_id) == receipts)
        scene.worker.kill()
        scene.worker.wait(10)
        rows.dismiss_held_up("gateway-worker")
    settled_by_receipt(scene, id, "acknowledged", receipts)


def settled_by_receipt(scene: Scene, id: UUID, text: str, receipts: bool) -> None:
    """What was written is never written again; only a receipt says that it arrived."""
    message = scene.wait_for(id, "delivered" if receipts else "unknown")
    scene.wait_for(scene.send("the next one"), *DELIVERED)
    if not receipts:
        assert scene.message(id).status == "unknown"
        scene.world.whatsapp.read(scene.tenant, message.message_id or "")
        message = scene.wait_for(id, "read")
    assert scene.went_once(message)
    assert scene.arrived() == [text, "the next one"]


@dataclass(frozen=True, slots=True)
class Kind:
    """Something else than a text to send, given the text that was sent before; and what that says afterwards."""

    send: Callable[[Session, str, UUID], Sent]
    text_afterwards: str | None = "first"


KINDS = {
    "poll": Kind(lambda session, to, _: session.send_poll(to, "When?", ["Tue", "Fri"], wait=False)),
    "reply": Kind(lambda session, to, id: session.send(to, "there", reply_to=id, wait=False)),
    "reaction": Kind(lambda session, _, id: session.react(id, "👍", wait=False)),
    "edit": Kind(lambda session, _, id: session.edit(id, "second", wait=False), "second"),
    "deletion": Kind(lambda session, _, id: session.delete_message(id, wait=False), None),
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_any_kind_that_was_not_written_is_sent_once(scene: Scene, kind: Kind) -> None:
    first = scene.send("first")
    scene.wait_for(first, *DELIVERED)
    with scene.world.rows.locked(MESSAGE_SECRETS):
        id = kind.send(scene.linked.session, scene.tenant, first).id
        until(lambda: scene.world.rows.waiting(MESSAGE_SECRETS))
        scene.worker.kill()
        scene.worker.wait(10)
        scene.world.rows.dismiss(MESSAGE_SECRETS)
    assert scene.message(first).content == "first"
    assert scene.went_once(scene.wait_for(id, *DELIVERED))
    until_that(lambda: scene.message(first), lambda message: message.content == kind.text_afterwards)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_any_kind_that_was_written_is_settled_by_a_receipt(scene: Scene, kind: Kind) -> None:
    world = scene.world
    first = scene.send("first")
    scene.wait_for(first, *DELIVERED)
    world.whatsapp.change_phone(scene.tenant, autoReceipts=False)
    world.whatsapp.fault(withholdAcks={"count": 1, "number": scene.linked.number})
    id = kind.send(scene.linked.session, scene.tenant, first).id
    until(lambda: len([each for each in world.whatsapp.messages(scene.tenant) if not each["fromMe"]]) == 2)
    assert world.rows.command(id) == "running"
    scene.worker.kill()
    unknown = scene.wait_for(id, "unknown")
    assert scene.message(first).content == "first"
    assert scene.message(first).reactions == ()
    world.whatsapp.read(scene.tenant, unknown.message_id or "")
    assert scene.went_once(scene.wait_for(id, "read"))
    until_that(lambda: scene.message(first), lambda message: message.content == kind.text_afterwards)
