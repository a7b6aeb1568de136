"""Events as messages of a WebSocket: as many in one as cost no more than one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.aws.connections import METERED_MESSAGE
from gateway.schemas.events import EventBody
from gateway.store.event_log import Position


@dataclass(frozen=True, slots=True)
class Message:
    """Its text, and how far a client has got that has it."""

    text: str
    position: Position


def messages_of(rendered: Sequence[tuple[EventBody, Position]]) -> Iterator[Message]:
    """Yield the messages that carry these events, in their order."""
    texts: list[str] = []
    last: Position | None = None
    size = 0
    for event, position in rendered:
        text = event.model_dump_json(by_alias=True)
        added = len(text.encode()) + 1
        if last is not None and size + added > METERED_MESSAGE - _ENVELOPE_BYTES:
            yield _message(texts, last)
            texts, size = [], 0
        texts.append(text)
        size += added
        last = position
    if last is not None:
        yield _message(texts, last)


# Of what is around the events.
_ENVELOPE_BYTES = 128


def _message(texts: list[str], last: Position) -> Message:
    return Message(f'{{"type":"events","cursor":"{last}","events":[{",".join(texts)}]}}', last)
