"""WhatsApp's formatting as HTML, made of escaped text: what people wrote can become none of the page's own markup.

https://faq.whatsapp.com/539178204879377: *bold*, _italic_, ~strike~, `code`, ```monospace```, lists and quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from urllib.parse import urlsplit

from markupsafe import Markup, escape

_BLOCK_CODE = re.compile(r"```(.+?)```", re.DOTALL)
_LINE = re.compile(r"(?P<quote>> ?)|(?P<bullet>[*-] )|(?P<number>(?P<value>[0-9]{1,3})\. )")
# Each part ends at the next of its own marks: a long text of nothing but marks costs no more than another one.
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|(?P<link>(?:https?://|(?<![\w.])www\.)[^\s<>\"\u200e\u200f\u202a-\u202e\u2066-\u2069]+)"
    r"|(?<!\w)\*(?P<strong>(?=\S)[^*\n]+(?<=\S))\*(?!\w)"
    r"|(?<!\w)_(?P<em>(?=\S)[^_\n]+(?<=\S))_(?!\w)"
    r"|(?<!\w)~(?P<s>(?=\S)[^~\n]+(?<=\S))~(?!\w)"
    r"|(?<!\w)@(?P<mention>[0-9]{5,20})(?!\w)",
    re.IGNORECASE,
)
_PUNCTUATION = ".,;:!?'*_~`"
_BRACKETS = {")": "(", "]": "[", "}": "{"}
# Of those who are mentioned, by what stands behind the @ in place of it: the first part of a JID.
Names = Mapping[str, str]
_NOBODY: Names = {}


def formatted(text: str, names: Names = _NOBODY) -> Markup:
    """Return a message's text with its formatting, links, and the `names` of those who are mentioned."""
    parts = _BLOCK_CODE.split(text)
    return Markup("").join(
        Markup('<code class="block">{}</code>').format(part) if i % 2 else _blocks(part, names)
        for i, part in enumerate(parts)
    )


def _blocks(text: str, names: Names) -> Markup:
    """Return lines, those of a list or a quote together."""
    blocks = [(kind, list(lines)) for kind, lines in groupby(text.split("\n"), _kind)]
    return Markup("").join(_separated(blocks, names))


def _separated(blocks: list[tuple[str, list[str]]], names: Names) -> Iterator[Markup]:
    """Yield the blocks, with the line breaks that stand between plain text and nothing of its own."""
    for kind, lines in blocks:
        if kind == "quote":
            yield Markup("<blockquote>{}</blockquote>").format(_joined(map(_content, lines), names))
        elif kind == "bullet":
            yield Markup("<ul>{}</ul>").format(_items(lines, names))
        elif kind == "number":
            first = _LINE.match(lines[0])
            yield Markup('<ol start="{}">{}</ol>').format(first["value"] if first else 1, _items(lines, names))
        else:
            yield _joined(lines, names)


def _kind(line: str) -> str:
    found = _LINE.match(line)
    return next((kind for kind in ("quote", "bullet", "number") if found and found[kind]), "")


def _content(line: str) -> str:
    return _LINE.sub("", line, count=1)


def _items(lines: Iterable[str], names: Names) -> Markup:
    return Markup("").join(Markup("<li>{}</li>").format(_inline(_content(line), names)) for line in lines)


def _joined(lines: Iterable[str], names: Names) -> Markup:
    return Markup("\n").join(_inline(line, names) for line in lines)


def _inline(text: str, names: Names) -> Markup:
    done, place = [], 0
    for found in _INLINE.finditer(text):
        done += [escape(text[place : found.start()]), _marked(found, names)]
        place = found.end()
    return Markup("").join([*done, escape(text[place:])])


def _marked(found: re.Match[str], names: Names) -> Markup:
    name = found.lastgroup or ""
    if name == "link":
        return _link(found["link"])
    if name == "mention":
        known = names.get(found[name])
        return Markup('<span class="mention" dir="auto">@{}</span>').format(known) if known else escape(found[0])
    inner = escape(found["code"]) if name == "code" else _inline(found[name], names)
    return Markup("<{0}>{1}</{0}>").format(name, inner)


def _link(text: str) -> Markup:
    """Return a link that tells the other site nothing; of what is no address the text."""
    address = _without_end(text)
    target = address if address.lower().startswith("http") else f"https://{address}"
    if not _has_host(target):
        return escape(text)
    link = Markup('<a href="{}" target="_blank" rel="noopener noreferrer nofollow">{}</a>').format(target, address)
    return link + escape(text[len(address) :])


def _without_end(address: str) -> str:
    """Return an address without the punctuation and the closing brackets of the sentence that it stands in."""
    while address:
        last = address[-1]
        if last not in _PUNCTUATION and not (
            last in _BRACKETS and address.count(last) > address.count(_BRACKETS[last])
        ):
            break
        address = address[:-1]
    return address


def _has_host(address: str) -> bool:
    try:
        return bool(urlsplit(address).hostname)
    except ValueError:
        return False
