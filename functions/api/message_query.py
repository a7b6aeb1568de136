"""The filters of a list of messages, as query parameters."""

from __future__ import annotations

import re
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import AwareDatetime, BeforeValidator

from functions.api.http.query import ids_in
from gateway.domain.messages import MessageStatus
from gateway.schemas.base import NulFree
from gateway.store.message_filter import MessageFilter

# As many as a page holds.
_MAX_IDS = 200


def _with_plus(value: object) -> object:
    """A plus sign that was not encoded comes as a blank."""
    return re.sub(r" (\d\d:?\d\d)$", r"+\1", value) if isinstance(value, str) else value


QueryMoment = Annotated[AwareDatetime, BeforeValidator(_with_plus)]


def _ids(
    ids: Annotated[
        str | None,
        Query(
            min_length=1,
            max_length=8000,
            description=f"Only these: up to {_MAX_IDS} of our ids, separated by commas. Unknown ones are left out.",
        ),
    ] = None,
) -> tuple[UUID, ...] | None:
    return None if ids is None else tuple(ids_in("ids", ids, _MAX_IDS))


def _filter(
    ids: Annotated[tuple[UUID, ...] | None, Depends(_ids)],
    direction: Annotated[
        Literal["in", "out"] | None, Query(description="`in`: from others, `out`: from this number, on any device.")
    ] = None,
    status: Annotated[MessageStatus | None, Query(description="Only in this state.")] = None,
    message_type: Annotated[
        NulFree | None,
        Query(alias="messageType", min_length=1, max_length=64, description="Only of this kind.", examples=["image"]),
    ] = None,
    message_id: Annotated[
        NulFree | None,
        Query(
            alias="messageId",
            min_length=1,
            max_length=128,
            description="Only with this id of WhatsApp's, as in `quotedMessageId` and `targetMessageId`.",
        ),
    ] = None,
    since: Annotated[QueryMoment | None, Query(description="Only with a `timestamp` of this moment or later.")] = None,
    until: Annotated[QueryMoment | None, Query(description="Only with a `timestamp` before this moment.")] = None,
    search: Annotated[
        NulFree | None,
        Query(
            min_length=1,
            max_length=100,
            description="Only with this in the text or caption, whatever the case and the marks of letters.",
        ),
    ] = None,
) -> MessageFilter:
    return MessageFilter(
        ids=ids,
        from_me=None if direction is None else direction == "out",
        status=status,
        message_type=message_type,
        whatsapp_id=message_id,
        since=since,
        until=until,
        text=search,
    )


MessageFilterDep = Annotated[MessageFilter, Depends(_filter)]
