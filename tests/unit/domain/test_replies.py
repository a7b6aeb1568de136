from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.assistant import GroupPolicy
from gateway.domain.loops import LIMITS, RecentMessage, is_loop
from gateway.domain.messages import Origin
from gateway.domain.phone import Address
from gateway.domain.replies import (
    ANSWERABLE,
    SENTENCES,
    Conversation,
    Inbound,
    Reply,
    ReplyRules,
    Skip,
    SkipReason,
    should_reply,
)
from gateway.domain.turns import FAILURE_SENTENCES, Failure, sentence

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TENANT = Address("100000000000002@lid", "+4915112345678")
MESSAGE = Inbound("user", False, "text", "When is the rent due?", TENANT, NOW - timedelta(seconds=1), NOW)
RULES = ReplyRules(enabled=True)
GROUP = replace(MESSAGE, chat_kind="group")
MENTIONED = ReplyRules(enabled=True, groups=GroupPolicy.MENTIONED)


def decide(
    message: Inbound = MESSAGE, rules: ReplyRules = RULES, conversation: Conversation | None = None
) -> Reply | SkipReason:
    decision = should_reply(message, rules, conversation or Conversation(), NOW)
    return decision.reason if isinstance(decision, Skip) else decision


def test_a_tenants_message_is_answered() -> None:
    assert decide() == Reply()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (replace(MESSAGE, from_me=True), SkipReason.OWN_MESSAGE),
        (replace(MESSAGE, chat_kind="status"), SkipReason.STATUS),
        (replace(MESSAGE, chat_kind="broadcast"), SkipReason.BROADCAST),
        (replace(MESSAGE, chat_kind="newsletter"), SkipReason.NEWSLETTER),
        (replace(MESSAGE, chat_kind="something new"), SkipReason.BROADCAST),
        (GROUP, SkipReason.GROUP),
        (replace(GROUP, mentions_us=True), SkipReason.GROUP),
        (replace(MESSAGE, text="  "), SkipReason.EMPTY),
        (replace(MESSAGE, text=None), SkipReason.EMPTY),
        (replace(MESSAGE, message_type="reaction", text="👍"), SkipReason.UNSUPPORTED_KIND),
        (replace(MESSAGE, message_type="sticker"), SkipReason.UNSUPPORTED_KIND),
        (replace(MESSAGE, message_type="undecryptable"), SkipReason.UNSUPPORTED_KIND),
        (replace(MESSAGE, message_type="unknown:x"), SkipReason.UNSUPPORTED_KIND),
        (replace(MESSAGE, timestamp=NOW - timedelta(minutes=2, seconds=1)), SkipReason.TOO_OLD),
        (replace(MESSAGE, text="STOP"), SkipReason.OPTED_OUT),
        (replace(MESSAGE, text=" Stop! "), SkipReason.OPTED_OUT),
    ],
)
def test_messages_that_are_not_answered(message: Inbound, reason: SkipReason) -> None:
    assert decide(message) == reason


@pytest.mark.parametrize(
    "message",
    [
        replace(MESSAGE, timestamp=NOW - timedelta(minutes=2)),
        replace(MESSAGE, timestamp=NOW + timedelta(minutes=5)),
        replace(MESSAGE, message_type="image", text=None),
        replace(MESSAGE, message_type="voice", text=None),
        replace(MESSAGE, text="Please stop the noise"),
        replace(MESSAGE, text="start"),
    ],
)
def test_messages_that_are_answered_all_the_same(message: Inbound) -> None:
    assert decide(message) == Reply()


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (ReplyRules(enabled=False), SkipReason.DISABLED),
        (ReplyRules(enabled=True, deny=frozenset({"+4915112345678"})), SkipReason.DENIED),
        (ReplyRules(enabled=True, deny=frozenset({"100000000000002@lid"})), SkipReason.DENIED),
        (ReplyRules(enabled=True, allow=frozenset({"+15550001111"})), SkipReason.NOT_ALLOWED),
        (
            ReplyRules(enabled=True, allow=frozenset({"+4915112345678"}), deny=frozenset({"100000000000002@lid"})),
            SkipReason.DENIED,
        ),
    ],
)
def test_rules_that_object(rules: ReplyRules, reason: SkipReason) -> None:
    assert decide(rules=rules) == reason


def test_who_is_on_the_allow_list_is_answered_by_either_address() -> None:
    assert decide(rules=replace(RULES, allow=frozenset({"+4915112345678"}))) == Reply()
    assert decide(rules=replace(RULES, allow=frozenset({"100000000000002@lid"}))) == Reply()


@pytest.mark.parametrize(
    ("writes_as", "listed"), [("+5215512345678", "+525512345678"), ("+551187654321", "+5511987654321")]
)
def test_the_lists_know_a_contact_by_either_spelling_of_the_number(writes_as: str, listed: str) -> None:
    for number, other in ((writes_as, listed), (listed, writes_as)):
        message = replace(MESSAGE, sender=Address(phone_number=number))
        assert decide(message, replace(RULES, allow=frozenset({other}))) == Reply()
        assert decide(message, replace(RULES, deny=frozenset({other}))) == SkipReason.DENIED


def test_in_groups_only_a_mention_is_answered_where_the_session_allows_it() -> None:
    assert decide(GROUP, MENTIONED) == SkipReason.NOT_MENTIONED
    assert decide(replace(GROUP, mentions_us=True), MENTIONED) == Reply()


