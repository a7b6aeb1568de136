"""Every kind of message as people see and send it: files, replies, reactions, edits, deletions, polls, places."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import av
import pytest
from av.container import InputContainer
from playwright.sync_api import FilePayload, Locator, Page, expect

from tests.e2e.conftest import PATIENT, UNLIMITED, lived_in
from tests.e2e.explorer.browser import PHONE, Person
from tests.e2e.explorer.conftest import NewPerson
from tests.e2e.explorer.test_people import linked_for
from tests.e2e.world import Linked, World, until
from tests.stack import Stack
from tests.unit.media import files

# As when somebody presses Ctrl and V after having copied a picture.
PASTE = """([name, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
    const data = new DataTransfer();
    data.items.add(new File([bytes], name, { type: "image/png" }));
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
}"""


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[World]:
    with stack.gateway(**UNLIMITED, **PATIENT) as gateway:
        gateway.start_media()
        yield from lived_in(World(stack, gateway), connectors=1)


class Chat:
    """A person with one chat open, that with the tenant."""

    def __init__(self, user: Person, linked: Linked, tenant: str) -> None:
        self.user, self.linked, self.tenant = user, linked, tenant
        self.page: Page = user.page

    def says(self, **message: object) -> str:
        return self.user.world.whatsapp.send_kind(self.tenant, to=self.linked.number, **message)

    def seen(self, kind: str, text: str | None = None) -> dict[str, object]:
        """What the tenant's phone shows of a message that the session sent."""
        return self.user.world.whatsapp.wait_for_message(
            self.tenant,
            lambda each: not each["fromMe"] and each["kind"] == kind and (text is None or each["text"] == text),
        )

    def bubble(self, text: str) -> Locator:
        """The message with this text, not one that quotes it."""
        return self.page.locator(".chat .bubble").filter(has=self.page.locator(".text", has_text=text))

    def open_menu(self, text: str) -> None:
        """Open the menu of a message by keyboard."""
        summary = self.bubble(text).get_by_label("What can be done to this message")
        summary.focus()
        summary.press("Enter")

    def choose(self, text: str, name: str) -> None:
        self.open_menu(text)
        link = self.bubble(text).get_by_role("link", name=name, exact=True)
        link.focus()
        link.press("Enter")


@pytest.fixture
def chat(new_person: NewPerson, world: World, request: pytest.FixtureRequest) -> Chat:
    key = world.gateway.new_key()
    linked, tenant = linked_for(world, key, "Office"), world.phone("Tenant")
    world.whatsapp.send(tenant, linked.number, "Hello")
    until(linked.texts)
    user = new_person(*getattr(request, "param", ()), key=key)
    user.tab("Messaging")
    user.page.locator(".chat-list a").first.click()
    expect(user.bubble("Hello")).to_be_visible()
    expect(user.page.locator("html")).to_have_class("scripted")
    return Chat(user, linked, tenant)


def test_a_picture_that_was_chosen_is_sent_with_its_caption(chat: Chat, tmp_path: Path) -> None:
    page = chat.page
    page.locator("#files").set_input_files([files.photo(tmp_path / "flat.jpg"), files.picture(tmp_path / "plan.png")])
    expect(page.locator(".tray li")).to_have_count(2)
    expect(page.locator(".tray li").first).to_contain_text("flat.jpg")
    page.get_by_role("textbox", name="Message").fill("The flat")
    page.keyboard.press("Enter")
    expect(page.locator(".tray li")).to_have_count(0)
    assert chat.seen("image", "The flat")["width"] == 40
    chat.user.world.whatsapp.wait_for_message(chat.tenant, lambda each: each["kind"] == "image" and not each["text"])
    expect(chat.user.bubble("The flat").locator(".ticks")).to_have_attribute("aria-label", "delivered")
    chat.user.assert_accessible()


def test_a_pasted_picture_is_sent(chat: Chat, tmp_path: Path) -> None:
    data = base64.b64encode(files.picture(tmp_path / "plan.png").read_bytes()).decode()
    chat.page.get_by_role("textbox", name="Message").focus()
    chat.page.evaluate(PASTE, ["plan.png", data])
    expect(chat.page.locator(".tray li")).to_contain_text("plan.png")
    chat.page.get_by_role("button", name="Send", exact=True).click()
    assert chat.seen("image")["mimetype"] == "image/jpeg"


def test_what_is_too_large_is_refused_before_it_is_uploaded(chat: Chat) -> None:
    page, requests = chat.page, []
    page.on("request", lambda request: requests.append(request.url))
    large = FilePayload(name="flat.jpg", mimeType="image/jpeg", buffer=b"x" * 5_000_001)
    page.locator("#files").set_input_files([large])
    expect(page.locator(".tray .wrong")).to_have_text("Too large: photos may have 5 MB. Send it as a document.")
    page.get_by_role("button", name="Send", exact=True).click()
    assert not [url for url in requests if "uploads" in url]
    page.get_by_label("Send flat.jpg as").select_option("Document")
    expect(page.locator(".tray .wrong")).to_have_count(0)
    page.get_by_role("button", name="Do not send flat.jpg").click()
    expect(page.locator(".tray li")).to_have_count(0)


def test_a_voice_message_is_recorded_and_sent(chat: Chat) -> None:
    page = chat.page
    page.get_by_role("button", name="Record a voice message").click()
    stop = page.get_by_role("button", name="Stop recording")
    expect(stop).to_be_visible()
    page.wait_for_timeout(600)
    stop.click()
    expect(page.locator(".tray audio")).to_have_count(1)
    page.get_by_role("button", name="Send", exact=True).click()
    voice = chat.seen("voice")
    assert voice["mimetype"] == "audio/ogg; codecs=opus"
    # As the browser made it, by no converter.
    sound = chat.user.world.whatsapp.media(chat.tenant, str(voice["id"]))
    assert b"WhatsApp Explorer" in sound[:200]
    with av.open(io.BytesIO(sound)) as ogg:
        seconds = sum(frame.samples for frame in cast(InputContainer, ogg).decode(ogg.streams.audio[0])) / 48_000
    assert 0.4 < seconds < 20
    expect(page.locator(".bubble.mine audio")).to_have_count(1)


def test_who_records_what_must_be_converted_is_told_before_they_speak(chat: Chat) -> None:
    page = chat.page
    page.evaluate("delete window.AudioEncoder")
    page.get_by_role("button", name="Record a voice message").click()
    notice = page.locator("#composer .notice")
    expect(notice).to_contain_text("Without its converter the message is refused.")
    page.wait_for_timeout(300)
    page.get_by_role("button", name="Stop recording").click()
    expect(page.locator(".tray li")).to_contain_text("Voice message.webm")
    expect(notice).to_have_count(0)
    page.get_by_role("button", name="Do not send Voice message.webm").click()


def test_pictures_are_looked_at_by_keyboard(chat: Chat) -> None:
    chat.says(kind="image", caption="the tap")
    chat.says(kind="image", caption="the sink")
    page = chat.page
    links = page.locator("a[data-picture]")
    expect(links).to_have_count(2)
    loaded = "img => img.complete && img.naturalWidth > 0"
    until(lambda: links.first.locator("img").evaluate(loaded))
    links.first.focus()
    page.keyboard.press("Enter")
    shown = page.locator("dialog img")
    expect(shown).to_have_attribute("alt", "the tap")
    until(lambda: shown.evaluate(loaded))
    page.keyboard.press("ArrowRight")
    expect(shown).to_have_attribute("alt", "the sink")
    chat.user.assert_accessible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).not_to_be_visible()
    expect(links.first).to_be_focused()


