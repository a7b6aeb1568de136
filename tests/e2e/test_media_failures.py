"""What carries files is killed at each step, or a part of it is away: each file comes once, and nothing else waits."""

from __future__ import annotations

import base64
import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest

from infra.local.services import Connector, Function
from infra.local.whatsapp.client import Json
from tests.e2e.conftest import PATIENT, UNLIMITED, lived_in
from tests.e2e.rows import MESSAGE_SECRETS
from tests.e2e.storage import Storage, storage
from tests.e2e.test_media import downloaded
from tests.e2e.test_media_outages import delivered, doorbells, let_claims_end
from tests.e2e.world import Linked, World, until, until_connected, workers
from tests.stack import Stack
from tests.unit.media import files

# Processes are started and killed; on a busy machine that takes its time.
pytestmark = pytest.mark.timeout(300)
MEDIA = "gateway.media_objects"
# Of one length, and none like another: what WhatsApp has is not uploaded again.
_PAGES = itertools.count(20)


@dataclass(frozen=True, slots=True)
class Scene:
    """An office whose files go through a door that can be shut, and its tenant."""

    world: World
    storage: Storage
    office: Linked
    tenant: str

    @property
    def behind_the_door(self) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL_S3": self.storage.url}

    def document(self, folder: Path) -> UUID:
        path = files.pdf(folder / "lease.pdf", next(_PAGES))
        return self.office.session.send_document(self.tenant, path, wait=False).id

    def arrived(self, count: int = 1) -> list[Json]:
        """Return what the tenant's phone got beside texts; nothing while it is less."""
        got = [each for each in self.world.whatsapp.messages(self.tenant) if not each["fromMe"]]
        found = [each for each in got if each["kind"] != "text"]
        return found if len(found) >= count else []

    def delivered(self, id: UUID) -> list[Json]:
        """Return what arrived, once a message is there."""
        until(lambda: delivered(self.world, self.office, id), 120, 1)
        return self.arrived()

    @contextmanager
    def function(self, **settings: str) -> Iterator[Function]:
        """functions/media, which runs until the end of the block."""
        function = self.world.gateway.start_media(**settings)
        try:
            yield function
        finally:
            function.kill_group()

    def texts_go(self) -> None:
        assert self.office.session.send(self.tenant, self.world.text("meanwhile")).status == "sent"


@dataclass(frozen=True, slots=True)
class Lasting:
    """What all tests here share."""

    world: World
    storage: Storage
    office: Linked
    connector: Connector


@pytest.fixture(scope="module")
def lasting(stack: Stack) -> Iterator[Lasting]:
    with (
        storage(stack.ministack.endpoint) as door,
        stack.gateway(**UNLIMITED, **PATIENT, GATEWAY_WORKERS="1") as gateway,
    ):
        for world in lived_in(World(stack, gateway), connectors=0):
            connector = gateway.start_connector(AWS_ENDPOINT_URL_S3=door.url)
            yield Lasting(world, door, world.link("Office"), connector)


@pytest.fixture
def scene(lasting: Lasting) -> Iterator[Scene]:
    until_connected(lasting.office.session, lasting.office.number)
    yield Scene(lasting.world, lasting.storage, lasting.office, lasting.world.phone("Tenant"))
    lasting.storage.is_key_away = False
    lasting.world.whatsapp.clear_faults()


def test_files_wait_while_s3_has_no_key(scene: Scene, tmp_path: Path) -> None:
    world, office = scene.world, scene.office
    with scene.function(**scene.behind_the_door):
        scene.storage.is_key_away = True
        sent = scene.document(tmp_path)
        received = world.whatsapp.send_kind(scene.tenant, to=office.number, kind="image")
        tried = f"SELECT FROM {MEDIA} WHERE attempts > 0 AND state = 'pending'"
        until(lambda: doorbells(world) and len(world.rows.select(tried)) == 2, 60, 1)
        scene.texts_go()
        scene.storage.is_key_away = False
        assert [each["kind"] for each in scene.delivered(sent)] == ["document"]
        until(lambda: doorbells(world) and is_there(scene), 60, 1)
    [image] = [each for each in office.messages_of(scene.tenant) if each.message_type == "image"]
    assert downloaded(world.gateway, image) == world.whatsapp.media(scene.tenant, received)


def is_put_off(scene: Scene) -> bool:
    """Whether an upload to WhatsApp failed, and that was no attempt of its command."""
    doorbells(scene.world)
    put_off = "SELECT FROM gateway.commands WHERE kind = 'upload_media' AND status = 'queued' AND attempts = 0"
    return bool(scene.world.rows.select(f"{put_off} AND not_before > now()"))


def test_a_worker_waits_for_s3(scene: Scene, tmp_path: Path) -> None:
    with scene.function():
        scene.storage.is_key_away = True
        sent = scene.document(tmp_path)
        until(lambda: is_put_off(scene) and scene.storage.refused > 0, 60, 0.2)
        scene.texts_go()
        scene.storage.is_key_away = False
        assert len(scene.delivered(sent)) == 1


def test_a_media_host_that_refuses_is_waited_for(scene: Scene, tmp_path: Path) -> None:
    with scene.function():
        scene.world.whatsapp.fault(media={"on": "upload", "status": 503})
        sent = scene.document(tmp_path)
        until(lambda: is_put_off(scene), 60, 0.2)
        scene.texts_go()
        scene.world.whatsapp.clear_faults()
        assert len(scene.delivered(sent)) == 1


