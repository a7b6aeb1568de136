"""What the polls of a page have come to, as bars."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.domain.content import Poll, PollResult, Voter


@dataclass(frozen=True, slots=True)
class Bar:
    """An option with its votes, out of those of all who voted, and by whom."""

    option: str
    votes: int
    voters: int
    names: str = ""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A poll: how many voted, and what for. `multiple`: one may choose several options."""

    bars: tuple[Bar, ...]
    voters: int
    multiple: bool


def ballot(poll: Poll) -> Ballot:
    """Return what a poll has come to; who chose several options is one voter."""
    results = poll.results or [PollResult(option=option, votes=0) for option in poll.options]
    voters = len({_identity(voter) for result in results for voter in result.voters})
    bars = (Bar(each.option, each.votes, voters, ", ".join(map(_name, each.voters))) for each in results)
    return Ballot(tuple(bars), voters, poll.selectable != 1)


def _identity(voter: Voter) -> str | None:
    return "" if voter.from_me else voter.sender_lid or voter.sender_phone_number


def _name(voter: Voter) -> str:
    return "you" if voter.from_me else voter.push_name or voter.sender_phone_number or "somebody"
