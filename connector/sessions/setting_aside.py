"""Events that cannot be processed: out of the way of the others, and seen by whoever reads the session's log."""

from __future__ import annotations

import logging

from connector.whatsapp.event_identity import identify
from gateway.domain.events import EventType
from gateway.store import inbox
from gateway.store.bounds import is_identifier
from gateway.store.fence import Fence

log = logging.getLogger(__name__)

_KINDS = {
    "Message": "message",
    "Receipt": "receipt",
    "UndecryptableMessage": "undecryptable",
    "GroupInfoEvent": "group",
    "JoinedGroup": "group",
    "Picture": "picture",
}


def set_aside(fence: Fence, event_id: int, error: str) -> None:
    """Leave an event unprocessed and append `message.unprocessed`; `error` names the type of what went wrong."""
    event = inbox.set_aside(fence.connection, event_id, error)
    if event is None:
        return
    known = {name: value for name, value in identify(event.kind, event.payload).items() if is_identifier(value)}
    fence.emit(EventType.MESSAGE_UNPROCESSED, {"kind": _KINDS.get(event.kind, event.kind), "reason": error, **known})
    log.warning("an event of kind %s is set aside", event.kind, extra={"error": error, "event_id": event_id})
