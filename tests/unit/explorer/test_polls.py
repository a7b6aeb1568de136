"""The votes of polls, as their bars show them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from functions.explorer.polls import Bar, ballot, last_votes
from gateway.client import Message
from gateway.domain.content import Poll, PollVote
from tests.unit.client.test_models import JSON

POLL = UUID("0198c7a6-1b2c-7f00-9a55-0c0d6f7e8a00")


def vote(*options: str, **who: Any) -> Message:
    details = {"kind": "poll_vote", "options": list(options), "hashes": []}
    return Message.model_validate(JSON | {"messageType": "poll_vote", "targetId": str(POLL), "details": details} | who)


def test_the_last_vote_of_each_person_counts() -> None:
    newest_first = [
        vote("Friday", senderLid="1@lid"),
        vote(fromMe=True),
        vote("Tuesday", "Friday", senderLid="2@lid"),
        vote("Tuesday", senderLid="1@lid"),
        vote("Friday", fromMe=True),
    ]
    found = ballot(Poll(question="When?", options=("Tuesday", "Friday")), last_votes(newest_first)[POLL])
    assert found.bars == (Bar("Tuesday", 1, 2), Bar("Friday", 2, 2))
    assert (found.voters, found.multiple) == (2, True)


def test_votes_that_cannot_be_read_count_for_nothing() -> None:
    assert last_votes([vote("Friday", targetId=None), vote(details=None)]) == {}
    found = ballot(Poll(question="When?", options=("Friday",), selectable=1), [PollVote(options=("Sunday",))])
    assert found.bars == (Bar("Friday", 0, 1),)
    assert not found.multiple
