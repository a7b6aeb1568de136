"""The raw events of neonize that the gateway subscribes to, by kind."""

from __future__ import annotations

from connector.whatsapp.connection import CONNECTION_KINDS
from connector.whatsapp.durable_events import DURABLE_KINDS
from connector.whatsapp.library import INT_TO_EVENT
from connector.whatsapp.presence_events import PRESENCE_KINDS

KINDS: dict[int, str] = {code: event.DESCRIPTOR.name for code, event in INT_TO_EVENT.items()}
# A chunk of what the phone had before it was linked; of a size of its own, so only for who asked for it.
HISTORY_KIND = "HistorySync"
# What only some sessions want.
OPTIONAL_KINDS = PRESENCE_KINDS | {HISTORY_KIND}
_SUBSCRIBED = (CONNECTION_KINDS | DURABLE_KINDS) - {"Device"}


def subscribed_codes(optional: frozenset[str]) -> bytes:
    """Return what to subscribe to: what is not takes no place in the queue of 100 events that neonize has a client.

    An event with a value that neonize does not know ends the client: of the OPTIONAL_KINDS only those that are wanted.
    """
    return bytes(sorted(code for code, kind in KINDS.items() if kind in _SUBSCRIBED | optional))


def is_durable(kind: str) -> bool:
    """Return whether a raw event must be stored before anything reads it."""
    return kind in DURABLE_KINDS or kind == HISTORY_KIND
