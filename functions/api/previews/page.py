"""What a page says of itself for previews: its title, a description, a picture."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser

from gateway.domain.sanitize import sanitize_text

_MAX_TITLE_CHARACTERS = 200
_MAX_DESCRIPTION_CHARACTERS = 400
# In which order a name of `meta` elements counts.
_TITLES = ("og:title", "twitter:title")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_PICTURES = ("og:image:secure_url", "og:image:url", "og:image", "twitter:image", "twitter:image:src")

_HEAD_ENDS = re.compile(rb"</head\b", re.IGNORECASE)
_PIECES = re.compile(rb"<(?:meta|title)\b[^<]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """`picture` is an address as the page has it, perhaps a relative one."""

    title: str
    description: str | None = None
    picture: str | None = None


def read_page(html: bytes) -> Page | None:
    """Return what the page says, from its beginning perhaps; None without a title."""
    document = LexborHTMLParser(_skeleton(html), encoding=True)
    said = _said(document)
    heading = document.css_first("title")
    title = _first(said, _TITLES, _MAX_TITLE_CHARACTERS) or _line(
        heading.text() if heading else "", _MAX_TITLE_CHARACTERS
    )
    if not title:
        return None
    description = _first(said, _DESCRIPTIONS, _MAX_DESCRIPTION_CHARACTERS)
    return Page(title, description, next((said[name] for name in _PICTURES if said.get(name)), None))


def _skeleton(html: bytes) -> bytes:
    """Return what the head holds of `meta` and `title` elements, without any nesting.

    A parser of HTML takes time with the square of the depth: half a megabyte of it 40 s (measured).
    """
    return b"</title>".join(_PIECES.findall(_HEAD_ENDS.split(html, 1)[0]))


def _said(document: LexborHTMLParser) -> dict[str, str]:
    """Return the contents of the `meta` elements by their names, of several the first."""
    said: dict[str, str] = {}
    for element in document.css("meta"):
        name = (element.attributes.get("property") or element.attributes.get("name") or "").lower()
        said.setdefault(name, (element.attributes.get("content") or "").strip())
    return said


def _first(said: dict[str, str], names: Iterable[str], most: int) -> str | None:
    return next((line for name in names if (line := _line(said.get(name, ""), most))), None)


def _line(text: str, most: int) -> str:
    """Return the text in one line, cut where it is longer."""
    line = " ".join(sanitize_text(text).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"
