"""The Python in README and docs, run against the real API."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import SimpleNamespace

import pytest

from gateway.client import Gateway, Session
from gateway.store.ids import new_id
from infra.local.settings import UpSettings
from tests.documents import Block, blocks
from tests.owner import Owner
from tests.people import Api

TENANT = "+4915112345678"
TEXT = "The tap drips."
PACE_SECONDS = 0.1


class Seen(Exception):
    """An example that goes on for ever has shown what it should."""


def printed(*values: object) -> None:
    """What examples see as print."""
    if TEXT in values:
        raise Seen


def keeping(said: list[object], *values: object) -> None:
    """What examples see as print, which keeps what it was given."""
    said += values
    printed(*values)


@contextmanager
def lively(gateway: Gateway, owner: Owner, said: list[object]) -> Iterator[None]:
    """Meanwhile a phone scans the code that was said, and a tenant writes."""
    over = threading.Event()

    def live() -> None:
        while not over.wait(PACE_SECONDS):
            for session in gateway.sessions():
                if session.info.status == "qr_pending" and said:
                    owner.scan(session.id)
                elif session.info.status == "connected":
                    owner.receive(session.id, TENANT, TEXT, "Tenant")

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run(block: Block, **names: object) -> None:
    exec(compile(block.code, str(block), "exec"), {"print": printed, **names})


@pytest.mark.parametrize("block", blocks("python", "docs/events.md"), ids=str)
def test_the_page_of_events_prints_what_comes(
    block: Block, owner: Owner, make_connected: Callable[[], Session]
) -> None:
    session = make_connected()
    owner.receive(session.id, TENANT, TEXT, "Tenant")
    with pytest.raises(Seen):
        run(block, session=session)


@pytest.mark.parametrize("block", blocks("python", "README.md"), ids=str)
def test_the_readme_links_a_number_sends_and_receives(block: Block, api: Api, owner: Owner) -> None:
    code = block.code.replace(UpSettings().api_url, api.url)
    assert code != block.code
    user = SimpleNamespace(id=new_id())
    key = api.key(user.id)
    said: list[object] = []
    with Gateway(api.url, key) as gateway, lively(gateway, owner, said), pytest.raises(Seen):
        run(Block(block.name, block.line, block.language, code), api_key=key, user=user, print=partial(keeping, said))
    assert str(said[0]).startswith("2@")


@pytest.mark.parametrize("block", blocks("python", "docs/api.md", "docs/assistant.md"), ids=str)
def test_a_page(block: Block, api: Api, owner: Owner, gateway: Gateway, make_connected: Callable[[], Session]) -> None:
    session = make_connected()
    owner.receive(session.id, TENANT, TEXT, "Tenant")
    key = gateway._http.headers["X-API-Key"]
    said: list[tuple[object, ...]] = []
    run(block, session=session, url=api.url, api_key=key, print=lambda *values: said.append(values))
    assert said
    assert "failed" not in [values[0] for values in said]
