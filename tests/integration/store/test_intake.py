"""The intake: which messages the assistant answers, by the gate and what is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.domain.messages import Origin
from gateway.domain.outbound import Text
from gateway.domain.phone import Address
from gateway.domain.replies import SkipReason
from gateway.store import chats, outgoing
from gateway.store.assistant import configs, conversations, silence
from gateway.store.drafts import Draft
from gateway.store.fence import fenced
from infra.local.database import DatabaseUrls
from tests.integration.store.conftest import BOB, PACING, Owned, Store, read
from tests.integration.talk import CAROL, Talk, talking

GROUP = "120363000000000000@g.us"


@pytest.fixture
def talk(store: Store, linked: Owned, module_database: DatabaseUrls) -> Iterator[Talk]:
    with talking(store, linked, module_database) as talk:
        yield talk


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"from_me": True}, SkipReason.OWN_MESSAGE),
        ({"group_jid": GROUP, "chat_kind": "group"}, SkipReason.GROUP),
        ({"group_jid": "status@broadcast", "chat_kind": "status"}, SkipReason.STATUS),
        ({"group_jid": "1@newsletter", "chat_kind": "newsletter"}, SkipReason.NEWSLETTER),
        ({"group_jid": "1@broadcast", "chat_kind": "broadcast"}, SkipReason.BROADCAST),
        ({"timestamp": datetime.now(UTC) - timedelta(minutes=10)}, SkipReason.TOO_OLD),
        ({"message_type": "reaction"}, SkipReason.UNSUPPORTED_KIND),
    ],
)
def test_a_skip_is_recorded_with_its_reason(talk: Talk, message: dict[str, Any], reason: SkipReason) -> None:
    assert talk.hear(**message) is None
    (turn,) = talk.turns()
    assert (turn.status, turn.reason) == ("skipped", reason)
    assert turn.last_message_id


def test_who_is_denied_or_not_allowed_is_not_answered(talk: Talk) -> None:
    talk.configure(deny=[BOB.phone_number])
    assert talk.hear() is None
    talk.configure(deny=[], allow=[CAROL.phone_number])
    assert talk.hear() is None
    assert talk.hear(sender=CAROL)
    assert talk.reasons() == [None, "not_allowed", "denied"]


def test_a_sender_known_by_lid_alone_is_recognised_by_the_chats_number(talk: Talk) -> None:
    talk.hear("first")
    talk.configure(deny=[BOB.phone_number])
    assert talk.hear(sender=Address(lid=BOB.lid)) is None
    assert talk.reasons()[0] == "denied"


def test_who_gets_a_number_is_answered_without_the_words_of_who_had_it(talk: Talk) -> None:
    talk.hear("my PIN is 4711")
    turn = talk.claimed(talk.hear("who is this?", sender=Address("100000000000004@lid", BOB.phone_number)))
    with talk.replies.transaction() as connection:
        config = configs.get(connection, talk.session_id)
        history, pending = conversations.HistoryQuery(connection, turn, config.window).read()
    assert (history, [line.text for line in pending]) == ([], ["who is this?"])


def test_what_came_by_a_broadcast_list_is_not_answered(talk: Talk) -> None:
    assert talk.hear("STOP", list_jid="17@broadcast") is None
    assert talk.hear("and to you alone")
    assert talk.reasons() == [None, "broadcast"]
    with talk.store.functions.transaction() as connection:
        assert len(chats.page(connection, talk.session_id, search=None, before=None, limit=9)) == 1


def test_in_a_group_a_mention_or_a_quotation_of_ours_is_answered(talk: Talk) -> None:
    talk.configure(groups="mentioned")
    group: dict[str, Any] = {"group_jid": GROUP, "chat_kind": "group"}
    talk.hear("ours", from_me=True, message_id="OURS", **group)
    with talk.store.functions.transaction() as connection:
        chat = chats.find(connection, talk.session_id, GROUP)
        silence.hand_back(connection, talk.session_id, chat.id)
    assert talk.hear("all", **group) is None
    assert talk.hear("you", mentions=["100000000000001@lid"], **group)
    assert talk.hear("you", mentions=["4915112345678:3@s.whatsapp.net"], **group)
    assert talk.hear("this", quoted_id="OURS", **group)
    assert talk.reasons()[-2:] == ["not_mentioned", "own_message"]


def test_a_person_who_writes_on_the_phone_takes_over_until_it_is_handed_back(talk: Talk) -> None:
    talk.hear("I will look after it", from_me=True, chat=BOB)
    assert talk.hear() is None
    assert talk.reasons()[0] == "taken_over"
    with talk.store.functions.transaction() as connection:
        chat = chats.find(connection, talk.session_id, BOB)
        config = configs.get(connection, talk.session_id)
        until = conversations.takeover(connection, config, chat.id).until
        assert until and timedelta(minutes=29) < until - datetime.now(UTC) <= timedelta(minutes=30)
        silence.hand_back(connection, talk.session_id, chat.id)
    assert talk.hear()


def test_a_person_who_sends_through_the_api_takes_over_and_an_answer_of_ours_does_not(talk: Talk) -> None:
    session = read(talk.store, talk.owned)
    with talk.store.functions.transaction() as connection:
        outgoing.queue(connection, session, Draft(BOB, Text("by the assistant"), origin=Origin.AI), PACING, 60)
    assert talk.hear()
    with talk.store.functions.transaction() as connection:
        outgoing.queue(connection, session, Draft(BOB, Text("by a person")), PACING, 60)
    assert talk.hear() is None
    talk.configure(takeover_minutes=0)
    assert talk.hear()


def test_a_takeover_asked_for_lasts_as_long_as_asked(talk: Talk) -> None:
    talk.configure(takeover_minutes=0)
    assert talk.hear()
    with talk.store.functions.transaction() as connection:
        chat = chats.find(connection, talk.session_id, BOB)
        silence.take_over(connection, talk.session_id, chat.id, 60)
    assert talk.hear() is None


def test_a_reaction_on_the_phone_is_no_takeover(talk: Talk) -> None:
    talk.hear("👍", from_me=True, chat=BOB, message_type="reaction")
    assert talk.hear()


def test_who_opts_out_is_left_alone_until_they_opt_in(talk: Talk) -> None:
    assert talk.hear("Stop") is None
    assert talk.hear("Hello?") is None
    assert talk.hear("START")
    assert talk.hear("Hello?")
    assert talk.reasons()[-2:] == ["opted_out", "opted_out"]


def test_what_another_sessions_assistant_sent_is_never_answered(
    talk: Talk, store: Store, make_linked: Callable[[], Owned]
) -> None:
    other = make_linked()
    session = read(store, other)
    with store.functions.transaction() as connection:
        sent = outgoing.queue(connection, session, Draft(CAROL, Text("How can I help?"), origin=Origin.AI), PACING, 60)
    sender = Address(session.lid, session.phone_number)
    with fenced(store.connector, other.session_id, other.epoch) as fence:
        outgoing.mark_sending(fence, sent.id)
    assert talk.hear("How can I help?", sender) is None, "on its way, its id not known yet"
    with fenced(store.connector, other.session_id, other.epoch) as fence:
        outgoing.mark_sent(fence, sent.id, "AIMESSAGE", CAROL, datetime.now(UTC))
    assert talk.hear("How can I help?", sender, message_id="AIMESSAGE") is None
    assert talk.reasons() == ["other_assistant", "other_assistant"]
    assert talk.hear("How can I help?", sender), "the same words of a person"
