"""`python -m tests.looks FOLDER`: every page of the Explorer as it looks, on sheets of few pictures for people.

At three widths, light and dark, without a session, and with 0, 1 and 500 of everything that a page lists.
"""

from __future__ import annotations

import io
import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, sync_playwright

from gateway.client import Gateway, Session
from gateway.domain.contacts import Names
from gateway.domain.groups import Group, Participant, Role
from gateway.domain.phone import Address
from gateway.domain.replies import SkipReason
from gateway.store.contacts import Entry
from infra.local import services
from infra.local.explorer import Explorer
from infra.local.ports import free_port
from infra.local.whatsapp.client import WhatsAppControl
from tests.e2e.explorer.browser import ARGUMENTS, PATIENCE_MS
from tests.owner import NUMBER, Owner
from tests.people import Api, connected_session
from tests.stack import Stack, inherited_environment

Scheme = Literal["light", "dark"]
SIZES = ((1440, 900), (1280, 800), (390, 844))
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# None: not even a session.
AMOUNTS = (None, 0, 1, 500)
# What no line holds, and what has no place to break.
_LONG = "Hausverwaltungsgesellschaft " + "x" * 60
_THUMBNAIL_HEIGHT = 430
_MARGIN = 12


@dataclass(frozen=True, slots=True)
class Office:
    """A user with so many of everything, and the addresses of their pages by name."""

    key: str
    pages: dict[str, str]


@contextmanager
def running(stack: Stack) -> Iterator[tuple[Api, Owner, Explorer]]:
    """Run the API with an owner of its sessions, and the Explorer with virtual phones."""
    with stack.migrated() as database, ExitStack() as ended:
        environment = {
            **inherited_environment(),
            **stack.queues().environment,
            **database.functions_environment,
            "GATEWAY_REQUESTS_PER_MINUTE": "1000000",
        }
        api = services.Api(stack.logs / "looks-api.log", free_port(), lambda: environment)
        explorer = Explorer(
            stack.logs / "looks-explorer.log",
            free_port(),
            api.url,
            secrets.token_urlsafe(32),
            inherited_environment(),
            whatsapp_url=stack.whatsapp.url,
        )
        for service in (api, explorer):
            service.start()
            ended.callback(service.stop)
        yield Api(api, database), ended.enter_context(Owner(database.connector)), explorer


def furnish(api: Api, owner: Owner, phones: WhatsAppControl, amount: int | None) -> Office:
    """Make a user with so many of everything that pages list."""
    key = api.key()
    always = {"connection": "connection", "keys": "developers", "webhooks": "developers/webhooks"}
    events = {"events": "developers/events?after=earliest", "code": "developers/code", "try-it": "try-it"}
    pages = {**always, **events, "nothing": "nowhere"}
    with Gateway(api.url, key) as gateway:
        if amount is None:
            empty = {
                "messaging": "messaging",
                "contacts": "people",
                "groups": "people/groups",
                "assistant": "assistant",
            }
            return Office(key, {**pages, **empty})
        session = connected_session(gateway, owner)
        for number in range(len(phones.phones()), amount):
            phones.create_phone(f"+4477009{number:05}", _name(number))
        for number in range(amount):
            gateway.create_key(_name(number), ["read"])
            if number:
                gateway.create_session(_name(number))
        pages |= _webhook(gateway, min(amount, 20)) | _messages(gateway, owner, session, amount)
        return Office(key, pages | _people(owner, session, amount))


def _name(number: int) -> str:
    return _LONG if number % 7 == 0 else f"Tenant {number}"


def _webhook(gateway: Gateway, amount: int) -> dict[str, str]:
    made = [gateway.webhooks.create(f"https://app.example.com/{'x' * 60}/{number}") for number in range(amount)]
    for _ in range(amount):
        gateway.webhooks.test(made[0].id)
    return {"webhook": f"developers/webhooks/{made[0].id}"} if made else {}


def _messages(gateway: Gateway, owner: Owner, session: Session, amount: int) -> dict[str, str]:
    """Let as many people write, and one of them so often; the assistant leaves them alone."""
    session.configure_assistant(enabled=True, system_prompt="You answer for the rental office.")
    at = f"?session={session.id}"
    pages = {"messaging": f"messaging{at}", "new": f"messaging{at}&new=1", "assistant": f"assistant{at}"}
    for number in range(amount):
        owner.receive(session.id, f"+4477008{number:05}", f"{_LONG} {number}", _name(number))
    if not amount:
        return pages
    chat = next(session.chats())
    for number in range(amount):
        text = f"*Message {number}* https://example.com/{'x' * 90}"
        said = owner.receive(session.id, chat.phone_number or "", text, _name(0), lid=chat.lid)
        owner.skip(session.id, chat.id, said, SkipReason.DENIED)
    session.send(str(chat.id), "Good morning. " * 12)
    return {**pages, "chat": f"messaging{at}&chat={chat.id}", "found": f"messaging{at}&search=message"}


