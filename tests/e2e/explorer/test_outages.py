"""An open page says what is wrong, and recovers by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.explorer.browser import Person, person
from tests.e2e.explorer.conftest import explorer_of
from tests.e2e.world import World

pytestmark = pytest.mark.slow


def linked(user: Person, name: str) -> None:
    page = user.tab("Connection")
    page.get_by_label("Name of a new session").fill(name)
    page.get_by_role("button", name="New session").click()
    expect(page.locator("img.qr")).to_be_visible()
    user.scan(user.world.phone("Landlord"))
    expect(user.card(name).get_by_text("Connected", exact=True)).to_be_visible()


def test_the_page_outlives_every_part(browser: Browser, fresh: World) -> None:
    connector = fresh.gateway.start_connector()
    with explorer_of(fresh) as explorer, person(browser, explorer.url, fresh) as user:
        user.sign_in(fresh.gateway.key)
        linked(user, "Office")
        page, card = user.page, user.card("Office")
        outage = page.get_by_role("alert")

        fresh.gateway.api.kill()
        expect(outage).to_have_text(re.compile("The gateway's API does not answer"))
        expect(card.get_by_text("Connected", exact=True)).to_be_visible()
        fresh.gateway.api.start()
        expect(outage).to_be_hidden()

        explorer.kill()
        expect(outage).to_have_text(re.compile("The Explorer does not answer"))
        explorer.start()
        expect(outage).to_be_hidden()

        fresh.stack.postgres.stop()
        try:
            expect(outage).to_have_text(re.compile("cannot reach its database"))
        finally:
            fresh.stack.postgres.start()
        expect(outage).to_be_hidden()

        expect(card.get_by_text("Connected", exact=True)).to_be_visible(timeout=40_000)
        connector.kill_group()
        expect(card.get_by_text("No connector is running this session")).to_be_visible(timeout=40_000)
        connector.start()
        expect(card.get_by_text("Connected", exact=True)).to_be_visible(timeout=40_000)


def test_a_page_that_is_opened_during_an_outage_recovers(browser: Browser, fresh: World) -> None:
    with explorer_of(fresh) as explorer, person(browser, explorer.url, fresh) as user:
        user.sign_in(fresh.gateway.key)
        fresh.gateway.api.kill()
        page = user.open("/connection")
        expect(page.get_by_role("heading", name="One moment")).to_be_visible()
        user.assert_accessible()
        fresh.gateway.api.start()
        expect(page.get_by_role("heading", name="Connection")).to_be_visible()


def test_what_was_typed_survives_an_outage(browser: Browser, fresh: World) -> None:
    fresh.gateway.start_connector()
    with explorer_of(fresh) as explorer, person(browser, explorer.url, fresh) as user:
        user.sign_in(fresh.gateway.key)
        linked(user, "Office")
        page = user.tab("Messaging")
        page.get_by_role("link", name="New message").click()
        expect(page.get_by_label("To", exact=True)).to_be_focused()
        page.get_by_label("To", exact=True).fill(fresh.phone("Tenant"))
        page.get_by_role("textbox", name="Message").fill("Do not lose me")
        fresh.gateway.api.kill()
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.locator("#outage")).to_be_visible()
        reason = page.locator(".composer .notice")
        expect(reason).to_contain_text("The gateway's API does not answer.")
        expect(page.get_by_role("textbox", name="Message")).to_have_value("Do not lose me")
        fresh.gateway.api.start()
        expect(page.locator("#outage")).to_be_hidden()
        expect(reason).to_be_visible()
        page.get_by_role("button", name="Send", exact=True).click()
        expect(user.bubble("Do not lose me")).to_have_count(1)
        expect(reason).to_have_count(0)
