"""Files from phones: every kind comes into storage as it was sent."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from gateway.client import AsyncGateway, MediaPending, Message, NotFound
from infra.local.queues import sqs_client
from tests.documents import blocks
from tests.e2e.world import Linked, World, until
from tests.stack import Gateway
from tests.terminal import Terminal

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


async def downloaded_by_asyncio(gateway: Gateway, message: Message) -> bytes:
    async with AsyncGateway(gateway.api.url, gateway.key) as client:
        session = await client.session(message.session_id)
        return await (await session.message(message.id)).download_async()


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


def test_the_client_and_the_terminal_save_files_when_they_are_there(world: World, tmp_path: Path) -> None:
    alice, tenant = world.link("Alice"), world.phone("Tenant")
    world.whatsapp.fault(media={"rate": 2000})
    terminal = Terminal(world.gateway.api.url, world.gateway.key, tmp_path)
    saved = tmp_path / "saved"
    saved.mkdir()
    arguments = ("tail", "--session", alice.number, "-n", "1", "--count", "2", "--save-media", str(saved))
    world.say(tenant, alice.number, "look")
    until(lambda: alice.message("look"))
    with terminal.started(*arguments) as (process, output):
        assert output.readline().endswith(": look\n")
        ids = [
            world.whatsapp.send_kind(tenant, to=alice.number, kind="image"),
            world.whatsapp.send_kind(tenant, to=alice.number, kind="document", filename="../lease.pdf"),
        ]
        # Messages do not wait for their files.
        assert "[image]" in output.readline()
        assert "[document]" in output.readline()
        with pytest.raises(MediaPending):
            alice.session.download(alice.messages_of(tenant)[0])
        world.whatsapp.clear_faults()
        world.gateway.start_media()
        assert process.wait(timeout=60) == 0
    (image,), (document,) = available(alice, "image"), available(alice, "document")
    sent = [world.whatsapp.media(tenant, id) for id in ids]
    names = [next(saved.glob(f"{image.id}.*")), saved / f"{document.id}-lease.pdf"]
    assert [name.read_bytes() for name in names] == sent
    assert len(list(saved.iterdir())) == 2
    assert [alice.session.download(message) for message in (image, document)] == sent
    assert [message.download() for message in (image, document)] == sent
    assert asyncio.run(downloaded_by_asyncio(world.gateway, image)) == sent[0]
    path = alice.session.save(str(document.media and document.media["id"]), tmp_path / "lease.pdf")
    assert path.read_bytes() == sent[1]


def test_what_is_no_file_or_anothers_is_told(world: World, tmp_path: Path) -> None:
    alice, bob, tenant = world.link("Alice"), world.link("Bob"), world.phone("Tenant")
    world.gateway.start_media()
    world.say(tenant, alice.number, "no file")
    message = until(lambda: alice.message("no file"))
    with pytest.raises(ValueError, match="no file"):
        alice.session.download(message)
    world.whatsapp.send_kind(tenant, to=alice.number, kind="image")
    (image,) = available(alice, "image")
    with pytest.raises(NotFound):
        bob.session.save(image, tmp_path / "stolen")
    assert list(tmp_path.iterdir()) == []


def test_many_photos_at_once_all_come(world: World) -> None:
    alice, tenant = world.link("Alice"), world.phone("Tenant")
    world.gateway.start_media()
    for _ in range(50):
        world.whatsapp.send_kind(tenant, to=alice.number, kind="image")
    assert len({message.media_url for message in available(alice, "image", 50)}) == 50


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
