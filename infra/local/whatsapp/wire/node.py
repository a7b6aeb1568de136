from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from infra.local.whatsapp.wire.jid import Jid

Attribute: TypeAlias = str | int | Jid | None
Attributes: TypeAlias = dict[str, Attribute]
Content: TypeAlias = "bytes | str | Sequence[Node] | None"

_SHOWN_BYTES = 40


class MalformedNode(ValueError):
    """A node lacks what its kind must carry, or cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Node:
    """One stanza or a part of it. Attributes that are None are left out on the wire."""

    tag: str
    attrs: Mapping[str, Attribute] = field(default_factory=dict)
    content: Content = None

    def children(self, tag: str | None = None) -> list[Node]:
        if self.content is None or isinstance(self.content, (bytes, str)):
            return []
        return [child for child in self.content if tag is None or child.tag == tag]

    def find(self, *path: str) -> Node | None:
        """The first node down that path of tags."""
        node = self
        for tag in path:
            found = node.children(tag)
            if not found:
                return None
            node = found[0]
        return node

    def child(self, *path: str) -> Node:
        """Like find; raises MalformedNode when there is none."""
        node = self.find(*path)
        if node is None:
            raise MalformedNode(f"<{self.tag}> has no <{'/'.join(path)}>")
        return node

    def data(self, *path: str) -> bytes:
        """The bytes at that path; raises MalformedNode when there are none."""
        content = self.child(*path).content
        if isinstance(content, str):
            return content.encode()
        if not isinstance(content, bytes):
            raise MalformedNode(f"<{self.tag}>/{'/'.join(path)} carries no bytes")
        return content

    def number(self, *path: str) -> int:
        return int.from_bytes(self.data(*path), "big")

    def text(self, name: str) -> str:
        """The attribute as text, empty when absent."""
        value = self.attrs.get(name)
        return "" if value is None else str(value)

    def jid(self, name: str) -> Jid:
        """The attribute as address; raises MalformedNode when it is none."""
        value = self.attrs.get(name)
        if not isinstance(value, Jid):
            raise MalformedNode(f"<{self.tag}> has no address in {name}")
        return value

    def changed(self, **attrs: Attribute) -> Node:
        return Node(self.tag, {**self.attrs, **attrs}, self.content)

    def outline(self) -> str:
        """Tags and attribute names only: safe to show, carries no number and no text."""
        attrs = "".join(f" {name}" for name in self.attrs)
        inner = "".join(child.outline() for child in self.children())
        return f"<{self.tag}{attrs}>{inner}</{self.tag}>" if inner else f"<{self.tag}{attrs}/>"

    def __str__(self) -> str:
        attrs = "".join(f' {name}="{value}"' for name, value in self.attrs.items() if value is not None)
        if self.content is None:
            return f"<{self.tag}{attrs}/>"
        return f"<{self.tag}{attrs}>{_shown(self.content)}</{self.tag}>"


def _shown(content: Content) -> str:
    if isinstance(content, bytes):
        return content.hex() if len(content) <= _SHOWN_BYTES else f"<!-- {len(content)} bytes -->"
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(str(child) for child in content)
