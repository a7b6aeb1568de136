"""Files while a part of what carries them is away, or is killed: they come once, later, and hold up nothing else."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from gateway.client import StorageUnavailable
from infra.local.whatsapp.client import Json
from tests.e2e.conftest import UNLIMITED
from tests.e2e.test_media import ring
from tests.e2e.world import Linked, World, until, workers
from tests.stack import Stack
from tests.unit.media import files

# Processes are started and killed; on a busy machine that takes its time.
pytestmark = pytest.mark.timeout(300)
AWAY = {"AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9"}


def arrived(world: World, phone: str, count: int) -> list[Json]:
    """What the phone got beside texts, once there is so much."""

    def found() -> list[Json] | None:
        messages = [each for each in world.whatsapp.messages(phone) if each["kind"] != "text"]
        return messages if len(messages) >= count else None

    return until(found, 90)


def doorbells(world: World) -> bool:
    """Ring for all that is not ready, as the sweeper does when it is due and nobody has it any more."""
    rows = world.rows.select(
        "UPDATE gateway.media_objects SET next_attempt_at = now(), claimed_until = now() WHERE state = 'pending'"
        " AND (claim IS NULL OR claimed_until < now()) RETURNING id"
    )
    return all(ring(world, row["id"]) for row in rows)


def let_claims_end(world: World) -> None:
    world.rows.select("UPDATE gateway.media_objects SET claimed_until = now() WHERE claim IS NOT NULL RETURNING id")


def delivered(world: World, linked: Linked, id: UUID) -> bool:
    doorbells(world)
    return linked.session.message(id).status in ("sent", "delivered")


def test_without_the_function_and_without_s3_an_album_waits_and_texts_do_not(fresh: World, tmp_path: Path) -> None:
    fresh.gateway.start_connector()
    office, tenant = fresh.link(), fresh.phone("Tenant")
    pictures = [files.photo(tmp_path / "a.jpg"), files.picture(tmp_path / "b.png")]
    sent = office.session.send_album(tenant, pictures, captions=["first", "second"], wait=False)
    assert office.session.send(tenant, fresh.text("meanwhile")).status == "sent"
    function = fresh.gateway.start_media(**AWAY)
    until(lambda: doorbells(fresh) and fresh.rows.select("SELECT FROM gateway.media_objects WHERE attempts > 0"), 60, 1)
    assert office.session.send(tenant, fresh.text("still meanwhile")).status == "sent"
    function.kill_group()
    let_claims_end(fresh)
    fresh.gateway.start_media()
    until(lambda: delivered(fresh, office, sent.id), 60, 1)
    album, first, second = arrived(fresh, tenant, 3)
    assert [album["kind"], first["text"], second["text"]] == ["album", "first", "second"]
    assert {first["album"], second["album"]} == {album["id"]}


def test_a_worker_that_cannot_read_a_file_and_is_killed_is_followed_by_one_that_sends_it_once(
    fresh: World, tmp_path: Path
) -> None:
    fresh.gateway.start_media()
    connector = fresh.gateway.start_connector(**AWAY)
    office, tenant = fresh.link(), fresh.phone("Tenant")
    sent = office.session.send_document(tenant, files.pdf(tmp_path / "lease.pdf", 1), wait=False)
    # An outage counts no attempt: it only lets the next one wait.
    tried = "SELECT FROM gateway.commands WHERE kind = 'upload_media' AND (attempts > 0 OR not_before IS NOT NULL)"
    until(lambda: doorbells(fresh) and fresh.rows.select(tried), 60, 1)
    assert office.session.send(tenant, fresh.text("meanwhile")).status == "sent"
    for worker in workers(connector):
        worker.kill()
    connector.kill_group()
    fresh.gateway.start_connector()
    until(lambda: delivered(fresh, office, sent.id), 90, 1)
    assert [each["kind"] for each in arrived(fresh, tenant, 1)] == ["document"]


class Stalling(BaseHTTPRequestHandler):
    """Answers nothing until it may."""

    asked = threading.Event()
    may_answer = threading.Event()

    def do_GET(self) -> None:
        self.asked.set()
        self.may_answer.wait(120)
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # who asked was killed
            self.wfile.write(b"lease")

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def stalling() -> Iterator[str]:
    """An address that stalls for whoever asks first."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/lease.txt"
    finally:
        Stalling.may_answer.set()
        server.shutdown()
        server.server_close()


def test_a_function_that_is_killed_while_it_fetches_what_is_to_be_sent_begins_again(fresh: World) -> None:
    function = fresh.gateway.start_media()
    fresh.gateway.start_connector()
    office, tenant = fresh.link(), fresh.phone("Tenant")
    with stalling() as address:
        body = {"to": tenant, "type": "document", "media": {"url": address}}
        answer = httpx.post(
            f"{fresh.gateway.api.url}/sessions/{office.session.id}/messages",
            json=body,
            headers={"X-API-Key": fresh.gateway.key, "Prefer": "respond-async"},
        )
        assert answer.status_code == 202, answer.text
        assert Stalling.asked.wait(60)
        function.kill_group()
        Stalling.may_answer.set()
        let_claims_end(fresh)
        fresh.gateway.start_media()
        until(lambda: delivered(fresh, office, UUID(answer.json()["id"])), 60, 1)
        (document,) = arrived(fresh, tenant, 1)
        assert document["size"] == 5


def test_uploads_are_refused_while_s3_is_away(stack: Stack) -> None:
    with stack.gateway(**UNLIMITED, **AWAY) as gateway:
        world = World(stack, gateway)
        try:
            session = world.session()
            with pytest.raises(StorageUnavailable):
                session.upload(b"a file")
        finally:
            world.close()
