"""Polls, and what they had come to when somebody shared that."""

from __future__ import annotations

from connector.whatsapp.content.described import Described
from connector.whatsapp.library import e2e_pb2
from gateway.domain.content import Poll, PollResult, PollResults


def poll(value: e2e_pb2.PollCreationMessage) -> Described:
    options = tuple(option.optionName for option in value.options)
    details = Poll(question=value.name or None, options=options, selectable=value.selectableOptionsCount)
    return Described("poll", value.name or None, details)


def poll_results(value: e2e_pb2.PollResultSnapshotMessage) -> Described:
    results = tuple(PollResult(option=vote.optionName, votes=vote.optionVoteCount) for vote in value.pollVotes)
    return Described("poll_results", value.name or None, PollResults(question=value.name or None, results=results))
