"""What the bars of a poll show."""

from __future__ import annotations

from datetime import UTC, datetime

from functions.explorer.polls import Bar, ballot
from gateway.domain.content import Poll, PollVote, Voter
from gateway.domain.polls import with_results

AT = datetime(2026, 1, 1, tzinfo=UTC)
ME = Voter(from_me=True, timestamp=AT)
ANA = Voter(from_me=False, sender_lid="1@lid", push_name="Ana", timestamp=AT)
TOM = Voter(from_me=False, sender_phone_number="+447700900102", timestamp=AT)


def test_who_chose_several_options_is_one_voter() -> None:
    votes = [(ME, PollVote(options=("Friday",))), (ANA, PollVote(options=("Tuesday", "Friday"))), (TOM, PollVote())]
    found = ballot(with_results(Poll(question="When?", options=("Tuesday", "Friday")), votes))
    assert found.bars == (Bar("Tuesday", 1, 2, "Ana"), Bar("Friday", 2, 2, "you, Ana"))
    assert (found.voters, found.multiple) == (2, True)


def test_a_vote_for_what_is_no_option_is_none() -> None:
    poll = Poll(question="When?", options=("Friday",), selectable=1)
    found = ballot(with_results(poll, [(TOM, PollVote(options=("Sunday",)))]))
    assert (found.bars, found.voters, found.multiple) == ((Bar("Friday", 0, 0),), 0, False)


def test_a_poll_without_results_has_its_options() -> None:
    assert ballot(Poll(question="When?", options=("Friday",))).bars == (Bar("Friday", 0, 0),)
