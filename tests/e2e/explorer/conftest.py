"""The Explorer on the real gateway, in Debian's Chromium; without Chromium these tests are skipped."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

from infra.local.explorer import Explorer
from infra.local.ports import free_port
from infra.local.services import FIXED_ENVIRONMENT, Function, replies
from tests.e2e.explorer.browser import ARGUMENTS, DESKTOP, Person, person
from tests.e2e.world import World
from tests.stack import inherited_environment

NewPerson = Callable[..., Person]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = shutil.which("chromium")
    if executable is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def explorer_of(world: World) -> Iterator[Explorer]:
    """Run an Explorer on a world's API."""
    port = free_port()
    log = world.gateway.logs / f"explorer-{port}.log"
    cookie_key = secrets.token_urlsafe(32)
    whatsapp = world.stack.whatsapp.url
    url, environment = world.gateway.api.url, inherited_environment()
    files = world.stack.ministack.endpoint
    service = Explorer(log, port, url, cookie_key, environment, whatsapp_url=whatsapp, media_origin=files)
    service.start()
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def replies_of(world: World) -> Iterator[Function]:
    """Run functions/replies of a world, with the model stub."""
    environment = {
        **inherited_environment(),
        **world.gateway.queues.environment,
        **FIXED_ENVIRONMENT,
        **world.stack.model.functions_environment,
        "GATEWAY_DATABASE_URL": world.gateway.database.replies,
        "GATEWAY_PRIVATE_MODEL_URLS": "true",
    }
    function = replies(world.gateway.logs / "replies.log", lambda: environment)
    function.start()
    try:
        yield function
    finally:
        function.stop()


@pytest.fixture(scope="module")
def explorer(world: World) -> Iterator[Explorer]:
    with explorer_of(world) as service:
        yield service


@pytest.fixture
def new_person(browser: Browser, explorer: Explorer, world: World) -> Iterator[NewPerson]:
    """Sign in a new user, or that of `key`, in a browser of its own; fail where a console has errors."""
    with ExitStack() as stack:
        people: list[Person] = []

        def make(size: tuple[int, int] = DESKTOP, key: str | None = None) -> Person:
            one = stack.enter_context(person(browser, explorer.url, world, size))
            people.append(one)
            one.sign_in(key or world.gateway.new_key())
            return one

        yield make
        assert [error for one in people for error in one.console_errors] == []
