"""Events as messages of a WebSocket: as many in one as cost no more than one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.aws.connections import METERED_MESSAGE
from gateway.store.event_log import Position

# At most, of what is around the events.
ENVELOPE_BYTES = 128


@dataclass(frozen=True, slots=True)
class Message:
    """Its text, and how far a client has got that has it."""

    text: str
    position: Position


def messages_of(found: Sequence[tuple[str, Position]]) -> Iterator[Message]:
    """Yield the messages that carry these events, each given as JSON with its place in the log, in their order."""
    texts: list[str] = []
    size = 0
    for index, (text, position) in enumerate(found):
        texts.append(text)
        size += len(text.encode()) + 1
        following = len(found[index + 1][0].encode()) if index + 1 < len(found) else METERED_MESSAGE
        if size + following > METERED_MESSAGE - ENVELOPE_BYTES:
            yield Message(f'{{"type":"events","cursor":"{position}","events":[{",".join(texts)}]}}', position)
            texts, size = [], 0
