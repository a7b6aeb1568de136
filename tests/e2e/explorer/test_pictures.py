"""Pictures beside names in a real browser: looked for once they are in view, fetched, shown, and changed."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.explorer.conftest import NewPerson
from tests.e2e.explorer.test_people import linked_for
from tests.e2e.world import World, until

pytestmark = pytest.mark.slow


def jpeg(side: int) -> str:
    buffer = io.BytesIO()
    Image.new("RGB", (side, side), "teal").save(buffer, "JPEG")
    return base64.b64encode(buffer.getvalue()).decode()


def expect_picture(page: Page, where: str, side: int) -> None:
    expect(page.locator(f"{where} .avatar img")).to_have_js_property("naturalWidth", side, timeout=20_000)


def test_chats_and_groups_show_their_pictures(new_person: NewPerson, world: World) -> None:
    world.gateway.start_media()
    key = world.gateway.new_key()
    linked = linked_for(world, key, "Office")
    tina, tom = world.phone("Tina"), world.phone("Tom")
    world.whatsapp.change_profile(tina, picture=jpeg(64))
    house = world.whatsapp.create_group(tom, "Elm Street", [linked.number, tina])
    world.whatsapp.change_group(house, tom, picture=jpeg(96))
    world.whatsapp.send(tina, linked.number, "Hello office")
    world.whatsapp.send(tina, house, "Hello all")
    world.whatsapp.send(tom, linked.number, "No picture")
    until(lambda: len(linked.texts()) == 3)
    user = new_person(key=key)
    page = user.tab("Messaging")
    chats = {chat.name: f"#chat-{chat.id}" for chat in linked.session.chats()}
    expect_picture(page, chats["Tina"], 64)
    expect_picture(page, chats["Elm Street"], 96)
    expect(page.locator(f"{chats['Tom']} .avatar")).to_have_text("T")
    expect(page.locator(f"{chats['Tom']} .avatar img")).to_have_count(0)
    world.whatsapp.change_group(house, tom, picture=jpeg(48))
    expect_picture(page, chats["Elm Street"], 48)
    page.locator(f"{chats['Elm Street']} a").click()
    expect_picture(page, ".chat-head", 48)
    user.assert_accessible()
    page.get_by_role("link", name="Group and members").click()
    expect_picture(page, ".group-head", 48)
    expect_picture(page, "#members li:has(.avatar img)", 64)
