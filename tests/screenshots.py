"""`make screenshots`: pictures of the Explorer's tabs for README and docs, on the real gateway."""

from __future__ import annotations

import base64
import io
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, expect, sync_playwright

from gateway.client import Session
from infra.local.explorer import Explorer
from infra.local.python_service import PROJECT
from tests.e2e.explorer.browser import ARGUMENTS
from tests.e2e.explorer.conftest import explorer_of, replies_of
from tests.e2e.world import World, until
from tests.looks import Scheme, visiting
from tests.stack import Stack

FOLDER = PROJECT / "docs" / "screenshots"
# Ofcom keeps these numbers for fiction.
LANDLORD, TENANT, PLUMBER = "+447700900101", "+447700900102", "+447700900103"
DESKTOP, PHONE = (1180, 760), (390, 780)


class Camera:
    """Takes each picture in a new browser context."""

    def __init__(self, browser: Browser, explorer: Explorer, key: str) -> None:
        self._browser = browser
        self._url = explorer.url
        self._key = key

    def take(
        self,
        name: str,
        path: str,
        ready: str,
        *,
        size: tuple[int, int] = DESKTOP,
        scheme: Scheme = "light",
        act: Callable[[Page], object] = lambda page: None,
    ) -> None:
        """Take a picture of a page once the selector `ready` matches and `act` is done."""
        with visiting(self._browser, self._url, self._key, size, scheme, scale=1.5) as page:
            page.goto(f"{self._url}/explorer/{path}")
            page.locator(ready).first.wait_for()
            act(page)
            # Times stand there in the reader's own zone.
            page.locator("html.scripted").wait_for()
            page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")
        print(f"docs/screenshots/{name}.png")


def main() -> int:
    executable = shutil.which("chromium")
    if executable is None:
        print("Chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    FOLDER.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="screenshots-"))
    stack = Stack(directory)
    try:
        with stack.gateway() as gateway, sync_playwright() as playwright:
            gateway.start_connector()
            gateway.start_media()
            world = World(stack, gateway)
            with explorer_of(world) as explorer, replies_of(world):
                browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
                shoot(Camera(browser, explorer, gateway.key), world)
                browser.close()
            world.close()
    finally:
        stack.close()
        shutil.rmtree(directory)
    return 0


def shoot(camera: Camera, world: World) -> None:
    for number, name in ((LANDLORD, "Landlord"), (TENANT, "Tenant")):
        world.whatsapp.create_phone(number, name)
    session = world.session("Rental office")
    session.connect()
    until(lambda: session.status().qr_code)
    camera.take("connection", "connection", "img.qr")
    world.scan(session, LANDLORD)
    session.wait_until_connected()
    chat(world)
    assist(world, session)
    camera.take("assistant", "assistant", "#turns li", size=(1180, 1000), act=try_out)
    camera.take("messaging", "messaging", ".chat-list a", size=(1180, 980), act=open_first)
    camera.take("messaging-phone", "messaging", ".chat-list a", size=PHONE, scheme="dark", act=open_first)
    camera.take("try-it", "try-it", ".gateway .bubble", size=(1320, 900))


def chat(world: World) -> None:
    """Exchange a few messages, of which one is left unread."""
    session = next(world.client.sessions())
    write(world, session, "Hello! The kitchen tap has been dripping since Sunday.")
    world.whatsapp.send_kind(
        TENANT, to=LANDLORD, kind="image", caption="This one", base64=picture(), mimetype="image/jpeg"
    )
    until(lambda: any((message.media or {}).get("status") == "available" for message in session.messages()))
    session.send(TENANT, "Good morning. Thank you for telling us: the plumber comes on Tuesday at nine.")
    message = until(lambda: next((m for m in world.whatsapp.messages(TENANT) if not m["fromMe"]), None))
    world.whatsapp.read(TENANT, message["id"])
    until(lambda: next(session.messages()).status == "read")
    session.send_poll(TENANT, "Which other day would do?", ["Wednesday", "Friday"])
    poll = world.whatsapp.wait_for_message(TENANT, lambda message: message["kind"] == "poll")
    world.whatsapp.send_kind(TENANT, kind="vote", messageId=poll["id"], options=["Friday"])
    until(lambda: any(message.message_type == "poll_vote" for message in session.messages()))
    write(world, session, "Perfect, I am at home. 👍")
    world.whatsapp.create_phone(PLUMBER, "Plumber")
    world.whatsapp.send(PLUMBER, LANDLORD, "Tuesday at nine is fine.")
    until(lambda: len(list(session.chats())) == 2)


def picture() -> str:
    """Return a drawing of a tap that drips, as base64."""
    image = Image.new("RGB", (640, 400), "#dfe9e4")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 250, 640, 400), fill="#b9c9c1")
    draw.ellipse((150, 275, 490, 385), fill="#f7fbf9", outline="#8fa49a", width=5)
    draw.rounded_rectangle((300, 90, 345, 250), 12, fill="#8d9aa3")
    draw.rounded_rectangle((300, 90, 470, 130), 18, fill="#a3b0b8")
    draw.rounded_rectangle((438, 110, 470, 185), 8, fill="#8d9aa3")
    draw.rounded_rectangle((265, 60, 380, 88), 12, fill="#c25b4e")
    for top in (205, 255):
        draw.ellipse((446, top, 462, top + 26), fill="#4a9ad1")
    file = io.BytesIO()
    image.save(file, "JPEG", quality=88)
    return base64.b64encode(file.getvalue()).decode()


def assist(world: World, session: Session) -> None:
    """Let the assistant decide twice: to reply, and to skip."""
    session.configure_assistant(
        enabled=True,
        system_prompt="You answer for the rental office of Elm Street 5. Viewings are on Fridays, 4 to 6 p.m. "
        "Rent is due on the 3rd. Repairs: take the details and say that somebody calls back.",
        debounce_seconds=0,
        deny=[PLUMBER],
    )
    chat = next(chat for chat in session.chats() if chat.phone_number == PLUMBER)
    session.hand_back(chat.id)
    world.whatsapp.send(PLUMBER, LANDLORD, "I am on my way.")
    caller = "+447700900104"
    world.whatsapp.create_phone(caller, "Visitor")
    world.whatsapp.send(caller, LANDLORD, "Is the flat on the second floor still free?")
    until(lambda: {turn.status for turn in session.turns()} >= {"skipped", "replied"}, timeout=40)


def try_out(page: Page) -> None:
    page.get_by_label("Message of a contact").fill("When can I see the flat?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer .bubble")).to_be_visible()


def write(world: World, session: Session, text: str) -> None:
    world.whatsapp.send(TENANT, LANDLORD, text)
    until(lambda: any(message.content == text for message in session.messages()))


def open_first(page: Page) -> None:
    page.locator(".chat-list a").filter(has_text="Tenant").click()
    expect(page.locator(".chat .bubble")).to_have_count(5)
    expect(page.locator(".chat .picture img")).to_have_js_property("complete", True)
    page.locator(".bubble.mine .life summary").first.click()


if __name__ == "__main__":
    sys.exit(main())
