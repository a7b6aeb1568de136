"""A user of the Explorer in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

from tests.e2e.world import World, read_qr

AXE = Path(__file__).parent / "axe" / "axe.min.js"
DESKTOP = (1280, 860)
PHONE = (390, 844)
# Long, because a machine that runs many tests at once is slow.
PATIENCE_MS = 20_000
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A microphone for voice messages.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]

expect.set_options(timeout=PATIENCE_MS)


class Person:
    """One user's browser; errors and warnings of its console are collected."""

    def __init__(self, context: BrowserContext, url: str, world: World) -> None:
        self.context = context
        self.world = world
        self.console_errors: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._record)
        self.page.on("pageerror", lambda error: self.console_errors.append(str(error)))
        self._url = url

    def open(self, path: str = "") -> Page:
        self.page.goto(f"{self._url}/explorer{path}")
        return self.page

    def sign_in(self, key: str) -> Page:
        page = self.open()
        page.get_by_label("API key").fill(key)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(re.compile("(connection|try-it)(\\?|$)"))
        return page

    def tab(self, name: str) -> Page:
        self.page.get_by_role("navigation", name="Tabs").get_by_role("link", name=name).click()
        expect(self.page.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
        return self.page

    def scan(self, number: str) -> None:
        """Link a virtual phone by the QR code on the screen."""
        source = self.page.locator("img.qr").get_attribute("src")
        assert source
        # The pixels that are shown, not what the API returned.
        png = self.page.locator("img.qr").screenshot()
        self.world.whatsapp.scan(number, read_qr(png))

    def card(self, name: str) -> Locator:
        return self.page.get_by_role("listitem").filter(has=self.page.get_by_role("heading", name=name, exact=True))

    def bubble(self, text: str) -> Locator:
        return self.page.locator(".chat .bubble").filter(has_text=text)

    def assert_accessible(self) -> None:
        """Assert that axe-core finds nothing serious."""
        found = inaccessible(self.page)
        assert not found, json.dumps(found, indent=1)

    def assert_fits(self) -> None:
        """Assert that nothing reaches beyond the screen."""
        beyond = too_wide(self.page)
        assert not beyond, beyond

    def _record(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console_errors.append(message.text)


def inaccessible(page: Page) -> list[dict[str, object]]:
    """Return what axe-core finds serious."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [each for each in found["violations"] if each["impact"] in ("serious", "critical")]
    return [{"id": each["id"], "nodes": [node["html"] for node in each["nodes"]]} for each in serious]


def too_wide(page: Page) -> list[str]:
    """Return what reaches beyond the screen, scrolled to or cut off; but tabs and code, which scroll."""
    found: list[str] = page.evaluate(
        """[...document.querySelectorAll("body *")]
            .filter(each => each.checkVisibility() && !each.closest(".unseen, .top nav, pre code"))
            .filter(each => each.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
            .map(each => each.outerHTML.slice(0, 80))"""
    )
    return found


@contextmanager
def person(
    browser: Browser, url: str, world: World, size: tuple[int, int] = DESKTOP, *, scripts: bool = True
) -> Iterator[Person]:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=scripts, has_touch=size == PHONE
    )
    try:
        yield Person(context, url, world)
    finally:
        context.close()
