"""A spool gives back what was put in, and never what was not."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.spool import records
from connector.spool.records import SpoolDamaged
from gateway.store.spools import SpooledEvent

EVENTS = st.lists(
    st.builds(
        SpooledEvent,
        number=st.integers(1, 2**63 - 1),
        session_id=st.uuids(),
        device_jid=st.text(max_size=40),
        kind=st.sampled_from(["Message", "Receipt", "UndecryptableMessage"]),
        payload=st.binary(max_size=200),
    ),
    min_size=1,
    max_size=5,
)
ONE, TWO = (SpooledEvent(number, UUID(int=7), "4915:1@s.whatsapp.net", "Message", b"hello") for number in (1, 2))


@given(EVENTS, st.data())
def test_a_torn_end_is_left_out_and_nothing_else(events: list[SpooledEvent], data: st.DataObject) -> None:
    whole = b"".join(map(records.encode, events))
    cut = data.draw(st.integers(0, len(whole)))
    read, size = records.decode(whole[:cut], 100)
    assert read == events[: len(read)]
    assert whole[:size] == b"".join(map(records.encode, read))
    assert len(read) == len(events) or len(records.encode(events[len(read)])) > cut - size


def test_a_record_that_was_changed_is_damage_and_the_ones_before_it_are_read() -> None:
    data = bytearray(records.encode(ONE) + records.encode(TWO))
    data[-1] ^= 1
    events, size = records.decode(bytes(data), 100)
    assert events == [ONE]
    with pytest.raises(SpoolDamaged):
        records.decode(bytes(data[size:]), 100)


def test_no_more_than_a_batch_is_read() -> None:
    data = records.encode(ONE) + records.encode(TWO)
    assert records.decode(data, 1) == ([ONE], len(records.encode(ONE)))
