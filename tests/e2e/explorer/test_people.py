"""Texts that attack, two people at once, a browser without scripts, long conversations."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from infra.local.explorer import Explorer
from tests.e2e.explorer.browser import person
from tests.e2e.explorer.conftest import NewPerson
from tests.e2e.world import Linked, World, until, until_connected
from tests.integration.explorer.test_security import XSS

pytestmark = pytest.mark.slow


def linked_for(world: World, key: str, name: str) -> Linked:
    number = world.phone("Landlord")
    session = world.as_user(key).create_session(name)
    session.connect()
    world.scan(session, number)
    return Linked(session, until_connected(session, number))


def test_what_attackers_write_is_shown_as_text(new_person: NewPerson, world: World) -> None:
    key = world.gateway.new_key()
    linked = linked_for(world, key, XSS[0])
    user = new_person(key=key)
    page = user.tab("Connection")
    dialogs: list[str] = []

    def record(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", record)
    for text in XSS:
        sender = world.phone(text[:100])
        world.whatsapp.send(sender, linked.number, text)
    until(lambda: len(linked.texts()) == len(XSS))
    expect(user.card(XSS[0])).to_be_visible()
    user.tab("Messaging")
    expect(page.locator(".chat-list li")).to_have_count(len(XSS))
    for i, text in enumerate(reversed(XSS)):
        page.locator(".chat-list a").nth(i).click()
        expect(page.locator(".chat .bubble .text")).to_have_text(text, use_inner_text=True)
        expect(page.locator(".chat h2")).to_have_text(text[:100])
    assert dialogs == []


def test_two_people_see_only_their_own(new_person: NewPerson) -> None:
    anna, ben = new_person(), new_person()
    for user, name in ((anna, "Anna's office"), (ben, "Ben's office")):
        page = user.tab("Connection")
        page.get_by_label("Name of a new session").fill(name)
        page.get_by_role("button", name="New session").click()
        expect(user.card(name)).to_be_visible()
    for user in (anna, ben):
        user.page.reload()
        expect(user.page.locator("#sessions > li")).to_have_count(1)


def test_it_works_without_scripts(browser: Browser, explorer: Explorer, world: World) -> None:
    key = world.gateway.new_key()
    linked = linked_for(world, key, "Office")
    tenant = world.phone("Tenant")
    with person(browser, explorer.url, world, scripts=False) as user:
        user.sign_in(key)
        page = user.open("/messaging?new=1")
        page.get_by_label("To", exact=True).fill(tenant)
        page.get_by_role("textbox", name="Message").fill("No scripts")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator(".bubble .text")).to_have_text("No scripts")
    assert linked.texts() == ["No scripts"]


def test_a_long_conversation_is_read_back_to_its_beginning(new_person: NewPerson, world: World) -> None:
    key = world.gateway.new_key()
    linked = linked_for(world, key, "Office")
    tenant = world.phone("Tenant")
    for i in range(95):
        world.whatsapp.send(tenant, linked.number, f"text {i}.")
    until(lambda: len(linked.texts()) == 95, timeout=40)
    user = new_person(key=key)
    user.tab("Messaging")
    user.page.locator(".chat-list a").first.click()
    line = user.page.locator(".chat .heading.unread")
    expect(line).to_have_text("95 unread messages")
    expect(line).to_be_in_viewport()
    expect(user.page.locator(".badge")).to_have_count(0)
    expect(user.page).to_have_title(re.compile("^[^(]"))
    user.page.reload()
    expect(user.bubble("text 94.")).to_be_in_viewport()
    expect(line).to_have_count(0)
    assert user.page.locator(".chat .bubble").count() < 95
    # Nothing has come meanwhile that would update the page between two pages of older messages.
    scroll_up_until(user.page, "text 0.")
    expect(user.page.locator(".chat .heading.day:visible")).to_have_count(1)
    world.whatsapp.send(tenant, linked.number, "the newest")
    expect(user.bubble("the newest")).to_have_count(1, timeout=10_000)
    texts = user.page.locator(".chat .bubble .text").all_inner_texts()
    assert texts == [f"text {i}." for i in range(95)] + ["the newest"]
    # What is not in view is not read.
    expect(user.page.locator(".badge")).to_have_text(", 1 unread")
    user.page.get_by_role("link", name="Newest messages").click()
    expect(user.bubble("the newest")).to_be_in_viewport()
    expect(user.page.locator(".badge")).to_have_count(0)
    user.assert_accessible()


def scroll_up_until(page: Page, text: str) -> None:
    def is_there() -> bool:
        page.locator("#thread").evaluate("thread => { thread.scrollTop = 0; }")
        return page.locator(".chat .bubble").filter(has_text=text).count() == 1

    until(is_there, interval=0.3)


# Headless pages are never hidden by themselves.
HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.body.dataset.backgroundPoll = 0.01;
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.mark.slow
def test_a_hidden_page_counts_what_is_unread_in_its_title(new_person: NewPerson, world: World) -> None:
    key = world.gateway.new_key()
    linked = linked_for(world, key, "Office")
    tenant = world.phone("Tenant")
    user = new_person(key=key)
    page = user.tab("Messaging")
    expect(page.locator("html")).to_have_class("scripted")
    # No update of the page is under way.
    with page.expect_response(re.compile("/explorer/messaging")):
        pass
    page.evaluate(HIDE, True)
    world.whatsapp.send(tenant, linked.number, "Are you there?")
    expect(page).to_have_title(re.compile(r"^\(1\) "))
    expect(page.locator(".chat-list a")).to_have_count(0)
    page.evaluate(HIDE, False)
    expect(page.locator(".chat-list a")).to_have_count(1)
