"""Receipts of several messages that follow each other and say the same, as one. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby

from connector.sessions.inbound import RECEIPT_STATUS
from connector.whatsapp.durable_events import DurableEvent, Receipt


def together(events: Iterable[DurableEvent]) -> list[DurableEvent]:
    """Return the events with those receipts as one of all their messages, which are of people alone.

    In a group it matters who sent one, and of what was read on the account's own phone in which chat.
    """
    found: list[DurableEvent] = []
    for meaning, group in groupby(events, key=_meaning):
        same = list(group)
        if meaning is None:
            found += same
        else:
            found.append(_of_all([event for event in same if isinstance(event, Receipt)]))
    return found


def _meaning(event: DurableEvent) -> tuple[object, ...] | None:
    """Return what receipts have to have in common; None for what stays by itself."""
    if not isinstance(event, Receipt) or event.is_from_me or event.chat.kind == "group":
        return None
    return (event.kind, event.timestamp) if event.kind in RECEIPT_STATUS else None


def _of_all(receipts: list[Receipt]) -> Receipt:
    ids = dict.fromkeys(id for receipt in receipts for id in receipt.message_ids)
    return replace(receipts[0], message_ids=tuple(ids))
