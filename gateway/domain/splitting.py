"""Splits a long answer into parts that WhatsApp accepts, where a reader would pause."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.messages import MAX_TEXT_CHARACTERS

MAX_PARTS = 3
_FENCE = "```"
# Tried in this order: the end of a paragraph, of a line, of a sentence, of a word.
_PAUSES = ("\n\n", "\n", ". ", "! ", "? ", "。", " ")


def split(text: str, limit: int = MAX_TEXT_CHARACTERS, max_parts: int = MAX_PARTS) -> list[str]:
    """Split into at most `max_parts` parts of at most `limit` characters; an ellipsis marks that the rest is cut off.

    Code that is split is a block of code in both parts. `limit` is at least 16.
    """
    parts = list(_parts(text.strip(), limit))
    if len(parts) <= max_parts:
        return parts
    last = parts[max_parts - 1]
    room = limit - (len(_FENCE) + 3 if last.endswith(_FENCE) else 2)
    ending = f"…\n{_FENCE}" if last.endswith(_FENCE) else " …"
    body = last.removesuffix(_FENCE).rstrip() if last.endswith(_FENCE) else last
    return [*parts[: max_parts - 1], body[:room].rstrip() + ending]


def _parts(text: str, limit: int) -> Iterator[str]:
    while len(text) > limit:
        # Room for closing a block of code.
        part = text[: _cut(text, limit - len(_FENCE) - 1)]
        rest = text[len(part) :].lstrip()
        part = part.rstrip()
        if part.count(_FENCE) % 2:
            part, rest = f"{part}\n{_FENCE}", f"{_FENCE}\n{rest}"
        yield part
        text = rest
    if text:
        yield text


def _cut(text: str, limit: int) -> int:
    """Return the length of the first part; a pause in its first half would waste too much of it."""
    for pause in _PAUSES:
        at = text.rfind(pause, limit // 2, limit + 1 - len(pause.rstrip()))
        if at >= 0:
            return at + len(pause.rstrip(" \n"))
    return limit
