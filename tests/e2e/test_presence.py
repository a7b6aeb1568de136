"""Presence and receipts by the clients and in the terminal, on the whole gateway."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.client import AsyncGateway, ChatPresenceEvent, Conflict, ContactPresenceEvent, Presence
from gateway.domain.presence import PresenceSetting
from tests.e2e.world import World
from tests.integration.local.waiting import until
from tests.terminal import Terminal


def test_a_landlord_sees_who_types_and_who_is_online(world: World) -> None:
    landlord, tina = world.link("Landlord"), world.phone("Tina")
    session = landlord.session
    sent = session.send(tina, world.text("When do you come?"))
    session.show_typing(tina, "recording")
    world.whatsapp.wait_for_typing(tina, landlord.number, "recording")
    with pytest.raises(Conflict) as off:
        session.watch_presence(tina)
    assert off.value.reason == "presence_off"
    assert session.change(presence=PresenceSetting.ON_REQUEST).presence == "on_request"
    after = session.last_event()
    assert session.watch_presence(tina, minutes=2).watched_until
    world.whatsapp.set_presence(tina, available=True)
    kinds = ["contact.presence", "chat.presence"]
    events = session.events(after=after, types=kinds)
    online = next(event for event in events if isinstance(event, ContactPresenceEvent) and event.data.online)
    assert session.presence(online.data.chat_id).online
    world.whatsapp.type(tina, landlord.number)
    typing = next(event for event in events if isinstance(event, ChatPresenceEvent))
    assert (typing.data.chat_id, typing.data.state) == (online.data.chat_id, "typing")
    ended = session.unwatch_presence(tina).watched_until
    assert ended and session.unwatch_presence(tina).watched_until == ended
    until(lambda: bool(session.receipts(sent.id)), seconds=20)
    assert [receipt.phone_number for receipt in session.receipts(sent.id)] == [tina]


def test_presence_with_asyncio(world: World) -> None:
    landlord, tina = world.link("Landlord"), world.phone("Tina")
    sent = landlord.session.send(tina, world.text("Hello"))

    async def see() -> tuple[Presence, object]:
        async with AsyncGateway(world.gateway.api.url, world.gateway.key) as gateway:
            session = await gateway.session(landlord.session.id)
            await session.change(presence="available")
            await session.show_typing(tina)
            watched = await session.watch_presence(tina)
            await session.receipts(sent.id)
            assert (await session.unwatch_presence(tina)).online is not True
            watched = await session.watch_presence(tina)
            return await session.presence(tina), watched

    known, watched = asyncio.run(see())
    assert isinstance(watched, Presence)
    assert known.watched_until == watched.watched_until


@pytest.mark.slow
def test_presence_in_the_terminal(world: World, tmp_path: Path) -> None:
    landlord, tina = world.link("Landlord"), world.phone("Tina")
    sent = landlord.session.send(tina, world.text("Hello"))
    terminal = Terminal(world.gateway.api.url, world.gateway.key, tmp_path)
    of = ("--session", str(landlord.session.id))
    assert terminal("presence", "typing", tina, *of).returncode == 0
    world.whatsapp.wait_for_typing(tina, landlord.number)
    assert terminal("presence", "set", "on_request", *of).stdout == "on_request\n"
    assert terminal("presence", "watch", tina, *of).stdout == "not known yet\n"
    until(lambda: terminal("presence", "show", tina, *of).stdout == "offline\n", seconds=20)
    until(lambda: bool(landlord.session.receipts(sent.id)), seconds=20)
    assert terminal("presence", "unwatch", tina, *of).stdout.startswith("offline")
    assert terminal("presence", "receipts", str(sent.id), *of).stdout.startswith(f"{tina}  delivered ")
