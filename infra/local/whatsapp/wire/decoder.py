"""Decodes WhatsApp's binary nodes."""

from __future__ import annotations

import zlib
from typing import TypeAlias

from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Attributes, MalformedNode, Node
from infra.local.whatsapp.wire.tokens import DICTIONARIES, DOMAIN_NAMES, HEX_DIGITS, NIBBLES, WORDS, Tag

_COMPRESSED = 2
_Value: TypeAlias = str | bytes | Jid | list[Node] | None


def decode(plaintext: bytes) -> Node:
    """Return the node in a frame's plaintext; raise MalformedNode."""
    try:
        body = zlib.decompress(plaintext[1:]) if plaintext[0] & _COMPRESSED else plaintext[1:]
        return _Reader(body).node()
    except (IndexError, KeyError, UnicodeDecodeError, zlib.error) as error:
        raise MalformedNode("a node that cannot be decoded") from error


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def node(self) -> Node:
        size = self._list_size(self._byte())
        if size == 0:
            raise MalformedNode("an empty list where a node should be")
        tag = self._string()
        attrs: Attributes = {self._string(): self._attribute() for _ in range((size - 1) // 2)}
        content = self._value() if size % 2 == 0 else None
        return Node(tag, attrs, str(content) if isinstance(content, Jid) else content)

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _read(self, size: int) -> bytes:
        end = self._at + size
        if end > len(self._data):
            raise MalformedNode("a truncated node")
        taken, self._at = self._data[self._at : end], end
        return taken

    def _integer(self, size: int) -> int:
        return int.from_bytes(self._read(size), "big")

    def _list_size(self, tag: int) -> int:
        sizes = {Tag.LIST_EMPTY: 0, Tag.LIST_8: 1, Tag.LIST_16: 2}
        return self._integer(sizes[Tag(tag)]) if tag in sizes else self._fail(tag)

    def _fail(self, tag: int) -> int:
        raise MalformedNode(f"tag {tag} where a list should be")

    def _string(self) -> str:
        value = self._value()
        if isinstance(value, bytes):
            return value.decode()
        if not isinstance(value, str):
            raise MalformedNode("something else where a text should be")
        return value

    def _attribute(self) -> str | Jid:
        value = self._value()
        if isinstance(value, bytes):
            return value.decode()
        if not isinstance(value, (str, Jid)):
            raise MalformedNode("something else where an attribute should be")
        return value

    def _value(self) -> _Value:
        tag = self._byte()
        if 0 < tag < len(WORDS):
            return WORDS[tag]
        if Tag.DICTIONARY_0 <= tag <= Tag.DICTIONARY_3:
            return DICTIONARIES[tag - Tag.DICTIONARY_0][self._byte()]
        if tag in (Tag.LIST_8, Tag.LIST_16):
            return [self.node() for _ in range(self._list_size(tag))]
        return self._other(tag)

    def _other(self, tag: int) -> _Value:
        match tag:
            case Tag.LIST_EMPTY:
                return None
            case Tag.BINARY_8 | Tag.BINARY_20 | Tag.BINARY_32:
                return self._read(self._integer({Tag.BINARY_8: 1, Tag.BINARY_20: 3}.get(Tag(tag), 4)))
            case Tag.NIBBLE_8:
                return self._packed(NIBBLES)
            case Tag.HEX_8:
                return self._packed(HEX_DIGITS)
            case Tag.JID_PAIR:
                return self._jid_pair()
            case Tag.DEVICE_JID:
                domain, device = self._byte(), self._byte()
                return Jid(self._string(), DOMAIN_NAMES[domain], device)
            case Tag.FACEBOOK_JID:
                user, device = self._string(), self._integer(2)
                return Jid(user, self._string(), device)
        raise MalformedNode(f"unknown tag {tag}")

    def _jid_pair(self) -> Jid:
        user = self._value()
        if not isinstance(user, (str, type(None))):
            raise MalformedNode("an address whose user is no text")
        return Jid(user or "", self._string())

    def _packed(self, alphabet: str) -> str:
        start = self._byte()
        digits = [digit for pair in self._read(start & 127) for digit in (pair >> 4, pair & 15)]
        return "".join(alphabet[digit] for digit in (digits[:-1] if start & 128 else digits))
