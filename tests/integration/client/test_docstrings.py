"""Every example in the client's docstrings, run on the real API."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import io
from collections.abc import Callable
from contextlib import redirect_stdout
from typing import Any

import pytest

from gateway import client
from gateway.client import AsyncGateway, Gateway, Session
from tests.owner import Owner
from tests.people import Api

TENANT = "+4915112345678"


def examples(*modules: Any) -> list[Any]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = [test for module in modules for test in finder.find(module, globs={})]
    return [pytest.param(test, id=test.name) for test in found if test.examples]


@pytest.fixture
def names(api: Api, owner: Owner, gateway: Gateway, make_connected: Callable[[], Session]) -> dict[str, object]:
    """Return the names that the examples use: a user's one session, which has received and sent a message."""
    session = make_connected()
    owner.receive(session.id, TENANT, "The tap drips.", "Tenant")
    sent = session.send(TENANT, "The plumber comes at nine.")
    api_key = api.key()
    known = {"Gateway": Gateway, "AsyncGateway": AsyncGateway, "url": api.url, "api_key": api_key}
    return {**known, "gateway": gateway, "session": session, "sent": sent}


@pytest.mark.parametrize("example", examples(client.gateway, client.session))
def test_sync_examples(example: doctest.DocTest, names: dict[str, object]) -> None:
    asyncio.run(run(example, names))


@pytest.mark.parametrize("example", examples(client.async_gateway, client.async_session))
def test_async_examples(example: doctest.DocTest, names: dict[str, object]) -> None:
    async def run_async() -> None:
        key = names["gateway"]._http.headers["X-API-Key"]  # type: ignore[attr-defined]
        async with AsyncGateway(str(names["url"]), key) as gateway:
            session = await gateway.session(names["session"].id)  # type: ignore[attr-defined]
            await run(example, {**names, "gateway": gateway, "session": session})

    asyncio.run(run_async())


async def run(example: doctest.DocTest, names: dict[str, object]) -> None:
    for step in example.examples:
        code = compile(step.source, example.name, "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        output = io.StringIO()
        with redirect_stdout(output):
            result = eval(code, names)
            if code.co_flags & inspect.CO_COROUTINE:
                await result
        assert output.getvalue() == step.want, f"line {step.lineno} of {example.name}"