@pytest.mark.parametrize(
    ("conversation", "reason"),
    [
        (Conversation(taken_over_until=NOW + timedelta(seconds=1)), SkipReason.TAKEN_OVER),
        (Conversation(opted_out=True), SkipReason.OPTED_OUT),
        (Conversation(from_assistant=True), SkipReason.OTHER_ASSISTANT),
        (Conversation(budget_spent=True), SkipReason.BUDGET_SPENT),
        (Conversation(linked=False), SkipReason.NOT_LINKED),
    ],
)
def test_conversations_that_object(conversation: Conversation, reason: SkipReason) -> None:
    assert decide(conversation=conversation) == reason


def test_a_takeover_that_is_over_does_not_object() -> None:
    assert decide(conversation=Conversation(taken_over_until=NOW)) == Reply()


def test_who_opted_out_comes_back_with_a_word() -> None:
    assert decide(replace(MESSAGE, text="START"), conversation=Conversation(opted_out=True)) == Reply()


@given(
    from_me=st.booleans(),
    kind=st.sampled_from(["user", "group", "status", "broadcast", "newsletter"]),
    message_type=st.sampled_from(["text", "image", "reaction", "sticker", "edit"]),
    text=st.one_of(st.none(), st.text(max_size=20)),
    age=st.integers(-60, 600),
    mentions=st.booleans(),
    enabled=st.booleans(),
    opted_out=st.booleans(),
    spent=st.booleans(),
    taken_over=st.integers(-5, 5),
)
def test_what_is_answered_passes_every_rule(
    from_me: bool,
    kind: str,
    message_type: str,
    text: str | None,
    age: int,
    mentions: bool,
    enabled: bool,
    opted_out: bool,
    spent: bool,
    taken_over: int,
) -> None:
    message = Inbound(kind, from_me, message_type, text, TENANT, NOW - timedelta(seconds=age), NOW, mentions)
    conversation = Conversation(NOW + timedelta(seconds=taken_over), opted_out, budget_spent=spent)
    if decide(message, replace(MENTIONED, enabled=enabled), conversation) == Reply():
        assert enabled and not from_me and not spent and taken_over <= 0 and age <= 120
        assert kind == "user" or (kind == "group" and mentions)
        assert message_type in ANSWERABLE


def exchange(
    *texts: str, apart: timedelta = timedelta(seconds=20), start: datetime | None = None
) -> list[RecentMessage]:
    """The contact and the assistant in turn, ending before NOW."""
    first = start or NOW - apart * len(texts)
    origins = (Origin.CONTACT, Origin.AI)
    return [RecentMessage(origins[i % 2], text, first + apart * i) for i, text in enumerate(texts)]


def loop(text: str, recent: list[RecentMessage], at: datetime = NOW, *, in_group: bool = False) -> bool:
    return is_loop(text, at, recent, at, in_group=in_group)


def test_ten_answers_in_ten_minutes_are_enough() -> None:
    texts = [f"text {i}" for i in range(20)]
    assert loop("another", exchange(*texts))
    assert not loop("another", exchange(*texts[:18]))
    assert not loop("another", exchange(*texts, start=NOW - timedelta(minutes=11), apart=timedelta(seconds=30)))


def test_the_parts_of_one_answer_count_once() -> None:
    parts = [RecentMessage(Origin.AI, "part", NOW - timedelta(minutes=1)) for _ in range(30)]
    assert not loop("x", [RecentMessage(Origin.CONTACT, "y", NOW - timedelta(minutes=2)), *parts])


def test_the_same_text_a_third_time_is_a_loop_when_each_was_answered() -> None:
    assert loop("Out of office", exchange("Out of office", "a", "Out of office", "b"))
    assert not loop("Out of office", exchange("Out of office", "a", "Hi", "b"))
    assert not loop("Out of office", exchange("Out of office", "a"))


def test_an_impatient_person_may_repeat_themselves() -> None:
    repeated = [RecentMessage(Origin.CONTACT, "Hello?", NOW - timedelta(seconds=i)) for i in (30, 20, 10)]
    assert not loop("Hello?", repeated)


def quick_exchange(count: int) -> list[RecentMessage]:
    texts = [text for i in range(count) for text in (f"q{i}", f"a{i}")]
    return exchange(*texts, apart=timedelta(seconds=3))


def test_five_answers_at_once_in_a_row_are_a_machines() -> None:
    assert loop("q5", quick_exchange(5))
    assert not loop("q5", quick_exchange(4))
    assert not loop("q5", quick_exchange(5), in_group=True)
    assert not loop("q5", quick_exchange(5), NOW + LIMITS.quick)


def test_a_person_in_between_ends_the_row() -> None:
    recent = quick_exchange(5)
    recent[5] = replace(recent[5], origin=Origin.PHONE)
    assert not loop("q5", recent)


@given(st.lists(st.sampled_from(list(Origin)), max_size=40))
def test_without_an_answer_of_ours_there_is_no_loop(origins: list[Origin]) -> None:
    recent = [RecentMessage(origin, "same", NOW) for origin in origins if origin is not Origin.AI]
    if all(message.origin is Origin.CONTACT for message in recent):
        assert not loop("same", recent)


def test_every_reason_has_a_sentence() -> None:
    assert set(SENTENCES) == set(SkipReason)
    assert set(FAILURE_SENTENCES) == set(Failure)
    assert sentence("too_old") and sentence("key_refused") and sentence(None) is None and sentence("x") is None
    assert not set(SkipReason) & set(Failure)
