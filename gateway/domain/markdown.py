"""Converts Markdown, as models write it, to WhatsApp's marks: *bold*, _italic_, ~struck~, `code`, lists, quotes."""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.domain.sanitize import sanitize_text

_FENCE = re.compile(r"^\s*(```|~~~)")
_HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_RULE = re.compile(r"^\s*([-*_])(?:\s*\1){2,}\s*$")
_BULLET = re.compile(r"^(\s*)[*+•]\s+")
_TABLE_RULE = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*$")
_TABLE_ROW = re.compile(r"^\s*\|(.+)\|\s*$")

_CODE = re.compile(r"(`+)(.+?)\1")
_IMAGE_OR_LINK = re.compile(r"!?\[([^\]\n]*)\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
_AUTOLINK = re.compile(r"<((?:https?://|mailto:)[^>\s]+)>")
_BOLD_ITALIC = re.compile(r"(?<![\w*])\*\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*\*(?![\w*])")
_BOLD = re.compile(r"\*\*(?=\S)(.+?)(?<=\S)\*\*|(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)")
_ITALIC = re.compile(r"(?<![\w*])\*(?=[^\s*])([^*\n]+?)(?<=[^\s*])\*(?![\w*])")
_STRUCK = re.compile(r"~~(?=\S)(.+?)(?<=\S)~~")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~|>])")
_BLANK_LINES = re.compile(r"\n{3,}")

# Placeholders for marks that must not be read as Markdown again; they occur in no text (private use area).
_STAR, _FIRST_KEPT, _LAST_KEPT = "\ue000", 0xE100, 0xF8FF
_PRIVATE = re.compile(r"[\ue000-\uf8ff]")


def to_whatsapp(markdown: str) -> str:
    """Convert Markdown. Text inside code stays as it is; links become `text (address)`; tables become lines."""
    lines: list[str] = []
    in_code = False
    for line in _PRIVATE.sub("", sanitize_text(markdown, "").replace("\r\n", "\n")).split("\n"):
        if _FENCE.match(line):
            in_code = not in_code
            lines.append("```")
        elif in_code:
            lines.append(line)
        elif (converted := _line(line)) is not None:
            lines.append(converted)
    if in_code:
        lines.append("```")
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _line(line: str) -> str | None:
    """Convert a line; None for a rule, which has no text."""
    if _RULE.match(line) or _TABLE_RULE.match(line):
        return None
    if heading := _HEADING.match(line):
        title = _inline(heading[1]).replace("*", "").strip()
        return f"*{title}*" if title else ""
    if row := _TABLE_ROW.match(line):
        line = " | ".join(cell.strip() for cell in row[1].split("|"))
    return _inline(_BULLET.sub(r"\1- ", line)).rstrip()


def _inline(text: str) -> str:
    kept: list[str] = []

    def keep(part: str) -> str:
        if _FIRST_KEPT + len(kept) > _LAST_KEPT:
            return part
        kept.append(part)
        return chr(_FIRST_KEPT + len(kept) - 1)

    text = _CODE.sub(lambda match: keep(f"`{match[2].strip('`')}`"), text)
    text = _ESCAPED.sub(lambda match: keep(match[1]), text)
    text = _IMAGE_OR_LINK.sub(lambda match: _link(match[1], match[2], keep), text)
    text = _AUTOLINK.sub(lambda match: keep(match[1].removeprefix("mailto:")), text)
    text = _BOLD_ITALIC.sub(rf"{_STAR}_\1_{_STAR}", text)
    text = _BOLD.sub(lambda match: f"{_STAR}{match[1] or match[2]}{_STAR}", text)
    text = _ITALIC.sub(r"_\1_", text)
    text = _STRUCK.sub(r"~\1~", text).replace(_STAR, "*")
    return _PRIVATE.sub(lambda match: kept[ord(match[0]) - _FIRST_KEPT], text)


def _link(label: str, address: str, keep: Callable[[str], str]) -> str:
    shown = keep(address.removeprefix("mailto:"))
    bare = address.removeprefix("mailto:")
    return shown if not label.strip() or label.strip() in (address, bare) else f"{label.strip()} ({shown})"
