"""The raw events of neonize that the gateway subscribes to, by kind."""

from __future__ import annotations

from connector.whatsapp.connection import CONNECTION_KINDS
from connector.whatsapp.durable_events import DURABLE_KINDS
from connector.whatsapp.library import INT_TO_EVENT

KINDS: dict[int, str] = {code: event.DESCRIPTOR.name for code, event in INT_TO_EVENT.items()}
# What is not subscribed to takes no place in the queue of 100 events that neonize keeps per client.
SUBSCRIBED_CODES = bytes(
    sorted(code for code, kind in KINDS.items() if kind in CONNECTION_KINDS | DURABLE_KINDS and kind != "Device")
)


def is_durable(kind: str) -> bool:
    """Return whether a raw event must be stored before anything reads it."""
    return kind in DURABLE_KINDS
