"""Nodes: the tree of tags, attributes and contents that stanzas consist of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from infra.local.whatsapp.wire.jid import Jid

Attribute: TypeAlias = str | int | Jid | None
Attributes: TypeAlias = dict[str, Attribute]
Content: TypeAlias = "bytes | str | Sequence[Node] | None"

_SHOWN_BYTES = 40
_WORD = re.compile(r"[a-z][a-z_:.-]{0,63}")


class MalformedNode(ValueError):
    """A node lacks what its kind must have, or cannot be decoded."""


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
        """Return the first node down this path of tags."""
        node = self
        for tag in path:
            found = node.children(tag)
            if not found:
                return None
            node = found[0]
        return node

    def child(self, *path: str) -> Node:
        """Return the first node down this path; raise MalformedNode when there is none."""
        node = self.find(*path)
        if node is None:
            raise MalformedNode(f"<{self.tag}> has no <{'/'.join(path)}>")
        return node

    def data(self, *path: str) -> bytes:
        """Return the bytes at this path; raise MalformedNode when there are none."""
        content = self.child(*path).content
        if isinstance(content, str):
            return content.encode()
        if not isinstance(content, bytes):
            raise MalformedNode(f"<{self.tag}>/{'/'.join(path)} carries no bytes")
        return content

    def number(self, *path: str) -> int:
        return int.from_bytes(self.data(*path), "big")

    def text(self, name: str) -> str:
        """Return the attribute as text, empty when absent."""
        value = self.attrs.get(name)
        return "" if value is None else str(value)

    def jid(self, name: str) -> Jid:
        """Return the attribute as an address; raise MalformedNode when it is none."""
        value = self.attrs.get(name)
        if not isinstance(value, Jid):
            raise MalformedNode(f"<{self.tag}> has no address in {name}")
        return value

    def with_attributes(self, **attrs: Attribute) -> Node:
        return Node(self.tag, {**self.attrs, **attrs}, self.content)

    def outline(self) -> str:
        """Return tags, attribute names, and what kind of stanza it is, without numbers and texts: safe to log."""
        attrs = "".join(
            f' {name}="{value}"' if _tells_kind(name, value) else f" {name}" for name, value in self.attrs.items()
        )
        inner = "".join(child.outline() for child in self.children())
        return f"<{self.tag}{attrs}>{inner}</{self.tag}>" if inner else f"<{self.tag}{attrs}/>"

    def __str__(self) -> str:
        attrs = "".join(f' {name}="{value}"' for name, value in self.attrs.items() if value is not None)
        if self.content is None:
            return f"<{self.tag}{attrs}/>"
        return f"<{self.tag}{attrs}>{_shown(self.content)}</{self.tag}>"


def _tells_kind(name: str, value: Attribute) -> bool:
    return name in ("xmlns", "type") and isinstance(value, str) and _WORD.fullmatch(value) is not None


def _shown(content: Content) -> str:
    if isinstance(content, bytes):
        return content.hex() if len(content) <= _SHOWN_BYTES else f"<!-- {len(content)} bytes -->"
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(str(child) for child in content)
