from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.whatsapp.signal import sender_key
from infra.local.whatsapp.signal.errors import DuplicateMessage, SignalError
from infra.local.whatsapp.signal.sender_key import Record
from infra.local.whatsapp.wire import proto


def _reader(own: Record) -> Record:
    record = proto.SenderKeyRecordStructure()
    sender_key.learn(record, sender_key.distribution(own))
    return record


@pytest.fixture
def own() -> Record:
    return sender_key.create()


@pytest.fixture
def reader(own: Record) -> Record:
    return _reader(own)


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=1, max_value=30), st.randoms(use_true_random=False))
def test_messages_arrive_whatever_their_order(count: int, order: random.Random) -> None:
    own = sender_key.create()
    reader = _reader(own)
    written = [(sender_key.encrypt(own, b"%d" % position), b"%d" % position) for position in range(count)]
    order.shuffle(written)
    assert all(sender_key.decrypt(reader, data) == text for data, text in written)


def test_the_same_message_twice_is_a_duplicate(own: Record, reader: Record) -> None:
    data = sender_key.encrypt(own, b"once")
    assert sender_key.decrypt(reader, data) == b"once"
    with pytest.raises(DuplicateMessage):
        sender_key.decrypt(reader, data)


def test_who_comes_later_reads_only_what_comes_after(own: Record) -> None:
    before = sender_key.encrypt(own, b"before")
    late = _reader(own)
    assert sender_key.decrypt(late, sender_key.encrypt(own, b"after")) == b"after"
    with pytest.raises(SignalError):
        sender_key.decrypt(late, before)


def test_a_key_given_again_does_not_turn_the_chain_back(own: Record, reader: Record) -> None:
    skipped, seen = sender_key.encrypt(own, b"skipped"), sender_key.encrypt(own, b"seen")
    assert sender_key.decrypt(reader, seen) == b"seen"
    sender_key.learn(reader, sender_key.distribution(own))
    assert sender_key.decrypt(reader, skipped) == b"skipped"
    assert len(reader.senderKeyStates) == 1


def test_old_keys_still_open_what_was_made_with_them(own: Record, reader: Record) -> None:
    late, fresh = sender_key.encrypt(own, b"late"), sender_key.create()
    sender_key.learn(reader, sender_key.distribution(fresh))
    assert sender_key.decrypt(reader, sender_key.encrypt(fresh, b"new")) == b"new"
    assert sender_key.decrypt(reader, late) == b"late"
    for _ in range(5):
        sender_key.learn(reader, sender_key.distribution(sender_key.create()))
    with pytest.raises(SignalError, match="never given"):
        sender_key.decrypt(reader, late)


def test_what_was_changed_is_refused_and_leaves_no_trace(own: Record, reader: Record) -> None:
    data, before = sender_key.encrypt(own, b"good"), reader.SerializeToString()
    for at in range(len(data)):
        garbled = bytearray(data)
        garbled[at] ^= 1
        with pytest.raises(SignalError):
            sender_key.decrypt(reader, bytes(garbled))
    assert reader.SerializeToString() == before
    assert sender_key.decrypt(reader, data) == b"good"


def test_too_far_ahead_is_refused(own: Record, reader: Record) -> None:
    own.senderKeyStates[0].senderChainKey.iteration += 2001
    with pytest.raises(SignalError, match="too far"):
        sender_key.decrypt(reader, sender_key.encrypt(own, b"beyond"))


@pytest.mark.parametrize("data", [b"", b"\x33", b"\x22" + bytes(80), b"\x33" + b"\xff" * 80])
def test_what_is_no_message_is_refused(reader: Record, data: bytes) -> None:
    with pytest.raises(SignalError):
        sender_key.decrypt(reader, data)
