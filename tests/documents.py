"""The project's documents, and the blocks of code in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from infra.local.python_service import PROJECT

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `line` is its first in the document `name`."""

    name: str
    line: int
    language: str
    code: str

    def __str__(self) -> str:
        return f"{self.name}:{self.line}"


def documents() -> dict[str, str]:
    """Every document by its path in the project."""
    paths = [
        *PROJECT.glob("*.md"),
        *(path for path in PROJECT.glob("docs/**/*.md") if "node_modules" not in path.parts),
    ]
    paths += [PROJECT / "infra" / "local" / "whatsapp" / "README.md"]
    return {str(path.relative_to(PROJECT)): path.read_text() for path in sorted(paths)}


def blocks(language: str, *names: str) -> list[Block]:
    """The blocks in a language, of all documents or of these."""
    found = {name: text for name, text in documents().items() if not names or name in names}
    return [block for name, text in found.items() for block in _blocks(name, text) if block.language == language]


def all_blocks() -> list[Block]:
    """Every block of every document."""
    return [block for name, text in documents().items() for block in _blocks(name, text)]


def spans(text: str) -> set[str]:
    """What is written as `code` outside of blocks."""
    return set(_SPAN.findall(_FENCED.sub("", text)))


def prose(text: str) -> str:
    """The document without its blocks."""
    return _FENCED.sub("", text)


def read(name: str) -> str:
    return (PROJECT / name).read_text()


def _blocks(name: str, text: str) -> list[Block]:
    return [Block(name, text.count("\n", 0, match.start()) + 2, match[1], match[2]) for match in _FENCED.finditer(text)]


def section(name: str, heading: str) -> str:
    """What is under a heading, up to the next of the same or a higher level."""
    text = read(name)
    # A comment of a shell looks like a heading.
    outside = _FENCED.sub(lambda block: "x" * len(block[0]), text)
    begin = outside.index(f"\n{heading}\n") + len(heading) + 2
    level = len(heading.partition(" ")[0])
    end = re.compile(rf"^#{{1,{level}}} ", re.M).search(outside, begin)
    return text[begin : end.start() if end else None]
