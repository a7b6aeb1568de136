"""One way of writing times, in every response and in the data of every event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.domain.messages import MessageStatus
from gateway.domain.sessions import Reason, SessionState
from gateway.store import receipts
from tests.integration.api.server import Api

BEGINS = re.compile(r"\d{4}-\d\d-\d\d[T ]")
WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
EVENT = {"kind": "event", "name": "Viewing", "startsAt": "2026-12-01T10:00:00.000Z"}


def times(value: Any) -> Iterator[str]:
    """Every text that begins as a time does."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from times(item)
    elif isinstance(value, str) and BEGINS.match(value):
        yield value


def test_every_time_is_in_utc_with_milliseconds(api: Api) -> None:
    owner = api.owned_session()
    owner.show_qr("2@code")
    status = api.get(f"{owner.path}/status").json()
    owner.link()
    owner.receive("come", "AB1", message_type="event", details=EVENT)
    assert list(times(status))
    with owner.fenced() as fence:
        fence.move(SessionState.CONNECTING, Reason.CONNECTION_LOST, expires_at=datetime.now(UTC) + timedelta(hours=1))
    shown = [api.get(f"{owner.path}{path}").json() for path in ("", "/status", "/messages", "/chats", "/events")]
    found = [time for document in [status, *shown, api.get("/sessions").json()] for time in times(document)]
    assert [time for time in found if not WRITTEN.fullmatch(time)] == []
    events = {event["type"]: event["data"] for event in shown[-1]["events"]}
    assert {"until"} <= events["session.state"].keys()
    assert {"expiresAt"} <= events["session.qr"].keys()


def test_a_time_of_delivery_is_whatsapps_own_and_never_one_of_another_step(api: Api) -> None:
    owner = api.linked_session()
    sent = api.post(f"{owner.path}/messages", {"to": "+15550002002", "text": "Hi"}, Prefer="respond-async")
    message_id = owner.deliver_next("3EB0A1")
    assert str(message_id) == sent.json()["id"]
    read_at = datetime(2026, 8, 21, 9, 40, 2, tzinfo=UTC)
    with owner.fenced() as fence:
        receipts.apply(fence, ["3EB0A1"], MessageStatus.READ, read_at)
    message = api.get(f"{owner.path}/messages/{message_id}").json()
    assert (message["status"], message["deliveredAt"], message["readAt"]) == ("read", None, "2026-08-21T09:40:02.000Z")


def test_details_and_quote_are_shown_typed(api: Api) -> None:
    owner = api.linked_session()
    quote = {"messageId": "3EB0Q", "messageType": "text", "text": "When?"}
    owner.receive("Viewing", "AB1", message_type="event", details=EVENT, quote=quote)
    owner.receive("?", "AB2", message_type="hologram", details={"kind": "hologram"})
    hologram, event = api.get(f"{owner.path}/messages").json()["messages"]
    assert hologram["details"] is None
    assert {name: value for name, value in event["details"].items() if value is not None} == {
        **EVENT,
        "canceled": False,
    }
    assert {name: value for name, value in event["quote"].items() if value is not None} == quote
