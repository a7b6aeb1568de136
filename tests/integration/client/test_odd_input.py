"""What people paste: both clients raise an error of their own for it, never one of Python or of httpx."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.client import AsyncGateway, Gateway, InvalidInput, NotFound, Session, Unauthenticated, Unreachable
from tests.people import Api

ODD = ["ключ", "é", "🔑", "a\nb", " a", "a ", "\x00", "\x7f", "\ud800", "a\tb"]


@pytest.mark.parametrize("key", ODD)
def test_a_key_that_cannot_be_one_is_not_accepted(api: Api, key: str) -> None:
    with Gateway(api.url, key) as gateway, pytest.raises(Unauthenticated):
        next(gateway.sessions())


def test_the_asyncio_client_does_the_same(api: Api) -> None:
    async def ask() -> None:
        async with AsyncGateway(api.url, "ключ") as gateway:
            await gateway.session("é")

    with pytest.raises(Unauthenticated):
        asyncio.run(ask())


@pytest.mark.parametrize("odd", ODD)
def test_an_idempotency_key_that_cannot_be_one_is_named(gateway: Gateway, odd: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        gateway.create_session("office", idempotency_key=odd)
    assert [error.field for error in refused.value.errors] == ["Idempotency-Key"]


@pytest.mark.parametrize("odd", ["ключ", "a\nb", "\x00", "\ud800", "../../health", "?x=1", ""])
def test_no_argument_raises_an_error_of_another_library(
    gateway: Gateway, make_connected: Callable[[], Session], odd: str
) -> None:
    session = make_connected()
    tried: list[Callable[[], object]] = [
        lambda: session.send(odd, "text", wait=False),
        lambda: session.message(odd or "x"),
        lambda: session.read(odd or "x"),
        lambda: next(session.messages(chat=odd)),
        lambda: next(session.messages(status=odd)),
        lambda: session.resend(odd or "x"),
        lambda: session.change(external_id=odd),
    ]
    for attempt in tried:
        try:
            attempt()
        except (InvalidInput, NotFound, StopIteration):
            continue


@pytest.mark.parametrize("text", ["", "\x00", "\ud800"])
def test_a_text_that_cannot_be_sent_is_refused(make_connected: Callable[[], Session], text: str) -> None:
    with pytest.raises(InvalidInput):
        make_connected().send("+447700900102", text)


@pytest.mark.parametrize("url", ["http://[", "http://a b/", "é", "", "file:///etc/passwd", "http://\x00"])
def test_an_address_that_is_none_is_unreachable(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_API_URL", "http://[")
    with pytest.raises(Unreachable), Gateway(url, "key") as gateway:
        next(gateway.sessions())