@pytest.mark.slow
@pytest.mark.parametrize("step", ["read", "store", "publish"])
def test_a_function_that_is_killed_while_it_prepares_is_followed_by_another(
    scene: Scene, tmp_path: Path, step: str
) -> None:
    picture = files.noise(tmp_path / "flat.png", (90 + next(_PAGES), 90))
    with scene.function(**scene.behind_the_door) as function, killed_at(scene, step) as kill:
        sent = scene.office.session.send_image(scene.tenant, picture, wait=False).id
        kill(function)
    with scene.function():
        assert [each["kind"] for each in scene.delivered(sent)] == ["image"]


@pytest.mark.slow
@pytest.mark.parametrize("step", ["store", "publish"])
def test_a_function_that_is_killed_while_it_keeps_what_came_is_followed_by_another(scene: Scene, step: str) -> None:
    world = scene.world
    with scene.function(**scene.behind_the_door) as function, killed_at(scene, step) as kill:
        content = base64.b64encode(os.urandom(3000)).decode()  # equal files of a session are stored once
        received = world.whatsapp.send_kind(scene.tenant, to=scene.office.number, kind="voice", base64=content)
        kill(function)
    with scene.function():
        until(lambda: doorbells(world) and is_there(scene), 60, 1)
    [message] = scene.office.messages_of(scene.tenant)
    assert downloaded(world.gateway, message) == world.whatsapp.media(scene.tenant, received)


def is_there(scene: Scene) -> bool:
    return any((each.media or {}).get("status") == "available" for each in scene.office.messages_of(scene.tenant))


@contextmanager
def killed_at(scene: Scene, step: str) -> Iterator[Callable[[Function], None]]:
    """The function is held where it reads or stores a file in S3, or where it would say so in the rows."""
    rows = scene.world.rows
    with ExitStack() as door:
        arrived_there = door.enter_context(scene.storage.held("GET" if step == "read" else "PUT"))

        def kill(function: Function) -> None:
            until(lambda: doorbells(scene.world) and arrived_there.is_set(), 60, 0.5)
            if step != "publish":
                function.kill_group()
                return
            with rows.locked(MEDIA):
                door.close()
                until(lambda: rows.waiting(MEDIA), 30)
                function.kill_group()
                rows.dismiss(MEDIA)

        yield kill
    let_claims_end(scene.world)


@pytest.mark.slow
def test_a_worker_that_is_killed_after_the_upload_sends_the_file_once_and_uploads_it_no_more(
    scene: Scene, lasting: Lasting, tmp_path: Path
) -> None:
    rows = scene.world.rows
    with scene.function():
        with rows.locked(MESSAGE_SECRETS):
            sent = scene.document(tmp_path)
            until(lambda: doorbells(scene.world) and rows.waiting(MESSAGE_SECRETS), 60, 0.5)
            kill_worker(lasting)
            rows.dismiss(MESSAGE_SECRETS)
        assert len(scene.delivered(sent)) == 1
        assert went_once(scene, sent)
        uploads = rows.select(
            "SELECT c.attempts FROM gateway.commands c JOIN gateway.whatsapp_explorer_messages m"
            " ON m.media_id::text = c.payload ->> 'mediaId' WHERE c.kind = 'upload_media' AND m.id = %s",
            sent,
        )
        assert [upload["attempts"] for upload in uploads] == [1]


@pytest.mark.slow
def test_a_worker_that_is_killed_before_it_notes_an_upload_uploads_again_and_sends_once(
    scene: Scene, lasting: Lasting, tmp_path: Path
) -> None:
    rows = scene.world.rows
    with scene.function():
        scene.world.whatsapp.fault(media={"on": "upload", "effect": "stall"})
        sent = scene.document(tmp_path)
        begun = "SELECT FROM gateway.commands WHERE kind = 'upload_media' AND status = 'queued' AND attempts = 1"
        until(lambda: doorbells(scene.world) and rows.select(begun), 60, 0.5)
        with rows.held(scene.office.session.id):
            scene.world.whatsapp.clear_faults()
            until(lambda: rows.held_up("gateway-worker"), 30)
            kill_worker(lasting)
        assert len(scene.delivered(sent)) == 1
        assert went_once(scene, sent)


@pytest.mark.slow
def test_a_worker_that_is_killed_between_the_head_and_the_parts_of_an_album_sends_each_once(
    scene: Scene, lasting: Lasting, tmp_path: Path
) -> None:
    """It does not even know that WhatsApp has the head, by whose id its parts name it."""
    world, pictures = scene.world, [files.photo(tmp_path / "a.jpg"), files.picture(tmp_path / "b.png")]
    with scene.function():
        world.whatsapp.fault(withholdAcks={"count": 1, "number": scene.office.number})
        sent = scene.office.session.send_album(scene.tenant, pictures, captions=["first", "second"], wait=False)
        until(lambda: doorbells(world) and scene.arrived(), 60, 0.5)
        kill_worker(lasting)
        album, *parts = until(lambda: scene.arrived(3) if doorbells(world) else [], 120, 1)
    assert [album["kind"], *(each["text"] for each in parts)] == ["album", "first", "second"]
    assert {each["album"] for each in parts} == {album["id"]}
    assert [world.received(scene.office.number).count(each["id"]) for each in (album, *parts)] == [1, 1, 1]
    until(lambda: scene.office.session.message(sent.id).status == "delivered", 30)


def kill_worker(lasting: Lasting) -> None:
    [worker] = workers(lasting.connector)
    worker.kill()
    worker.wait(10)


def went_once(scene: Scene, id: UUID) -> bool:
    message_id = scene.office.session.message(id).message_id or ""
    return scene.world.received(scene.office.number).count(message_id) == 1
