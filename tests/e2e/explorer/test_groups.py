"""Groups in the Explorer on a phone's screen, by keyboard: made, filled, described, invited to, left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import PATIENT, UNLIMITED, lived_in
from tests.e2e.explorer.browser import PHONE
from tests.e2e.explorer.conftest import NewPerson
from tests.e2e.explorer.test_people import linked_for
from tests.e2e.world import World, until
from tests.stack import Stack
from tests.unit.media import files

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    with stack.gateway(**UNLIMITED, **PATIENT) as gateway:
        gateway.start_media()
        yield from lived_in(World(stack, gateway), connectors=1)


def open_by_keyboard(page: Page, title: str) -> None:
    """Open the part of the page with this title."""
    summary = page.locator("summary").filter(has_text=title)
    summary.focus()
    summary.press("Enter")


def test_a_group_is_managed_by_keyboard_on_a_phone(new_person: NewPerson, world: World) -> None:
    key = world.gateway.new_key()
    linked_for(world, key, "Office")
    tina, tom = world.phone("Tina"), world.phone("Tom")
    user = new_person(PHONE, key)
    page = user.tab("People")
    page.get_by_role("link", name="Groups").press("Enter")
    expect(page.get_by_role("heading", name="No groups")).to_be_visible()
    expect(page.locator("html")).to_have_class("scripted")
    open_by_keyboard(page, "New group")
    page.get_by_label("Name").fill("Elm Street")
    page.get_by_label("Members").fill(tina)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Elm Street", exact=True)).to_be_visible()
    user.assert_accessible()
    user.assert_fits()

    open_by_keyboard(page, "Add members")
    page.get_by_label("Numbers").fill(f"{tom}\n{tina}")
    page.get_by_role("button", name="Add", exact=True).press("Enter")
    expect(page.locator("#outcomes")).to_contain_text("was added.")
    expect(page.locator("#outcomes .wrong")).to_contain_text("is in the group already.")
    member = page.locator("#members li").filter(has_text=tom)
    member.get_by_label("What can be done").press("Enter")
    member.get_by_role("button", name="Make admin").press("Enter")
    expect(member).to_contain_text("Admin")
    expect(page.locator("#outcomes")).to_contain_text("is an admin now.")
    user.assert_accessible()


def test_what_a_group_is_like_is_changed_and_it_is_left(new_person: NewPerson, world: World, tmp_path: Path) -> None:
    key = world.gateway.new_key()
    linked, tina = linked_for(world, key, "Office"), world.phone("Tina")
    made = linked.session.create_group("Elm Street", [tina])
    user = new_person(PHONE, key)
    page = user.open(f"/people/groups/{made.id}?session={linked.session.id}")
    expect(page.locator("html")).to_have_class("scripted")
    open_by_keyboard(page, "Change the group")
    page.locator("#chosen-picture").set_input_files(files.picture(tmp_path / "house.png"))
    until(lambda: world.whatsapp.group(made.jid)["pictureId"])
    page.get_by_label("Description", exact=True).fill("Quiet after ten.")
    page.get_by_label("Who may write", exact=True).select_option("Only admins")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator(".description")).to_have_text("Quiet after ten.")
    until(lambda: world.whatsapp.group(made.jid)["announcement"])

    page.get_by_role("button", name="Show the link").press("Enter")
    link = page.get_by_label("Link", exact=True)
    expect(link).to_have_value(world.whatsapp.invite_link(made.jid, linked.number))
    user.assert_accessible()
    user.assert_fits()
    old = link.input_value()
    page.get_by_role("button", name="Revoke it").press("Enter")
    expect(link).not_to_have_value(old)

    page.get_by_role("link", name="Messages", exact=True).press("Enter")
    expect(page.locator(".chat h2")).to_have_text("Elm Street")
    page.get_by_role("link", name="Group and members").press("Enter")
    open_by_keyboard(page, "Leave the group")
    page.get_by_role("button", name="Leave").press("Enter")
    expect(page.get_by_role("heading", name="No groups")).to_be_visible()
    assert linked.number not in world.whatsapp.group(made.jid)["members"]


def test_one_joins_by_a_link_once_an_admin_has_approved(new_person: NewPerson, world: World) -> None:
    key = world.gateway.new_key()
    linked, tina = linked_for(world, key, "Office"), world.phone("Tina")
    garden = world.whatsapp.create_group(tina, "Garden")
    world.whatsapp.change_group(garden, tina, approval=True)
    user = new_person(key=key)
    user.tab("People")
    page = user.page
    page.get_by_role("link", name="Groups").click()
    open_by_keyboard(page, "Join by a link")
    page.get_by_label("Invite link").fill(world.whatsapp.invite_link(garden, tina))
    page.keyboard.press("Enter")
    expect(page.locator("#joining")).to_contain_text("An admin of the group has to approve")
    world.whatsapp.change_members(garden, tina, "approve", [linked.number])
    expect(page.locator("#groups")).to_contain_text("Garden")
