"""What the polls of a page have come to: the votes of the chat, the last one of each person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from gateway.client import Gateway, Message, calls
from gateway.client.calls import Id
from gateway.domain.content import Poll, PollVote

# As many as the API gives at once.
_VOTES_READ = 200


@dataclass(frozen=True, slots=True)
class Bar:
    """An option with its votes, out of those of all who voted."""

    option: str
    votes: int
    voters: int


@dataclass(frozen=True, slots=True)
class Ballot:
    """A poll: how many voted, and what for. `multiple`: one may choose several options."""

    bars: tuple[Bar, ...]
    voters: int
    multiple: bool


Votes = Mapping[UUID, list[PollVote]]


def read_votes(gateway: Gateway, session_id: Id, chat: Id | None, shown: Iterable[Message]) -> Votes:
    """Return the votes in the polls among the messages `shown`, by the polls' ids; asks only where there are polls."""
    if not any(isinstance(message.details, Poll) for message in shown):
        return {}
    filters: dict[str, object] = {"message_type": "poll_vote"}
    return last_votes(gateway.ask(calls.messages(session_id, chat=chat, limit=_VOTES_READ, filters=filters)).items)


def last_votes(votes: Iterable[Message]) -> Votes:
    """Return the last vote of each person, by the ids of the polls; `votes` are newest first."""
    last: dict[tuple[UUID, str], PollVote] = {}
    for vote in votes:
        if vote.target_id is not None and isinstance(vote.details, PollVote):
            last.setdefault((vote.target_id, _voter(vote)), vote.details)
    found: dict[UUID, list[PollVote]] = {}
    for (poll, _), details in last.items():
        found.setdefault(poll, []).append(details)
    return found


def ballot(poll: Poll, votes: Iterable[PollVote]) -> Ballot:
    """Count the votes in a poll; who took a vote back has none."""
    cast = [vote.options for vote in votes if vote.options]
    chosen = Counter(option for options in cast for option in set(options))
    bars = tuple(Bar(option, chosen[option], len(cast)) for option in poll.options)
    return Ballot(bars, len(cast), poll.selectable != 1)


def _voter(vote: Message) -> str:
    return "" if vote.from_me else vote.sender_lid or vote.sender_phone_number or vote.remote_jid
