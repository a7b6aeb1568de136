from __future__ import annotations

import json
import re
from typing import Any

import pytest

from functions.api.openapi import FILE, document
from gateway.schemas import details, event_data

DOCUMENT: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
OPERATIONS = [
    pytest.param(path, operation, id=f"{method} {path}")
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]


def test_the_document_in_the_repository_is_the_one_of_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == document(), "run: python -m functions.api.openapi"


@pytest.mark.parametrize(("path", "operation"), OPERATIONS)
def test_every_operation_is_described(path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    if path == "/health":
        assert "security" not in operation
        return
    assert [list(scheme) for scheme in operation["security"]] == [["APIKeyHeader"], ["HTTPBearer"]]
    for status in ("401", "429", "500", "503"):
        assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
    names_others = path in IN_BODIES and "requestBody" in operation
    assert ("404" in operation["responses"]) == ("{" in path or names_others)
    if "requestBody" in operation:
        assert {"400", "413", "415", "422"} <= operation["responses"].keys()


# Paths whose bodies name users and sessions.
IN_BODIES = ("/sessions", "/keys", "/tokens", "/webhooks")
VERBS = (
    "get|list|follow|create|change|replace|delete|revoke|rotate|connect|disconnect|logOut|send|resend|mark|try"
    "|edit|react|pin|unpin|takeOver|handBack|test|redeliver|replay"
    "|add|remove|rank|join|leave|show|watch|unwatch|block|unblock|check"
)


def test_every_operation_has_a_clean_name() -> None:
    """Generated clients make their functions' names of it."""
    ids = [operation["operationId"] for item in DOCUMENT["paths"].values() for operation in item.values()]
    assert [name for name in ids if not re.fullmatch(rf"({VERBS})[A-Z][A-Za-z]*", name)] == []
    assert len(set(ids)) == len(ids)


def test_every_body_has_an_example() -> None:
    missing = [
        name
        for name, schema in DOCUMENT["components"]["schemas"].items()
        if schema.get("type") == "object" and not schema.get("examples") and name not in PARTS
    ]
    assert missing == []


# Parts of bodies, or pages of them.
PARTS = {
    # The form of an upload, which FastAPI makes.
    "Body_createFile",
    "BlockedBody",
    "ChatPage",
    "CheckedNumbers",
    "ContactPage",
    "CheckBody",
    "ChecksBody",
    "EventLogPage",
    "EventPage",
    "FieldError",
    "GroupPage",
    "Outcomes",
    "KeyPage",
    "Media",
    "Motion",
    "MessagePage",
    "Problem",
    "ReadAccepted",
    "ReceiptBody",
    "TypingAccepted",
    "AttemptBody",
    "DeliveryPage",
    "WebhookPage",
    "SessionPage",
    "TimelineEntry",
    "TurnPage",
    # What a message holds: the example of a received message shows one.
    *vars(details),
    "TestData",
    "DroppedData",
    "PausedData",
    # The `data` of events: the examples of events show it.
    *vars(event_data),
}
