from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.local.whatsapp.signal import session as ratchet
from infra.local.whatsapp.signal.bundle import Bundle, LocalIdentity, Prekey, SignedPrekey
from infra.local.whatsapp.signal.errors import DuplicateMessage, SignalError
from infra.local.whatsapp.signal.record import SessionRecord
from infra.local.whatsapp.signal.session import Ciphertext
from infra.local.whatsapp.wire import proto
from infra.local.whatsapp.wire.keys import KeyPair


class Party:
    def __init__(self) -> None:
        self.own = LocalIdentity(7, KeyPair.generate(), 1, KeyPair.generate())
        self.one_time = KeyPair.generate()
        self.record = SessionRecord()

    def bundle(self) -> Bundle:
        signed = SignedPrekey.issue(self.own.identity, self.own.signed_id, self.own.signed.public)
        return Bundle(7, self.own.identity.public, signed, Prekey(3, self.one_time.public))

    def begin(self, other: Party) -> None:
        self.record.use(ratchet.begin(self.own, other.bundle()))

    def write(self, text: str) -> Ciphertext:
        self.record = SessionRecord.restore(self.record.serialize())
        return self.record.encrypt(text.encode())

    def read(self, ciphertext: Ciphertext) -> str:
        if ciphertext.kind == "msg":
            return self.record.decrypt(ciphertext.data).decode()
        message = ratchet.parse(proto.PreKeySignalMessage, ciphertext.data)
        if not self.record.started_with(message.baseKey[1:]):
            one_time = self.one_time if message.preKeyId else None
            session = ratchet.accept(self.own, one_time, message.identityKey[1:], message.baseKey[1:])
            self.record.use(session)
        return self.record.decrypt(message.message).decode()


@pytest.fixture
def pair() -> tuple[Party, Party]:
    alice, bob = Party(), Party()
    alice.begin(bob)
    return alice, bob


def test_the_first_messages_carry_the_prekeys_until_answered(pair: tuple[Party, Party]) -> None:
    alice, bob = pair
    for text in ("one", "two"):
        ciphertext = alice.write(text)
        assert (ciphertext.kind, bob.read(ciphertext)) == ("pkmsg", text)
    answer = bob.write("three")
    assert (answer.kind, alice.read(answer)) == ("msg", "three")
    assert alice.write("four").kind == "msg"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=25), st.randoms(use_true_random=False))
def test_messages_arrive_whatever_their_order(turns: list[bool], order: random.Random) -> None:
    """Each side writes in any turn; what was written arrives shuffled within a window."""
    alice, bob = Party(), Party()
    alice.begin(bob)
    assert bob.read(alice.write("hello")) == "hello"
    written = [(sender, f"{number}") for number, sender in enumerate(turns)]
    waiting = [((alice if sender else bob).write(text), sender, text) for sender, text in written]
    order.shuffle(waiting)
    for ciphertext, sender, text in waiting:
        assert (bob if sender else alice).read(ciphertext) == text


def test_the_same_message_twice_is_a_duplicate(pair: tuple[Party, Party]) -> None:
    alice, bob = pair
    ciphertext = alice.write("once")
    bob.read(ciphertext)
    with pytest.raises(DuplicateMessage):
        bob.read(ciphertext)


def test_a_failed_try_leaves_no_trace(pair: tuple[Party, Party]) -> None:
    alice, bob = pair
    bob.read(alice.write("begin"))
    alice.read(bob.write("answer"))
    good = alice.write("good")
    before = bob.record.serialize()
    for at in range(0, len(good.data), 7):
        garbled = bytearray(good.data)
        garbled[at] ^= 1
        with pytest.raises(SignalError):
            bob.read(Ciphertext("msg", bytes(garbled)))
    assert bob.record.serialize() == before
    assert bob.read(good) == "good"


def test_archived_sessions_still_open_what_was_made_with_them(pair: tuple[Party, Party]) -> None:
    alice, bob = pair
    bob.read(alice.write("begin"))
    late = bob.write("made with the first session")
    alice.begin(bob)
    assert bob.read(alice.write("again")) == "again"
    assert alice.read(late) == "made with the first session"


def test_both_may_begin_at_once() -> None:
    alice, bob = Party(), Party()
    alice.begin(bob)
    bob.begin(alice)
    first, second = alice.write("from alice"), bob.write("from bob")
    assert (bob.read(first), alice.read(second)) == ("from alice", "from bob")
    for turn in range(3):
        assert bob.read(alice.write(f"a{turn}")) == f"a{turn}"
        assert alice.read(bob.write(f"b{turn}")) == f"b{turn}"


def test_skipped_messages_can_come_later_but_not_too_many(pair: tuple[Party, Party]) -> None:
    alice, bob = pair
    skipped = [alice.write(str(number)) for number in range(30)]
    assert bob.read(alice.write("last")) == "last"
    assert [bob.read(ciphertext) for ciphertext in skipped] == [str(number) for number in range(30)]
    for _ in range(2001):
        alice.record.encrypt(b"lost")
    with pytest.raises(SignalError, match="too far"):
        bob.read(alice.write("beyond"))


def test_a_long_conversation_keeps_its_record_small(pair: tuple[Party, Party]) -> None:
    alice, bob = pair
    for turn in range(50):
        bob.read(alice.write(f"a{turn}"))
        alice.read(bob.write(f"b{turn}"))
    assert len(alice.record.serialize()) < 2000


def test_a_bundle_signed_by_somebody_else_is_refused() -> None:
    alice, bob = Party(), Party()
    forged = SignedPrekey.issue(alice.own.identity, 1, bob.own.signed.public)
    with pytest.raises(SignalError):
        ratchet.begin(alice.own, Bundle(7, bob.own.identity.public, forged, None))


@pytest.mark.parametrize("data", [b"", b"\x33", b"\x22" + bytes(60), b"\x33" + b"\xff" * 60])
def test_what_is_no_message_is_refused(pair: tuple[Party, Party], data: bytes) -> None:
    alice, bob = pair
    bob.read(alice.write("begin"))
    with pytest.raises(SignalError):
        bob.read(Ciphertext("msg", data))
