"""What stands for a message that cannot be read yet, and what comes of it."""

from __future__ import annotations

from connector.whatsapp.library import e2e_pb2
from connector.whatsapp.message_secrets import MessageSecret, seal
from connector.whatsapp.sealed import POLL_VOTE
from gateway.domain.polls import option_hash
from tests.integration.connector.deliveries import START_MS, Inbox, Sender, deletion, edit, image, reaction, text
from tests.integration.connector.deliveries import inbox as inbox
from tests.integration.store.conftest import linked as linked
from tests.integration.store.conftest import make_session as make_session
from tests.integration.store.conftest import owned as owned
from tests.integration.store.conftest import store as store
from tests.integration.store.conftest import user as user

GROUP = "120363000000000009@g.us"
ANN = Sender("300000000000001@lid", "4917000000001@s.whatsapp.net")
BEN_IN_GROUP = Sender("300000000000002@lid", "4917000000002@s.whatsapp.net", chat=GROUP)
EVE_IN_GROUP = Sender("300000000000003@lid", "4917000000003@s.whatsapp.net", chat=GROUP)
SECRET = b"p" * 32
NONCE = b"n" * 12


def poll(*options: str) -> e2e_pb2.Message:
    named = [{"optionName": option} for option in options]
    message = e2e_pb2.Message(pollCreationMessageV3={"name": "When?", "options": named})
    message.messageContextInfo.messageSecret = SECRET
    return message


def vote(id: str, *options: str) -> e2e_pb2.Message:
    chosen = e2e_pb2.PollVoteMessage(selectedOptions=[bytes.fromhex(option_hash(option)) for option in options])
    secret = MessageSecret(SECRET, ANN.lid or "")
    payload = seal(POLL_VOTE, chosen.SerializeToString(), NONCE, secret, id, ANN.lid or "")
    key, value = {"ID": id, "fromMe": True}, {"encPayload": payload, "encIV": NONCE}
    return e2e_pb2.Message(pollUpdateMessage={"pollCreationMessageKey": key, "vote": value})


def kinds(inbox: Inbox) -> list[tuple[str | None, str, str | None]]:
    return [(row.message_id, row.message_type, row.content) for row in inbox.rows()]


def test_a_vote_has_the_names_of_its_options_also_when_it_came_before_the_poll(inbox: Inbox) -> None:
    inbox.message(ANN, "EARLY", vote("POLL", "Monday"))
    assert kinds(inbox) == [("EARLY", "poll_vote", None)]
    inbox.message(ANN, "POLL", poll("Monday", "Tuesday"))
    inbox.message(ANN, "BOTH", vote("POLL", "Monday", "Tuesday"))
    inbox.message(ANN, "BACK", vote("POLL"))
    rows = {row.message_id: row for row in inbox.rows()}
    assert {id: row.content for id, row in rows.items() if id != "POLL"} == {
        "EARLY": "Monday",
        "BOTH": "Monday, Tuesday",
        "BACK": None,
    }
    assert rows["EARLY"].details == {"kind": "poll_vote", "options": ["Monday"]}
    assert rows["BACK"].details == {"kind": "poll_vote"}
    assert [chat.unread_count for chat in inbox.chats()] == [1]


def test_what_was_deleted_or_edited_before_it_could_be_read_stays_so(inbox: Inbox) -> None:
    inbox.unreadable(ANN, "GONE")
    inbox.unreadable(ANN, "NEW")
    inbox.message(ANN, "D", deletion("GONE"))
    inbox.message(ANN, "E", edit("NEW", "new", START_MS + 5))
    inbox.message(ANN, "GONE", image("secret"))
    inbox.message(ANN, "NEW", text("old"))
    gone, new = inbox.rows()
    assert (gone.message_type, gone.content, gone.media) == ("image", None, None)
    assert gone.deleted_at
    assert (new.message_type, new.content) == ("text", "new")


def test_what_turns_out_to_be_a_change_leaves_no_placeholder(inbox: Inbox) -> None:
    inbox.message(ANN, "A", text("one"))
    for id in ("R", "E", "D"):
        inbox.unreadable(ANN, id)
    [chat] = inbox.chats()
    assert chat.unread_count == 4
    inbox.message(ANN, "R", reaction("A", "👍"))
    inbox.message(ANN, "E", edit("A", "two", START_MS + 5))
    inbox.message(ANN, "D", deletion("A"))
    assert kinds(inbox) == [("A", "text", None), ("R", "reaction", "👍")]
    [chat] = inbox.chats()
    assert (chat.unread_count, chat.last_message_id) == (1, inbox.rows()[0].id)


def test_nothing_is_seen_of_what_people_shall_not_miss(inbox: Inbox) -> None:
    inbox.unreadable(ANN, "R", hidden=True)
    assert (inbox.rows(), inbox.chats()) == ([], [])
    inbox.message(ANN, "R", reaction("A", "👍"))
    assert kinds(inbox) == [("R", "reaction", "👍")]
    assert inbox.chats() == []


def test_what_is_unavailable_says_more_than_that_it_could_not_be_read(inbox: Inbox) -> None:
    inbox.unreadable(ANN, "V")
    inbox.unreadable(ANN, "V", unavailable=True)
    inbox.unreadable(ANN, "V")
    assert kinds(inbox) == [("V", "unavailable", None)]
    inbox.message(ANN, "V", image("after all"))
    assert kinds(inbox) == [("V", "image", None)]


def test_nobody_fills_in_what_another_wrote(inbox: Inbox) -> None:
    """Members of a group choose the ids of their messages, and see those of others."""
    inbox.unreadable(BEN_IN_GROUP, "B")
    inbox.message(EVE_IN_GROUP, "B", text("I owe Eve money"))
    inbox.message(EVE_IN_GROUP, "B", deletion("OTHER"))
    assert kinds(inbox) == [("B", "undecryptable", None)]
    inbox.message(BEN_IN_GROUP, "B", text("hello"))
    assert kinds(inbox) == [("B", "text", "hello")]


def test_what_is_read_before_it_came_is_not_unread(inbox: Inbox) -> None:
    inbox.read_on_phone(ANN, ["LAST"], START_MS + 9000)
    inbox.message(ANN, "LAST", text("three"), START_MS + 3000)
    inbox.message(ANN, "FIRST", text("one"), START_MS + 1000)
    assert [(row.message_id, row.status) for row in inbox.rows()] == [("LAST", "read"), ("FIRST", "read")]
    inbox.message(ANN, "NEXT", text("four"), START_MS + 4000)
    assert [chat.unread_count for chat in inbox.chats()] == [1]
