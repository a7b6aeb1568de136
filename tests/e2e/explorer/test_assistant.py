"""The assistant is set up, tried, answers, and is silenced, in a browser."""

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
def answering(world: World) -> Iterator[World]:
    """The world with functions/replies and the model stub."""
    with replies_of(world):
        yield world


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_assistant_is_switched_on_and_answers(
    new_person: NewPerson, answering: World, size: tuple[int, int]
) -> None:
    key = answering.gateway.new_key()
    linked = linked_for(answering, key, "Office")
    tenant = answering.phone("Tenant")
    visitor = new_person(size, key)
    switch_on(visitor)
    try_it(visitor)
    answering.whatsapp.send(tenant, linked.number, "Is the flat still free?")
    reply = answering.whatsapp.wait_for_message(tenant, lambda message: not message["fromMe"], timeout=40)
    expect(visitor.page.locator("#turns").get_by_text("Answered", exact=True)).to_be_visible()
    expect(visitor.page.get_by_role("img", name="Tokens a day")).not_to_have_accessible_name("Tokens a day: 0 today")
    visitor.assert_accessible()
    visitor.assert_fits()
    silence(visitor, str(reply["text"]))


def switch_on(visitor: Person) -> None:
    page = visitor.tab("AI")
    switch = page.get_by_role("switch", name="Answer incoming messages")
    expect(switch).not_to_be_checked()
    page.get_by_label("Instructions").fill("You answer for Elm Street 5.")
    page.get_by_text("When it answers").click()
    page.get_by_label("Wait for more, in seconds").fill("0")
    page.get_by_label("Never these numbers").fill("nonsense")
    switch.check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Write the phone number with its country code").first).to_be_visible()
    expect(page.get_by_label("Instructions")).to_have_value("You answer for Elm Street 5.")
    page.get_by_label("Never these numbers").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".save")).to_contain_text("Saved")
    page.reload()
    expect(switch).to_be_checked()
    expect(page.get_by_label("Instructions")).to_have_value("You answer for Elm Street 5.")
    # A refused form is told by the console, too.
    visitor.complaints = [complaint for complaint in visitor.complaints if "422" not in complaint]


def try_it(visitor: Person) -> None:
    page = visitor.page
    page.get_by_label("Message of a tenant").fill("When can I see it?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer .bubble")).to_be_visible()
    expect(page.locator("#answer")).to_contain_text("tokens")


def silence(visitor: Person, reply: str) -> None:
    page = visitor.tab("Messaging")
    page.locator(".chat-list a").first.click()
    expect(visitor.bubble(reply)).to_contain_text("Assistant")
    visitor.bubble(reply).locator("summary").click()
    visitor.assert_fits()
    switch = page.get_by_role("switch", name="Assistant")
    expect(switch).to_be_checked()
    switch.click()
    expect(switch).not_to_be_checked()
    visitor.assert_accessible()
    switch.click()
    expect(switch).to_be_checked()
