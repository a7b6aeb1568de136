"""Converts Markdown, as models write it, to WhatsApp's marks: *bold*, _italic_, ~struck~, `code`, lists, quotes."""

from __future__ import annotations

import re

from gateway.domain.sanitize import sanitize_text

# An opening line may name a language; a closing one has nothing but at least as many of the same characters.
_FENCE = re.compile(r"^\s*(?:(`{3,})[^`]*|(~{3,}).*)$")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"^\s*([-*_])(?:\s*\1){2,}\s*$")
_BULLET = re.compile(r"^(\s*)[*+•]\s+")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$")
_TABLE_ROW = re.compile(r"^\s*\|(.+)\|\s*$")

_CODE = re.compile(r"(?<![`\\])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
# Addresses may hold parentheses that are paired, labels such brackets.
_IMAGE_OR_LINK = re.compile(
    r"!?\[((?:[^\[\]\n]|\[[^\[\]\n]*\])*)\]"
    r"\(\s*(?:<([^<>\n]+)>|((?:[^()\s<>]|\([^()\s]*\))+))(?:\s+(?:\"[^\"]*\"|'[^']*'))?\s*\)"
)
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^>\s]+)>")
_BARE_URL = re.compile(r"(?:https?://|www\.)[^\s<>|`]+", re.IGNORECASE)
_BOLD_ITALIC = re.compile(r"(?<![\w*])\*\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*\*(?![\w*])")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)")
_ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])")
_STRUCK = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~|>])")
_BLANK_LINES = re.compile(r"\n{3,}")
# What ends a sentence or closes a mark, and so is no part of the URL before it.
_URL_END = "?!.,:;*_~]'\""

# Placeholders for what must not be read as Markdown again; they occur in no text (private use area).
_STAR, _FIRST_KEPT, _LAST_KEPT = "\ue000", 0xE100, 0xF8FF
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")


def to_whatsapp(markdown: str) -> str:
    """Convert Markdown. Code and addresses stay as they are; links become `text (address)`; tables become lines."""
    lines: list[str] = []
    fence = ""
    for line in _PRIVATE.sub("", sanitize_text(markdown, "").replace("\r\n", "\n")).split("\n"):
        if fence:
            closes = line.strip().startswith(fence) and not line.strip(fence[0] + " \t")
            lines.append("```" if closes else line)
            fence = "" if closes else fence
        elif opened := _FENCE.match(line):
            fence = opened[1] or opened[2]
            lines.append("```")
        elif (converted := _line(line)) is not None:
            lines.append(converted)
    if fence:
        lines.append("```")
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _line(line: str) -> str | None:
    """Convert a line; None for a rule, which has no text."""
    if _RULE.match(line) or _TABLE_RULE.match(line):
        return None
    kept = _Kept()
    text = kept.protect(line)
    if heading := _HEADING.match(text):
        title = _marks(heading[1]).replace("*", "").strip()
        return f"*{kept.restore(title)}*" if title else ""
    if row := _TABLE_ROW.match(text):
        text = " | ".join(cell.strip() for cell in row[1].split("|"))
    return kept.restore(_marks(_BULLET.sub(r"\1- ", text))).rstrip()


def _marks(text: str) -> str:
    text = _BOLD_ITALIC.sub(rf"{_STAR}_\1_{_STAR}", text)
    text = _BOLD.sub(lambda match: f"{_STAR}{match[1] or match[2]}{_STAR}", text)
    text = _ITALIC.sub(r"_\1_", text)
    return _STRUCK.sub(r"~\1~", text).replace(_STAR, "*")


class _Kept:
    """The parts of a line that stay as they are, each replaced by one character until the rest is converted."""

    def __init__(self) -> None:
        self._parts: list[str] = []

    def protect(self, text: str) -> str:
        """Replace code, escaped characters and addresses."""
        text = _CODE.sub(lambda match: self._keep(f"`{match[2].strip('`')}`"), text)
        text = _ESCAPED.sub(lambda match: self._keep(match[1]), text)
        text = _IMAGE_OR_LINK.sub(lambda match: self._link(match[1].strip(), match[2] or match[3]), text)
        text = _AUTOLINK.sub(lambda match: self._keep(match[1].removeprefix("mailto:")), text)
        return _BARE_URL.sub(lambda match: self._bare_url(match[0]), text)

    def restore(self, text: str) -> str:
        """Put them back, also those inside another."""
        return _PRIVATE.sub(lambda match: self.restore(self._parts[ord(match[0]) - _FIRST_KEPT]), text)

    def _keep(self, part: str) -> str:
        if _FIRST_KEPT + len(self._parts) > _LAST_KEPT:
            return part
        self._parts.append(part)
        return chr(_FIRST_KEPT + len(self._parts) - 1)

    def _link(self, label: str, address: str) -> str:
        shown = address.removeprefix("mailto:")
        return self._keep(shown) if label in ("", address, shown) else f"{label} ({self._keep(shown)})"

    def _bare_url(self, url: str) -> str:
        end = len(url)
        while end and (
            url[end - 1] in _URL_END or (url[end - 1] == ")" and url[:end].count(")") > url[:end].count("("))
        ):
            end -= 1
        return self._keep(url[:end]) + url[end:]
