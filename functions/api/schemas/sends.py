"""What all messages to send have in common."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from pydantic.config import JsonDict

from gateway.schemas.base import RequestBody, shown


def example(**fields: Any) -> Any:  # noqa: ANN401 - what pydantic's configuration takes
    """Return the configuration of a body with this example."""
    given: JsonDict = {"to": "+4915112345678", **fields}
    return shown(given)


class Send(RequestBody):
    """To whom, and by whom."""

    to: Annotated[
        str,
        Field(
            min_length=1,
            max_length=128,
            description="A phone number with its country code, the JID of a person or group, or the id of a chat.",
        ),
    ]
    # Left out of fingerprints where it is false: requests of before it existed stay the same.
    automated: Annotated[
        bool,
        Field(
            exclude_if=lambda automated: not automated,
            description="A program sends it, not a person: the assistant goes on answering in the chat.",
        ),
    ] = False


class Reply(Send):
    """What may reply to another message."""

    reply_to: Annotated[
        UUID | None,
        Field(description="Our id of the message of the same chat to which this one replies."),
    ] = None
