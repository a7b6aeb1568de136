"""Every page with nothing, one and many of what it lists, on each screen: nothing is cut off, axe finds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from playwright.sync_api import Browser

from infra.local.explorer import Explorer
from infra.local.whatsapp.client import WhatsAppControl
from tests.e2e.explorer.browser import inaccessible, too_wide
from tests.looks import SCHEMES, SIZES, furnish, running, visit, visiting
from tests.owner import Owner
from tests.people import Api
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
Place = tuple[Api, Owner, Explorer]


@pytest.fixture(scope="module")
def place(stack: Stack) -> Iterator[Place]:
    with running(stack) as found:
        yield found


@pytest.mark.parametrize("amount", [None, 0, 1, 60])
def test_every_page_fits_and_is_accessible(stack: Stack, browser: Browser, place: Place, amount: int | None) -> None:
    api, owner, explorer = place
    with WhatsAppControl(stack.whatsapp.url) as phones:
        office = furnish(api, owner, phones, amount)
    wrong: dict[tuple[object, ...], object] = {}
    for size, scheme in product(SIZES, SCHEMES):
        with visiting(browser, explorer.url, office.key, size, scheme) as page:
            for name, path in office.pages.items():
                visit(page, explorer.url, path)
                if beyond := too_wide(page):
                    wrong[name, size, "fits"] = beyond
                # What differs between the larger screens is no matter of access.
                if size in (SIZES[0], SIZES[-1]) and (found := inaccessible(page)):
                    wrong[name, size, scheme] = found
    assert wrong == {}
