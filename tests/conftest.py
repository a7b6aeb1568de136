"""Fixtures every test may use. Nothing starts before a test asks for it."""

from __future__ import annotations

import asyncio
import gc
import signal
import ssl
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import settings

from infra.local.database import DatabaseUrls
from tests.stack import Queues, Stack

pytest_plugins = ["tests.flaky"]

# An example may take as long as the machine needs.
settings.register_profile("patient", parent=settings(), deadline=None)
settings.load_profile("patient")

# A shell gives what it runs in the background an ignored SIGINT, and children inherit it: they are to hear Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection() -> None:
    """What collecting makes stays: the collector of garbage would look through all of it again and again."""
    gc.disable()


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session", autouse=True)
def certificates() -> Iterator[None]:
    """Read the machine's certificates once: of an HTTP client it is what takes the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The parts of this pytest worker."""
    stack = Stack(tmp_path_factory.mktemp("stack"), few_prekeys=True)
    try:
        yield stack
    finally:
        stack.close()


@pytest.fixture
def database(stack: Stack) -> Iterator[DatabaseUrls]:
    """A fresh, migrated database for this test."""
    with stack.migrated() as database:
        yield database


@pytest.fixture(scope="module")
def module_database(stack: Stack) -> Iterator[DatabaseUrls]:
    """A fresh, migrated database shared by the tests of a module."""
    with stack.migrated() as database:
        yield database


@pytest.fixture
def queues(stack: Stack) -> Queues:
    """Queues of this test's own, in an SQS shared by the worker."""
    return stack.queues()


@pytest.fixture(scope="module")
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """For handlers called in this process: Mangum takes the thread's loop, or makes one that nobody closes."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    asyncio.set_event_loop(None)
    loop.close()
