"""A chunk of history is cut into pieces that say together what it said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from google.protobuf.message import DecodeError

from connector.whatsapp.history import HistoryMessage, HistoryPiece, decode_piece
from connector.whatsapp.history_pieces import BYTES_A_PIECE, MESSAGES_A_PIECE, split
from connector.whatsapp.library import e2e_pb2, history_pb2, neonize_pb2
from gateway.domain.content import PollVote
from gateway.domain.history import Chunk
from gateway.domain.messages import MessageStatus
from gateway.domain.polls import option_hash

LID, NUMBER = "184759302716485@lid", "4915112345678@s.whatsapp.net"
AT = 1_780_000_000
RECENT = 3


def chunk(**more: Any) -> Any:
    return history_pb2.HistorySync(syncType=RECENT, **more)


def payload(sync: Any) -> bytes:
    event = neonize_pb2.HistorySync()
    event.Data.CopyFrom(sync)
    return bytes(event.SerializeToString())


def pieces(sync: Any) -> list[HistoryPiece]:
    return [decode_piece(piece) for piece in split(payload(sync))]


def conversation(sync: Any, texts: int = 0, **more: Any) -> Any:
    chat = sync.conversations.add(ID=LID, lidJID=LID, pnJID=NUMBER, **more)
    for number in range(texts):
        say(chat, f"3A{number:04d}", e2e_pb2.Message(conversation=f"Text {number}"), AT + number)
    return chat


def say(chat: Any, id: str, message: Any, at: int = AT, *, own: bool = False) -> Any:
    told = chat.messages.add().message
    told.key.remoteJID, told.key.ID, told.key.fromMe, told.messageTimestamp = chat.ID, id, own, at
    told.message.CopyFrom(message)
    return told


def only(sync: Any) -> list[HistoryMessage]:
    return [message for piece in pieces(sync) for message in piece.messages]


def test_many_messages_come_in_pieces_and_the_end_says_how_far() -> None:
    sync = chunk(chunkOrder=4, progress=60)
    conversation(sync, texts=2 * MESSAGES_A_PIECE + 1, name="My tenant", unreadCount=3, archived=True)
    found = pieces(sync)
    assert [len(piece.messages) for piece in found] == [MESSAGES_A_PIECE, MESSAGES_A_PIECE, 1, 0]
    assert [piece.chunk for piece in found] == [None, None, None, Chunk(RECENT, 4, 60)]
    texts = [message.event.content.text for piece in found for message in piece.messages]
    assert texts == [f"Text {number}" for number in range(2 * MESSAGES_A_PIECE + 1)]
    for piece in found[:3]:
        assert piece.chat is not None
        assert (piece.chat.name, piece.chat.unread, piece.chat.archived) == ("My tenant", 3, True)
        assert (piece.chat.address.lid, piece.chat.address.phone_number) == (LID, "+4915112345678")


def test_a_piece_is_small_whatever_it_is_of() -> None:
    sync = chunk()
    chat = conversation(sync)
    for number in range(6):
        say(chat, f"3A{number}", e2e_pb2.Message(conversation="x" * (BYTES_A_PIECE // 2)))
    assert max(len(piece) for piece in split(payload(sync))) < 1.1 * BYTES_A_PIECE
    assert len(only(sync)) == 6


def test_a_chat_without_messages_and_names_alone_are_pieces() -> None:
    sync = chunk(progress=100)
    conversation(sync, ephemeralExpiration=86400, conversationTimestamp=AT, pinned=AT, muteEndTime=AT * 1000)
    sync.pushnames.add(ID=LID, pushname="Mara")
    chat, names, end = pieces(sync)
    assert chat.chat is not None
    assert (chat.chat.timer_seconds, chat.chat.timer_at, chat.chat.pinned) == (86400, moment(AT), True)
    assert chat.chat.muted_until == moment(AT)
    assert names.names == {LID: "Mara"}
    assert end.chunk == Chunk(RECENT, None, 100)


def moment(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)


def test_what_the_account_wrote_has_its_status() -> None:
    sync = chunk()
    chat = conversation(sync)
    for number, status in enumerate((0, 2, 3, 4, 5)):
        say(chat, f"3A{number}", e2e_pb2.Message(conversation="x"), own=True).status = status
    assert [message.status for message in only(sync)] == [
        MessageStatus.FAILED,
        MessageStatus.SENT,
        MessageStatus.DELIVERED,
        MessageStatus.READ,
        MessageStatus.PLAYED,
    ]


def test_reactions_and_votes_belong_to_their_message() -> None:
    sync = chunk()
    chat = conversation(sync)
    poll = e2e_pb2.Message()
    poll.pollCreationMessage.name = "When?"
    poll.pollCreationMessage.options.add(optionName="Monday")
    told = say(chat, "3APOLL", poll, own=True)
    reaction = told.reactions.add(text="👍", senderTimestampMS=(AT + 5) * 1000)
    reaction.key.ID, reaction.key.remoteJID = "3AREACTION", LID
    vote = told.pollUpdates.add(senderTimestampMS=(AT + 9) * 1000)
    vote.pollUpdateMessageKey.ID, vote.pollUpdateMessageKey.remoteJID = "3AVOTE", LID
    vote.vote.selectedOptions.append(bytes.fromhex(option_hash("Monday")))
    _, reacted, voted = (message.event for message in only(sync))
    assert (reacted.content.text, reacted.content.target_message_id, reacted.sender.lid) == ("👍", "3APOLL", LID)
    assert reacted.timestamp == moment(AT) + timedelta(seconds=5)
    assert voted.content.details == PollVote(options=("Monday",))
    assert (voted.message_id, voted.content.target_message_id) == ("3AVOTE", "3APOLL")


def test_in_a_group_each_message_names_its_sender() -> None:
    sync = chunk()
    group = sync.conversations.add(ID="120363000000000001@g.us", name="House")
    say(group, "3A1", e2e_pb2.Message(conversation="hello")).key.participant = LID
    [message] = only(sync)
    assert (message.event.chat.kind, message.event.sender.lid) == ("group", LID)


def test_an_edited_message_is_what_it_became() -> None:
    edited = e2e_pb2.Message()
    inner = edited.editedMessage.message.protocolMessage
    inner.type, inner.key.ID, inner.editedMessage.conversation = 14, "3A1", "Hello"
    sync = chunk()
    say(conversation(sync), "3A1", edited)
    [message] = only(sync)
    assert (message.event.content.message_type, message.event.content.text) == ("text", "Hello")
    assert message.event.content.target_message_id is None


@pytest.mark.parametrize("jid", ["status@broadcast", "", "no JID at all"])
def test_what_is_no_chat_is_left_out(jid: str) -> None:
    sync = chunk()
    chat = sync.conversations.add(ID=jid)
    say(chat, "3A1", e2e_pb2.Message(conversation="hello"))
    assert only(sync) == []


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_what_is_cut_off_is_refused(cut: int) -> None:
    sync = chunk()
    conversation(sync, texts=3)
    with pytest.raises(DecodeError):
        list(split(payload(sync)[:-cut]))
    with pytest.raises(DecodeError):
        list(split(b"\x0a\x02\x0f\x00"))
