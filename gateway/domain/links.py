"""Links in texts, and what is shown of the page behind one. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

MAX_LINK_CHARACTERS = 2000
# What ends a sentence, or stands around a link, and is not a part of it.
_BEHIND = ".,;:!?'\"*_~)]}"
_LINK = re.compile(r"\bhttps?://[^\s<>\"\\^`{|}«»“”]+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LinkPreview:
    """`link` is as the text has it; `thumbnail` is a small JPEG."""

    link: str
    title: str
    description: str | None = None
    thumbnail: bytes | None = None


def first_link(text: str) -> str | None:
    """Return the first link to a page, without the punctuation behind it; None for a text without, or a huge one."""
    if (found := _LINK.search(text)) is None:
        return None
    link = found[0]
    # Addresses of some encyclopaedias end with a bracket.
    link = link.rstrip(_BEHIND.replace(")", "") if "(" in link else _BEHIND)
    has_host = len(link.partition("://")[2]) > 0
    return link if has_host and len(link) <= MAX_LINK_CHARACTERS else None