def _entry(number: int) -> Entry:
    return Entry(Address(phone_number=f"+4477006{number:05}"), Names(saved=_name(number)))


def _people(owner: Owner, session: Session, amount: int) -> dict[str, str]:
    me = Participant(Address(f"9{NUMBER[1:]}@lid", NUMBER), Role.OWNER)
    people = (Participant(Address(f"{number}@lid", f"+4477007{number:05}")) for number in range(amount))
    full = Group("1200000000@g.us", _LONG, f"{_LONG}\n" * 4, participants=(me, *people))
    others = (Group(f"12{number:08}@g.us", _name(number), participants=(me,)) for number in range(1, amount))
    first = owner.put_groups(session.id, *([full] if amount else []), *others)
    at = f"?session={session.id}"
    owner.put_contacts(session.id, [_entry(number) for number in range(amount)])
    pages = {"groups": f"people/groups{at}", "contacts": f"people{at}"}
    if amount:
        pages["contact"] = f"people/contacts/{next(session.chats()).id}{at}"
    return pages | ({"group": f"people/groups/{first[0]}{at}"} if first else {})


@contextmanager
def visiting(
    browser: Browser, url: str, key: str, size: tuple[int, int], scheme: Scheme, scale: float = 1.0
) -> Iterator[Page]:
    """Sign in on a screen of this size, of so many dots a pixel."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=scale,
        color_scheme=scheme,
        locale="en-GB",
        timezone_id="Europe/London",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{url}/explorer/sign-in")
    page.get_by_label("API key").fill(key)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/try-it*")
    yield page
    context.close()


def visit(page: Page, url: str, path: str) -> None:
    """Open a page, and wait until its scripts have seen it."""
    page.goto(f"{url}/explorer/{path}")
    page.locator("html.scripted").wait_for()


def sheet(name: str, pictures: list[tuple[str, Image.Image]], columns: int) -> Image.Image:
    """Draw pictures beside and below each other, each below what it shows."""
    shown = [(label, _scaled(picture)) for label, picture in pictures]
    rows = [shown[place : place + columns] for place in range(0, len(shown), columns)]
    width = max(sum(picture.width + _MARGIN for _, picture in row) for row in rows) + _MARGIN
    drawn = Image.new("RGB", (width, len(rows) * (_THUMBNAIL_HEIGHT + 3 * _MARGIN) + 2 * _MARGIN), "#888888")
    draw = ImageDraw.Draw(drawn)
    draw.text((_MARGIN, 4), name, fill="white")
    for i, row in enumerate(rows):
        left, top = _MARGIN, 3 * _MARGIN + i * (_THUMBNAIL_HEIGHT + 3 * _MARGIN)
        for label, picture in row:
            draw.text((left, top - _MARGIN - 2), label, fill="white")
            drawn.paste(picture, (left, top))
            left += picture.width + _MARGIN
    return drawn


def _scaled(picture: Image.Image) -> Image.Image:
    return picture.resize(
        (picture.width * _THUMBNAIL_HEIGHT // picture.height, _THUMBNAIL_HEIGHT), Image.Resampling.LANCZOS
    )


def main() -> int:
    executable, folder = shutil.which("chromium"), Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    if executable is None:
        print("Chromium is not installed: apt-get install chromium", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    directory = Path(tempfile.mkdtemp(prefix="looks-"))
    stack = Stack(directory)
    found: dict[tuple[str, Scheme], list[tuple[str, Image.Image]]] = {}
    try:
        with running(stack) as (api, owner, explorer), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
            with WhatsAppControl(stack.whatsapp.url) as phones:
                for amount in AMOUNTS:
                    office = furnish(api, owner, phones, amount)
                    for scheme, size in product(SCHEMES, SIZES):
                        with visiting(browser, explorer.url, office.key, size, scheme) as page:
                            for name, path in office.pages.items():
                                visit(page, explorer.url, path)
                                picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
                                label = f"{'no session' if amount is None else amount}, {size[0]}"
                                found.setdefault((name, scheme), []).append((label, picture.convert("RGB")))
            browser.close()
    finally:
        stack.close()
        shutil.rmtree(directory)
    for (name, scheme), pictures in found.items():
        sheet(f"{name}, {scheme}", pictures, len(SIZES)).save(folder / f"{name}-{scheme}.png")
    print(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
