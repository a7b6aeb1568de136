"""Contacts by the client and in the terminal, on the whole gateway."""

from __future__ import annotations

import asyncio
import base64
import io
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image

from gateway.client import AsyncGateway, InvalidPhoneNumber, MediaPending, NotFound, OperationRefused, Session
from tests.e2e.world import World, until
from tests.terminal import Terminal


def jpeg(color: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), color).save(buffer, "JPEG")
    return buffer.getvalue()


def downloaded(session: Session, file: UUID | None) -> bytes | None:
    try:
        return session.download(file) if file else None
    except MediaPending:
        return None


def test_an_app_shows_contacts_with_pictures(world: World) -> None:
    world.gateway.start_media()
    landlord, tina = world.link("Landlord"), world.phone("Tina")
    world.whatsapp.change_profile(tina, picture=base64.b64encode(jpeg("red")).decode())
    landlord.session.send(tina, world.text("Hello Tina"))
    world.whatsapp.send(tina, landlord.number, text=world.text("Hello landlord"))
    contact = until(lambda: next(landlord.session.contacts(search="tina"), None))
    assert (contact.name, contact.push_name, contact.phone_number, contact.blocked) == ("Tina", "Tina", tina, False)
    shown = landlord.session.contact(tina)
    assert shown.picture == "available" and shown.picture_file
    assert until(lambda: downloaded(landlord.session, shown.picture_file)) == jpeg("red")
    with pytest.raises(NotFound):
        landlord.session.contact("+15559999999")


def test_people_are_blocked_with_asyncio(world: World) -> None:
    landlord, tina = world.link("Landlord"), world.phone("Tina")

    async def block() -> list[list[str | None]]:
        async with AsyncGateway(world.gateway.api.url, world.gateway.key) as gateway:
            session = await gateway.session(landlord.session.id)
            assert (await session.block(tina)).blocked
            before = await session.blocked()
            assert not (await session.unblock(tina)).blocked
            return [[each.phone_number for each in found] for found in (before, await session.blocked())]

    assert asyncio.run(block()) == [[tina], []]
    with pytest.raises(OperationRefused) as refused:
        landlord.session.block("+15559999998")
    assert refused.value.reason == "no_such_person"


def test_numbers_are_checked(world: World) -> None:
    landlord, tina = world.link("Landlord"), world.phone("Tina")
    nobody, found = landlord.session.check_numbers(["+1 555 999 9997", tina])
    assert (nobody.number, nobody.registered, nobody.jid) == ("+15559999997", False, None)
    assert (found.registered, found.phone_number, found.jid) == (True, tina, world.whatsapp.phone(tina)["lid"])
    assert landlord.session.check_numbers([tina]) == (found,)
    with pytest.raises(InvalidPhoneNumber) as wrong:
        landlord.session.check_numbers([tina, "12"])
    assert wrong.value.errors[0].field == "numbers.1"


@pytest.mark.slow
def test_contacts_in_the_terminal(world: World, tmp_path: Path) -> None:
    landlord, tina = world.link("Landlord"), world.phone("Tina")
    terminal = Terminal(world.gateway.api.url, world.gateway.key, tmp_path)
    of = ("--session", str(landlord.session.id))
    world.whatsapp.send(tina, landlord.number, text=world.text("Hello"))
    line = f"{tina}  Tina"
    until(lambda: terminal("contacts", "list", "tina", *of).stdout.splitlines() == [line])
    assert terminal("contacts", "show", tina, *of).stdout.splitlines() == [line, "  picture: not_set"]
    checked = terminal("contacts", "check", tina, "+15559999997", *of).stdout.splitlines()
    assert checked == [f"{tina}  on WhatsApp", "+15559999997  not on WhatsApp"]
    assert terminal("contacts", "block", tina, *of).stdout.splitlines() == [f"{line}  (blocked)"]
    assert terminal("contacts", "blocked", *of).stdout.splitlines() == [f"{line}  (blocked)"]
    assert terminal("contacts", "unblock", tina, *of).stdout.splitlines() == [line]
    assert terminal("contacts", "blocked", *of).stdout == ""
