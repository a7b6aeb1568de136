"""What a poll has come to: who chose which of its options. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from gateway.domain.content import Poll, PollResult, PollVote, Voter


def option_hash(option: str) -> str:
    """Return by what a vote names an option."""
    return hashlib.sha256(option.encode()).hexdigest()


def chosen(vote: PollVote, options: Iterable[str]) -> tuple[str, ...]:
    """Return the options of a poll that a vote names, by their names or hashes."""
    return tuple(option for option in options if option in vote.options or option_hash(option) in vote.hashes)


def with_results(poll: Poll, votes: Iterable[tuple[Voter, PollVote]]) -> Poll:
    """Return the poll with what came of it; `votes` has each person once, in the order of time."""
    made = [(voter, chosen(vote, poll.options)) for voter, vote in votes]
    voters = [tuple(voter for voter, options in made if option in options) for option in poll.options]
    results = [
        PollResult(option=option, votes=len(people), voters=people)
        for option, people in zip(poll.options, voters, strict=True)
    ]
    return replace(poll, results=tuple(results))
