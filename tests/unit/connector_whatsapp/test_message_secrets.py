"""What is sealed with the secret of another message."""

from __future__ import annotations

from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.message_secrets import MessageSecret, decrypt, seal
from connector.whatsapp.messages import Content
from connector.whatsapp.sealed import EDIT, POLL_VOTE, REACTION, Sealed
from gateway.domain.content import PollVote
from gateway.domain.polls import option_hash

POLL, AUTHOR, VOTER = "3EB0POLL", "100000000000002@lid", "100000000000003@lid"
SECRET = MessageSecret(b"\x07" * 32, AUTHOR)
NONCE = b"\x09" * 12
# Made by the formula with HMAC and AES-GCM alone.
VOTE_HEX = "90cbab03b1b2005e68febf371849945d19fcb6aa"
REACTION_HEX = "4e7eb6ff6896ba3816276d56d731023ad98510a2d54eabf2"


def sealed(use: str, content: bytes) -> Sealed:
    return Sealed(use, seal(use, content, NONCE, SECRET, POLL, VOTER), NONCE)


def opened(of: Sealed, *secrets: MessageSecret, sender: tuple[str, ...] = (VOTER,)) -> Content | None:
    return decrypt(of, secrets or (SECRET,), POLL, sender)


def test_the_key_is_whatsapps() -> None:
    assert seal(POLL_VOTE, b"vote", NONCE, SECRET, POLL, VOTER).hex() == VOTE_HEX
    assert seal(REACTION, b"reaction", NONCE, SECRET, POLL, VOTER).hex() == REACTION_HEX


def test_a_vote_names_options_by_their_hash() -> None:
    vote = e2e_pb2.PollVoteMessage(selectedOptions=[bytes.fromhex(option_hash("Monday"))])
    assert opened(sealed(POLL_VOTE, vote.SerializeToString())) == Content(
        "poll_vote", details=PollVote(hashes=(option_hash("Monday"),))
    )
    assert opened(sealed(POLL_VOTE, b"")) == Content("poll_vote", details=PollVote())


def test_a_reaction_has_its_emoji_and_may_be_taken_back() -> None:
    assert opened(sealed(REACTION, e2e_pb2.ReactionMessage(text="👍").SerializeToString())) == Content("reaction", "👍")
    assert opened(sealed(REACTION, b"")) == Content("reaction", None)


def test_an_edit_is_the_new_content_or_the_edit_itself() -> None:
    plain = e2e_pb2.Message(conversation="better")
    assert opened(sealed(EDIT, plain.SerializeToString())) == Content("edit", "better")
    change = {"type": "MESSAGE_EDIT", "editedMessage": {"conversation": "better"}, "timestampMS": 5}
    whole = e2e_pb2.Message(protocolMessage=change)
    assert opened(sealed(EDIT, whole.SerializeToString())) == Content("edit", "better", changed_at_ms=5)


def test_every_form_of_author_and_sender_is_tried() -> None:
    reaction = sealed(REACTION, b"")
    others = [MessageSecret(b"\x01" * 32, AUTHOR), MessageSecret(SECRET.key, "4915100000002@s.whatsapp.net"), SECRET]
    assert opened(reaction, *others, sender=("4915100000003@s.whatsapp.net", VOTER)) is not None
    assert opened(reaction, *others[:2]) is None
    assert opened(reaction, sender=(AUTHOR,)) is None


def test_what_cannot_be_a_seal_is_not_opened() -> None:
    assert opened(Sealed(REACTION, b"", b"")) is None
    assert opened(Sealed(REACTION, b"short", NONCE)) is None
    assert opened(sealed(REACTION, b"\xff\xff")) is None
