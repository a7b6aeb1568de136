"""The Developers tab in a browser: secrets that are shown once, a tail that lives, code to copy."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from gateway.client import Gateway
from infra.local.explorer import Explorer
from infra.local.first_run import new_app_key
from tests.e2e.explorer.browser import DESKTOP, PHONE, Person, person
from tests.e2e.explorer.conftest import NewPerson
from tests.e2e.world import World, until

pytestmark = pytest.mark.slow


def app_key(world: World) -> str:
    return new_app_key(world.gateway.database.admin, "make up")


def make(user: Person, name: str) -> str:
    """Make a key and return it."""
    user.page.get_by_label("Name", exact=True).fill(name)
    user.page.get_by_role("button", name="Make the key").click()
    return user.page.get_by_label(f"The new key “{name}”").input_value()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_key_is_shown_once_and_the_history_has_none(
    new_person: NewPerson, world: World, size: tuple[int, int]
) -> None:
    user = new_person(size, app_key(world))
    page = user.tab("Developers")
    page.get_by_role("heading", name="New key").click()
    first = make(user, "first")
    expect(page.get_by_label("The new key “first”")).to_be_focused()
    user.assert_accessible()
    user.assert_fits()
    # It outlives updates of the page and a second one.
    second = make(user, "second")
    with page.expect_response(re.compile("/explorer/developers$")):
        pass
    assert first != second and first in page.content() and second in page.content()
    with Gateway(world.gateway.api.url, second) as gateway:
        assert gateway.current_key().scopes
    page.get_by_role("link", name="Events", exact=True).click()
    page.go_back()
    expect(page.locator("#keys > li").first).to_be_visible()
    assert not [key for key in (first, second) if key in page.content() or key in page.url]


def test_a_key_is_replaced_and_revoked_by_keyboard(new_person: NewPerson, world: World) -> None:
    user = new_person(key=app_key(world))
    page = user.tab("Developers")
    page.get_by_role("heading", name="New key").click()
    old = make(user, "server")
    page.get_by_role("button", name="I have stored it").press("Enter")
    row = page.locator("#keys > li").filter(has_text="server")
    row.locator("summary").filter(has_text="Revoke").press("Enter")
    user.assert_accessible()
    row.get_by_role("button", name="Revoke server").press("Enter")
    expect(row.get_by_text("Revoked", exact=True)).to_be_visible()
    assert old not in page.content()


def test_the_tail_lives(new_person: NewPerson, world: World) -> None:
    key = world.gateway.new_key()
    user = new_person(PHONE, key)
    user.tab("Developers")
    page = user.page
    page.get_by_role("link", name="Events", exact=True).click()
    expect(page.get_by_text("Nothing has happened")).to_be_visible()
    session = world.as_user(key).create_session("Office")
    session.connect()
    row = page.locator("#events li").filter(has_text="session.state").first
    expect(row).to_be_visible()
    row.locator("summary").click()
    expect(row.locator("pre")).to_contain_text(str(session.id))
    # What is open stays open when more comes.
    session.disconnect()
    expect(page.locator("#events li").filter(has_text="disconnected").first).to_be_visible()
    expect(page.locator("#events details[open] pre")).to_contain_text(str(session.id))
    user.assert_accessible()
    user.assert_fits()
    page.locator("#types summary").click()
    page.get_by_label("message.received").check()
    expect(page.get_by_text("Nothing has happened")).to_be_visible()
    assert "type=message.received" in page.url


def test_code_is_read_and_copied(new_person: NewPerson, world: World) -> None:
    key = app_key(world)
    user = new_person(key=key)
    user.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = user.tab("Connection")
    page.get_by_role("link", name="As code").click()
    page.get_by_role("link", name="Python").click()
    user.assert_accessible()
    user.assert_fits()
    page.get_by_role("button", name="Copy New session").click()
    copied = until(lambda: page.evaluate("navigator.clipboard.readText()"))
    assert "gateway.create_session(" in copied
    assert key not in page.content()


def test_it_works_without_scripts(browser: Browser, explorer: Explorer, world: World) -> None:
    with person(browser, explorer.url, world, scripts=False) as user:
        user.sign_in(app_key(world))
        page = user.open("/developers")
        page.locator("#new-key > summary").click()
        assert make(user, "first").startswith("wag_")
        # The form stays open for the next one, as it does for who is faster than the page's scripts.
        made = make(user, "without scripts")
        assert made.startswith("wag_")
        page.get_by_role("button", name="I have stored it").click()
        assert made not in page.content()
        page.reload()
        expect(page.locator("#keys > li").filter(has_text="without scripts")).to_have_count(1)
