"""Files from phones: every kind comes into storage as it was sent."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from gateway.client import Message
from infra.local.queues import sqs_client
from tests.documents import blocks
from tests.e2e.world import Linked, World, until
from tests.stack import Gateway

KINDS = ("image", "video", "audio", "voice", "document", "sticker")


def media_of(message: Message) -> dict[str, Any]:
    return message.media or {}


def available(alice: Linked, kind: str, count: int = 1) -> list[Message]:
    """The messages of this kind, once their files are there."""

    def found() -> list[Message] | None:
        messages = [message for message in alice.session.messages() if message.message_type == kind]
        there = [message for message in messages if media_of(message).get("status") == "available"]
        return there if len(there) == count else None

    return until(found, 60)


def downloaded(gateway: Gateway, message: Message) -> bytes:
    headers = {"X-API-Key": gateway.key}
    return httpx.get(f"{gateway.api.url}{message.media_url}", headers=headers, follow_redirects=True).content


def ring(world: World, media_id: UUID) -> bool:
    """Send a doorbell; one may still go to a process that was killed while it asked for some."""
    queues, doorbell = world.gateway.queues, json.dumps({"mediaId": str(media_id)})
    sqs_client(queues.endpoint).send_message(QueueUrl=queues.urls["media"], MessageBody=doorbell)
    return True


def is_stored(world: World, media_id: UUID) -> bool:
    return bool(world.rows.select("SELECT FROM gateway.media_objects WHERE id = %s AND state = 'available'", media_id))


def test_every_kind_of_file_comes_as_it_was_sent(world: World) -> None:
    alice, tenant = world.link("Alice"), world.phone("Tenant")
    world.gateway.start_media()
    for kind in KINDS:
        id = world.whatsapp.send_kind(tenant, to=alice.number, kind=kind)
        sent = world.whatsapp.media(tenant, id)
        (message,) = available(alice, kind)
        assert downloaded(world.gateway, message) == sent
        assert media_of(message)["sha256"] == hashlib.sha256(sent).hexdigest()


def test_many_photos_at_once_all_come(world: World) -> None:
    alice, tenant = world.link("Alice"), world.phone("Tenant")
    world.gateway.start_media()
    for _ in range(20):
        world.whatsapp.send_kind(tenant, to=alice.number, kind="image")
    assert len({message.media_url for message in available(alice, "image", 20)}) == 20


def test_a_function_that_is_killed_while_it_fetches_begins_again(world: World) -> None:
    alice, tenant = world.link("Alice"), world.phone("Tenant")
    world.whatsapp.fault(media={"rate": 2000})
    function = world.gateway.start_media()
    id = world.whatsapp.send_kind(tenant, to=alice.number, kind="image")
    until(lambda: world.rows.select("SELECT FROM gateway.media_objects WHERE claim IS NOT NULL"), 30)
    function.kill_group()
    world.whatsapp.clear_faults()
    # As when the claim is over, and the sweeper rings again.
    [row] = world.rows.select(
        "UPDATE gateway.media_objects SET claimed_until = now() WHERE claim IS NOT NULL RETURNING id"
    )
    world.gateway.start_media()
    until(lambda: ring(world, row["id"]) and is_stored(world, row["id"]), 60, 1)
    (message,) = available(alice, "image")
    assert downloaded(world.gateway, message) == world.whatsapp.media(tenant, id)


def test_a_photo_is_read_as_the_page_says(world: World, tmp_path: Path) -> None:
    alice, tenant = world.link("Alice"), world.phone("Tenant")
    world.gateway.start_media()
    id = world.whatsapp.send_kind(tenant, to=alice.number, kind="image")
    (message,) = available(alice, "image")
    (block,) = blocks("sh", "docs/media.md")
    given = f"KEY={world.gateway.key}; API={world.gateway.api.url}; MEDIA_URL={message.media_url}\n"
    subprocess.run(["bash", "-c", given + block.code], cwd=tmp_path, check=True)
    assert (tmp_path / "photo.jpg").read_bytes() == world.whatsapp.media(tenant, id)


def test_a_message_does_not_wait_for_its_file(world: World) -> None:
    alice, tenant = world.link("Alice"), world.phone("Tenant")
    world.whatsapp.send_kind(tenant, to=alice.number, kind="image", caption="the leak")
    message = until(lambda: alice.message("the leak"), 15)
    assert media_of(message)["status"] == "pending"
