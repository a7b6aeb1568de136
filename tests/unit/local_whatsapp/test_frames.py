from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.whatsapp.wire.frames import FrameBuffer, framed
from infra.local.whatsapp.wire.node import MalformedNode

_HEADER = b"WA\x06\x03"


@given(st.lists(st.binary(max_size=50), max_size=6), st.integers(1, 9), st.sampled_from([b"", b"ED\0\1\0\0\2xx"]))
def test_frames_come_out_however_the_stream_is_cut(payloads: list[bytes], step: int, routing: bytes) -> None:
    stream = routing + _HEADER + b"".join(map(framed, payloads))
    buffer, seen = FrameBuffer(), list[bytes]()
    for at in range(0, len(stream), step):
        seen += buffer.feed(stream[at : at + step])
    assert (seen, buffer.header) == (payloads, _HEADER)


def test_a_stream_that_begins_otherwise_is_refused() -> None:
    with pytest.raises(MalformedNode):
        list(FrameBuffer().feed(b"GET / HTTP/1.1"))
