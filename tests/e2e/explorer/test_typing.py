"""What people type arrives whole, once and in order, and nothing takes it away from them."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.explorer.browser import PHONE, Person
from tests.e2e.explorer.conftest import NewPerson
from tests.e2e.explorer.test_people import linked_for
from tests.e2e.world import Linked, World, until_that

TEXTS = ["Good morning", "The viewing is on Friday", "Please bring your ID", "Mit Gruß 👋"]
KEY_MS = 65

# Half of the time passes before the Explorer hears of it, half before the page hears of the answer.
LATENCY = """(milliseconds) => {
    const real = window.fetch;
    const wait = () => new Promise((done) => setTimeout(done, milliseconds / 2));
    window.fetch = async (resource, options) => {
        const sends = options?.method === "POST" && String(resource).endsWith("/messages");
        if (sends) await wait();
        const response = await real(resource, options);
        if (sends) await wait();
        return response;
    };
}"""
REFUSED = """() => {
    const real = window.fetch;
    window.fetch = async (resource, options) => {
        if (options?.method !== "POST" || !String(resource).endsWith("/messages")) return real(resource, options);
        await new Promise((done) => { window.refuse = done; });
        return Response.json({ error: "WhatsApp is not reached." }, { status: 409 });
    };
}"""


@pytest.mark.slow
@pytest.mark.parametrize("latency", [0, 200, 2000])
def test_fast_typing_arrives_whole_once_and_in_order(new_person: NewPerson, world: World, latency: int) -> None:
    user, linked, tenant = writer(new_person, world)
    page = open_chat(user, linked, tenant)
    page.evaluate(LATENCY, latency)
    for text in TEXTS:
        page.keyboard.type(text, delay=KEY_MS)
        page.keyboard.press("Enter")
        expect(page.get_by_role("textbox", name="Message")).to_have_value("")
        expect(user.bubble(text)).to_be_visible(timeout=1000)
    page.keyboard.type("Not sent", delay=KEY_MS)
    assert_received(world, tenant, ["First", *TEXTS])
    expect(page.locator("#outbox li")).to_have_count(0)
    assert page.locator(".chat .bubble .text").all_inner_texts() == ["First", *TEXTS]
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Not sent")


@pytest.mark.slow
def test_fast_typing_on_a_virtual_phone_arrives_too(new_person: NewPerson, world: World) -> None:
    writer, reader = world.phone("Writer"), world.phone("Reader")
    user = new_person()
    page = user.open("/try-it?" + urlencode({"phone": [writer, reader]}, doseq=True))
    expect(page.locator("html")).to_have_class("scripted")
    box = page.locator(f"[id='phone-box-{writer}']")
    box.get_by_label("To", exact=True).select_option(reader)
    page.evaluate(LATENCY.replace("/messages", "/write"), 800)
    field = box.get_by_role("textbox", name="Message from Writer")
    field.fill("")
    for text in TEXTS:
        page.keyboard.type(text, delay=KEY_MS)
        page.keyboard.press("Enter")
        expect(field).to_have_value("")
    page.keyboard.type("Not sent", delay=KEY_MS)
    assert_received(world, reader, TEXTS)
    expect(field).to_have_value("Not sent")
    expect(box.locator(".bubble.mine .text")).to_have_text(TEXTS)


@pytest.mark.slow
def test_what_a_virtual_phone_could_not_send_comes_back(new_person: NewPerson, world: World) -> None:
    writer, reader = world.phone("Writer"), world.phone("Reader")
    user = new_person()
    page = user.open("/try-it?" + urlencode({"phone": [writer, reader]}, doseq=True))
    expect(page.locator("html")).to_have_class("scripted")
    box = page.locator(f"[id='phone-box-{writer}']")
    box.get_by_label("To", exact=True).select_option(reader)
    field = box.get_by_role("textbox", name="Message from Writer")
    page.route("**/write*", lambda route: route.abort())
    field.fill("First")
    field.press("Enter")
    expect(box.get_by_role("alert")).to_contain_text("The Explorer does not answer.")
    expect(field).to_have_value("First")
    user.console_errors.clear()
    page.unroute("**/write*")
    field.press("Enter")
    assert_received(world, reader, ["First"])
    expect(box.get_by_role("alert")).to_have_count(0)


@pytest.mark.slow
def test_the_first_texts_to_a_number_become_a_chat(new_person: NewPerson, world: World) -> None:
    user, linked, _ = writer(new_person, world)
    tenant = world.phone("Tenant")
    page = user.open(f"/messaging?session={linked.session.id}&new=1")
    page.evaluate(LATENCY, 2000)
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    page.keyboard.type(tenant)
    page.get_by_role("textbox", name="Message").click()
    for text in TEXTS:
        page.keyboard.type(text, delay=KEY_MS)
        page.keyboard.press("Enter")
    page.keyboard.type("Typed on", delay=KEY_MS)
    page.wait_for_url("**chat=*")
    assert_received(world, tenant, TEXTS)
    expect(page.get_by_role("textbox", name="Message")).to_have_value("Typed on")
    expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    expect(page.locator("#outbox li")).to_have_count(0)


@pytest.mark.slow
def test_what_is_being_sent_goes_on_on_the_next_page(new_person: NewPerson, world: World) -> None:
    user, linked, tenant = writer(new_person, world)
    page = open_chat(user, linked, tenant)
    page.evaluate(LATENCY, 2000)
    for text in TEXTS:
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    user.tab("Connection")
    assert_received(world, tenant, ["First", *TEXTS])


@pytest.mark.slow
def test_a_refused_text_comes_back_with_its_reason_and_stays(new_person: NewPerson, world: World) -> None:
    user, linked, tenant = writer(new_person, world)
    page = open_chat(user, linked, tenant)
    box = page.get_by_role("textbox", name="Message")
    page.evaluate(REFUSED)
    refuse(page, "Alone")
    expect(box).to_have_value("Alone")
    notice = page.locator(".composer .notice")
    expect(notice).to_contain_text("WhatsApp is not reached.")
    polled(user, linked, tenant)
    expect(notice).to_be_visible()
    expect(box).to_have_value("Alone")
    notice.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)
    expect(box).to_be_focused()


@pytest.mark.slow
def test_a_refused_text_does_not_replace_what_was_typed_meanwhile(new_person: NewPerson, world: World) -> None:
    user, linked, tenant = writer(new_person, world)
    page = open_chat(user, linked, tenant)
    box = page.get_by_role("textbox", name="Message")
    page.evaluate(REFUSED)
    refuse(page, "Refused", meanwhile="Meanwhile")
    expect(box).to_have_value("Meanwhile")
    bubble = page.locator("#outbox li")
    expect(bubble).to_contain_text("Not sent: WhatsApp is not reached.")
    polled(user, linked, tenant)
    page.reload()
    expect(bubble).to_contain_text("Not sent: WhatsApp is not reached.")
    expect(box).to_have_value("Meanwhile")
    page.get_by_role("link", name="Connection", exact=True).click()
    page.locator("#unsent").get_by_role("link", name="Show it").click()
    bubble.get_by_role("button", name="Send again").click()
    assert_received(world, tenant, ["First", "Refused"])
    expect(bubble).to_have_count(0)


@pytest.mark.slow
def test_a_draft_lives_in_its_chat(new_person: NewPerson, world: World) -> None:
    user, linked, tenant = writer(new_person, world)
    open_chat(user, linked, tenant)
    linked.session.send(world.phone("Plumber"), "Second")
    page, box = user.page, user.page.get_by_role("textbox", name="Message")
    box.fill("For the tenant")
    page.get_by_role("link", name="New message").click()
    expect(box).to_have_value("")
    expect(page.locator("html")).to_have_class("scripted")
    page.get_by_label("To", exact=True).fill("+49 1")
    page.locator(".chat-list a").filter(has_text="Second").click()
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    page.locator(".chat-list a").filter(has_text="First").click()
    expect(box).to_have_value("For the tenant")
    page.get_by_role("link", name="New message").click()
    expect(page.get_by_label("To", exact=True)).to_have_value("+49 1")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    assert page.evaluate("sessionStorage.length") == 0


@pytest.mark.slow
def test_enter_is_a_new_line_on_a_touch_screen(new_person: NewPerson, world: World) -> None:
    user, linked, tenant = writer(new_person, world, PHONE)
    page = open_chat(user, linked, tenant)
    box = page.get_by_role("textbox", name="Message")
    expect(box).not_to_be_focused()
    expect(page.get_by_text("Enter begins a new line.", exact=True)).to_be_visible()
    box.click()
    page.keyboard.type("Two")
    page.keyboard.press("Enter")
    page.keyboard.type("lines")
    expect(box).to_have_value("Two\nlines")
    page.get_by_role("button", name="Send", exact=True).click()
    assert_received(world, tenant, ["First", "Two\nlines"])


def writer(new_person: NewPerson, world: World, size: tuple[int, int] | None = None) -> tuple[Person, Linked, str]:
    key = world.gateway.new_key()
    linked = linked_for(world, key, "Office")
    return (new_person(size, key) if size else new_person(key=key)), linked, world.phone("Tenant")


def open_chat(user: Person, linked: Linked, tenant: str) -> Page:
    """Open a chat with one message; the composer has the focus where there is a keyboard."""
    linked.session.send(tenant, "First")
    user.open(f"/messaging?session={linked.session.id}")
    user.page.locator(".chat-list a").filter(has_text=re.compile("First")).click()
    expect(user.bubble("First").get_by_role("img", name="delivered")).to_be_visible()
    expect(user.page.locator("html")).to_have_class("scripted")
    return user.page


def received(world: World, number: str) -> list[str]:
    return [str(message["text"]) for message in world.whatsapp.messages(number) if not message["fromMe"]]


def assert_received(world: World, number: str, texts: list[str]) -> None:
    arrived = until_that(lambda: received(world, number), lambda found: len(found) >= len(texts), timeout=30)
    assert arrived == texts


def refuse(page: Page, text: str, meanwhile: str = "") -> None:
    """Write a text whose send is refused after something else was typed."""
    page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.locator("#outbox li")).to_contain_text("Sending")
    page.keyboard.type(meanwhile)
    page.evaluate("window.refuse()")


def polled(user: Person, linked: Linked, tenant: str) -> None:
    """Wait until a poll has changed the page."""
    user.world.whatsapp.send(tenant, linked.number, "Something new")
    expect(user.bubble("Something new")).to_be_visible()
