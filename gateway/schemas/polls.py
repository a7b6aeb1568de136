"""Polls, their results and votes, as the details of messages show them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic.config import JsonDict

from gateway.schemas.base import Moment, ResponseBody, shown

_VOTER: JsonDict = {
    "fromMe": False,
    "senderPhoneNumber": "+4915112345678",
    "senderLid": "118367280017461@lid",
    "pushName": "Mara",
    "timestamp": "2026-08-21T09:41:10.000Z",
}


class Voter(ResponseBody):
    """Who voted, and when they did so last."""

    model_config = shown(_VOTER)

    from_me: bool
    sender_phone_number: str | None = None
    sender_lid: str | None = None
    push_name: str | None = None
    timestamp: Moment


class PollResult(ResponseBody):
    """How many chose an option, and who, where that is known."""

    model_config = shown({"option": "Tuesday", "votes": 1, "voters": [_VOTER]})

    option: str
    votes: int
    voters: tuple[Voter, ...] = ()


class Poll(ResponseBody):
    """A poll, and what it has come to; votes are messages of the type `poll_vote`."""

    kind: Literal["poll"]
    question: str | None = None
    options: tuple[str, ...] = ()
    selectable: int = Field(0, description="How many options one may choose; 0: any number.")
    results: tuple[PollResult, ...] = Field(
        (), description="One of each option, by each person's last vote that could be decrypted."
    )


class PollResults(ResponseBody):
    """What a poll had come to when somebody shared it."""

    kind: Literal["poll_results"]
    question: str | None = None
    results: tuple[PollResult, ...] = ()


class PollVote(ResponseBody):
    """What somebody chose in the poll with the id `targetMessageId`; nothing where the vote was taken back."""

    kind: Literal["poll_vote"]
    options: tuple[str, ...] = ()
    hashes: tuple[str, ...] = Field((), description="SHA-256 of the options' names, while the poll is not stored.")
