"""The blocking and the asyncio client have the same methods, with the same parameters and descriptions."""

from __future__ import annotations

import inspect

import pytest

from gateway.client import AsyncGateway, AsyncSession, Gateway, Session

METHODS = [
    pytest.param(blocking, asynchronous, name, id=f"{blocking.__name__}.{name}")
    for blocking, asynchronous in ((Gateway, AsyncGateway), (Session, AsyncSession))
    for name in sorted({*dir(blocking), *dir(asynchronous)})
    if not name.startswith("_")
]


@pytest.mark.parametrize(("blocking", "asynchronous", "name"), METHODS)
def test_a_method_is_the_same_in_both_clients(blocking: type, asynchronous: type, name: str) -> None:
    one, other = getattr(blocking, name), getattr(asynchronous, name)
    assert list(inspect.signature(one).parameters.values()) == list(inspect.signature(other).parameters.values())
    assert description(one) == description(other).replace("Async", "")


def description(method: object) -> str:
    """Return the docstring before its examples, which differ by `await`."""
    return (inspect.getdoc(method) or "").partition(">>>")[0]
