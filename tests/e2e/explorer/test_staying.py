"""Updates of an open page leave notices, errors and settings alone, and leaving it warns of what is not saved."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, Page, expect

from gateway.client import Session
from tests.e2e.explorer.browser import DESKTOP, PHONE, Person
from tests.e2e.explorer.conftest import NewPerson
from tests.e2e.explorer.test_people import linked_for
from tests.e2e.world import World

pytestmark = pytest.mark.slow

LONG_WORD = "Rindfleischetikettierung" * 17
LONG_ADDRESS = f"https://example.com/{'a1b2c3d' * 9}"
SMALL = (640, 360)


@pytest.fixture
def key(world: World) -> str:
    return world.gateway.new_key()


@pytest.fixture
def office(new_person: NewPerson, world: World, key: str) -> tuple[Person, Session]:
    """A user with two sessions, on the assistant's page of the first."""
    session = world.as_user(key).create_session("Elm Street")
    world.as_user(key).create_session("Oak Street")
    user = new_person(key=key)
    user.open(f"/assistant?session={session.id}")
    expect(user.page.get_by_role("button", name="Save for Elm Street")).to_be_visible()
    scripts_run(user.page)
    return user, session


def test_errors_and_what_was_typed_outlive_polls(office: tuple[Person, Session]) -> None:
    user, session = office
    page = user.page
    page.get_by_text("When it answers").click()
    page.get_by_label("Never these numbers").fill("nonsense")
    page.get_by_label("Instructions").fill("Rent is due on the third.")
    page.locator("#save").click()
    errors = page.locator(".hint.wrong, .notice")
    expect(errors).to_have_count(2)
    # A trial leaves a decision on the page, which the next poll brings.
    session.test_assistant("Hello")
    expect(page.locator("#turns li")).to_have_count(1)
    expect(errors).to_have_count(2)
    expect(page.get_by_label("Never these numbers")).to_have_value("nonsense")
    expect(page.get_by_label("Never these numbers")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Instructions")).to_have_value("Rent is due on the third.")
    page.get_by_label("Never these numbers").fill("")
    page.locator("#save").click()
    expect(errors).to_have_count(0)
    expect(page.locator(".save")).to_contain_text("Saved")
    assert session.assistant().system_prompt == "Rent is due on the third."
    ignore(user, "422")


def test_a_refused_name_stays_with_its_reason(office: tuple[Person, Session]) -> None:
    user, session = office
    page = user.open("/connection")
    scripts_run(page)
    name = page.get_by_label("Name of a new session")
    name.fill("\u200b")
    page.get_by_role("button", name="New session").click()
    expect(page.locator("#notice")).to_be_visible()
    session.delete()
    expect(page.locator("#sessions > li")).to_have_count(1)
    expect(page.locator("#notice")).to_be_visible()
    expect(name).to_have_value("\u200b")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#notice")).to_have_count(0)
    ignore(user, "422")


def test_leaving_with_unsaved_settings_warns(office: tuple[Person, Session]) -> None:
    user, session = office
    page = user.page
    asked: list[str] = []
    stays = [True]

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        if stays[0]:
            dialog.dismiss()
        else:
            dialog.accept()

    page.on("dialog", answer)
    page.get_by_label("Instructions").fill("Not saved")
    page.get_by_role("link", name="Connection", exact=True).click()
    expect(page.get_by_label("Instructions")).to_have_value("Not saved")
    page.get_by_label("Session").select_option(label="Oak Street")
    expect(page.get_by_label("Session")).to_have_value(str(session.id))
    assert asked == ["beforeunload", "beforeunload"]
    stays[0] = False
    page.get_by_role("link", name="Connection", exact=True).click()
    page.wait_for_url("**/connection?session=*")


def test_a_sign_in_that_ran_out_comes_back_to_the_settings(office: tuple[Person, Session], key: str) -> None:
    user, session = office
    page, address = user.page, user.page.url
    page.get_by_label("Instructions").fill("Not saved yet")
    user.context.clear_cookies()
    page.wait_for_url("**/sign-in?*")
    expect(page.get_by_text("Your sign-in ran out.")).to_be_visible()
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(address)
    expect(page.get_by_label("Instructions")).to_have_value("Not saved yet")
    page.locator("#save").click()
    expect(page.locator(".save")).to_contain_text("Saved")
    assert session.assistant().system_prompt == "Not saved yet"


def test_a_session_that_is_deleted_elsewhere_leaves_the_page_as_it_is(office: tuple[Person, Session]) -> None:
    user, session = office
    page = user.page
    page.get_by_label("Instructions").fill("Two hours of work")
    session.delete()
    expect(page.get_by_role("alert").filter(has_text="This session is gone")).to_be_visible()
    expect(page.get_by_label("Instructions")).to_have_value("Two hours of work")
    page.locator("#save").click()
    expect(page.locator("#settings .notice")).to_contain_text("This session is gone")
    expect(page.get_by_label("Instructions")).to_have_value("Two hours of work")
    ignore(user, "404")


def test_arrow_keys_in_a_list_do_not_leave_the_page(office: tuple[Person, Session]) -> None:
    page = office[0].page
    page.get_by_label("Session").focus()
    there = page.url
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("button", name="Show")).to_be_visible()
    assert page.url == there
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Save for Oak Street")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE, SMALL], ids=["desktop", "phone", "at 200 %"])
def test_long_words_never_break_a_page(new_person: NewPerson, world: World, key: str, size: tuple[int, int]) -> None:
    linked = linked_for(world, key, "N" * 100)
    linked.session.configure_assistant(system_prompt=LONG_WORD, fallback_text=LONG_ADDRESS)
    tenant = world.phone("P" * 100)
    for text in (LONG_WORD, LONG_ADDRESS):
        world.whatsapp.send(tenant, linked.number, text)
        linked.session.send(tenant, text)
    user = new_person(size, key)
    page = user.page
    for path in ("connection", f"assistant?session={linked.session.id}", "try-it", "messaging"):
        user.open(f"/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        user.assert_fits()
        tabs = page.get_by_label("Tabs").evaluate("each => [each.scrollWidth, each.clientWidth]")
        assert size != PHONE or tabs[0] <= tabs[1], "an upright phone shows all tabs without scrolling"
    page.locator(".chat-list a").first.click()
    for text in (LONG_WORD, LONG_ADDRESS):
        expect(page.locator(".chat .bubble").filter(has_text=text)).to_have_count(2)
    scripts_run(page)
    page.get_by_role("textbox", name="Message").fill(LONG_WORD)
    user.assert_fits()
    assert page.locator("#thread").evaluate("thread => thread.clientHeight") >= 100
    assert page.evaluate("document.documentElement.scrollHeight") <= size[1]


def scripts_run(page: Page) -> None:
    """Wait until the page's scripts have run."""
    expect(page.locator("html")).to_have_class("scripted")


def ignore(user: Person, status: str) -> None:
    """Forget that the console reported a refused form, too."""
    user.console_errors = [error for error in user.console_errors if status not in error]
