"""Encodes WhatsApp's binary nodes."""

from __future__ import annotations

from infra.local.whatsapp.wire.jid import Jid
from infra.local.whatsapp.wire.node import Attribute, Content, Node
from infra.local.whatsapp.wire.tokens import DOMAINS, ENCODED, HEX_DIGITS, NIBBLES, PACKED_MAX, Tag

_UNCOMPRESSED = b"\0"
_PADDING = 15


def encode(node: Node) -> bytes:
    """Return the plaintext of a frame: a flag byte and the node."""
    return _UNCOMPRESSED + _node(node)


def _node(node: Node) -> bytes:
    attrs = [(name, value) for name, value in node.attrs.items() if value is not None]
    parts = [_list_start(2 * len(attrs) + 1 + (node.content is not None)), _string(node.tag)]
    for name, value in attrs:
        parts += (_string(name), _attribute(value))
    parts.append(_content(node.content))
    return b"".join(parts)


def _attribute(value: Attribute) -> bytes:
    return _jid(value) if isinstance(value, Jid) else _string(str(value))


def _content(content: Content) -> bytes:
    if content is None:
        return b""
    if isinstance(content, bytes):
        return _binary(content)
    if isinstance(content, str):
        return _string(content)
    return _list_start(len(content)) + b"".join(map(_node, content))


def _list_start(size: int) -> bytes:
    if size == 0:
        return bytes((Tag.LIST_EMPTY,))
    if size < 1 << 8:
        return bytes((Tag.LIST_8, size))
    return bytes((Tag.LIST_16,)) + size.to_bytes(2, "big")


def _binary(data: bytes) -> bytes:
    size = len(data)
    if size < 1 << 8:
        return bytes((Tag.BINARY_8, size)) + data
    if size < 1 << 20:
        return bytes((Tag.BINARY_20,)) + size.to_bytes(3, "big") + data
    return bytes((Tag.BINARY_32,)) + size.to_bytes(4, "big") + data


def _string(text: str) -> bytes:
    if word := ENCODED.get(text):
        return word
    if 0 < len(text) <= PACKED_MAX:
        if all(char in NIBBLES for char in text):
            return _packed(text, Tag.NIBBLE_8, NIBBLES)
        if all(char in HEX_DIGITS for char in text):
            return _packed(text, Tag.HEX_8, HEX_DIGITS)
    return _binary(text.encode())


def _packed(text: str, tag: Tag, alphabet: str) -> bytes:
    odd = len(text) % 2
    values = [alphabet.index(char) for char in text] + [_PADDING] * odd
    pairs = bytes(high << 4 | low for high, low in zip(values[::2], values[1::2], strict=True))
    return bytes((tag, len(pairs) | odd << 7)) + pairs


def _jid(jid: Jid) -> bytes:
    if jid.device:
        return bytes((Tag.DEVICE_JID, DOMAINS[jid.server], jid.device)) + _string(jid.user)
    user = _string(jid.user) if jid.user else bytes((Tag.LIST_EMPTY,))
    return bytes((Tag.JID_PAIR,)) + user + _string(jid.server)
