"""Cuts a chunk of history into pieces that are stored and imported one by one. Pure.

A chunk may have tens of megabytes, so that it is read as bytes, field by field: what is held beside it is one piece. A
piece is a HistorySync itself. Only the last one of a chunk says the chunk's number and the progress: whoever has that
one has the whole chunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from google.protobuf.message import DecodeError

MESSAGES_A_PIECE = 50
BYTES_A_PIECE = 1 << 18
_NAMES_A_PIECE = 500

# Numbers of fields: of the event, of HistorySync, of Conversation.
_DATA = 1
_KIND, _CONVERSATION, _ORDER, _PROGRESS, _NAME = 1, 2, 5, 6, 7
_MESSAGE = 2
# What is imported of a conversation: its JIDs, times, unread count, timer, name, archived, pinned, muted.
_KEPT = frozenset({1, 5, 6, 9, 10, 12, 13, 16, 24, 25, 38, 39, 42})
_INITIAL = b"\x08\x00"


def split(payload: bytes) -> Iterator[bytes]:
    """Yield the pieces of a HistorySync event, in its order. Raises DecodeError for what is no protobuf."""
    for number, _, data in _fields(memoryview(payload)):
        if number == _DATA:
            yield from _pieces(data)


def _pieces(sync: memoryview) -> Iterator[bytes]:
    kind, end, names = _INITIAL, b"", list[bytes]()
    for number, whole, content in _fields(sync):
        if number == _KIND:
            kind = bytes(whole)
        elif number == _CONVERSATION:
            yield from (kind + part for part in _conversation(content))
        elif number in (_ORDER, _PROGRESS):
            end += bytes(whole)
        elif number == _NAME:
            names.append(bytes(whole))
    for at in range(0, len(names), _NAMES_A_PIECE):
        yield kind + b"".join(names[at : at + _NAMES_A_PIECE])
    yield kind + end


def _conversation(content: memoryview) -> Iterator[bytes]:
    """Yield the field of a conversation for each piece of its messages, and once where it has none."""
    head = b"".join(bytes(whole) for number, whole, _ in _fields(content) if number in _KEPT)
    messages = (whole for number, whole, _ in _fields(content) if number == _MESSAGE)
    first = next(messages, None)
    if first is None:
        yield _field(_CONVERSATION, head)
        return
    for group in _groups(chain([first], messages)):
        yield _field(_CONVERSATION, head + group)


def _groups(messages: Iterable[memoryview]) -> Iterator[bytes]:
    group, size = list[memoryview](), 0
    for message in messages:
        if group and (len(group) == MESSAGES_A_PIECE or size + len(message) > BYTES_A_PIECE):
            yield b"".join(group)
            group, size = [], 0
        group.append(message)
        size += len(message)
    yield b"".join(group)


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _fields(data: memoryview) -> Iterator[tuple[int, memoryview, memoryview]]:
    """Yield the number of each field, the field as a whole, and its content. Raises DecodeError."""
    at = 0
    while at < len(data):
        tag, begin = _read_varint(data, at)
        begin, end = _bounds(data, tag & 7, begin)
        if end > len(data):
            raise DecodeError("the history ends within a field")
        yield tag >> 3, data[at:end], data[begin:end]
        at = end


def _bounds(data: memoryview, wire: int, at: int) -> tuple[int, int]:
    """Return where the content of a field begins and ends."""
    match wire:
        case 0:
            return at, _read_varint(data, at)[1]
        case 1:
            return at, at + 8
        case 2:
            size, begin = _read_varint(data, at)
            return begin, begin + size
        case 5:
            return at, at + 4
        case _:
            raise DecodeError("the history has a field of an unknown kind")


def _read_varint(data: memoryview, at: int) -> tuple[int, int]:
    """Return the number that begins here, and where it ends."""
    value = shift = 0
    while at < len(data) and shift < 64:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
    raise DecodeError("the history ends within a number")