def test_a_message_is_replied_to_reacted_to_edited_and_deleted_by_keyboard(chat: Chat) -> None:
    page, user = chat.page, chat.user
    chat.choose("Hello", "Reply")
    expect(page.locator("#replying")).to_contain_text("Hello")
    page.keyboard.press("Escape")
    expect(page.locator("#replying")).to_have_count(0)
    chat.choose("Hello", "Reply")
    expect(page.locator("#replying")).to_contain_text("Hello")
    page.keyboard.type("Good morning")
    page.keyboard.press("Enter")
    assert chat.seen("text", "Good morning")["quoted"]["text"] == "Hello"  # type: ignore[index]
    expect(page.locator("#replying")).to_have_count(0)
    expect(chat.bubble("Good morning").locator("a.quote")).to_contain_text("Hello")

    chat.choose("Hello", "React")
    expect(page.get_by_role("button", name="React with 👍")).to_be_focused()
    user.assert_accessible()
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.theirs .reactions")).to_contain_text("👍")

    chat.choose("Good morning", "Edit")
    field = page.get_by_label("New text")
    expect(field).to_be_focused()
    field.fill("Good evening")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(chat.bubble("Good evening").locator(".life summary")).to_contain_text("edited")
    until(lambda: any(each["text"] == "Good evening" for each in user.world.whatsapp.messages(chat.tenant)))

    chat.choose("Good evening", "Delete")
    button = page.get_by_role("button", name="Delete for everyone")
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bubble.mine")).to_contain_text("This message was deleted.")
    expect(page.locator(".chat .bubble")).to_have_count(2)


