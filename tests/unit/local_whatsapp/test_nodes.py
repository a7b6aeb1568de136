from __future__ import annotations

import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.whatsapp.wire.decoder import decode
from infra.local.whatsapp.wire.encoder import encode
from infra.local.whatsapp.wire.jid import LID, SERVER, Jid
from infra.local.whatsapp.wire.node import Content, MalformedNode, Node
from infra.local.whatsapp.wire.tokens import DICTIONARIES, WORDS

_words = st.sampled_from([*WORDS[1:], *DICTIONARIES[3]]) | st.text(min_size=1, max_size=200)
_numbers = st.text("0123456789-.", min_size=1, max_size=140)
_hex = st.text("0123456789ABCDEF", min_size=1, max_size=140)
_texts = _words | _numbers | _hex
_users = st.text("0123456789", min_size=1, max_size=15)
_jids = st.builds(Jid, _users, st.sampled_from(["s.whatsapp.net", LID]), st.integers(0, 255)) | st.just(SERVER)
_attrs = st.dictionaries(_words, _texts | _jids, max_size=4)


def _nodes(content: st.SearchStrategy[Content]) -> st.SearchStrategy[Node]:
    return st.builds(Node, _words, _attrs, content)


_leaves = _nodes(st.none() | st.binary(max_size=300))
_trees = st.recursive(_leaves, lambda inner: _nodes(st.lists(inner, max_size=4)), max_leaves=12)


@given(_trees)
def test_what_is_encoded_is_decoded_again(node: Node) -> None:
    assert decode(encode(node)) == _with_empty_lists_as_nothing(node)


def _with_empty_lists_as_nothing(node: Node) -> Node:
    """An empty list and no content look alike on the wire."""
    if not isinstance(node.content, list):
        return node
    children = [_with_empty_lists_as_nothing(child) for child in node.content]
    return Node(node.tag, node.attrs, children or None)


@pytest.mark.parametrize("size", [255, 256, 65536, 1 << 20])
def test_long_content_and_long_lists_keep_their_size(size: int) -> None:
    assert decode(encode(Node("a", {}, bytes(size)))).data() == bytes(size)
    listed = Node("list", {}, [Node("key")] * min(size, 65535))
    assert len(decode(encode(listed)).children()) == min(size, 65535)


def test_attributes_without_value_are_left_out_and_numbers_are_texts() -> None:
    assert decode(encode(Node("a", {"t": 5, "type": None}))).attrs == {"t": "5"}


def test_a_compressed_node_is_decoded() -> None:
    plain = encode(Node("a", {"id": "1"}))
    assert decode(b"\x02" + zlib.compress(plain[1:])) == Node("a", {"id": "1"})


@pytest.mark.parametrize(
    "plaintext", [b"", b"\0", b"\0\0", b"\0\xf8\x01", b"\0\xf8\x02\x05\xfc\x09ab", b"\x02nozlib", b"\0\xf8\x01\xf4"]
)
def test_what_is_no_node_is_refused(plaintext: bytes) -> None:
    with pytest.raises(MalformedNode):
        decode(plaintext)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_node_or_refused(data: bytes) -> None:
    with suppress(MalformedNode):
        decode(b"\0" + data)


def test_what_a_node_must_carry_is_asked_for_by_name() -> None:
    node = Node("iq", {"to": SERVER, "id": "7"}, [Node("count", {}, b"\x01\x00")])
    assert (node.number("count"), node.jid("to"), node.text("id"), node.text("nothing")) == (256, SERVER, "7", "")
    assert node.find("a", "b") is None
    for missing in (lambda: node.child("a"), node.data, lambda: node.jid("id")):
        with pytest.raises(MalformedNode):
            missing()


def test_the_outline_shows_neither_numbers_nor_texts() -> None:
    node = Node("message", {"to": Jid("4915112345678")}, [Node("body", {}, "secret")])
    assert node.outline() == "<message to><body/></message>"


@pytest.mark.parametrize("text", ["4915@s.whatsapp.net", "100:3@lid", "s.whatsapp.net", "1-2@g.us"])
def test_addresses_are_written_as_they_are_read(text: str) -> None:
    assert str(Jid.parse(text)) == text
