"""From an empty account to a conversation, in a real browser with the real gateway behind it."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.e2e.explorer.browser import DESKTOP, PHONE, Person
from tests.e2e.explorer.conftest import NewPerson
from tests.e2e.world import World, until


@pytest.mark.parametrize("size", [DESKTOP, pytest.param(PHONE, marks=pytest.mark.slow)], ids=["desktop", "phone"])
def test_a_number_is_linked_writes_reads_and_is_logged_out(
    new_person: NewPerson, world: World, size: tuple[int, int]
) -> None:
    landlord, tenant = world.phone("Landlord"), world.phone("Tenant Ötzi")
    user = new_person(size)
    link(user, landlord)
    write_first(user, tenant)
    converse(user, landlord, tenant, touch=size == PHONE)
    log_out(user)


def link(user: Person, landlord: str) -> None:
    page = user.tab("Connection")
    expect(page.get_by_role("heading", name="Link your first number")).to_be_visible()
    user.assert_accessible()
    page.get_by_label("Name of a new session").fill("Rental office")
    page.get_by_role("button", name="New session").click()
    card = user.card("Rental office")
    expect(card.get_by_role("img", name="QR code that links a phone to Rental office")).to_be_visible()
    expect(card.get_by_text(re.compile(r"A new code comes in \d+ s\."))).to_be_visible()
    user.assert_accessible()
    user.assert_fits()
    user.scan(landlord)
    expect(card.get_by_text("Connected", exact=True)).to_be_visible()
    expect(card.get_by_text(landlord, exact=True)).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("Rental office: Connected")


def write_first(user: Person, tenant: str) -> None:
    page = user.tab("Messaging")
    page.get_by_role("link", name="New message").click()
    page.get_by_label("To", exact=True).fill("+49 1")
    expect(page.get_by_text("Write the phone number with its country code")).to_be_visible()
    page.get_by_label("To", exact=True).fill(f"{tenant[:2]} {tenant[2:]}")
    expect(page.get_by_text(tenant, exact=True)).to_be_visible()
    page.get_by_role("textbox", name="Message").fill("x" * 4097)
    expect(page.get_by_text("The message is 1 characters too long.")).to_be_visible()
    page.get_by_role("textbox", name="Message").fill("The plumber comes\non Tuesday 🔧")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(user.bubble("on Tuesday 🔧").get_by_role("img", name="delivered")).to_be_visible()
    user.assert_accessible()
    user.assert_fits()


def converse(user: Person, landlord: str, tenant: str, *, touch: bool) -> None:
    page, whatsapp = user.page, user.world.whatsapp
    received = until(lambda: [m for m in whatsapp.messages(tenant) if not m["fromMe"]])
    whatsapp.read(tenant, received[0]["id"])
    mine = user.bubble("on Tuesday 🔧")
    expect(mine.get_by_role("img", name="read")).to_be_visible()
    mine.locator(".life summary").click()
    expect(mine.get_by_role("listitem")).to_have_text(
        [re.compile(word) for word in ("Queued", "Sent", "Delivered", "Read")]
    )
    thanks = whatsapp.send(tenant, landlord, "שלום, thank you")
    expect(user.bubble("שלום, thank you")).to_be_visible(timeout=10_000)
    # The timeline that was opened is still open.
    expect(mine.get_by_role("listitem").first).to_be_visible()
    # Seeing is reading.
    whatsapp.wait_for_status(tenant, thanks, "read")
    expect(page.locator(".badge")).to_have_count(0)
    box = page.get_by_role("textbox", name="Message")
    box.fill("By keyboard")
    if touch:
        page.get_by_role("button", name="Send", exact=True).click()
    else:
        box.press("Enter")
    expect(user.bubble("By keyboard")).to_be_visible()
    expect(box).to_have_value("")
    if not touch:
        expect(box).to_be_focused()


def log_out(user: Person) -> None:
    user.tab("Connection")
    card = user.card("Rental office")
    card.get_by_text("Log out …").click()
    expect(card.get_by_text("The phone forgets this gateway.")).to_be_visible()
    user.assert_accessible()
    card.get_by_role("button", name="Log out Rental office").click()
    expect(card.get_by_text("Not linked", exact=True)).to_be_visible()
    card.get_by_text("Delete …").click()
    card.get_by_role("button", name="Delete Rental office").click()
    expect(user.page.get_by_role("heading", name="Link your first number")).to_be_visible()


@pytest.mark.slow
def test_a_number_is_linked_by_a_code(new_person: NewPerson, world: World) -> None:
    number = world.phone()
    user = new_person()
    page = user.tab("Connection")
    page.get_by_label("Name of a new session").fill("By code")
    page.get_by_role("button", name="New session").click()
    card = user.card("By code")
    card.get_by_role("button", name="Cancel").click()
    card.get_by_text("Use a code").click()
    card.get_by_label("Number of the phone").fill(number)
    card.get_by_role("button", name="Show the code").click()
    code = card.locator(".pairing-code > span")
    expect(code).to_be_visible()
    world.whatsapp.enter_code(number, code.inner_text())
    expect(card.get_by_text("Connected", exact=True)).to_be_visible()


@pytest.mark.slow
def test_the_whole_loop_is_on_one_screen(new_person: NewPerson, world: World) -> None:
    number = world.phone("Landlord")
    other = world.phone("Tenant")
    user = new_person()
    user.tab("Try it")
    page = user.open("/try-it?" + urlencode({"phone": [number, other]}, doseq=True))
    page.get_by_role("button", name="Start a session").click()
    page.locator(f"[id='scan-{number}']").click()
    gateway = page.get_by_role("region", name="My first session")
    expect(gateway.get_by_text("Connected", exact=True)).to_be_visible()
    phone = page.locator(f"[id='phone-box-{other}']")
    phone.get_by_label("To", exact=True).select_option(number)
    phone.get_by_role("button", name="Send as").click()
    expect(gateway.get_by_text("Hello! Is the flat still available?")).to_be_visible()
    gateway.get_by_label("To", exact=True).select_option(other)
    gateway.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Yes, come and see it on Friday.")).to_be_visible()
    phone.get_by_role("button", name="Read").click()
    expect(gateway.get_by_role("img", name="read")).to_be_visible()
    expect(page.get_by_text("That is the whole loop.")).to_be_visible()
    phone.get_by_role("link", name="Photo, poll, … as Tenant").click()
    phone.get_by_label("Kind").select_option(label="Poll")
    phone.get_by_role("button", name="Show the fields").click()
    expect(phone.get_by_label("Question")).to_be_visible()
    phone.get_by_role("button", name="Send as Tenant").click()
    expect(gateway.get_by_text("Which day suits you?")).to_be_visible()
    user.assert_accessible()
    user.assert_fits()


FOCUSED_LABEL = """
(document.activeElement.labels?.[0] ?? document.activeElement).textContent.replace(/\\s+/g, " ").trim()
"""


@pytest.mark.slow
def test_with_the_keyboard_alone(new_person: NewPerson, world: World) -> None:
    landlord, tenant = world.phone("Landlord"), world.phone("Tenant")
    user = new_person()
    page = user.open("/connection")
    tab_to(user, "Name of a new session")
    page.keyboard.type("Keys only")
    page.keyboard.press("Enter")
    expect(page.locator("img.qr")).to_be_visible()
    user.scan(landlord)
    expect(user.card("Keys only").get_by_text("Connected", exact=True)).to_be_visible()
    tab_to(user, "Messages of Keys only")
    page.keyboard.press("Enter")
    page.wait_for_url("**/messaging?session=*")
    tab_to(user, "New message")
    page.keyboard.press("Enter")
    page.wait_for_url("**new=1*")
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    page.keyboard.type(tenant)
    tab_to(user, "Message")
    page.keyboard.type("Typed")
    page.keyboard.press("Enter")
    expect(user.bubble("Typed")).to_be_visible()
    skip_to_the_message(user)
    page.goto(page.url.split("/messaging")[0] + "/connection")
    tab_to(user, "Delete … Keys only")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(user.card("Keys only").get_by_text("The number is unlinked")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Link your first number")).to_be_visible()


def skip_to_the_message(user: Person) -> None:
    page = user.page
    expect(page.locator("#outbox li")).to_have_count(0)
    page.reload()
    expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    page.locator(".brand").focus()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED_LABEL) == "Skip to the message"
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Message")).to_be_focused()
    assert "#" not in page.url


def tab_to(user: Person, name: str) -> None:
    """Press Tab until the thing of this name has the focus."""
    for _ in range(60):
        user.page.keyboard.press("Tab")
        label = user.page.evaluate(FOCUSED_LABEL)
        if label == name:
            return
    raise AssertionError(f"Tab does not lead to {name}")
