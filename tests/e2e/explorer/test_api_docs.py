"""The page of the API's document in a browser: it works under its own policy, and forgets the key."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, expect

from tests.e2e.explorer.browser import PATIENCE_MS
from tests.e2e.world import World


def test_an_operation_is_tried_and_the_key_forgotten(browser: Browser, world: World) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text) if message.type == "error" else None)
    page.goto(f"{world.gateway.api.url}/docs")
    page.get_by_role("button", name="Authorize").first.click()
    page.get_by_label("Value").first.fill(world.gateway.key)
    page.get_by_role("button", name=re.compile("^Apply")).first.click()
    page.get_by_role("button", name="Close").first.click()
    operation = page.locator("#operations-sessions-listSessions")
    operation.get_by_role("button").first.click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table tbody td.response-col_status").first).to_contain_text("200")
    assert page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])") == "[{},{}]"
    assert messages == []
    page.close()
