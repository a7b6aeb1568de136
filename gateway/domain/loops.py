"""The loop breaker: recognises that the other side is a machine, or that we have replied too often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from gateway.domain.messages import Origin


@dataclass(frozen=True, slots=True)
class LoopLimits:
    """Only messages within `window` count; hardly anybody answers within `quick` several times in a row."""

    window: timedelta = timedelta(minutes=10)
    replies: int = 10
    identical: int = 3
    quick: timedelta = timedelta(seconds=3)
    quick_in_row: int = 5


@dataclass(frozen=True, slots=True)
class RecentMessage:
    """A past message of a conversation."""

    origin: Origin
    text: str | None
    at: datetime


LIMITS = LoopLimits()


def is_loop(
    text: str | None,
    at: datetime,
    recent: Sequence[RecentMessage],
    now: datetime,
    *,
    in_group: bool,
    limits: LoopLimits = LIMITS,
) -> bool:
    """Return whether a reply to `text`, received `at`, would continue a loop; `recent` came before, oldest first."""
    seen = [message for message in recent if message.at > now - limits.window]
    if len(list(_replies(seen))) >= limits.replies:
        return True
    exchange = [*seen, RecentMessage(Origin.CONTACT, text, at)]
    if text and _same_last_texts(exchange) >= limits.identical:
        return True
    return not in_group and _quick_in_row(exchange, limits.quick) >= limits.quick_in_row


def _replies(messages: Sequence[RecentMessage]) -> Iterator[list[RecentMessage]]:
    """Yield our automatic replies, each as the list of its parts."""
    for is_ours, run in groupby(messages, key=lambda message: message.origin is Origin.AI):
        if is_ours:
            yield list(run)


def _same_last_texts(messages: Sequence[RecentMessage]) -> int:
    """Count the newest inbound texts that are the same, each with a reply of ours in between."""
    texts = [
        list(run)[-1].text
        for origin, run in groupby(messages, key=lambda message: message.origin)
        if origin is Origin.CONTACT
    ]
    same = 0
    for text in reversed(texts):
        if text != texts[-1]:
            break
        same += 1
    return same


def _quick_in_row(messages: Sequence[RecentMessage], quick: timedelta) -> int:
    """Count the newest of our replies that were answered within `quick`."""
    row = 0
    previous: RecentMessage | None = None
    for message in messages:
        if previous and previous.origin is Origin.AI and message.origin is not Origin.AI:
            is_quick = message.origin is Origin.CONTACT and message.at - previous.at <= quick
            row = row + 1 if is_quick else 0
        previous = message
    return row
