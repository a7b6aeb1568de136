"""Runs examples of the client's docstrings against an API, with nothing but the client installed.

`python examples.py URL` reads a line of JSON for each: its name, an API key, and the id of the key's only session,
which is connected, has received a message and sent one.
"""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import io
import json
import sys
from contextlib import redirect_stdout
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from uuid import UUID

from gateway import client
from gateway.client import AsyncGateway, Gateway


@cache
def examples() -> dict[str, doctest.DocTest]:
    """Return every docstring with examples, by the name of what it describes."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    modules = [import_module(module.name) for module in iter_modules(client.__path__, f"{client.__name__}.")]
    found = [test for module in modules for test in finder.find(module, globs={})]
    return {test.name: test for test in found if test.examples}


def run(name: str, url: str, api_key: str, session_id: UUID) -> None:
    """Raise AssertionError where the example prints something else than it says."""
    example = examples()[name]
    run_in = _run_async if ".Async" in name else _run_sync
    asyncio.run(run_in(example, url, api_key, session_id))


async def _run_sync(example: doctest.DocTest, url: str, api_key: str, session_id: UUID) -> None:
    with Gateway(url, api_key) as gateway:
        session = gateway.session(session_id)
        sent = next(message for message in session.messages() if message.from_me)
        names = {"Gateway": Gateway, "gateway": gateway, "session": session, "sent": sent}
        await _run(example, {**names, "url": url, "api_key": api_key})


async def _run_async(example: doctest.DocTest, url: str, api_key: str, session_id: UUID) -> None:
    async with AsyncGateway(url, api_key) as gateway:
        session = await gateway.session(session_id)
        sent = await anext(message async for message in session.messages() if message.from_me)
        names = {"AsyncGateway": AsyncGateway, "gateway": gateway, "session": session, "sent": sent}
        await _run(example, {**names, "url": url, "api_key": api_key})


async def _run(example: doctest.DocTest, names: dict[str, Any]) -> None:
    for step in example.examples:
        code = compile(step.source, example.name, "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        output = io.StringIO()
        with redirect_stdout(output):
            awaitable = eval(code, names)
            if code.co_flags & inspect.CO_COROUTINE:
                await awaitable
        assert output.getvalue() == step.want, f"line {step.lineno} of {example.name}: {output.getvalue()}"


if __name__ == "__main__":
    for line in sys.stdin:
        _name, _api_key, _session_id = json.loads(line)
        run(_name, sys.argv[1], _api_key, UUID(_session_id))
        print(_name)
