"""The blocking and the asyncio client have the same methods, with the same parameters and descriptions."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from uuid import UUID

import pytest

from gateway.client import AsyncGateway, AsyncSession, AsyncWebhooks, Gateway, Session, SessionInfo, Webhooks

METHODS = [
    pytest.param(blocking, asynchronous, name, id=f"{blocking.__name__}.{name}")
    for blocking, asynchronous in ((Gateway, AsyncGateway), (Session, AsyncSession), (Webhooks, AsyncWebhooks))
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


@pytest.mark.parametrize("kind", [Session, AsyncSession])
def test_a_session_says_which_it_is_and_no_number(kind: type) -> None:
    info = SessionInfo(
        id=UUID("0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10"),
        session_name="office",
        status="connected",
        phone_number="+447700900101",
        created_at=datetime(2026, 8, 21, tzinfo=UTC),
    )
    said = repr(kind(None, info))
    assert said == f"{kind.__name__}('office', id='0198c7a5-9a4e-7c3e-8d0f-3f6f6f1f2a10', status='connected')"