def test_votes_move_the_bars_of_a_poll(chat: Chat) -> None:
    page, phones = chat.page, chat.user.world.whatsapp
    page.get_by_label("Send something else").click()
    page.get_by_role("link", name="Poll").click()
    page.get_by_label("Question").fill("When?")
    page.get_by_label("Options").fill("Tuesday\nFriday")
    page.get_by_role("button", name="Send", exact=True).click()
    poll = chat.seen("poll")
    friday = page.locator(".ballot li").filter(has_text="Friday").locator("meter")
    expect(friday).to_have_attribute("value", "0")
    phones.send_kind(chat.tenant, kind="vote", messageId=poll["id"], options=["Friday"])
    expect(friday).to_have_attribute("value", "1")
    phones.send_kind(chat.tenant, kind="vote", messageId=poll["id"], options=[])
    expect(friday).to_have_attribute("value", "0")
    expect(page.locator(".chat .bubble")).to_have_count(2)


def test_drawn_phones_show_files_and_vote(chat: Chat) -> None:
    page, linked = chat.page, chat.linked
    linked.session.send_poll(chat.tenant, "When?", ["Tuesday", "Friday"])
    chat.says(kind="image", caption="the tap")
    poll = chat.seen("poll")
    phones = f"phone={chat.tenant}&phone={linked.number}".replace("+", "%2B")
    chat.user.open(f"/try-it?session={linked.session.id}&{phones}")
    plain = chat.tenant.removeprefix("+")
    drawn = page.locator(f'[id="bubbles-{chat.tenant}"], [id="bubbles-{plain}"]')
    until(lambda: drawn.locator("img").evaluate("img => img.complete && img.naturalWidth > 0"))
    friday = drawn.get_by_role("button", name="Friday")
    friday.click()
    expect(friday).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#gateway-bubbles meter").nth(1)).to_have_attribute("value", "1")
    vote = chat.user.world.whatsapp.message(chat.tenant, str(poll["id"]))
    assert vote
    assert list(vote["votes"].values()) == [["Friday"]]
    chat.user.assert_accessible()
    chat.user.assert_fits()


@pytest.mark.parametrize("chat", [(PHONE,)], indirect=True)
def test_every_kind_fits_on_a_phone(chat: Chat) -> None:
    for message in KINDS:
        chat.says(**message)
    page = chat.page
    expect(page.locator(".chat .bubble")).to_have_count(len(KINDS) + 1)
    expect(page.locator("a[data-picture]")).to_have_count(1)
    expect(page.locator("audio")).to_have_count(2)
    expect(page.locator("a.file")).to_contain_text("House rules.pdf")
    expect(page.locator(".kind a")).to_have_attribute(
        "href", "https://www.openstreetmap.org/?mlat=51.500700&mlon=-0.124600#map=17/51.500700/-0.124600"
    )
    chat.user.assert_fits()
    chat.user.assert_accessible()


KINDS: list[dict[str, object]] = [
    {"kind": "image", "caption": "The kitchen tap"},
    {"kind": "video", "caption": "The hallway"},
    {"kind": "audio", "seconds": 2},
    {"kind": "voice", "seconds": 2},
    {"kind": "document", "filename": "House rules.pdf"},
    {"kind": "sticker"},
    {"kind": "location", "latitude": 51.5007, "longitude": -0.1246, "name": "Elm Street 5"},
    {
        "kind": "contact",
        "contacts": [{"name": "Ana", "vcard": "BEGIN:VCARD\nVERSION:3.0\nFN:Ana\nTEL:+447700900109\nEND:VCARD"}],
    },
    {"kind": "poll", "question": "When?", "options": ["Tuesday", "Friday"]},
]
