"""The assistant is set up, tried, replies and is silenced, in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.explorer.browser import DESKTOP, PHONE, Person
from tests.e2e.explorer.conftest import NewPerson, replies_of
from tests.e2e.explorer.test_people import linked_for
from tests.e2e.world import World

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def with_replies(world: World) -> Iterator[World]:
    """The world with functions/replies and the model stub."""
    with replies_of(world):
        yield world


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_assistant_is_switched_on_and_answers(
    new_person: NewPerson, with_replies: World, size: tuple[int, int]
) -> None:
    key = with_replies.gateway.new_key()
    linked = linked_for(with_replies, key, "Office")
    tenant = with_replies.phone("Tenant")
    user = new_person(size, key)
    switch_on(user)
    try_it(user)
    with_replies.whatsapp.send(tenant, linked.number, "Is the flat still free?")
    reply = with_replies.whatsapp.wait_for_message(tenant, lambda message: not message["fromMe"], timeout=40)
    expect(user.page.locator("#turns").get_by_text("Answered", exact=True)).to_be_visible()
    expect(user.page.get_by_role("img", name="Tokens a day")).not_to_have_accessible_name("Tokens a day: 0 today")
    user.assert_accessible()
    user.assert_fits()
    silence(user, str(reply["text"]))


def switch_on(user: Person) -> None:
    page = user.tab("AI")
    switch = page.get_by_role("switch", name="Answer incoming messages")
    expect(switch).not_to_be_checked()
    page.get_by_label("Instructions").fill("You answer for Elm Street 5.")
    page.get_by_text("When it answers").click()
    page.get_by_label("Wait for more, in seconds").fill("0")
    page.get_by_label("Never these numbers").fill("nonsense")
    switch.check()
    page.locator("#save").click()
    expect(page.get_by_text("Write the phone number with its country code").first).to_be_visible()
    expect(page.get_by_label("Instructions")).to_have_value("You answer for Elm Street 5.")
    page.get_by_label("Never these numbers").fill("")
    page.locator("#save").click()
    expect(page.locator(".save")).to_contain_text("Saved")
    page.reload()
    expect(switch).to_be_checked()
    expect(page.get_by_label("Instructions")).to_have_value("You answer for Elm Street 5.")
    # The console reports a refused form, too.
    user.console_errors = [error for error in user.console_errors if "422" not in error]


def try_it(user: Person) -> None:
    page = user.page
    page.get_by_label("Message of a contact").fill("When can I see it?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer .bubble")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("tokens")


def silence(user: Person, reply: str) -> None:
    page = user.tab("Messaging")
    page.locator(".chat-list a").first.click()
    expect(user.bubble(reply)).to_contain_text("Assistant")
    user.bubble(reply).locator(".life summary").click()
    user.assert_fits()
    switch = page.get_by_role("switch", name="Assistant")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    user.assert_accessible()
    switch.click()
    expect(switch).to_be_checked()
